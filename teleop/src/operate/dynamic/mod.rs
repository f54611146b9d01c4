//! Calls to services whose schema is met at run time: JSON in, JSON out.
//!
//! A [`Schema`] is what a service says of itself. It has [`Interface`]s, and these have [`Method`]s; a
//! [`Request`] calls one, from JSON, and its [`Response`] is JSON for whoever serializes it. Nothing
//! of it was compiled into this program.
//!
//! | | |
//! |---|---|
//! | [`Schema`], [`Interface`], [`Method`], [`Structure`] | what can be called, and with what |
//! | [`Arguments`], [`Parameter`] | the words of a command line, as parameters; and what may follow |
//! | [`Encoded`], [`Decoded`] | JSON to Cap'n Proto, and back |
//! | [`Request`], [`Pending`], [`Response`], [`Capability`] | a call, and what it brings |
//! | [`serve`], [`Calls`], [`Received`], [`settle`] | a capability that is played here: a sink, a callback |
//! | [`Text`], [`Template`] | for people to read and to fill in |
//! | [`Commands`], [`Command`], [`CommandArguments`], [`Json`] | the same for [commands](super::command), which have no schema of Cap'n Proto |
//!
//! ```
//! use serde_json::json;
//! use teleop::operate::dynamic::{Request, Schema, serve};
//!
//! # fn main() -> teleop::Result<()> {
//! let schema = Schema::from_bytes(teleop_schema::ECHO)?;
//! let echo = schema.interface(0xd36a86369fa1a198)?;
//! let method = echo.method("echo").expect("Echo has it");
//!
//! // Both ends are here: one that answers, and one that calls.
//! let (client, mut calls) = serve(&echo);
//! let answer = async {
//!     let call = calls.next().await.expect("there is a client");
//!     let message = call.params()?.to_value()?["message"].clone();
//!     call.answer(&json!({ "reply": message }), &[])
//! };
//! let call = Request::new(&client, &method, &json!({"message": "hi"}), &[])?;
//! let (response, answered) =
//!     async_io::block_on(futures::future::join(call.send().response(), answer));
//! answered?;
//! assert_eq!(response?.results()?.to_value()?, json!({"reply": "hi"}));
//! # Ok(())
//! # }
//! ```
//!
//! # Security
//!
//! A schema and an answer may come from anybody. A schema is checked once, whole, before anything is
//! done by it; values are read and written in safe code, and bounded in their depth, in their size, and
//! in what a few bytes can be made to stand for. What is read is not made fit for a terminal: names,
//! comments and text hold whatever their author put there.

mod absence;
mod anything;
mod argument;
mod bindings;
mod call;
mod check;
mod command;
mod decode;
mod describe;
mod encode;
mod interface;
mod list_view;
mod literal;
mod literal_text;
mod load;
mod mention;
mod misfit;
mod nearest;
mod node;
mod ordered;
mod parameter;
mod reached;
mod remote;
mod route;
mod scalar;
mod scalar_view;
mod schema;
mod serve;
mod structure;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod told;
mod view;
mod whole;
mod words;
mod write_text;

pub use argument::{Arguments, Word};
pub use call::{Pending, Request, Response};
pub use command::{Command, CommandArguments, Commands, Json};
pub use decode::{Capability, Decoded};
pub use encode::Encoded;
pub use interface::{Interface, Method};
pub use nearest::nearest;
pub use parameter::Parameter;
pub(in crate::operate) use remote::Known;
pub use schema::Schema;
pub use serve::{Calls, Received, serve, settle};
pub use structure::Structure;
pub use template::Template;
pub use text::{Class, Text};
