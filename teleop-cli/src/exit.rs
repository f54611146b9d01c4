//! [`Exit`]: the status that the command ends with, which scripts rely on.

use std::{fmt, io};

use crate::code::Code;

/// How the command ended. The numbers are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NoSuchProcess = 3,
    NotAttachable = 4,
    Refused = 5,
    TimedOut = 6,
    NotThere = 7,
    BadArgument = 8,
    Protocol = 9,
    Unreachable = 10,
    Hangup = 129,
    Interrupted = 130,
    Terminated = 143,
}

/// The command line is wrong in a way that its parser cannot see.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

/// A signal ended the command before it was done.
#[derive(Debug)]
pub(crate) struct Interruption(pub(crate) Exit);

/// It failed in some of several processes, of which each has said so.
#[derive(Debug)]
pub(crate) struct Failures(pub(crate) Exit);

/// There are several methods, or none, and none is named.
#[derive(Debug)]
pub(crate) struct Unnamed {
    pub(crate) service: String,
    pub(crate) known: Vec<String>,
    /// One that stands where the first argument would.
    pub(crate) meant: Option<String>,
}

/// The program that compiles schemas is missing.
#[derive(Debug)]
pub(crate) struct NoCompiler;

/// The process ended while the command was attached to it.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) pid: teleop::Pid,
    /// Whether an answer was waited for.
    pub(crate) was_called: bool,
}

impl Exit {
    /// Every one of them, in order.
    pub(crate) const ALL: [Self; 14] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NoSuchProcess,
        Self::NotAttachable,
        Self::Refused,
        Self::TimedOut,
        Self::NotThere,
        Self::BadArgument,
        Self::Protocol,
        Self::Unreachable,
        Self::Hangup,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number.
    pub(crate) fn code(self) -> i32 {
        i32::from(self as u8)
    }

    /// What it means, in one line.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "the call failed, or its result could not be written",
            Self::Usage => "the command line is wrong",
            Self::NoSuchProcess => "there is no such process, or several have the name",
            Self::NotAttachable => "the process does not offer Teleop, or has it disabled",
            Self::Refused => "permission denied, or something found is not to be trusted",
            Self::TimedOut => "the process did not answer in time, or --wait was in vain",
            Self::NotThere => "no such service or method, or the target cannot tell",
            Self::BadArgument => "an argument does not fit its parameter",
            Self::Protocol => "the process answered with something that makes no sense",
            Self::Unreachable => "the command given with `--via` did not lead to the process",
            Self::Hangup => "ended by SIGHUP",
            Self::Interrupted => "ended by SIGINT (Ctrl-C)",
            Self::Terminated => "ended by SIGTERM",
        }
    }

    /// What an error ends the command with.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if let Some(Failures(exit)) = error.downcast_ref() {
            return *exit;
        }
        // Whoever reads has read enough: that is no failure.
        Code::of(error).map_or(Self::Done, Code::exit)
    }
}

/// Whether nobody reads any more what the command prints.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    // A socket that is closed while it is full is said to be reset.
    let closed = [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset];
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| closed.contains(&error.kind()))
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.meaning())
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it failed in some of the processes")
    }
}

impl fmt::Display for Unnamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, known, .. } = self;
        match &known[..] {
            [] => write!(f, "`{service}` has no methods"),
            known => write!(
                f,
                "`{service}` has {} methods, name one: {}",
                known.len(),
                known.join(", ")
            ),
        }
    }
}

impl fmt::Display for NoCompiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the program `capnp`, which compiles schemas, is not installed")
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, was_called } = self;
        let before = if *was_called {
            " before it answered"
        } else {
            ""
        };
        write!(f, "process `{pid}` ended{before}")
    }
}

impl std::error::Error for Usage {}
impl std::error::Error for Interruption {}
impl std::error::Error for Failures {}
impl std::error::Error for Unnamed {}
impl std::error::Error for NoCompiler {}
impl std::error::Error for Ended {}
