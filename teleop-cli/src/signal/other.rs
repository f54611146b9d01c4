//! [`Signals`], where there is no pipe that a handler may write into.

use std::io;

use async_signal::Signal;
use futures::StreamExt;

use crate::exit::Exit;

/// Signals that are heard, from the time that this is made.
#[derive(Debug)]
pub(super) struct Signals(async_signal::Signals);

impl Signals {
    /// Those that would end the command so: an interruption is all that there is.
    pub(super) fn of(_: &[Exit]) -> io::Result<Self> {
        Ok(Self(async_signal::Signals::new([Signal::Int])?))
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Exit {
        let _ = self.0.next().await; // There is but one.
        Exit::Interrupted
    }
}
