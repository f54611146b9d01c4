//! Cap'n Proto RPC: a root interface that gives access to named services.

mod about;
mod network;
mod remote;
mod serve;
mod services;

pub use about::About;
pub use remote::{Connection, Remote, Service};
pub use serve::{root, serve};
pub use services::{Offer, Services};
