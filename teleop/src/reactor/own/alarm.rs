//! [`Alarm`]: a moment that somebody waits for.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Instant,
};

use super::{Inner, driven, drives};

/// The moments that are waited for, and who does.
#[derive(Debug, Default)]
pub(super) struct Alarms(Mutex<Set>);

#[derive(Debug, Default)]
struct Set {
    wakers: BTreeMap<Key, Waker>,
    next: u64,
}

/// When, and which of those that are at the same time.
type Key = (Instant, u64);

impl Alarms {
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.lock().wakers.len()
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.lock().wakers.keys().next().map(|&(at, _)| at)
    }

    /// Wakes everybody who waits.
    pub(super) fn wake(&self) {
        let waiting = std::mem::take(&mut self.lock().wakers);
        waiting.into_values().for_each(Waker::wake);
    }

    /// Wakes those whose time has come.
    pub(super) fn ring(&self) {
        let mut set = self.lock();
        if set.wakers.is_empty() {
            return;
        }
        let later = set.wakers.split_off(&(Instant::now(), u64::MAX));
        let due = std::mem::replace(&mut set.wakers, later);
        drop(set);
        due.into_values().for_each(Waker::wake);
    }

    /// A panic leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Set> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A moment that the reactor of this thread waits for, until this is dropped.
#[derive(Debug)]
pub(in crate::reactor) struct Alarm {
    inner: Arc<Inner>,
    key: Key,
    /// How often it has been polled since anybody looked at the clock.
    polls: u8,
}

/// So often it is polled in vain until somebody looks at the clock: whoever always has something else to do, and never
/// lets the reactor wait, is to hear of it as well.
const MOST_POLLS: u8 = 32;

impl Alarm {
    /// `None` where this thread drives no reactor of its own.
    pub(in crate::reactor) fn set(at: Instant) -> Option<Self> {
        let inner = driven()?;
        let mut set = inner.alarms.lock();
        set.next += 1;
        let key = (at, set.next);
        drop(set);
        Some(Self {
            inner,
            key,
            polls: 0,
        })
    }

    /// Whether this thread drives the reactor that waits for it.
    pub(in crate::reactor) fn is_driven(&self) -> bool {
        drives(&self.inner)
    }

    pub(in crate::reactor) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        let mut set = self.inner.alarms.lock();
        let known = set.wakers.get(&self.key);
        let is_known = known.is_some_and(|waker| waker.will_wake(cx.waker()));
        self.polls += 1;
        // It would not be there if it had rung. To look at the clock takes longer.
        if is_known && self.polls < MOST_POLLS {
            return Poll::Pending;
        }
        self.polls = 0;
        if self.key.0 <= Instant::now() {
            return Poll::Ready(());
        }
        if is_known {
            return Poll::Pending;
        }
        let before = set.wakers.insert(self.key, cx.waker().clone());
        drop(set);
        drop(before); // Whatever that drops, too.
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let waker = self.inner.alarms.lock().wakers.remove(&self.key);
        drop(waker); // Whatever that drops, too.
    }
}
