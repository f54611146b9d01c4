//! [`Reactor`], where it is that of async-io on every thread.

use std::{
    convert::Infallible,
    rc::Rc,
    task::{Context, Poll},
    time::Instant,
};

use super::Lull;
use crate::error::Result;

/// What drives a future on this thread.
#[derive(Debug)]
pub(crate) struct Reactor;

impl Reactor {
    /// Sees to it that there is one.
    pub(crate) fn new() -> Result<Self> {
        super::start_shared()?;
        Ok(Self)
    }

    /// Does something as a future of [`block_on`](Self::block_on) would.
    pub(crate) fn enter<T>(&self, act: impl FnOnce() -> T) -> T {
        act()
    }

    /// Waits on this thread until a future is done.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        async_io::block_on(future)
    }
}

/// Does something that does not wait with the reactor of this thread: there is none.
pub(crate) fn aside<T>(act: impl FnOnce() -> T) -> T {
    act()
}

/// Has something done when nothing else is to be done on this thread: nobody knows when that is.
pub(crate) fn at_lull(_: Rc<dyn Lull>) -> bool {
    false
}

/// Takes this moment for a lull: nobody waits for one.
pub(crate) fn begin_lull() {}

/// Whether this thread drives a reactor of its own.
pub(super) fn is_driven() -> bool {
    false
}

/// A moment that the reactor of this thread waits for: there is none.
#[derive(Debug)]
pub(super) struct Alarm(Infallible);

impl Alarm {
    pub(super) fn set(_: Instant) -> Option<Self> {
        None
    }

    pub(super) fn is_driven(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn poll(&mut self, _: &Context<'_>) -> Poll<()> {
        match self.0 {}
    }
}
