//! The service of the example programs, written as a user of Teleop would: its schema is
//! `schema/jobs.capnp`, its implementation is [`Jobs`].

#[allow(clippy::all)]
mod generated {
    capnp::generated_code!(pub mod jobs_capnp);
}
mod jobs;

pub use generated::jobs_capnp;
pub use jobs::Jobs;

/// The schema, compiled: what a process needs to describe the service.
pub const JOBS: &[u8] = include_bytes!("../schema/jobs.cgr");
