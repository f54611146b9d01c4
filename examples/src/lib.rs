//! The services of the example programs, written as a user of Teleop would: their schemas are
//! `schema/jobs.capnp` and `schema/everything.capnp`, their implementations [`Jobs`] and [`Everything`].

mod everything;
#[allow(clippy::all)]
mod generated {
    capnp::generated_code!(pub mod everything_capnp);
    capnp::generated_code!(pub mod jobs_capnp);
}
mod jobs;

pub use everything::Everything;
pub use generated::{everything_capnp, jobs_capnp};
pub use jobs::Jobs;

/// The schema of [`Jobs`], compiled: what a process needs to describe the service.
pub const JOBS: &[u8] = include_bytes!("../schema/jobs.cgr");

/// The schema of [`Everything`], compiled.
pub const EVERYTHING: &[u8] = include_bytes!("../schema/everything.cgr");
