//! Calls to services whose schema is met at run time: JSON in, JSON out.

mod bindings;
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
mod scalar;
mod schema;
mod structure;
mod view;
mod words;

pub use decode::{Capability, Decoded};
pub use encode::Encoded;
pub use interface::{Interface, Method};
pub use nearest::nearest;
pub use schema::Schema;
pub use structure::Structure;
