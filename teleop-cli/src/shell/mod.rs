//! A session with one process: lines that are typed or read, each carried out over the same connection.
//!
//! The [`Conversation`] is on the main thread, which serves the connection all the time; lines come from
//! a thread of their own, on request, by [`Lines`].

mod bindings;
mod completer;
mod conversation;
mod editor;
mod history;
mod lines;
mod statement;
mod terminal;

pub(crate) use conversation::Conversation;
pub(crate) use history::History;
pub(crate) use lines::Lines;
