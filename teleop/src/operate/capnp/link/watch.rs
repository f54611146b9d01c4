//! [`Watch`]: when something last happened on a connection, and how long nothing may.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use super::Link;
use crate::{
    operate::capnp::{Limits, ended::Ended},
    reactor::Timer,
};

/// When something last happened on a connection.
#[derive(Debug)]
pub(super) struct Watch {
    opened: Instant,
    is_greeted: Cell<bool>,
    active: Cell<Instant>,
}

impl Watch {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            opened: now,
            is_greeted: Cell::new(false),
            active: Cell::new(now),
        }
    }

    /// Why it ends, where a request that has begun is not complete in time.
    pub(super) fn incomplete(&self, longest: Duration) -> Ended {
        if self.is_greeted.get() {
            Ended::Incomplete(longest)
        } else {
            Ended::FirstRequest(longest)
        }
    }

    /// Since when the connection is there.
    pub(super) fn opened(&self) -> Instant {
        self.opened
    }

    /// When something last happened.
    pub(super) fn active(&self) -> Instant {
        self.active.get()
    }

    /// A message arrived, all of it.
    pub(super) fn heard(&self) {
        self.is_greeted.set(true);
        self.answered();
    }

    /// A call was answered.
    pub(super) fn answered(&self) {
        self.active.set(Instant::now());
    }
}

impl Link {
    /// Waits until nothing has happened for longer than it may.
    ///
    /// Messages do not wake it: it looks again when the time would be up if nothing had happened.
    pub(super) async fn watch(&self) -> Ended {
        loop {
            match self.patience(Instant::now()) {
                Ok(rest) => Timer::after(rest).await,
                Err(ended) => return ended,
            };
        }
    }

    /// For how long nothing has to be feared.
    fn patience(&self, now: Instant) -> Result<Duration, Ended> {
        let Limits {
            first_request,
            idle,
            ..
        } = *self.limits;
        let rest = |since: Instant, longest: Duration, ended: Ended| {
            let rest = longest.saturating_sub(now.saturating_duration_since(since));
            if rest.is_zero() { Err(ended) } else { Ok(rest) }
        };
        let mut patience = idle;
        if !self.watch.is_greeted.get() {
            let ended = Ended::FirstRequest(first_request);
            // It may be greeted meanwhile.
            patience = patience.min(rest(self.watch.opened, first_request, ended)?);
        } else if !self.ledger.borrow().is_busy() {
            patience = rest(self.watch.active.get(), idle, Ended::Idle(idle))?;
        }
        if let Some(since) = self.outlet.stuck_since() {
            let bytes = self.outlet.held();
            patience = patience.min(rest(since, idle, Ended::Unread { bytes, idle })?);
        }
        Ok(patience)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::{
        audit::Peer,
        operate::capnp::{
            budget::Budget,
            link::{Subject, Witness},
        },
    };

    const IDLE: Duration = Duration::from_secs(60);
    const FIRST: Duration = Duration::from_secs(1);

    fn link() -> Rc<Link> {
        let limits = Limits::new().idle(IDLE).first_request(FIRST);
        let witness = Witness::new(Peer::unknown(), Rc::default());
        let input = futures::io::empty();
        Link::new(input, &Rc::new(limits), &Budget::new(1 << 20), witness)
    }

    /// What it says when so much time has passed.
    fn later(link: &Link, passed: Duration) -> Result<Duration, Ended> {
        link.patience(Instant::now() + passed)
    }

    #[test]
    fn the_first_request_has_a_time_of_its_own() {
        let link = link();
        assert!(later(&link, FIRST / 2).is_ok());
        assert_eq!(later(&link, FIRST), Err(Ended::FirstRequest(FIRST)));
        link.watch.heard();
        assert!(later(&link, FIRST).is_ok());
        assert_eq!(later(&link, IDLE), Err(Ended::Idle(IDLE)));
    }

    #[test]
    fn a_call_in_flight_is_not_idle_in_either_direction() {
        let link = link();
        link.watch.heard();
        link.ledger.borrow_mut().ask(3);
        assert_eq!(later(&link, 9 * IDLE), Ok(IDLE));
        link.ledger.borrow_mut().asked(3);
        assert_eq!(later(&link, 9 * IDLE), Err(Ended::Idle(IDLE)));
        let charge = link.account.charge(1);
        let mut ledger = link.ledger.borrow_mut();
        ledger.open(3, None, Subject::Root, charge);
        drop(ledger);
        assert_eq!(later(&link, 9 * IDLE), Ok(IDLE));
        let rest = || link.account.charge(1);
        link.ledger.borrow_mut().finish(3, true, rest);
        assert_eq!(later(&link, 9 * IDLE), Err(Ended::Idle(IDLE)));
    }

    #[test]
    fn what_is_not_read_ends_even_a_call_in_flight() {
        let link = link();
        link.watch.heard();
        link.ledger.borrow_mut().ask(3);
        link.tell(|message| message.init_release().set_id(1));
        assert!(later(&link, IDLE / 2).is_ok());
        assert!(matches!(later(&link, IDLE), Err(Ended::Unread { .. })));
    }

    #[test]
    fn no_time_at_all_is_no_reason_to_panic() {
        let limits = Limits::new()
            .idle(Duration::MAX)
            .first_request(Duration::MAX);
        let witness = Witness::new(Peer::unknown(), Rc::default());
        let budget = Budget::new(1 << 20);
        let link = Link::new(futures::io::empty(), &Rc::new(limits), &budget, witness);
        assert!(later(&link, IDLE).is_ok());
        link.watch.heard();
        let mut watching = std::pin::pin!(link.watch());
        assert!(futures::FutureExt::now_or_never(&mut watching).is_none());
    }
}
