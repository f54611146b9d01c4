//! [`Link`]: one connection, as the server sees it: what it reads, writes and holds, and how much of it.
//!
//! It stands between the stream and capnp-rpc, and looks into every message in both directions. A call
//! for which there is no room is answered here; capnp-rpc never sees it.

mod admit;
mod ledger;
mod network;
mod running;
mod watch;
mod witness;

use std::{
    cell::RefCell,
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
};

use capnp::message::{Builder, HeapAllocator};
use capnp_rpc::{OutgoingMessage, rpc_capnp::message};
use futures::{
    AsyncRead,
    future::{self, Either},
};

use self::{
    ledger::{Ledger, Subject},
    network::Outgoing,
    watch::Watch,
};
use super::{
    Limits,
    budget::{Account, Budget, Charge},
    ended::Ended,
    intake::{Intake, Message, Read},
    outlet::Outlet,
    said::{self, Said, Target},
};
use crate::reactor::Timer;

pub(super) use self::{running::serve, witness::Witness};

/// What a message needs that waits to be written, besides what it says.
const QUEUED: usize = 1280;
/// How many requests are rejected before others have their turn.
const TURN: usize = 16;

/// An answer that is not sent.
struct Refused {
    question: u32,
    is_released: bool,
}

/// One connection.
pub(super) struct Link {
    limits: Rc<Limits>,
    account: Rc<Account>,
    intake: RefCell<Option<Intake>>,
    outlet: Rc<Outlet<Rc<Charge>>>,
    ledger: RefCell<Ledger>,
    watch: Watch,
    witness: Witness,
    /// Why it ended, or is to end.
    ended: RefCell<Option<Ended>>,
    closed: RefCell<Option<Waker>>,
}

impl Link {
    fn new(
        input: impl AsyncRead + 'static,
        limits: &Rc<Limits>,
        budget: &Rc<Budget>,
        witness: Witness,
    ) -> Rc<Self> {
        Rc::new(Self {
            limits: limits.clone(),
            account: Account::new(budget),
            intake: RefCell::new(Some(Intake::new(input, limits.request_bytes))),
            outlet: Outlet::new(),
            ledger: RefCell::default(),
            watch: Watch::new(),
            witness,
            ended: RefCell::default(),
            closed: RefCell::default(),
        })
    }

    /// The next request that is to be carried out, where it was read together with another: nothing has to be
    /// waited for. `None` where it is for [`receive`](Self::receive) to find out.
    fn receive_at_once(self: &Rc<Self>) -> Result<Option<Message>, Ended> {
        let most = self.account.allowed(self.limits.unread_bytes);
        if self.ended.borrow().is_some() || self.outlet.held() > most {
            return Ok(None);
        }
        let mut intake = self.intake.borrow_mut();
        let next = intake
            .as_mut()
            .map(|intake| intake.next_at_once(&self.account));
        drop(intake);
        let Some(message) = next.flatten() else {
            return Ok(None);
        };
        self.watch.heard();
        Ok(self.admit(&message)?.then_some(message))
    }

    /// The next request that is to be carried out; `None` where the client has closed the connection.
    async fn receive(self: &Rc<Self>) -> Result<Option<Message>, Ended> {
        let intake = self.intake.take();
        let mut intake = intake.ok_or_else(|| Ended::Failed("it is read already".to_owned()))?;
        let mut rejected = 0;
        loop {
            let most = || self.account.allowed(self.limits.unread_bytes);
            self.outlet.read_down_to(most).await;
            if !intake.begins().await? {
                return Ok(None);
            }
            let read = match intake.next_at_once(&self.account) {
                Some(message) => Read::Message(message),
                None => self.rest_of(&mut intake).await?,
            };
            self.watch.heard();
            match read {
                Read::Skipped(skipped) => self.refuse(&skipped),
                Read::Message(message) => {
                    if self.admit(&message)? {
                        self.intake.replace(Some(intake));
                        return Ok(Some(message));
                    }
                }
            }
            rejected += 1;
            if rejected % TURN == 0 {
                give_way().await;
            }
        }
    }

