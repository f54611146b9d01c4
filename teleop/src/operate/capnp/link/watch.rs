//! [`Watch`]: when something last happened on a connection, and how long nothing may.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use async_io::Timer;

use super::{Link, ended::Ended};
use crate::operate::capnp::Limits;

/// When something last happened on a connection.
#[derive(Debug)]
pub(super) struct Watch {
    opened: Instant,
    is_greeted: Cell<bool>,
    active: Cell<Instant>,
}

impl Watch {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            opened: now,
            is_greeted: Cell::new(false),
            active: Cell::new(now),
        }
    }

    /// Since when the connection is there.
    pub(super) fn opened(&self) -> Instant {
        self.opened
    }

    /// A message arrived, all of it. Says when.
    pub(super) fn heard(&self) -> Instant {
        self.is_greeted.set(true);
        self.answered()
    }

    /// A call was answered. Says when.
    pub(super) fn answered(&self) -> Instant {
        let now = Instant::now();
        self.active.set(now);
        now
    }
}

impl Link {
    /// Waits until nothing has happened for longer than it may.
    ///
    /// Messages do not wake it: it looks again when the time would be up if nothing had happened.
    pub(super) async fn watch(&self) -> Ended {
        loop {
            match self.patience(Instant::now()) {
                Ok(rest) => Timer::after(rest).await,
                Err(ended) => return ended,
            };
        }
    }

    /// For how long nothing has to be feared.
    fn patience(&self, now: Instant) -> Result<Duration, Ended> {
        let Limits {
            first_request,
            idle,
            ..
        } = *self.limits;
        let rest = |since: Instant, longest: Duration, ended: Ended| {
            let rest = longest.saturating_sub(now.saturating_duration_since(since));
            if rest.is_zero() { Err(ended) } else { Ok(rest) }
        };
        let mut patience = idle;
        if !self.watch.is_greeted.get() {
            let ended = Ended::FirstRequest(first_request);
            patience = rest(self.watch.opened, first_request, ended)?;
        } else if !self.ledger.borrow().is_busy() {
            patience = rest(self.watch.active.get(), idle, Ended::Idle(idle))?;
        }
        if let Some(since) = self.outlet.stuck_since() {
            let bytes = self.outlet.unwritten();
            patience = patience.min(rest(since, idle, Ended::Unread { bytes, idle })?);
        }
        Ok(patience)
    }
}
