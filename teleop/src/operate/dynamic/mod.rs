//! Calls to services whose schema is met at run time: JSON in, JSON out.

mod argument;
#[cfg(test)]
mod argument_tests;
mod bindings;
mod call;
#[cfg(test)]
mod call_tests;
mod check;
#[cfg(test)]
mod codec_tests;
mod decode;
mod describe;
#[cfg(test)]
mod describe_tests;
mod encode;
mod interface;
mod literal;
mod literal_text;
mod load;
mod mention;
mod nearest;
mod node;
mod reached;
mod remote;
mod route;
mod scalar;
mod schema;
mod serve;
mod structure;
mod template;
mod text;
mod view;
mod words;

pub use argument::{Arguments, Word};
pub use call::{Pending, Request, Response};
pub use decode::{Capability, Decoded};
pub use encode::Encoded;
pub use interface::{Interface, Method};
pub use nearest::nearest;
pub use schema::Schema;
pub use serve::{Calls, Received, serve};
pub use structure::Structure;
pub use template::Template;
pub use text::{Class, Text};
