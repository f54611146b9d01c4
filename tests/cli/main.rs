//! The command as its users meet it: the real program against other processes.
//!
//! What takes signals, a terminal or a shell is tested on Unix alone; see [`unix`].

#![allow(
    clippy::unwrap_used,
    reason = "what helps a test may panic, and is nobody else's"
)]

mod attach;
#[cfg(unix)]
mod bridge;
mod call;
mod chain;
#[cfg(unix)]
mod color;
mod command;
mod commands;
mod completion;
mod contract;
mod describe;
#[cfg(unix)]
mod distance;
mod doctor;
mod format;
mod help;
mod hostile;
mod input;
#[cfg(unix)]
mod interruption;
mod name;
#[cfg(unix)]
mod newcomer;
mod place;
mod process;
#[cfg(unix)]
mod progress;
mod ps;
#[cfg(unix)]
mod pty;
#[cfg(unix)]
mod readme;
mod services;
mod shell;
#[cfg(unix)]
mod shells;
mod snapshot;
#[cfg(unix)]
mod ssh;
mod streams;
mod target;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod typed;
#[cfg(unix)]
mod unix;
mod usage;
#[cfg(unix)]
mod verbs;
#[cfg(unix)]
mod via;
mod watch;
#[cfg(windows)]
mod windows;
mod wrong_target;
