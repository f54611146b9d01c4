//! [`Clock`]: what is left of the time that the user gave.

use std::{
    cell::Cell,
    pin::pin,
    time::{Duration, Instant},
};

use futures::future::{self, Either};

use teleop::Timer;

use crate::progress;

/// What is left of the time that the user gave.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    /// `None` where there is no limit.
    deadline: Cell<Option<Instant>>,
}

impl Clock {
    pub(crate) fn start(limit: Duration) -> Self {
        let started = Instant::now();
        let deadline = Cell::new(started.checked_add(limit));
        Self { started, deadline }
    }

    /// From now on there is so much time.
    pub(crate) fn restart(&self, limit: Duration) {
        self.deadline.set(Instant::now().checked_add(limit));
    }

    /// From now on there is no limit.
    pub(crate) fn stop(&self) {
        self.deadline.set(None);
    }

    /// Waits for what the target has no part in: the time that it takes does not count.
    pub(crate) async fn stopped_during<T>(&self, future: impl Future<Output = T>) -> T {
        let deadline = self.deadline.take();
        let started = Instant::now();
        // It may be typed.
        let value = progress::hidden_during(future).await;
        let later = deadline.and_then(|at| at.checked_add(started.elapsed()));
        self.deadline.set(later);
        value
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Waits for a future no longer than what is left.
    pub(crate) async fn limit<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        loop {
            let timer = self.deadline.get().map_or_else(Timer::never, Timer::at);
            if let Either::Left((value, _)) = future::select(&mut future, timer).await {
                return Some(value);
            }
            // It may have been put off meanwhile.
            if self.deadline.get().is_some_and(|at| at <= Instant::now()) {
                return None;
            }
        }
    }
}
