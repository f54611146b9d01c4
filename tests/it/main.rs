//! What the library promises, between two real processes.

#![cfg(target_os = "linux")]
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "what helps a test may panic, may say why it is skipped, and is nobody else's"
)]

mod architecture;
mod attach;
mod audit;
mod bounds;
mod changed;
mod commands;
mod containers;
mod diagnosis;
mod embed;
mod faults;
mod forbidden;
#[cfg(feature = "log")]
mod log;
mod memory;
mod privilege;
mod process;
mod reuse;
mod support;
mod survey;
#[cfg(feature = "log")]
mod tail;
mod trust;
