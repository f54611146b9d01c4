//! Calls to services whose schema is met at run time: JSON in, JSON out.

mod anything;
mod argument;
#[cfg(test)]
mod argument_tests;
mod bindings;
#[cfg(test)]
mod blueprint;
mod call;
#[cfg(test)]
mod call_tests;
mod check;
#[cfg(test)]
mod codec_tests;
#[cfg(test)]
mod convert_tests;
mod decode;
mod describe;
#[cfg(test)]
mod describe_tests;
mod encode;
#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod hostile_tests;
mod interface;
mod list_view;
mod literal;
mod literal_text;
mod load;
mod mention;
mod misfit;
mod nearest;
mod node;
#[cfg(test)]
mod random_tests;
mod reached;
mod remote;
mod route;
mod scalar;
mod scalar_view;
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
