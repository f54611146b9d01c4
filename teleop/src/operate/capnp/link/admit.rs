//! What a client says is entered into the books before it is carried out, or refused.

use std::rc::Rc;

use capnp_rpc::{IncomingMessage, rpc_capnp::exception};

use super::{
    Link,
    ledger::{Called, Subject},
    witness::Outcome,
};
use crate::operate::capnp::{
    Limits,
    ended::Ended,
    intake::{Message, Skipped},
    said::{Brought, Call, Said, Target},
};

/// What capnp-rpc needs for a call in flight, besides its messages.
const CALL: usize = 3 << 10;
/// What it needs for a call that was cancelled, which it does not forget.
const CANCELLED: usize = 512;
/// What it needs for a capability of the client.
const IMPORT: usize = 1 << 10;

/// Why a call is not carried out.
struct Refusal {
    kind: exception::Type,
    why: &'static str,
}

impl Link {
    /// Enters a message of the client into the books. Whether it is to be carried out: where it is not,
    /// it was answered.
    pub(super) fn admit(self: &Rc<Self>, message: &Message) -> Result<bool, Ended> {
        let most = self.limits.capabilities;
        match Said::of(message.get_body()?.get_as()?)? {
            Said::Bootstrap { question } => {
                let refusal = self.refusal(&[]);
                if let Some(refusal) = refusal {
                    self.reject(question, &refusal, &[]);
                    return Ok(false);
                }
                let charge = self.account.charge(CALL);
                let mut ledger = self.ledger.borrow_mut();
                ledger.open(question, None, Subject::Root, charge);
            }
            Said::Call(call) => return self.admit_call(&call),
            Said::Return(answer) => {
                self.ledger.borrow_mut().asked(answer.answer);
                self.take_along(&answer.brings(most)?)?;
            }
            Said::Finish { question, releases } => {
                let rest = || self.account.charge(CANCELLED);
                let cancelled = self.ledger.borrow_mut().finish(question, releases, rest);
                if let Some(called) = cancelled {
                    self.watch.answered();
                    self.witness.called(&called, &Outcome::Cancelled);
                }
            }
            Said::Resolve { promise, to } => {
                // capnp-rpc would never forget it, nor would a call of it come anywhere.
                if to.hosted.contains(&promise) {
                    return Err(Ended::Protocol(ROUND_AND_ROUND.to_owned()));
                }
                self.take_along(&to)?;
            }
            Said::Release { id, count } => self.ledger.borrow_mut().release_export(id, count),
            Said::Other => {}
        }
        Ok(true)
    }

    /// Enters what a message brings along that cannot be refused.
    fn take_along(&self, brought: &Brought) -> Result<(), Ended> {
        let mut ledger = self.ledger.borrow_mut();
        if ledger.imports_with(&brought.hosted) > self.limits.capabilities {
            return Err(Ended::Protocol(TOO_MANY_CAPABILITIES.to_owned()));
        }
        ledger.import(&brought.hosted, || self.account.charge(IMPORT));
        ledger.refer(&brought.answers);
        Ok(())
    }

    fn admit_call(self: &Rc<Self>, call: &Call<'_>) -> Result<bool, Ended> {
        let brought = call.brings(self.limits.capabilities)?;
        let subject = self.ledger.borrow().subject(call.target);
        let yields = self.witness.yields(&subject, call);
        let called = Called {
            command: self.witness.command(&subject, call),
            subject,
            interface: call.interface,
            method: call.method,
            since: self.watch.active(),
        };
        let refusal = if !call.is_answered {
            // capnp-rpc would keep the answer, however large it is, and tell nobody.
            Some(Refusal {
                kind: exception::Type::Unimplemented,
                why: "answers go to the caller",
            })
        } else if self.ledger.borrow().is_rejected(call.target) {
            Some(overloaded(
                "it was called on the answer of a call that was not carried out",
            ))
        } else {
            self.refusal(&brought.hosted)
        };
        if let Some(refusal) = refusal {
            self.reject(call.question, &refusal, &brought.hosted);
            let outcome = match refusal.kind {
                exception::Type::Overloaded => Outcome::Overloaded(refusal.why),
                _ => Outcome::Failed(refusal.why.into()),
            };
            self.witness.called(&called, &outcome);
            return Ok(false);
        }
        let charge = self.account.charge(CALL);
        let mut ledger = self.ledger.borrow_mut();
        ledger.open(call.question, Some(called), yields, charge);
        ledger.import(&brought.hosted, || self.account.charge(IMPORT));
        ledger.refer(&brought.answers);
        if let Target::Answer(id) = call.target {
            ledger.refer(&[id]);
        }
        Ok(true)
    }

    /// Answers a call that was not even read.
    pub(super) fn refuse(self: &Rc<Self>, skipped: &Skipped) {
        let refusal = overloaded(TOO_MUCH_MEMORY);
        self.reject(skipped.question, &refusal, &[]);
        let called = Called {
            subject: Subject::Unknown,
            interface: skipped.interface,
            method: skipped.method,
            command: None,
            since: self.watch.active(),
        };
        let outcome = Outcome::Overloaded(refusal.why);
        self.witness.called(&called, &outcome);
    }

    /// Why a question that brings these capabilities cannot be carried out now.
    fn refusal(&self, brought: &[u32]) -> Option<Refusal> {
        let Limits {
            calls,
            call_bytes,
            capabilities,
            ..
        } = *self.limits;
        let ledger = self.ledger.borrow();
        let bytes = CALL + IMPORT * brought.len();
        if ledger.questions() >= calls {
            Some(overloaded(
                "too many calls of this connection are in flight",
            ))
        } else if self.account.held() + bytes > call_bytes {
            Some(overloaded(
                "the calls of this connection hold too much memory",
            ))
        } else if ledger.imports_with(brought).max(ledger.exports()) > capabilities {
            Some(overloaded(TOO_MANY_CAPABILITIES))
        } else if !self.account.has_room(bytes) {
            Some(overloaded(TOO_MUCH_MEMORY))
        } else {
            None
        }
    }

    /// Answers a question that is not carried out, and gives back what it brought.
    fn reject(self: &Rc<Self>, question: u32, refusal: &Refusal, brought: &[u32]) {
        self.ledger.borrow_mut().reject(question);
        // Not by a flag of the answer: clients of capnp-rpc do not look at it.
        for id in brought {
            self.tell(|message| {
                let mut release = message.init_release();
                release.set_id(*id);
                release.set_reference_count(1);
            });
        }
        self.tell(|message| {
            let mut answer = message.init_return();
            answer.set_answer_id(question);
            answer.set_release_param_caps(brought.is_empty());
            // Nothing is kept that the client could release.
            answer.set_no_finish_needed(true);
            let mut exception = answer.init_exception();
            exception.set_type(refusal.kind);
            exception.set_reason(refusal.why);
        });
    }
}

const TOO_MUCH_MEMORY: &str = "the calls of all connections hold too much memory";
const ROUND_AND_ROUND: &str = "a promise that resolves to itself";
const TOO_MANY_CAPABILITIES: &str = "this connection has too many capabilities";

fn overloaded(why: &'static str) -> Refusal {
    Refusal {
        kind: exception::Type::Overloaded,
        why,
    }
}
