//! [`Slots`]: how many connections are served at once.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

/// Room for so many connections, which all listeners share.
#[derive(Debug)]
pub(crate) struct Slots {
    free: Cell<usize>,
    waiting: RefCell<Vec<Waker>>,
}

/// Room for one connection, until this is dropped.
#[derive(Debug)]
pub(crate) struct Slot(Rc<Slots>);

impl Slots {
    pub(crate) fn new(count: usize) -> Rc<Self> {
        Rc::new(Self {
            free: Cell::new(count),
            waiting: RefCell::default(),
        })
    }

    /// Lets a connection be accepted, but only while there is room for it.
    ///
    /// While there is none, `accept` is not polled: who waits does so in the queue of the kernel.
    pub(crate) async fn fill<T>(self: &Rc<Self>, accept: impl Future<Output = T>) -> (T, Slot) {
        let mut accept = std::pin::pin!(accept);
        poll_fn(|cx| {
            if self.free.get() == 0 {
                let mut waiting = self.waiting.borrow_mut();
                if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                    waiting.push(cx.waker().clone());
                }
                return Poll::Pending;
            }
            accept.as_mut().poll(cx).map(|accepted| {
                self.free.set(self.free.get() - 1);
                (accepted, Slot(self.clone()))
            })
        })
        .await
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Slots { free, waiting } = &*self.0;
        free.set(free.get() + 1);
        // Of several listeners, it is not known which has somebody to accept.
        let waiting = std::mem::take(&mut *waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::FutureExt;

    use super::*;

    #[test]
    fn without_room_nobody_is_accepted() {
        let slots = Slots::new(1);
        let ((), taken) = slots.fill(ready(())).now_or_never().unwrap();
        let mut waiting = slots.fill(ready(())).boxed_local();
        assert!((&mut waiting).now_or_never().is_none());
        drop(taken);
        let (_, _taken) = waiting.now_or_never().unwrap();
        assert!(slots.fill(ready(())).now_or_never().is_none());
    }

    #[test]
    fn a_listener_to_which_nobody_comes_takes_no_room() {
        let slots = Slots::new(1);
        let mut lonely = slots.fill(pending::<()>()).boxed_local();
        assert!((&mut lonely).now_or_never().is_none());
        assert!(slots.fill(ready(())).now_or_never().is_some());
    }
}
