//! The services of the example programs, written as a user of Teleop would: their schemas are
//! `schema/jobs.capnp`, `schema/everything.capnp` and `schema/state.capnp`, their implementations [`Jobs`],
//! [`Everything`] and [`State`]. [`Cache`] needs none: its commands are plain functions.
//!
//! Of `pipeline` there is also the [`Chain`] that it runs, and of `console` what it sees ([`Snapshot`]) and
//! draws ([`Picture`]).

mod cache;
mod chain;
mod everything;
#[allow(clippy::all)]
mod generated {
    capnp::generated_code!(pub mod everything_capnp);
    capnp::generated_code!(pub mod jobs_capnp);
    capnp::generated_code!(pub mod state_capnp);
}
mod jobs;
mod layout;
mod monitor;
mod picture;
mod snapshot;
mod state;

pub use cache::Cache;
pub use chain::{Chain, Output, Stage, Stop};
pub use everything::Everything;
pub use generated::{everything_capnp, jobs_capnp, state_capnp};
pub use jobs::Jobs;
pub use layout::Layout;
pub use monitor::{Monitor, Status};
pub use picture::{Page, Picture};
pub use snapshot::{Snapshot, plain};
pub use state::State;

/// The schema of [`Jobs`], compiled: what a process needs to describe the service.
pub const JOBS: &[u8] = include_bytes!("../schema/jobs.cgr");

/// The schema of [`Everything`], compiled.
pub const EVERYTHING: &[u8] = include_bytes!("../schema/everything.cgr");

/// The schema of [`State`], compiled.
pub const STATE: &[u8] = include_bytes!("../schema/state.cgr");
