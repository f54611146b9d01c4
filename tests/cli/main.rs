//! The command as its users meet it: the real program against other processes.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "what helps a test may panic, and is nobody else's"
)]

mod attach;
mod call;
mod chain;
mod command;
mod describe;
mod help;
mod hostile;
mod input;
mod interruption;
mod place;
mod readme;
mod services;
mod snapshot;
mod streams;
mod target;
mod terminal;
mod usage;
mod wrong_target;
