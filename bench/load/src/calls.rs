//! [`Calls`]: calls of an echo, many at once or one after the other.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use futures::future::try_join_all;

use crate::{Connection, Figures};

/// Calls of an echo, for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    /// How large a message is.
    pub bytes: usize,
    /// How many calls there are at any time on each connection.
    pub in_flight: usize,
    /// On how many connections.
    pub connections: usize,
    /// For how long calls are begun; those that are in flight then are waited for.
    pub duration: Duration,
}

/// When no more calls are begun.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    begin: Instant,
    end: Instant,
}

impl Calls {
    /// The message: text, as some peers carry nothing else.
    pub fn message(&self) -> String {
        "x".repeat(self.bytes)
    }

    /// Makes the calls.
    pub async fn make<C: Connection>(&self, connections: &[C]) -> Result<Figures> {
        let message = self.message();
        let deadline = Deadline::begin(self.duration);
        let nanoseconds = RefCell::new(Vec::new());
        let one_after_the_other = async |connection: &C| {
            let mut begin = Instant::now();
            loop {
                let length = connection.echo(&message).await?;
                ensure!(length == message.len(), "an answer of {length} bytes");
                // The end of one is the beginning of the next: the clock is looked at once.
                let end = Instant::now();
                nanoseconds.borrow_mut().push((end - begin).as_nanos());
                if deadline.is_over(end) {
                    return Ok(());
                }
                begin = end;
            }
        };
        let connections = &connections[..self.connections];
        if let ([connection], 1) = (connections, self.in_flight) {
            // Nothing between the peer and its executor.
            one_after_the_other(connection).await?;
        } else {
            let slots = connections.iter().flat_map(|connection| {
                (0..self.in_flight).map(move |_| one_after_the_other(connection))
            });
            try_join_all(slots).await?;
        }
        Ok(Figures::of_calls(
            nanoseconds.into_inner(),
            deadline.elapsed(),
        ))
    }
}

impl Deadline {
    /// Begins now.
    pub fn begin(duration: Duration) -> Self {
        let begin = Instant::now();
        Self {
            begin,
            end: begin + duration,
        }
    }

    /// Whether no more calls are to be begun.
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.end
    }

    /// How long it all took until now.
    pub fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }
}
