//! [`Reactor`]: epoll(7), driven by the thread that waits.

mod alarm;
mod alert;
mod lull;
mod source;
#[cfg(test)]
mod tests;

use std::{
    cell::RefCell,
    os::fd::AsFd,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use nix::{
    poll::{PollFd, PollFlags, ppoll},
    sys::{
        epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
        time::TimeSpec,
    },
};

pub(crate) use self::lull::{at_lull, begin_lull};
pub(super) use self::{alarm::Alarm, source::Source};
use self::{
    alarm::Alarms,
    alert::{Alert, Rest},
    lull::Lulls,
    source::Sources,
};
use crate::error::{Context as _, Result};

thread_local! {
    /// What this thread drives.
    static DRIVEN: RefCell<Option<Driven>> = const { RefCell::new(None) };
}

#[derive(Clone, Debug)]
struct Driven {
    inner: Arc<Inner>,
    lulls: Rc<Lulls>,
    /// Whether something is done that does not wait with it.
    is_aside: bool,
}

/// What a thread waits with that has nothing else to do.
#[derive(Debug)]
pub(crate) struct Reactor {
    inner: Arc<Inner>,
    alert: Arc<Alert>,
}

#[derive(Debug)]
struct Inner {
    epoll: Epoll,
    sources: Sources,
    alarms: Alarms,
    process: u32,
}

/// How many events are taken at once.
const BATCH: usize = 32;
/// How often a future that wakes itself is polled before others have their turn.
const TURNS: usize = 8;
/// For how long, after the first time.
const LONGEST_TURNS: Duration = Duration::from_millis(1);
/// What is waited for no longer than this is waited for to the microsecond, and else to the millisecond.
const PRECISE: Duration = Duration::from_millis(20);

/// How long is waited where nothing can be waited with.
const DEAF: Duration = Duration::from_millis(50);

impl Reactor {
    pub(crate) fn new() -> Result<Self> {
        let build = || {
            let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
            let alert = Alert::new()?;
            // Each alert is told once, and so it is not read.
            let told = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;
            epoll.add(&*alert, EpollEvent::new(told, ALERT))?;
            Ok::<_, nix::Error>((epoll, alert))
        };
        let (epoll, alert) = build().context("create", "epoll")?;
        let inner = Arc::new(Inner {
            epoll,
            sources: Sources::default(),
            alarms: Alarms::default(),
            process: std::process::id(),
        });
        Ok(Self { inner, alert })
    }

    /// Does something as a future of [`block_on`](Self::block_on) would.
    pub(crate) fn enter<T>(&self, act: impl FnOnce() -> T) -> T {
        driving(Some(self.driven()), act)
    }

    fn driven(&self) -> Driven {
        Driven {
            inner: self.inner.clone(),
            lulls: Rc::default(),
            is_aside: false,
        }
    }

    /// Waits on this thread until a future is done.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let waker = Waker::from(self.alert.clone());
        let mut cx = Context::from_waker(&waker);
        let driven = self.driven();
        loop {
            let mut began = None;
            for _ in 0..TURNS {
                self.alert.begin_turn();
                let turn = || future.as_mut().poll(&mut cx);
                if let Poll::Ready(done) = driving(Some(driven.clone()), turn) {
                    // What it has left behind may go on elsewhere, later.
                    driving(Some(driven.clone()), || driven.lulls.begin());
                    return done;
                }
                if !self.alert.is_raised()
                    || began.get_or_insert_with(Instant::now).elapsed() > LONGEST_TURNS
                {
                    break;
                }
            }
            // Where something always has more to do, this is as good a moment as any.
            driving(Some(driven.clone()), || driven.lulls.begin());
            // At least once: what wakes itself all the time keeps nobody else waiting.
            self.inner.wait(self.alert.rest());
            while !self.alert.is_raised() {
                self.inner.wait(self.alert.rest());
            }
        }
    }
}

impl Drop for Reactor {
    /// Nobody drives it any more: what waited with it is woken, to wait with another.
    fn drop(&mut self) {
        self.inner.sources.wake();
        self.inner.alarms.wake();
    }
}

impl Inner {
    /// Waits until there is something to do, and wakes those who wait for it.
    fn wait(&self, rest: Rest<'_>) {
        let timeout = match rest.is_due() {
            true => Some(Duration::ZERO),
            false => self
                .alarms
                .next()
                .map(|at| at.saturating_duration_since(Instant::now())),
        };
        let mut events = [EpollEvent::empty(); BATCH];
        let count = match self.take(&mut events, timeout) {
            Ok(count) => count,
            Err(nix::Error::EINTR) => 0,
            // The program has closed it: no more is heard, and that is not to cost it a processor. The time is
            // told all the same, and who was woken looks after a while.
            Err(_) => {
                thread::sleep(timeout.unwrap_or(DEAF).min(DEAF));
                0
            }
        };
        // Whoever wakes it from now on finds it awake.
        drop(rest);
        for event in &events[..count] {
            self.sources.tell(event.data(), event.events());
        }
        self.alarms.ring();
    }

    fn take(&self, events: &mut [EpollEvent], timeout: Option<Duration>) -> nix::Result<usize> {
        let timeout = match timeout {
            None => EpollTimeout::NONE,
            Some(precise) if Duration::ZERO < precise && precise <= PRECISE => {
                let epoll = PollFd::new(self.epoll.0.as_fd(), PollFlags::POLLIN);
                ppoll(&mut [epoll], Some(TimeSpec::from_duration(precise)), None)?;
                EpollTimeout::ZERO
            }
            // It is not over before its time.
            Some(long) => EpollTimeout::try_from(long.saturating_add(Duration::from_micros(999)))
                .unwrap_or(EpollTimeout::MAX),
        };
        self.epoll.wait(events, timeout)
    }
}

/// What the events of an [`Alert`] are known by; sources count from 1.
const ALERT: u64 = 0;

/// Does something that does not wait with the reactor of this thread, but with async-io's: it may block until
/// it is done, and nobody would drive this one meanwhile.
pub(crate) fn aside<T>(act: impl FnOnce() -> T) -> T {
    let driven = DRIVEN.with_borrow(Option::clone);
    let is_aside = true;
    driving(driven.map(|driven| Driven { is_aside, ..driven }), act)
}

/// Whether this thread drives a reactor of its own.
pub(super) fn is_driven() -> bool {
    driven().is_some()
}

fn driven() -> Option<Arc<Inner>> {
    with_driven(|driven| Some(driven?.inner.clone()))
}

/// Whether it is this that the thread drives.
fn drives(inner: &Arc<Inner>) -> bool {
    with_driven(|driven| driven.is_some_and(|driven| Arc::ptr_eq(&driven.inner, inner)))
}

/// What this thread drives, and waits with at the moment.
fn with_driven<T>(act: impl FnOnce(Option<&Driven>) -> T) -> T {
    DRIVEN.with_borrow(|driven| act(driven.as_ref().filter(|driven| !driven.is_aside)))
}

fn driving<T>(what: Option<Driven>, act: impl FnOnce() -> T) -> T {
    /// Puts back what was driven before, also where `act` panics.
    struct Before(Option<Driven>);

    impl Drop for Before {
        fn drop(&mut self) {
            DRIVEN.set(self.0.take());
        }
    }

    let _before = Before(DRIVEN.replace(what));
    act()
}
