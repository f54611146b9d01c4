//! [`Witness`]: tells the audit of the calls of one connection.

use std::{borrow::Cow, fmt, rc::Rc, time::Instant};

use capnp::traits::HasTypeId;
use capnp_rpc::rpc_capnp::exception;
use teleop_schema::{
    command_capnp::commands::{self, call_params},
    teleop_capnp::teleop,
};

use super::ledger::{Called, Subject};
use crate::{
    audit::{self, Peer},
    operate::capnp::{
        ended::Ended,
        guard::PANICKED,
        names::Names,
        said::{self, Call},
    },
};

/// `Teleop.service`, which tells what the calls of its answer are about.
const SERVICE: u16 = 0;
/// `Commands.call` and `Commands.stream`, whose first parameter tells what is called.
const COMMANDS: [u16; 2] = [1, 2];
/// How a service begins to say that an argument does not fit.
const BAD_ARGUMENT: &str = "bad argument `";
/// How much is told of what a service says, in bytes.
const LONGEST_ERROR: usize = 500;

/// Who is at the other end, and what the services are called.
#[derive(Clone)]
pub(in crate::operate::capnp) struct Witness {
    peer: Rc<Peer>,
    names: Rc<Names>,
}

/// How a call ended.
pub(super) enum Outcome<'a> {
    Ok,
    Failed(Cow<'a, str>),
    Panicked,
    Cancelled,
    Overloaded(&'a str),
}

impl Witness {
    pub(in crate::operate::capnp) fn new(peer: Peer, names: Rc<Names>) -> Self {
        let peer = Rc::new(peer);
        Self { peer, names }
    }

    /// Whose capabilities the answer of a call holds.
    pub(super) fn yields(&self, subject: &Subject, call: &Call<'_>) -> Subject {
        let is_root = *subject == Subject::Root;
        if !is_root || call.interface != teleop::Client::TYPE_ID || call.method != SERVICE {
            return if is_root {
                Subject::Unknown
            } else {
                subject.clone()
            };
        }
        let arguments = call.arguments::<teleop::service_params::Reader<'_>>();
        let name = arguments.and_then(|arguments| Ok(arguments.get_name()?.to_str()?));
        match name {
            // Whatever else the client says is not kept.
            Ok(name) if self.names.has_service(name) => Subject::Service(name.into()),
            _ => Subject::Unknown,
        }
    }

    /// The command that a call is for, where somebody wants to know.
    pub(super) fn command(&self, subject: &Subject, call: &Call<'_>) -> Option<Rc<str>> {
        let Subject::Service(service) = subject else {
            return None;
        };
        let is_command =
            call.interface == commands::Client::TYPE_ID && COMMANDS.contains(&call.method);
        if !is_command || !audit::is_heard() {
            return None;
        }
        let arguments = call.arguments::<call_params::Reader<'_>>().ok()?;
        let name = arguments.get_command().ok()?.to_str().ok()?;
        self.names.has_command(service, name).then(|| name.into())
    }

    /// Tells of a call that has ended.
    pub(super) fn called(&self, called: &Called, outcome: &Outcome<'_>) {
        if !audit::is_heard() {
            return;
        }
        let service = match &called.subject {
            Subject::Service(name) => Some(&**name),
            Subject::Root | Subject::Unknown => None,
        };
        let method = match &called.command {
            Some(command) => Cow::Borrowed(&**command),
            None => self.names.method(called.interface, called.method),
        };
        let error = match outcome {
            Outcome::Failed(why) => Some(shortened(discreet(why))),
            Outcome::Overloaded(why) => Some(*why),
            Outcome::Ok | Outcome::Panicked | Outcome::Cancelled => None,
        };
        audit::called(
            &self.peer,
            &audit::Call {
                is_root: called.subject == Subject::Root,
                service,
                interface: &self.names.interface(called.interface),
                method: &method,
                took: called.since.elapsed(),
                outcome: &outcome.to_string(),
                error,
            },
        );
    }

    /// Tells that the connection has ended.
    pub(super) fn closed(&self, ended: &Ended, since: Instant) {
        audit::closed(&self.peer, ended.reason(), ended, since.elapsed());
    }
}

impl<'a> Outcome<'a> {
    pub(super) fn of(answer: &said::Outcome<'a>) -> Self {
        match answer {
            said::Outcome::Exception(exception) => Self::of_exception(*exception),
            said::Outcome::Canceled => Self::Cancelled,
            said::Outcome::Results(_) | said::Outcome::Other => Self::Ok,
        }
    }

    fn of_exception(exception: exception::Reader<'a>) -> Self {
        match exception.get_reason() {
            Ok(reason) if reason == PANICKED => Self::Panicked,
            Ok(reason) => Self::Failed(String::from_utf8_lossy(reason.as_bytes())),
            Err(_) => Self::Failed("".into()),
        }
    }
}

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Failed(_) => "failed",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::Overloaded(_) => "overloaded",
        })
    }
}

/// Where an argument does not fit, which: what it was may be a secret.
fn discreet(why: &str) -> &str {
    let misfit = why.strip_prefix(BAD_ARGUMENT);
    let field = misfit.and_then(|rest| rest.split_once("`: "));
    field.map_or(why, |(field, _)| {
        &why[..BAD_ARGUMENT.len() + field.len() + "`".len()]
    })
}

/// No more of a text than is worth telling.
fn shortened(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_ERROR);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
