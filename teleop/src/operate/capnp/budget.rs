//! [`Budget`]: the memory that all connections share.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};

use futures::future;

use crate::reactor::Timer;

/// What a connection may always have, whatever the others do: small requests get through.
const SMALL: usize = 16 << 10;

/// How long a large request waits for others to be done with. What they do on the way takes less, and what
/// they keep may take for ever.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many bytes all connections may hold together, and how many they do.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    held: Cell<usize>,
    patience: Cell<Duration>,
    waiting: RefCell<Vec<Waker>>,
}

/// The part of a [`Budget`] that one connection holds.
#[derive(Debug)]
pub(super) struct Account {
    budget: Rc<Budget>,
    held: Cell<usize>,
}

/// Some bytes that are held, until this is dropped.
#[derive(Debug)]
pub(super) struct Charge {
    account: Rc<Account>,
    bytes: usize,
}

impl Budget {
    pub(super) fn new(most: usize) -> Rc<Self> {
        Rc::new(Self {
            most,
            held: Cell::new(0),
            patience: Cell::new(PATIENCE),
            waiting: RefCell::default(),
        })
    }

    /// Says how long a large request waits for others.
    #[cfg(any(test, fuzzing))]
    pub(super) fn set_patience(&self, patience: Duration) {
        self.patience.set(patience);
    }

    /// How many bytes all connections hold together.
    #[cfg(any(test, fuzzing))]
    pub(super) fn held(&self) -> usize {
        self.held.get()
    }
}

impl Account {
    pub(super) fn new(budget: &Rc<Budget>) -> Rc<Self> {
        Rc::new(Self {
            budget: budget.clone(),
            held: Cell::new(0),
        })
    }

    /// How many bytes the connection holds.
    pub(super) fn held(&self) -> usize {
        self.held.get()
    }

    /// How much of something may pile up: no more than a little where there is no room.
    pub(super) fn allowed(&self, most: usize) -> usize {
        if self.has_room(1) {
            most
        } else {
            most.min(SMALL)
        }
    }

    /// Whether there is room for so many more.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        let fits = |held: &Cell<usize>, most| held.get().saturating_add(bytes) <= most;
        fits(&self.held, SMALL) || fits(&self.budget.held, self.budget.most)
    }

    /// Whether there is room for an answer. One that is large, however large it is, may be the last for
    /// which there is any: what a service returns is there already.
    pub(super) fn has_room_for_answer(&self, bytes: usize) -> bool {
        if bytes <= SMALL {
            self.has_room(bytes)
        } else {
            self.budget.held.get() < self.budget.most
        }
    }

    /// Counts bytes that are there, room or not.
    pub(super) fn charge(self: &Rc<Self>, bytes: usize) -> Charge {
        self.held.set(self.held.get() + bytes);
        self.budget.held.set(self.budget.held.get() + bytes);
        Charge {
            account: self.clone(),
            bytes,
        }
    }

    /// Takes room, and waits for it a little; `None` where there is none so soon.
    pub(super) async fn reserve(self: &Rc<Self>, bytes: usize) -> Option<Charge> {
        if !self.has_room(bytes) {
            let room = pin!(poll_fn(|cx| {
                if self.has_room(bytes) {
                    return Poll::Ready(());
                }
                let mut waiting = self.budget.waiting.borrow_mut();
                if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                    waiting.push(cx.waker().clone());
                }
                Poll::Pending
            }));
            future::select(room, Timer::after(self.budget.patience.get())).await;
        }
        self.has_room(bytes).then(|| self.charge(bytes))
    }
}

impl Charge {
    /// Counts what another one counted, too.
    pub(super) fn join(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let Account { budget, held } = &*self.account;
        held.set(held.get() - self.bytes);
        budget.held.set(budget.held.get() - self.bytes);
        let waiting = std::mem::take(&mut *budget.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let budget = Budget::new(1 << 20);
        let account = Account::new(&budget);
        let charge = account.charge(1000);
        assert_eq!((account.held(), budget.held.get()), (1000, 1000));
        drop(charge);
        assert_eq!((account.held(), budget.held.get()), (0, 0));
    }

    #[test]
    fn who_waits_in_vain_does_not_wait_for_ever() {
        let budget = Budget::new(1 << 20);
        let greedy = Account::new(&budget);
        let _all = greedy.charge(1 << 20);
        let reserved = async_io::block_on(greedy.reserve(1));
        assert!(reserved.is_none());
    }

    #[test]
    fn one_that_takes_everything_leaves_the_others_a_little() {
        let budget = Budget::new(1 << 20);
        let greedy = Account::new(&budget);
        let modest = Account::new(&budget);
        let all = greedy.charge(1 << 20);
        assert!(!greedy.has_room(1));
        assert!(modest.has_room(SMALL));
        let mut large = modest.reserve(SMALL + 1).boxed_local();
        assert!((&mut large).now_or_never().is_none());
        drop(all);
        assert!(large.now_or_never().unwrap().is_some());
    }
}
