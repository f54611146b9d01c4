//! The log of a program, for the service `log`: turned up and down, and read, while the program runs.
//!
//! [`layer()`] is all that a program adds, to its subscriber of `tracing`. What it logs with the crate
//! `log` comes along where it hands that over to `tracing`, as `init` of tracing-subscriber does.
//!
//! Where nobody listens, an event that is not logged costs what it costs without the layer. Where somebody
//! does, what he wants is written down in the thread that logs it, and waits for him in a queue: 1,024
//! records, of a mebibyte together. What there is no room for is lost, and counted; no thread of the
//! program waits.

mod filter;
mod hub;
mod layer;
mod level;
mod record;
mod tail;

pub(crate) use filter::{Filter, targets};
pub(crate) use hub::{Hub, Lasting, Temporary};
pub use layer::{Layer, layer};
pub(crate) use record::{Field, Record};
