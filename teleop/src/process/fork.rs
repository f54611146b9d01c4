//! [`refuse_in_fork`] and [`Own`]: a process that was forked from one that uses Teleop shares its reactor.

use std::{
    mem,
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::error::{Error, Result};

/// Fails in a process that was forked from one that has armed an endpoint or attached to somebody.
///
/// Both would wait with the same epoll(7) or kqueue(2) descriptor, of which each takes the other's
/// events, and the thread that waits with it is only in the parent: neither would answer any more.
pub(crate) fn refuse_in_fork() -> Result<()> {
    /// The process that has the reactor; 0 where nobody has used it.
    static OWNER: AtomicU32 = AtomicU32::new(0);

    let this = std::process::id();
    let claimed = OWNER.compare_exchange(0, this, Ordering::Relaxed, Ordering::Relaxed);
    match claimed {
        Err(owner) if owner != this => Err(Error::Unsupported {
            what: "Teleop",
            why: "this process was forked from one that uses Teleop, and shares its reactor: fork first, or execute a program",
        }),
        _ => Ok(()),
    }
}

/// Something that waits with the reactor. In a process that was forked from the one that made it,
/// dropping it does nothing: it would end the wait of its parent, whose registration it shares.
#[derive(Debug)]
pub(crate) struct Own<T> {
    value: Option<T>,
    process: u32,
}

impl<T> Own<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Some(value),
            process: std::process::id(),
        }
    }
}

impl<T> Deref for Own<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect(TAKEN_ON_DROP)
    }
}

impl<T> DerefMut for Own<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect(TAKEN_ON_DROP)
    }
}

const TAKEN_ON_DROP: &str = "it is only taken as it is dropped";

impl<T> Drop for Own<T> {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            mem::forget(self.value.take());
        }
    }
}
