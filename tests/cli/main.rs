//! The command as its users meet it: the real program against other processes.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "what helps a test may panic, and is nobody else's"
)]

mod attach;
mod call;
mod command;
mod help;
mod hostile;
mod interruption;
mod place;
mod snapshot;
mod target;
mod terminal;
mod usage;
mod wrong_target;
