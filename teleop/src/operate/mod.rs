//! What is spoken once two processes are connected, over any stream of bytes.

pub mod capnp;
#[cfg(feature = "dynamic")]
pub mod dynamic;
