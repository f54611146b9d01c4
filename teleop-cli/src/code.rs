//! [`Code`]: what an error is called in JSON, which scripts rely on.

use std::io;

use teleop::{
    Error, Obstacle,
    capnp::{self, ErrorKind},
};

use crate::{
    exit::{Ended, Exit, Failures, Interruption, NoCompiler, Unnamed, Usage, is_closed_pipe},
    target::Unresolved,
    via::Failure,
    wait::Waited,
};

macro_rules! codes {
    ($($name:ident $word:literal $exit:ident $meaning:literal)*) => {
        /// What went wrong, as one word. The words are a contract: more may come, and none changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $($name,)*
        }

        impl Code {
            /// Every one of them, in the order of the statuses.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word.
            pub(crate) fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// What the command ends with.
            pub(crate) fn exit(self) -> Exit {
                match self {
                    $(Self::$name => Exit::$exit,)*
                }
            }

            /// What it means, in one line.
            pub(crate) fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)*
                }
            }
        }
    };
}

codes! {
    Failed "failed" Failed "something else, as the message says"
    Bug "bug" Failed "the command panicked"
    Output "output" Failed "the result cannot be written"
    SomeFailed "some-failed" Failed "with `--each`; status of the first that failed"
    CallFailed "call-failed" Failed "the method answered with an error"
    Overloaded "overloaded" Failed "the process has no room for the call now"
    Unimplemented "unimplemented" Failed "the process does not know the method"
    Disconnected "disconnected" Failed "the process closed the connection"
    Ended "ended" Failed "the process ended before it answered"
    Usage "usage" Usage "the command line is wrong"
    NoCompiler "no-compiler" Usage "a schema needs the program `capnp`"
    NoSuchProcess "no-such-process" NoSuchProcess "no process has the id"
    Gone "gone" NoSuchProcess "the process ended while nothing was called"
    NoSuchName "no-such-name" NoSuchProcess "no process that offers Teleop has the name"
    SeveralProcesses "several-processes" NoSuchProcess "several processes have the name"
    NotAttachable "not-attachable" NotAttachable "something else keeps from attaching"
    NoEndpoint "no-endpoint" NotAttachable "the process does not offer Teleop"
    Elsewhere "elsewhere" NotAttachable "its endpoint is in another place"
    Disabled "disabled" NotAttachable "the process has Teleop disabled"
    NeedsSignal "needs-signal" NotAttachable "nothing but a signal would tell it"
    SignalNotHandled "signal-not-handled" NotAttachable "the signal would kill the process"
    NotOpen "not-open" NotAttachable "its socket is not open"
    Abandoned "abandoned" NotAttachable "the process executed another program since"
    Zombie "zombie" NotAttachable "the process has ended, unnoticed by its parent"
    Thread "thread" NotAttachable "the id is that of a thread"
    OtherSession "other-session" NotAttachable "it is in another session of Windows"
    TooManyDescriptors "too-many-descriptors" NotAttachable "too many to find a classic target"
    ForeignNamespace "foreign-namespace" NotAttachable "root is nobody in its user namespace"
    NoWorkingDirectory "no-working-directory" NotAttachable "that of a classic target is deleted"
    Io "io" NotAttachable "the operating system refused something"
    Unsupported "unsupported" NotAttachable "not available on this platform"
    Refused "refused" Refused "the process belongs to another user"
    NotPermitted "not-permitted" Refused "the kernel does not let you look into it"
    Untrusted "untrusted" Refused "something found is not to be trusted"
    PermissionDenied "permission-denied" Refused "the operating system denied permission"
    TimedOut "timed-out" TimedOut "no answer in time"
    WaitedInVain "waited-in-vain" TimedOut "`--wait` was in vain"
    NoSuchService "no-such-service" NotThere "the process has no such service"
    NoSuchMethod "no-such-method" NotThere "the service has no such method"
    Unnamed "unnamed" NotThere "none of several methods is named"
    Predates "predates" NotThere "the target is too old for it"
    Undescribed "undescribed" NotThere "the service does not describe itself"
    BadArgument "bad-argument" BadArgument "an argument does not fit its parameter"
    Protocol "protocol" Protocol "the answer makes no sense"
    BadSchema "bad-schema" Protocol "the schema contradicts itself"
    NotStarted "not-started" Unreachable "the command of `--via` cannot be run"
    OtherVersion "other-version" Unreachable "the teleop there is another version"
    ViaEnded "via-ended" Unreachable "the command of `--via` ended too early"
    ViaClosed "via-closed" Unreachable "the command of `--via` closed its output"
    ViaNoise "via-noise" Unreachable "the command of `--via` says something else"
    Hangup "hangup" Hangup "ended by SIGHUP"
    Interrupted "interrupted" Interrupted "ended by SIGINT"
    Terminated "terminated" Terminated "ended by SIGTERM"
}

