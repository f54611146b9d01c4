//! The field: crate `teleop` 0.4.1 of the registry, whose programs are out there and have to be met.
//!
//! The binaries of this package are such programs, a server and a client; its tests set them against
//! this workspace's own. The library is what starting and watching them takes, here and in `bench`.

mod programs;
mod running;
mod sandbox;

pub use programs::Programs;
pub use running::{Finished, Running};
pub use sandbox::Sandbox;
