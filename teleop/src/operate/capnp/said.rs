//! [`Said`]: what a message of the RPC protocol says, as far as it takes or gives back memory.

use capnp::struct_list;
use capnp_rpc::rpc_capnp::{
    call, cap_descriptor, exception, message, message_target, payload, promised_answer, resolve,
    return_,
};

use super::ended::Ended;

/// More steps from an answer to a capability than any schema has.
const LONGEST_PATH: u32 = 64;

/// What a message says, in either direction.
pub(super) enum Said<'a> {
    Bootstrap { question: u32 },
    Call(Call<'a>),
    Return(Return<'a>),
    Finish { question: u32, releases: bool },
    Resolve { promise: u32, to: Brought },
    Release { id: u32, count: u32 },
    Other,
}

/// A call.
pub(super) struct Call<'a> {
    pub(super) question: u32,
    pub(super) target: Target,
    pub(super) interface: u64,
    pub(super) method: u16,
    /// Whether the answer is to go to the caller, and not to be kept.
    pub(super) is_answered: bool,
    params: payload::Reader<'a>,
}

/// What a call is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A capability that was given away, by its number.
    Export(u32),
    /// What the answer to a question will hold.
    Answer(u32),
}

/// The capabilities that a message brings along.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// Those of the sender, by their numbers.
    pub(super) hosted: Vec<u32>,
    /// The questions in whose answers others of the receiver will be.
    pub(super) answers: Vec<u32>,
}

/// The answer to a call.
pub(super) struct Return<'a> {
    pub(super) answer: u32,
    pub(super) is_released: bool,
    pub(super) outcome: Outcome<'a>,
}

pub(super) enum Outcome<'a> {
    Results(payload::Reader<'a>),
    Exception(exception::Reader<'a>),
    Canceled,
    Other,
}

impl<'a> Said<'a> {
    pub(super) fn of(message: message::Reader<'a>) -> capnp::Result<Self> {
        Ok(match message.which() {
            Ok(message::Bootstrap(bootstrap)) => Self::Bootstrap {
                question: bootstrap?.get_question_id(),
            },
            Ok(message::Call(call)) => Self::Call(Call::of(call?)?),
            Ok(message::Return(answer)) => Self::Return(Return::of(answer?)?),
            Ok(message::Finish(finish)) => {
                let finish = finish?;
                Self::Finish {
                    question: finish.get_question_id(),
                    releases: finish.get_release_result_caps(),
                }
            }
            Ok(message::Resolve(resolve)) => {
                let resolve = resolve?;
                let mut to = Brought::default();
                if let resolve::Cap(descriptor) = resolve.which()? {
                    to.add(descriptor?)?;
                }
                Self::Resolve {
                    promise: resolve.get_promise_id(),
                    to,
                }
            }
            Ok(message::Release(release)) => {
                let release = release?;
                Self::Release {
                    id: release.get_id(),
                    count: release.get_reference_count(),
                }
            }
            Ok(_) | Err(capnp::NotInSchema(_)) => Self::Other,
        })
    }
}

impl<'a> Call<'a> {
    fn of(call: call::Reader<'a>) -> capnp::Result<Self> {
        let target = match call.get_target()?.which()? {
            message_target::ImportedCap(id) => Target::Export(id),
            message_target::PromisedAnswer(answer) => {
                let answer = answer?;
                check_path(answer)?;
                Target::Answer(answer.get_question_id())
            }
        };
        Ok(Self {
            question: call.get_question_id(),
            target,
            interface: call.get_interface_id(),
            method: call.get_method_id(),
            is_answered: matches!(
                call.get_send_results_to().which()?,
                call::send_results_to::Caller(())
            ),
            params: call.get_params()?,
        })
    }

    /// The capabilities that it brings along.
    pub(super) fn brings(&self, most: usize) -> Result<Brought, Ended> {
        brought(self.params, most)
    }

    /// The arguments, where they are of this type.
    pub(super) fn arguments<T: capnp::traits::FromPointerReader<'a>>(&self) -> capnp::Result<T> {
        self.params.get_content().get_as()
    }
}

impl<'a> Return<'a> {
    fn of(answer: return_::Reader<'a>) -> capnp::Result<Self> {
        Ok(Self {
            answer: answer.get_answer_id(),
            is_released: answer.get_no_finish_needed(),
            outcome: match answer.which()? {
                return_::Results(results) => Outcome::Results(results?),
                return_::Exception(exception) => Outcome::Exception(exception?),
                return_::Canceled(()) => Outcome::Canceled,
                _ => Outcome::Other,
            },
        })
    }

    /// The capabilities that it brings along.
    pub(super) fn brings(&self, most: usize) -> Result<Brought, Ended> {
        match self.outcome {
            Outcome::Results(results) => brought(results, most),
            _ => Ok(Brought::default()),
        }
    }
}

/// All of them are looked at: a list of things without size can be as long as it likes.
fn brought(by: payload::Reader<'_>, most: usize) -> Result<Brought, Ended> {
    let table: struct_list::Reader<'_, cap_descriptor::Owned> = by.get_cap_table()?;
    if table.len() as usize > most {
        let count = table.len();
        return Err(Ended::Protocol(format!("{count} capabilities at once")));
    }
    let mut brought = Brought::default();
    for descriptor in table {
        brought.add(descriptor)?;
    }
    Ok(brought)
}

impl Brought {
    fn add(&mut self, descriptor: cap_descriptor::Reader<'_>) -> capnp::Result<()> {
        match descriptor.which()? {
            cap_descriptor::SenderHosted(id) | cap_descriptor::SenderPromise(id) => {
                self.hosted.push(id);
            }
            cap_descriptor::ReceiverAnswer(answer) => {
                let answer = answer?;
                check_path(answer)?;
                self.answers.push(answer.get_question_id());
            }
            _ => {}
        }
        Ok(())
    }
}

/// A path is kept for as long as the answer takes.
fn check_path(answer: promised_answer::Reader<'_>) -> capnp::Result<()> {
    if answer.get_transform()?.len() > LONGEST_PATH {
        let problem = "a path to a capability that is longer than any";
        return Err(capnp::Error::failed(problem.to_owned()));
    }
    Ok(())
}