    /// A message of which not all was read with its beginning, or for which there is no room.
    async fn rest_of(&self, intake: &mut Intake) -> Result<Read, Ended> {
        let longest = self.limits.first_request;
        match future::select(pin!(intake.next(&self.account)), Timer::after(longest)).await {
            Either::Left((read, _)) => read,
            Either::Right(_) => Err(self.watch.incomplete(longest)),
        }
    }

    /// Resolves when the connection is to end.
    async fn closed(&self) -> Ended {
        poll_fn(|cx| {
            if let Some(ended) = &*self.ended.borrow() {
                return Poll::Ready(ended.clone());
            }
            *self.closed.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Has the connection end. What is said first counts.
    fn end(&self, ended: Ended) {
        self.ended.borrow_mut().get_or_insert(ended);
        if let Some(waker) = self.closed.take() {
            waker.wake();
        }
    }

    /// Tells the audit of the end, and of the calls that did not come to theirs.
    fn tell_of_the_end(&self) {
        let abandoned = self.ledger.borrow_mut().abandon();
        for called in &abandoned {
            self.witness.called(called, &witness::Outcome::Cancelled);
        }
        if let Some(ended) = &*self.ended.borrow() {
            self.witness.closed(ended, self.watch.opened());
        }
    }

    /// Sends a message of its own.
    fn tell(self: &Rc<Self>, write: impl FnOnce(message::Builder<'_>)) {
        let mut outgoing = Box::new(Outgoing::new(self, 32));
        if let Ok(body) = outgoing.get_body() {
            write(body.init_as());
            let _ = outgoing.send(); // It is written whether somebody waits for it or not.
        }
    }

    /// The answer that a message is, where there is no room for it: what is called at once may be answered
    /// at once, each answer be larger than its call, and nobody read any.
    fn refuses(&self, message: &Builder<HeapAllocator>) -> Option<Refused> {
        let Limits {
            unread_bytes,
            call_bytes,
            ..
        } = *self.limits;
        let unread = self.outlet.held();
        let bytes = message.size_in_words() * size_of::<capnp::Word>();
        let fits = unread <= unread_bytes || unread + bytes <= call_bytes;
        if bytes <= QUEUED || fits && self.account.has_room_for_answer(bytes) {
            return None;
        }
        match message.get_root_as_reader().and_then(Said::of) {
            Ok(Said::Return(answer)) if matches!(answer.outcome, said::Outcome::Results(_)) => {
                Some(Refused {
                    question: answer.answer,
                    is_released: answer.is_released,
                })
            }
            _ => None,
        }
    }

    /// Enters a message to the client into the books.
    fn note(&self, message: &Builder<HeapAllocator>) -> Rc<Charge> {
        let bytes = message.size_in_words() * size_of::<capnp::Word>();
        let charge = Rc::new(self.account.charge(QUEUED + bytes));
        let said = message.get_root_as_reader().and_then(Said::of);
        let mut ledger = self.ledger.borrow_mut();
        match said {
            Ok(Said::Return(answer)) => {
                let brought = answer.brings(usize::MAX).unwrap_or_default();
                let exports = brought.hosted;
                let called = ledger.answer(answer.answer, answer.is_released, exports, &charge);
                drop(ledger);
                if let Some(called) = called {
                    self.watch.answered();
                    let outcome = witness::Outcome::of(&answer.outcome);
                    self.witness.called(&called, &outcome);
                }
            }
            Ok(Said::Call(call)) => {
                ledger.ask(call.question);
                for export in call.brings(usize::MAX).unwrap_or_default().hosted {
                    ledger.export(export, Subject::Unknown);
                }
            }
            Ok(Said::Finish { question, .. }) => ledger.asked(question),
            Ok(Said::Release { id, count }) => ledger.release_import(id, count),
            Ok(Said::Resolve { promise, to }) => {
                for export in to.hosted {
                    let subject = ledger.subject(Target::Export(promise));
                    ledger.export(export, subject);
                }
            }
            Ok(Said::Bootstrap { .. } | Said::Other) | Err(_) => {}
        }
        charge
    }
}

/// Lets others have their turn.
async fn give_way() {
    let mut has_waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
