//! [`Error`]: what can go wrong, in the terms of what a caller can do about it.

use std::{io, path::PathBuf, time::Duration};

use crate::process::{PRIVILEGE, Pid, Uid};

/// The result of whatever can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an attach, a call or an offer failed.
///
/// Each variant is something that a caller can tell apart and act on; what it is about stands in the
/// fields. The text never repeats the text of the [source](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such process, or it ended meanwhile.
    #[error("no process has the id `{pid}`")]
    NoSuchProcess {
        /// The id that was asked for.
        pid: Pid,
    },

    /// The process is there, and nobody in it waits for an attach.
    #[error("cannot attach to process `{pid}`: {obstacle}")]
    NotAttachable {
        /// The process.
        pid: Pid,
        /// What stands in the way.
        obstacle: Obstacle,
    },

    /// The program offers Teleop and has it turned off.
    #[error("process `{pid}` has Teleop disabled")]
    Disabled {
        /// The process.
        pid: Pid,
    },

    /// The process belongs to another user.
    #[error(
        "process `{pid}` belongs to {owner}, and this is {caller}: attach as that user or as root"
    )]
    Refused {
        /// The process.
        pid: Pid,
        /// Whose process it is.
        owner: Uid,
        /// Who asks.
        caller: Uid,
    },

    /// The kernel does not let this process look into the other.
    #[error(
        "the kernel does not let {caller} {action} process `{pid}`: that takes {}",
        PRIVILEGE
    )]
    NotPermitted {
        /// The process.
        pid: Pid,
        /// Who asks.
        caller: Uid,
        /// What was tried, such as `look into the root directory of`.
        action: &'static str,
    },

    /// Something found on the way is not what it has to be, or belongs to somebody else.
    #[error("`{}` is not to be trusted: {finding}", path.display())]
    Untrusted {
        /// What was looked at.
        path: PathBuf,
        /// What is wrong with it.
        finding: String,
    },

    /// The deadline passed.
    #[error("process `{pid}` did not answer within {after:?}: gave up {step}{}", if *stopped { "; it is stopped (continue it with SIGCONT)" } else { "" })]
    TimedOut {
        /// The process.
        pid: Pid,
        /// What was waited for.
        step: Step,
        /// How long was waited, from the beginning of the attach or of the call.
        after: Duration,
        /// Whether the process is stopped, by a signal or by a debugger.
        stopped: bool,
    },

    /// The process offers no service of that name.
    #[error("no service `{name}`; there are: {}", listed(known))]
    NoSuchService {
        /// What was asked for.
        name: String,
        /// What there is; empty where the process is too old to list its services.
        known: Vec<String>,
    },

    /// The service has no method of that name.
    #[error(
        "the service `{service}` has no method `{method}`; there are: {}",
        listed(known)
    )]
    NoSuchMethod {
        /// The service.
        service: String,
        /// What was asked for.
        method: String,
        /// What there is.
        known: Vec<String>,
    },

    /// The process runs a Teleop that is too old for what was asked of it.
    #[error("the target predates {feature}: call its services by name")]
    Predates {
        /// What it cannot do, such as `listing`.
        feature: &'static str,
    },

    /// The service was registered without its schema.
    #[error("the service `{service}` does not describe itself")]
    Undescribed {
        /// The service.
        service: String,
    },

    /// A compiled schema cannot be used: it contradicts itself, or is not one.
    #[error("the schema cannot be used: {problem}")]
    BadSchema {
        /// What is wrong with it, and where.
        problem: String,
    },

    /// An argument does not fit the parameter it is for.
    #[error("`{field}`: {problem}")]
    BadArgument {
        /// The parameter, or the field within it, with dots and indices: `options.limits[2]`.
        field: String,
        /// What was given and what is expected.
        problem: String,
    },

    /// The called method failed, or the process could not carry the call out.
    #[error("the process answered with an error")]
    Remote(#[source] capnp::Error),

    /// What the other process sent makes no sense.
    #[error("the answer is not what the protocol demands: {problem}")]
    Protocol {
        /// What is wrong with it.
        problem: String,
    },

    /// This process offers Teleop already.
    #[error("this process offers Teleop already, at `{}`", path.display())]
    AlreadyOffered {
        /// The endpoint that is in use.
        path: PathBuf,
    },

    /// The operating system refused something.
    #[error("could not {action} `{}`", path.display())]
    Io {
        /// What was tried, such as `create`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },

    /// This platform, or this build, has not what was asked for.
    #[error("{what} is not available here: {why}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
        /// Why it is missing, and what to do.
        why: &'static str,
    },
}

