//! Commands: plain Rust functions that clients call by name, with JSON; no Cap'n Proto in sight.
//!
//! A program offers them by [`Services::command`] and its sisters:
//!
//! | | runs | returns |
//! |---|---|---|
//! | [`command`](Services::command) | on a pool of threads: it may block | a value |
//! | [`command_async`](Services::command_async) | on the thread of Teleop: it must not block | a value |
//! | [`command_iter`](Services::command_iter) | on the pool | many values, from an iterator |
//! | [`command_stream`](Services::command_stream) | on the thread of Teleop | many values, from a stream |
//!
//! They are methods of their own, and not one that takes whatever it is given: so a closure that does
//! not fit is told to its author in one plain line.
//!
//! ```no_run
//! use serde::{Deserialize, Serialize};
//! use teleop::Answer;
//!
//! #[derive(Deserialize)]
//! struct Clear {
//!     older_than: u64,
//! }
//!
//! #[derive(Serialize)]
//! struct Cleared {
//!     removed: usize,
//! }
//!
//! # fn main() -> teleop::Result<()> {
//! let _teleop = teleop::spawn(|services| {
//!     services
//!         .command("cache.clear", |args: Clear| -> Answer<Cleared> {
//!             Ok(Cleared { removed: args.older_than as usize })
//!         })
//!         .doc("Drops what is older than so many seconds");
//! })?;
//! # Ok(())
//! # }
//! ```
//!
//! `teleop call PID cache.clear older_than=60` calls it. What stands before the last dot of a name is
//! the service, what stands behind it the method; commands that share a service are listed and
//! described as one. A name without a dot is a service with one method, of that name too. Of two
//! commands of one name the later one counts, and so it is where a service is both
//! [offered](Services::offer) and made of commands.
//!
//! On the wire such a service is of the interface `Commands` of [`schema/command.capnp`], which any
//! client of Cap'n Proto can call.
//!
//! [`schema/command.capnp`]: teleop_schema::command_capnp
//!
//! # What it may do
//!
//! A panic is the error of that call. What runs on the pool may block, as many at a time as the pool has
//! threads: sixteen; what is called beyond that waits. When a client cancels its call, or goes away, a
//! future or a stream is dropped at once, an iterator after the value that it is making, and what a
//! function returns is dropped when it does: a function cannot be stopped from outside.

mod ahead;
mod failure;
mod json;
mod offer;
mod probe;
mod run;
mod serve;
mod sink;
mod table;

pub use offer::{Answer, CommandOffer, Reason};
pub(super) use serve::client;
pub(super) use table::Table;

#[cfg(doc)]
use super::capnp::Services;
