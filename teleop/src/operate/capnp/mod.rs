//! Cap'n Proto RPC: a root interface that gives access to named services.

mod about;
mod description;
mod network;
mod remote;
mod serve;
mod services;

pub use about::About;
pub use description::Description;
pub use remote::{Connection, Remote, Service};
pub use serve::{root, serve};
pub use services::{Offer, Services};
