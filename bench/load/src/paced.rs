//! [`Paced`]: calls of an echo, so many in a second.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use futures::{StreamExt, channel::mpsc};

use crate::{Figures, calls::Deadline};

/// Calls of an echo on one connection, one at a time, so many in a second: none is begun before its time. Between
/// them the executor of the client has nothing to do but to wait, as that of a client has that goes about its
/// business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paced {
    /// How large a message is.
    pub bytes: usize,
    /// How many calls are begun in a second, unless they take too long.
    pub per_second: usize,
    /// For how long calls are begun.
    pub duration: Duration,
}

impl Paced {
    /// Makes the calls. `call` sends a message, and says how long the answer is.
    pub async fn make(&self, mut call: impl AsyncFnMut(&str) -> Result<usize>) -> Result<Figures> {
        let message = "x".repeat(self.bytes);
        let deadline = Deadline::begin(self.duration);
        let mut nanoseconds = Vec::new();
        let mut ticks = self.ticks();
        while ticks.next().await.is_some() {
            let begin = Instant::now();
            if deadline.is_over(begin) {
                break;
            }
            let length = call(&message).await?;
            ensure!(length == self.bytes, "an answer of {length} bytes");
            nanoseconds.push(begin.elapsed().as_nanos());
        }
        Ok(Figures::of_calls(nanoseconds, deadline.elapsed()))
    }

    /// One when it is time for each call. From a thread of its own: timers of executors are not all that precise,
    /// those of tokio are of a millisecond.
    fn ticks(&self) -> mpsc::UnboundedReceiver<()> {
        let Self {
            per_second,
            duration,
            ..
        } = *self;
        let (tick, ticks) = mpsc::unbounded();
        thread::spawn(move || {
            let begin = Instant::now();
            let interval = Duration::from_secs(1) / per_second as u32;
            let mut next = Duration::ZERO;
            while next < duration && tick.unbounded_send(()).is_ok() {
                next += interval;
                thread::sleep(next.saturating_sub(begin.elapsed()));
            }
        });
        ticks
    }
}
