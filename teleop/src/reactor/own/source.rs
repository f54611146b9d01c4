//! [`Source`]: a descriptor that somebody waits for.

use std::{
    collections::BTreeMap,
    io, mem,
    os::fd::AsFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
};

use nix::sys::epoll::{EpollEvent, EpollFlags};

use super::{Inner, driven, drives};
use crate::reactor::Direction;

/// The descriptors that are registered.
#[derive(Debug, Default)]
pub(super) struct Sources(Mutex<Set>);

#[derive(Debug, Default)]
struct Set {
    states: BTreeMap<u64, Arc<Mutex<State>>>,
    last: u64,
}

/// What the kernel has told of a descriptor.
#[derive(Debug, Default)]
struct State {
    read: Side,
    write: Side,
    /// The other end says nothing more: of that, the kernel tells once.
    is_ended: bool,
    /// Whether the kernel is to tell when there is room. It would else do so after every answer.
    asks_for_room: bool,
}

#[derive(Debug)]
struct Side {
    /// That it might not block.
    is_ready: bool,
    wakers: Vec<Waker>,
}

impl Default for Side {
    fn default() -> Self {
        Self {
            is_ready: true,
            wakers: Vec::new(),
        }
    }
}

impl State {
    /// Who waits for it.
    fn waiting(&mut self) -> Vec<Waker> {
        let mut waiting = mem::take(&mut self.read.wakers);
        waiting.append(&mut self.write.wakers);
        waiting
    }

    fn side(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }
}

impl Sources {
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        lock(&self.0).states.len()
    }

    /// Wakes everybody who waits.
    pub(super) fn wake(&self) {
        let states: Vec<_> = lock(&self.0).states.values().cloned().collect();
        for state in states {
            let waiting = lock(&state).waiting();
            waiting.into_iter().for_each(Waker::wake);
        }
    }

    /// Takes down what the kernel tells of a descriptor, and wakes those who wait for it.
    pub(super) fn tell(&self, key: u64, told: EpollFlags) {
        let closed = EpollFlags::EPOLLHUP | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLERR;
        let Some(state) = lock(&self.0).states.get(&key).cloned() else {
            return;
        };
        let mut state = lock(&state);
        let mut woken = Vec::new();
        state.is_ended |= told.intersects(closed);
        for (direction, sign) in [
            (Direction::Read, EpollFlags::EPOLLIN),
            (Direction::Write, EpollFlags::EPOLLOUT),
        ] {
            if told.intersects(sign | closed) {
                let side = state.side(direction);
                side.is_ready = true;
                woken.append(&mut side.wakers);
            }
        }
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

/// A descriptor that the reactor of this thread waits for, until it is told not to.
#[derive(Debug)]
pub(in crate::reactor) struct Source {
    inner: Arc<Inner>,
    key: u64,
    state: Arc<Mutex<State>>,
}

impl Source {
    /// `None` where this thread drives no reactor of its own.
    pub(in crate::reactor) fn register(descriptor: impl AsFd) -> io::Result<Option<Self>> {
        let Some(inner) = driven() else {
            return Ok(None);
        };
        let state = Arc::default();
        let mut set = lock(&inner.sources.0);
        set.last += 1;
        let key = set.last;
        set.states.insert(key, Arc::clone(&state));
        drop(set);
        let added = inner.epoll.add(descriptor, interest(key, false));
        let source = Self { inner, key, state };
        match added {
            Ok(()) => Ok(Some(source)),
            Err(error) => {
                source.forget();
                Err(error.into())
            }
        }
    }

    /// Whether this thread drives the reactor that waits for it.
    pub(in crate::reactor) fn is_driven(&self) -> bool {
        drives(&self.inner)
    }

    /// Whether it might not block.
    pub(in crate::reactor) fn is_ready(&mut self, direction: Direction) -> bool {
        lock(&self.state).side(direction).is_ready
    }

    /// It blocks, until the kernel tells otherwise.
    pub(in crate::reactor) fn blocks(&mut self, direction: Direction) {
        lock(&self.state).side(direction).is_ready = false;
    }

    /// All that there was has been read: to read on would block, unless to find out that it has ended.
    pub(in crate::reactor) fn is_drained(&mut self) {
        let mut state = lock(&self.state);
        state.read.is_ready = state.is_ended;
    }

    /// Has somebody woken when it might not block any more.
    pub(in crate::reactor) fn wait(
        &mut self,
        descriptor: impl AsFd,
        direction: Direction,
        cx: &Context<'_>,
    ) -> io::Result<()> {
        let mut state = lock(&self.state);
        let wakers = &mut state.side(direction).wakers;
        if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            wakers.push(cx.waker().clone());
        }
        let asks_for_room = !state.write.is_ready;
        if state.asks_for_room != asks_for_room {
            state.asks_for_room = asks_for_room;
            let mut interest = interest(self.key, asks_for_room);
            self.inner.epoll.modify(descriptor, &mut interest)?;
        }
        Ok(())
    }

    /// Has the kernel tell nothing more of it, and returns who waited for that. It has to be done before the
    /// descriptor is closed.
    pub(in crate::reactor) fn deregister(self, descriptor: impl AsFd) -> Vec<Waker> {
        // In a process that was forked from this one, it is its parent that would not be told.
        if self.inner.process == std::process::id() {
            let _ = self.inner.epoll.delete(descriptor); // It is registered, and open.
        }
        self.forget();
        lock(&self.state).waiting()
    }

    fn forget(&self) {
        let state = lock(&self.inner.sources.0).states.remove(&self.key);
        drop(state); // Whatever its wakers drop, too.
    }
}

/// What the kernel is to tell, and once for each time that it happens.
fn interest(key: u64, asks_for_room: bool) -> EpollEvent {
    let mut flags = EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLET;
    flags.set(EpollFlags::EPOLLOUT, asks_for_room);
    EpollEvent::new(flags, key)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
