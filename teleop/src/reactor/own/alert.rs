//! [`Alert`]: what wakes a thread that waits.

use std::{
    os::fd::{AsFd, BorrowedFd},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::Wake,
};

use nix::sys::eventfd::{EfdFlags, EventFd};

/// The waker of a thread. It takes a system call only where the thread sleeps.
#[derive(Debug)]
pub(super) struct Alert {
    state: AtomicU8,
    event: EventFd,
}

/// Nobody has raised it.
const QUIET: u8 = 0;
/// Nobody has raised it, and the thread sleeps, or is about to.
const ASLEEP: u8 = 1;
const RAISED: u8 = 2;

impl Alert {
    pub(super) fn new() -> nix::Result<Arc<Self>> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        Ok(Arc::new(Self {
            state: AtomicU8::new(QUIET),
            event: EventFd::from_flags(flags)?,
        }))
    }

    #[cfg(test)]
    pub(super) fn event(&self) -> &EventFd {
        &self.event
    }

    /// From now on, who raises it wants another turn.
    pub(super) fn begin_turn(&self) {
        self.state.swap(QUIET, Ordering::AcqRel);
    }

    pub(super) fn is_raised(&self) -> bool {
        self.state.load(Ordering::Acquire) == RAISED
    }

    /// The thread sleeps until what is returned is dropped.
    pub(super) fn rest(&self) -> Rest<'_> {
        let change =
            self.state
                .compare_exchange(QUIET, ASLEEP, Ordering::AcqRel, Ordering::Acquire);
        Rest {
            alert: self,
            is_due: change.is_err(),
        }
    }
}

/// A thread that sleeps.
#[derive(Debug)]
pub(super) struct Rest<'a> {
    alert: &'a Alert,
    is_due: bool,
}

impl Rest<'_> {
    /// Whether it was raised before: it is not to sleep.
    pub(super) fn is_due(&self) -> bool {
        self.is_due
    }
}

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        let _ =
            self.alert
                .state
                .compare_exchange(ASLEEP, QUIET, Ordering::AcqRel, Ordering::Acquire);
    }
}

impl Wake for Alert {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(RAISED, Ordering::AcqRel) == ASLEEP {
            // Its count takes longer to be full than anybody has.
            let _ = self.event.write(1);
        }
    }
}

impl AsFd for Alert {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}
