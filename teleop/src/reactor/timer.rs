//! [`Timer`]: a moment that is waited for.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use super::own::Alarm;

/// A future that is done when a moment has come. Dropped, it wakes nobody any more.
///
/// On any executor: in [`block_on`](crate::block_on) it takes nothing besides, and elsewhere it waits with the
/// reactor of async-io.
///
/// ```
/// use std::time::Duration;
///
/// teleop::block_on(teleop::Timer::after(Duration::from_millis(1)));
/// ```
#[derive(Debug)]
#[must_use = "it only waits while it is polled"]
pub struct Timer {
    /// `None` for never.
    at: Option<Instant>,
    waits: Option<Waits>,
}

#[derive(Debug)]
enum Waits {
    Own(Alarm),
    Shared(async_io::Timer),
}

impl Timer {
    /// So long from now. Longer than the clock can tell is never.
    pub fn after(duration: Duration) -> Self {
        Self {
            at: Instant::now().checked_add(duration),
            waits: None,
        }
    }

    /// At this moment; at once where it is over.
    pub fn at(moment: Instant) -> Self {
        Self {
            at: Some(moment),
            waits: None,
        }
    }

    /// Never.
    pub fn never() -> Self {
        Self {
            at: None,
            waits: None,
        }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else {
            return Poll::Pending;
        };
        if matches!(&self.waits, Some(Waits::Own(alarm)) if !alarm.is_driven()) {
            self.waits = None;
        }
        let waits = self.waits.get_or_insert_with(|| match Alarm::set(at) {
            Some(alarm) => Waits::Own(alarm),
            None => Waits::Shared(async_io::Timer::at(at)),
        });
        match waits {
            Waits::Own(alarm) => alarm.poll(cx),
            Waits::Shared(timer) => Pin::new(timer).poll(cx).map(|_| ()),
        }
    }
}
