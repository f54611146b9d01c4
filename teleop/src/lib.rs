//! Attach to a running process by its id, and call its typed services.

pub mod attach;
pub mod channel;
mod client;
pub mod directory;
mod error;
mod handle;
pub mod operate;
pub mod process;
mod server;
mod services;

pub use attach::Attach;
pub use capnp;
pub use capnp_rpc::{self, new_client};
pub use client::{attach, connect};
pub use error::{Error, Obstacle, Result, Step};
pub use handle::{Handle, spawn};
pub use operate::capnp::{Connection, Remote, Services};
pub use process::Pid;
pub use server::{Config, Server};
pub use teleop_schema::{echo_capnp, teleop_capnp};

/// Something that no other name has: for files that several processes make in one directory.
fn nonce() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};

    format!("{:016x}", RandomState::new().build_hasher().finish())
}
