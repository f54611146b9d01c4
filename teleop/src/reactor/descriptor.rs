//! [`Async`]: a descriptor that is waited for.

use std::{
    future::poll_fn,
    io,
    os::fd::AsFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use super::{Direction, Source};

/// Something that does not block, and is waited for where it would.
///
/// Nothing is registered with a reactor before it is waited for.
#[derive(Debug)]
pub(crate) struct Async<T: AsFd> {
    io: Arc<T>,
    waits: Mutex<Option<Waits<T>>>,
}

#[derive(Debug)]
enum Waits<T: AsFd> {
    Own(Source),
    Shared(async_io::Async<Arc<T>>),
}

impl<T: AsFd> Async<T> {
    /// It has to be in non-blocking mode already.
    pub(crate) fn new(io: T) -> Self {
        Self {
            io: Arc::new(io),
            waits: Mutex::default(),
        }
    }

    pub(crate) fn get_ref(&self) -> &T {
        &self.io
    }

    /// Does something as soon as it does not block.
    pub(crate) async fn read_with<R>(
        &self,
        mut read: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        poll_fn(|cx| self.poll_with(Direction::Read, cx, &mut read, |_| false)).await
    }

    /// Reads as soon as there is something to be read. Where that is less than there would have been room
    /// for, there is no more.
    pub(crate) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        room: usize,
        read: impl FnMut(&T) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let drains = |&count: &usize| 0 < count && count < room;
        self.poll_with(Direction::Read, cx, read, drains)
    }

    /// Writes as soon as there is room.
    pub(crate) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        write: impl FnMut(&T) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.poll_with(Direction::Write, cx, write, |_| false)
    }

    fn poll_with<R>(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        mut act: impl FnMut(&T) -> io::Result<R>,
        drains: impl FnOnce(&R) -> bool,
    ) -> Poll<io::Result<R>> {
        let mut waits = self.waits();
        let waits = self.registered(&mut waits)?;
        loop {
            if let Waits::Own(source) = waits {
                if !source.is_ready(direction) {
                    source.wait(&*self.io, direction, cx)?;
                    return Poll::Pending;
                }
            }
            match act(&self.io) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => match waits {
                    Waits::Own(source) => source.blocks(direction),
                    Waits::Shared(shared) => ready!(match direction {
                        Direction::Read => shared.poll_readable(cx),
                        Direction::Write => shared.poll_writable(cx),
                    })?,
                },
                done => {
                    if let (Ok(done), Waits::Own(source)) = (&done, waits) {
                        if drains(done) {
                            source.is_drained();
                        }
                    }
                    return Poll::Ready(done);
                }
            }
        }
    }

    /// How it is waited for by whoever polls this.
    fn registered<'a>(&self, waits: &'a mut Option<Waits<T>>) -> io::Result<&'a mut Waits<T>> {
        let shared = || async_io::Async::new_nonblocking(self.io.clone()).map(Waits::Shared);
        let current = match waits.take() {
            // Another thread than the one that it was registered by: nobody might wait there any more.
            Some(Waits::Own(source)) if !source.is_driven() => {
                let waiting = source.deregister(&*self.io);
                if waiting.is_empty() {
                    None
                } else {
                    // Somebody does. From now on both wait with what serves any thread, or each would take
                    // it away from the other time and again.
                    waiting.into_iter().for_each(Waker::wake);
                    Some(shared()?)
                }
            }
            current => current,
        };
        let current = match current {
            Some(current) => current,
            None => match Source::register(&*self.io)? {
                Some(source) => Waits::Own(source),
                None => shared()?,
            },
        };
        Ok(waits.insert(current))
    }

    /// A panic leaves nothing half done.
    fn waits(&self) -> MutexGuard<'_, Option<Waits<T>>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: AsFd> Drop for Async<T> {
    fn drop(&mut self) {
        // Before it is closed: a process that was forked from this one may have it open still, and the
        // kernel would go on to tell of it.
        if let Some(Waits::Own(source)) = self.waits().take() {
            source.deregister(&*self.io);
        }
    }
}
