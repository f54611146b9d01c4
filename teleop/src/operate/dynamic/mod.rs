//! Calls to services whose schema is met at run time: JSON in, JSON out.

mod bindings;
mod call;
#[cfg(test)]
mod call_tests;
mod check;
#[cfg(test)]
mod codec_tests;
mod decode;
mod encode;
mod interface;
mod literal;
mod load;
mod mention;
mod nearest;
mod node;
mod route;
mod scalar;
mod schema;
mod serve;
mod structure;
mod view;
mod words;

pub use call::{Pending, Request, Response};
pub use decode::{Capability, Decoded};
pub use encode::Encoded;
pub use interface::{Interface, Method};
pub use nearest::nearest;
pub use schema::Schema;
pub use serve::{Calls, Received, serve};
pub use structure::Structure;