/// Why nobody waits for an attach in a process that is there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// There is no endpoint, neither of the new layout nor of the classic one.
    #[error("it does not offer Teleop")]
    NoEndpoint,

    /// Its endpoint is in a place that does not follow from its user, nor from what this process was
    /// given.
    #[error(
        "it offers Teleop in `{}`, where it is not looked for: it was given that directory (say so with TELEOP_DIR), or has changed its user since",
        place.display()
    )]
    Elsewhere {
        /// Where its endpoint is.
        place: PathBuf,
    },

    /// Only a signal would tell it, and no signal is sent that was not asked for.
    #[error(
        "nothing but a signal would tell it, and it handles SIGQUIT: if it is a target that waits for that signal, ask for the attacher `unix`; a program that uses the signal for something else may end by it"
    )]
    NeedsSignal,

    /// Its socket is not open, and it was not to be asked to open it:
    /// [`Attach::only_open`](crate::Attach::only_open).
    #[error("its socket is not open, and it was not to be asked")]
    NotOpen,

    /// The signal that the chosen attacher sends would kill it.
    #[error("it does not handle {signal}, which would kill it: the attacher `unix` is not for it")]
    SignalNotHandled {
        /// The signal.
        signal: &'static str,
    },

    /// What offered Teleop in this process is gone: it executed another program since.
    #[error("it offered Teleop once and executed another program since")]
    Abandoned,

    /// It ended, and its parent has not noticed yet.
    #[error("it has ended and only waits for its parent (a zombie)")]
    Zombie,

    /// The id is that of a thread.
    #[error("that is the id of a thread of process `{process}`")]
    Thread {
        /// The process that the thread belongs to.
        process: Pid,
    },

    /// It waits in another session of Windows, where no event of this one is seen.
    #[error("it waits in another session of Windows: attach from there")]
    OtherSession,

    /// It has so many descriptors that they cannot be looked through for a sign of a classic target.
    #[error(
        "it does not offer Teleop, and has too many descriptors to see whether it is a classic target"
    )]
    TooManyDescriptors,

    /// It runs in a user namespace in which the superuser of this one is nobody, and this process may
    /// not act as its owner.
    #[error(
        "root is nobody in its user namespace, and may not act as its owner: that takes CAP_SETUID and CAP_SETGID; or attach as its owner"
    )]
    ForeignNamespace,

    /// Its working directory, where a classic target looks for requests, was deleted.
    #[error("its working directory, where a classic target looks for requests, is deleted")]
    NoWorkingDirectory,
}

/// A step of the attach, or what comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Step {
    /// The request was made, and no socket appeared.
    #[error("waiting for its socket")]
    Socket,

    /// The socket is there and accepts nobody.
    #[error("connecting to its socket")]
    Connect,

    /// The connection stands, and no answer comes.
    #[error("waiting for its answer")]
    Answer,
}

impl From<capnp::Error> for Error {
    /// What the other process reports is [`Error::Remote`]; that its message makes no sense is
    /// [`Error::Protocol`].
    fn from(error: capnp::Error) -> Self {
        use capnp::ErrorKind;

        match error.kind {
            ErrorKind::Failed
            | ErrorKind::Overloaded
            | ErrorKind::Disconnected
            | ErrorKind::Unimplemented => Self::Remote(error),
            _ => Self::Protocol {
                problem: error.to_string(),
            },
        }
    }
}

/// Says what was being done, on what, when the operating system refused.
///
/// There is no `From<io::Error>`, so that no path is forgotten.
pub(crate) trait Context<T> {
    /// Turns an error of the operating system into [`Error::Io`].
    fn context(self, action: &'static str, path: impl Into<PathBuf>) -> Result<T>;

    /// The same, for a path that is made only when it is needed.
    fn with_context(self, action: &'static str, path: impl FnOnce() -> PathBuf) -> Result<T>;
}

impl<T, E: Into<io::Error>> Context<T> for Result<T, E> {
    fn context(self, action: &'static str, path: impl Into<PathBuf>) -> Result<T> {
        self.with_context(action, || path.into())
    }

    fn with_context(self, action: &'static str, path: impl FnOnce() -> PathBuf) -> Result<T> {
        self.map_err(|source| Error::Io {
            action,
            path: path(),
            source: source.into(),
        })
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none that it would list".to_owned(),
        names => names.join(", "),
    }
}
