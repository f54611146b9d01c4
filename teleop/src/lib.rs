#![doc = include_str!("../README.md")]
//!
//! # Where to find what
//!
//! | to | see |
//! |---|---|
//! | offer Teleop in a program | [`spawn`]; [`Config`] for what else can be said; [`Server`] for one's own executor |
//! | offer a command, a plain function | [`Services::command`]; [`operate::command`] for what else it can be |
//! | offer a service | [`Services::offer`]; [`new_client`] makes the capability; [`unblock`] is for work that takes its time |
//! | bound what clients may take | [`Limits`] |
//! | know who attached, and what was called | [`audit`] |
//! | have the log of a program turned up and read while it runs (feature `log`) | `log::layer` |
//! | attach to a process | [`attach()`]; [`Attach`] for what else can be said; [`connect`] to drive the connection oneself |
//! | know who offers Teleop, without attaching | [`attach::Survey`] |
//! | call what one is attached to | [`Remote`] |
//! | wait for all that without a runtime | [`block_on`] |
//! | act on what went wrong | [`Error`] |
//! | write an attacher | [`attach::Attacher`] |

pub mod attach;
pub mod audit;
pub mod channel;
mod client;
#[cfg(test)]
mod corpus;
pub mod directory;
mod error;
mod handle;
#[cfg(feature = "log")]
pub mod log;
pub mod operate;
mod pool;
pub mod process;
mod reactor;
mod server;
mod services;
mod slots;
mod unblock;

pub use attach::Attach;
pub use capnp;
pub use capnp_rpc;
pub use client::{attach, connect};
pub use error::{Error, Obstacle, Result, Step};
pub use handle::{Handle, spawn};
pub use operate::{
    capnp::{Connection, Limits, Remote, Services, new_client},
    command::Answer,
};
pub use process::Pid;
pub use reactor::{Timer, block_on};
pub use server::{Config, Server};
#[cfg(feature = "log")]
pub use teleop_schema::log_capnp;
pub use teleop_schema::{command_capnp, echo_capnp, process_capnp, teleop_capnp};
pub use unblock::unblock;

/// Something that no other name has: for files that several processes make in one directory.
fn nonce() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};

    // A fork has the same random keys.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}
