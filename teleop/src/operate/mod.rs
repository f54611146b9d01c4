//! What is spoken once two processes are connected, over any stream of bytes.

pub mod capnp;
pub mod command;
#[cfg(feature = "dynamic")]
pub mod dynamic;