impl Code {
    /// What an error is; nothing where nobody reads what the command prints: that is none.
    pub(crate) fn of(error: &anyhow::Error) -> Option<Self> {
        Some(if error.is::<Waited>() {
            Self::WaitedInVain
        } else if let Some(error) = error.downcast_ref::<Error>() {
            Self::of_library(error)
        } else if let Some(Interruption(exit)) = error.downcast_ref() {
            Self::of_exit(*exit)
        } else if let Some(failure) = error.downcast_ref::<Failure>() {
            Self::of_failure(failure)
        } else if error.is::<Failures>() {
            Self::SomeFailed
        } else if error.is::<Usage>() {
            Self::Usage
        } else if error.is::<NoCompiler>() {
            Self::NoCompiler
        } else if let Some(unresolved) = error.downcast_ref::<Unresolved>() {
            match unresolved {
                Unresolved::Nobody { .. } => Self::NoSuchName,
                Unresolved::Several { .. } => Self::SeveralProcesses,
            }
        } else if error.is::<Unnamed>() {
            Self::Unnamed
        } else if let Some(Ended { was_called, .. }) = error.downcast_ref() {
            match was_called {
                true => Self::Ended,
                false => Self::Gone,
            }
        } else if is_closed_pipe(error) {
            return None;
        } else if error.is::<io::Error>() {
            Self::Output
        } else {
            Self::Failed
        })
    }

    fn of_library(error: &Error) -> Self {
        match error {
            Error::NoSuchProcess { .. } => Self::NoSuchProcess,
            Error::NotAttachable { obstacle, .. } => Self::of_obstacle(obstacle),
            Error::Disabled { .. } => Self::Disabled,
            Error::Refused { .. } => Self::Refused,
            Error::NotPermitted { .. } => Self::NotPermitted,
            Error::Untrusted { .. } => Self::Untrusted,
            Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Self::PermissionDenied
            }
            // The call is not concerned: whatever the operating system refuses, it is in attaching.
            Error::Io { .. } => Self::Io,
            Error::Unsupported { .. } => Self::Unsupported,
            Error::TimedOut { .. } => Self::TimedOut,
            Error::NoSuchService { .. } => Self::NoSuchService,
            Error::NoSuchMethod { .. } => Self::NoSuchMethod,
            Error::Predates { .. } => Self::Predates,
            Error::Undescribed { .. } => Self::Undescribed,
            Error::BadArgument { .. } => Self::BadArgument,
            Error::Protocol { .. } => Self::Protocol,
            Error::BadSchema { .. } => Self::BadSchema,
            Error::Remote(error) => Self::of_remote(error),
            // Nothing is offered here.
            Error::AlreadyOffered { .. } => Self::Failed,
            _ => Self::Failed,
        }
    }

    fn of_obstacle(obstacle: &Obstacle) -> Self {
        match obstacle {
            Obstacle::NoEndpoint => Self::NoEndpoint,
            Obstacle::Elsewhere { .. } => Self::Elsewhere,
            Obstacle::NeedsSignal => Self::NeedsSignal,
            Obstacle::NotOpen => Self::NotOpen,
            Obstacle::SignalNotHandled { .. } => Self::SignalNotHandled,
            Obstacle::Abandoned => Self::Abandoned,
            Obstacle::Zombie => Self::Zombie,
            Obstacle::Thread { .. } => Self::Thread,
            Obstacle::OtherSession => Self::OtherSession,
            Obstacle::TooManyDescriptors => Self::TooManyDescriptors,
            Obstacle::ForeignNamespace => Self::ForeignNamespace,
            Obstacle::NoWorkingDirectory => Self::NoWorkingDirectory,
            _ => Self::NotAttachable,
        }
    }

    fn of_remote(error: &capnp::Error) -> Self {
        match error.kind {
            ErrorKind::Overloaded => Self::Overloaded,
            ErrorKind::Unimplemented => Self::Unimplemented,
            ErrorKind::Disconnected => Self::Disconnected,
            _ => Self::CallFailed,
        }
    }

    fn of_failure(failure: &Failure) -> Self {
        match failure {
            Failure::NotStarted { .. } => Self::NotStarted,
            // What it is called there is known where the other end says so.
            Failure::Told { exit, .. } => Self::of_exit(*exit),
            Failure::OtherVersion { .. } => Self::OtherVersion,
            Failure::Ended { .. } => Self::ViaEnded,
            Failure::Closed { .. } => Self::ViaClosed,
            Failure::Noise { .. } => Self::ViaNoise,
            Failure::Silent { .. } => Self::TimedOut,
        }
    }

    /// The first of those that end the command so.
    fn of_exit(exit: Exit) -> Self {
        let mut codes = Self::ALL.iter().copied();
        codes
            .find(|code| code.exit() == exit)
            .unwrap_or(Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Code;

    #[test]
    fn words_are_told_apart_and_are_words() {
        let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.word()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for word in words {
            let is_plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(word.chars().all(is_plain), "{word}");
        }
    }

    #[test]
    fn every_error_and_every_obstacle_of_the_library_has_one() {
        let library = include_str!("../../teleop/src/error.rs");
        let here = include_str!("code.rs");
        let mut variants = 0;
        for name in ["Error", "Obstacle"] {
            let (_, body) = library.split_once(&format!("pub enum {name} {{")).unwrap();
            let (body, _) = body.split_once("\n}").unwrap();
            for line in body.lines() {
                let line = line.strip_prefix("    ").unwrap_or_default();
                if !line.starts_with(|c: char| c.is_ascii_uppercase()) {
                    continue;
                }
                let end = line.find(|c: char| !c.is_alphanumeric()).unwrap();
                let variant = format!("{name}::{}", &line[..end]);
                assert!(here.contains(&variant), "{variant} has no code");
                variants += 1;
            }
        }
        assert!(variants > 25, "{variants}");
    }
}
