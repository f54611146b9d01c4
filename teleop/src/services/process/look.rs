//! [`Looks`]: what has to be read from the system, one look at a time.

use std::cell::Cell;

use crate::{operate::capnp::PANICKED, pool::Pool};

/// How many may wait for what they asked: whoever comes later is told, and does not wait for all of them.
const MOST_WAITING: usize = 64;

/// Looks at what the system says of this process: one at a time, on a thread of its own, also where
/// everything else that runs is stuck.
pub(super) struct Looks {
    pool: Pool,
    waiting: Cell<usize>,
}

impl Looks {
    pub(super) fn new() -> Self {
        Self {
            pool: Pool::new(1),
            waiting: Cell::new(0),
        }
    }

    /// Takes a look, as soon as it is its turn.
    ///
    /// # Errors
    ///
    /// That it is overloaded, at once, where many wait already; or that it failed, where the look panics.
    pub(super) async fn take<T: Send + 'static>(
        &self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> capnp::Result<T> {
        if self.waiting.get() >= MOST_WAITING {
            let reason = "too many ask this at the same time";
            return Err(capnp::Error::overloaded(reason.to_owned()));
        }
        let _waiting = Waiting::new(&self.waiting);
        let looked = self.pool.run(look).await;
        looked.map_err(|_| capnp::Error::failed(PANICKED.to_owned()))
    }
}

/// One that waits.
struct Waiting<'a>(&'a Cell<usize>);

impl<'a> Waiting<'a> {
    fn new(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use async_io::block_on;
    use capnp::ErrorKind;
    use futures::{FutureExt, future::join_all};

    use super::*;

    #[test]
    fn who_comes_when_many_wait_is_told_at_once() {
        let looks = Looks::new();
        let (open, gate) = mpsc::channel::<()>();
        let mut first = Box::pin(looks.take(move || gate.recv().is_err()));
        assert!((&mut first).now_or_never().is_none());
        let mut others: Vec<_> = (1..MOST_WAITING)
            .map(|number| Box::pin(looks.take(move || number)))
            .collect();
        for other in &mut others {
            assert!(other.now_or_never().is_none());
        }
        let refused = looks.take(|| ()).now_or_never().expect("it does not wait");
        assert_eq!(refused.unwrap_err().kind, ErrorKind::Overloaded);

        // Who gives up makes room.
        drop(others.pop());
        let mut next = Box::pin(looks.take(|| 0));
        assert!((&mut next).now_or_never().is_none());
        drop(open);
        assert!(block_on(first).unwrap());
        assert!(block_on(join_all(others)).iter().all(Result::is_ok));
        assert_eq!(block_on(next).unwrap(), 0);
        assert_eq!(block_on(looks.take(|| 7)).unwrap(), 7);
        assert_eq!(looks.waiting.get(), 0);
    }

    #[test]
    fn a_look_that_panics_is_an_error_of_its_own() {
        let looks = Looks::new();
        let panics = looks.take(|| -> () { std::panic::resume_unwind(Box::new("by design")) });
        assert_eq!(block_on(panics).unwrap_err().extra, PANICKED);
        assert_eq!(block_on(looks.take(|| 7)).unwrap(), 7);
    }
}
