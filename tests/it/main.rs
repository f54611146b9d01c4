//! What the library promises, between two real processes.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "what helps a test may panic, and is nobody else's"
)]

mod attach;
mod diagnosis;
mod embed;
mod support;
mod trust;
