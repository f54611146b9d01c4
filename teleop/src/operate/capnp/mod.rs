//! Cap'n Proto RPC: a root interface that gives access to named services.

mod about;
mod budget;
mod description;
mod ended;
mod guard;
mod intake;
mod limits;
mod link;
mod names;
mod network;
mod outlet;
mod remote;
mod said;
mod serve;
mod services;
mod suspect;
#[cfg(any(test, fuzzing))]
mod tests;

pub use about::About;
pub use description::Description;
pub(crate) use guard::PANICKED;
pub use guard::new_client;
pub use limits::Limits;
pub use remote::{Connection, Remote, Service};
pub use serve::{Host, serve};
pub use services::{Offer, Services};
#[cfg(any(test, fuzzing))]
pub use tests::fuzz;
