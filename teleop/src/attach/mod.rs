//! The handshake: how a client finds a process, asks it to open its socket, and comes to be connected
//! with it and with nobody else.
//!
//! Nothing here knows what is spoken over the connection.

mod about;
pub mod attacher;
mod classic;
mod connect;
mod diagnosis;
mod endpoint;
#[cfg(any(test, fuzzing))]
mod fuzzed;
mod listen;
mod locate;
mod notice;
mod offer;
mod place;
mod publish;
mod request;
mod survey;
mod sweep;

pub use about::About;
pub use attacher::{Armed, Attacher, Request};
pub use connect::{Attach, Attached};
pub use diagnosis::{Check, Diagnosis, Finding, Verdict};
pub use endpoint::{Endpoint, Layout};
#[cfg(any(test, fuzzing))]
pub use fuzzed::fuzz;
pub use listen::{Connection, Listen, Listener};
pub use offer::{Offer, State};
pub use publish::Disabled;
pub use request::AttachFile;
pub use survey::Survey;
