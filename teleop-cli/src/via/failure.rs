//! [`Failure`]: why what `--via` runs did not lead to the process.

use std::{fmt, io, process::ExitStatus, time::Duration};

use crate::{exit::Exit, problem::Problem};

/// Why what `--via` runs did not lead to the process.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It cannot be run.
    NotStarted { program: String, source: io::Error },
    /// The teleop at the other end says why.
    Told {
        exit: Exit,
        message: String,
        hint: Option<String>,
        /// All that it knows, where it understands `--json`.
        problem: Option<Box<Problem>>,
    },
    /// The teleop at the other end understands another command line.
    OtherVersion {
        line: String,
        message: String,
        version: String,
    },
    /// It ended before anything answered.
    Ended {
        line: String,
        status: ExitStatus,
        version: String,
    },
    /// It closed its output before anything answered, and did not end.
    Closed { line: String },
    /// It says something else than what it was asked for.
    Noise { line: String, noise: String },
    /// Nothing has come in time.
    Silent { line: String, after: Duration },
}

impl Failure {
    /// What of something that is not understood is shown: its first line.
    pub(super) fn excerpt(noise: &[u8]) -> String {
        const MOST_LETTERS: usize = 60;

        let text = String::from_utf8_lossy(noise);
        let line = text.lines().map(str::trim).find(|line| !line.is_empty());
        line.unwrap_or_default()
            .chars()
            .take(MOST_LETTERS)
            .collect()
    }

    /// Whether the way does not lead there; else whoever is there says what is wrong.
    pub(crate) fn is_of_the_way(error: &anyhow::Error) -> bool {
        let failure = error.downcast_ref();
        failure.is_some_and(|it| !matches!(it, Self::Told { .. }))
    }

    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Told { hint, .. } => return hint.clone(),
            Self::NotStarted { .. } => "is it installed here, and in the PATH?".to_owned(),
            Self::OtherVersion { version, .. } => {
                let here = env!("CARGO_PKG_VERSION");
                format!("`{version}` shows which version it is; this is {here}")
            }
            Self::Ended {
                status, version, ..
            } => match status.code() {
                Some(126 | 127) => "is teleop installed there, and in the PATH? \
                    `--via-program PATH` says where it is"
                    .to_owned(),
                _ => format!("`{version}` has to work first"),
            },
            Self::Closed { .. } => return None,
            Self::Noise { .. } => {
                "it has to pass bytes on as they are: without a terminal (`-t`), \
                and with start-up files that print nothing"
                    .to_owned()
            }
            Self::Silent { .. } => "`--timeout 1m` waits longer".to_owned(),
        };
        Some(hint)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { program, .. } => write!(f, "cannot run `{program}`"),
            Self::Told { message, .. } => f.write_str(message),
            Self::OtherVersion { line, message, .. } => write!(
                f,
                "`{line}`: the teleop there is another version, and does not understand this: {message}"
            ),
            Self::Ended { line, status, .. } => match status.code() {
                Some(code) => write!(f, "`{line}` ended with status {code}"),
                None => write!(f, "`{line}` was ended by a signal"),
            },
            Self::Closed { line } => write!(f, "`{line}` closed its output before it answered"),
            Self::Noise { line, noise } => {
                write!(f, "`{line}` says `{noise}`, and not what it was asked for")
            }
            Self::Silent { line, after } => {
                write!(f, "`{line}` did not answer within {after:?}")
            }
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotStarted { source, .. } => Some(source),
            _ => None,
        }
    }
}
