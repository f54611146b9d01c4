//! [`Diagnosis`]: what an attach looks at, told by the attach itself.

use std::{
    error::Error as _,
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::Attached;
use crate::error::{Error, Result};

/// What an attach found on its way, and what came of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Diagnosis {
    /// In the order in which it was looked at; then what was not, as something failed before.
    pub findings: Vec<Finding>,
    /// What [`Attach::open`](super::Attach::open) would have returned.
    pub outcome: Result<Attached>,
}

/// What was found at one check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// What was looked at. There may be several findings of it: a place is one of some.
    pub check: Check,
    /// What was found, in words. Names and paths in it may be the target's: nothing is neutralised.
    pub found: String,
    /// What follows from it.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

/// What an attach looks at, in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Check {
    /// Who asks, with which rights.
    Caller,
    /// That the process is there, and is one.
    Process,
    /// Which namespaces it shares with the caller. Linux alone has them.
    Namespaces,
    /// Whose process it is.
    User,
    /// The root directory through which it is seen.
    Root,
    /// A directory that may hold its endpoint.
    Place,
    /// Its endpoint, and what that says of itself.
    Endpoint,
    /// Whether it is a target of the classic layout. Only looked at where there is no other endpoint.
    Classic,
    /// Whether its socket is open already.
    Socket,
    /// The request to open it.
    Request,
    /// The connection.
    Connection,
    /// Who listens, by the kernel's word.
    Peer,
}

/// What follows from a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is as it has to be.
    Passed,
    /// It is not there, which may be: the attach goes on.
    Absent,
    /// The attach ends here.
    Failed,
    /// It was not looked at, as something failed before.
    Skipped,
}

impl Check {
    /// Those that every attach comes to, unless it fails.
    const ALWAYS: [Self; 10] = [
        Self::Caller,
        Self::Process,
        Self::User,
        Self::Root,
        Self::Place,
        Self::Endpoint,
        Self::Socket,
        Self::Request,
        Self::Connection,
        Self::Peer,
    ];
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Caller => "caller",
            Self::Process => "process",
            Self::Namespaces => "namespaces",
            Self::User => "user",
            Self::Root => "root",
            Self::Place => "place",
            Self::Endpoint => "endpoint",
            Self::Classic => "classic",
            Self::Socket => "socket",
            Self::Request => "request",
            Self::Connection => "connection",
            Self::Peer => "peer",
        })
    }
}

/// Where an attach notes what it looks at; nowhere, unless somebody wants to know.
#[derive(Debug)]
pub(super) struct Trail(Option<Mutex<Notes>>);

#[derive(Debug)]
struct Notes {
    findings: Vec<Finding>,
    /// What is being looked at: if the attach fails, it is here.
    check: Check,
    since: Instant,
}

impl Trail {
    /// Notes nothing, and has nothing put into words.
    pub(super) const NONE: Self = Self(None);

    pub(super) fn new() -> Self {
        Self(Some(Mutex::new(Notes {
            findings: Vec::new(),
            check: Check::Caller,
            since: Instant::now(),
        })))
    }

    /// Begins to look at something.
    pub(super) fn begin(&self, check: Check) {
        self.note(|notes| notes.check = check);
    }

    /// It is as it has to be.
    pub(super) fn passed(&self, found: impl FnOnce() -> String) {
        self.note(|notes| notes.add(Verdict::Passed, found()));
    }

    /// It is as it has to be, where the platform has it at all.
    pub(super) fn passed_where_there_is(&self, found: impl FnOnce() -> Option<String>) {
        self.note(|notes| {
            if let Some(found) = found() {
                notes.add(Verdict::Passed, found);
            }
        });
    }

    /// It is not there, and the attach goes on.
    pub(super) fn absent(&self, found: impl FnOnce() -> String) {
        self.note(|notes| notes.add(Verdict::Absent, found()));
    }

    fn note(&self, note: impl FnOnce(&mut Notes)) {
        if let Some(notes) = &self.0 {
            note(&mut notes.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// What was noted, now that it is known what came of the attach.
    pub(super) fn diagnosis(self, outcome: Result<Attached>) -> Diagnosis {
        if let Err(error) = &outcome {
            self.note(|notes| notes.fail(error));
        }
        let notes = self.0.map(Mutex::into_inner);
        let notes = notes.map(|notes| notes.unwrap_or_else(PoisonError::into_inner));
        Diagnosis {
            findings: notes.map_or(Vec::new(), |notes| notes.findings),
            outcome,
        }
    }
}

impl Notes {
    fn add(&mut self, verdict: Verdict, found: String) {
        let now = Instant::now();
        self.findings.push(Finding {
            check: self.check,
            found: bounded(found),
            verdict,
            took: now - self.since,
        });
        self.since = now;
    }

    fn fail(&mut self, error: &Error) {
        let cause = error.source().map(|cause| format!(": {cause}"));
        self.add(
            Verdict::Failed,
            format!("{error}{}", cause.unwrap_or_default()),
        );
        let later = Check::ALWAYS.iter().filter(|&&check| check > self.check);
        self.findings.extend(later.map(|&check| Finding {
            check,
            found: "not looked at".to_owned(),
            verdict: Verdict::Skipped,
            took: Duration::ZERO,
        }));
    }
}

/// A target may say of itself whatever it likes, but not at any length.
fn bounded(mut text: String) -> String {
    const LONGEST: usize = 1000;

    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Pid;

    #[test]
    fn what_follows_a_failure_is_skipped_and_nothing_is_said_at_length() {
        let trail = Trail::new();
        trail.passed(|| "é".repeat(5000));
        trail.begin(Check::Root);
        let pid = Pid::this();
        let diagnosis = trail.diagnosis(Err(Error::NoSuchProcess { pid }));
        let findings = &diagnosis.findings;
        assert_eq!(findings[0].found.chars().count(), 1001);
        assert_eq!(findings[1].check, Check::Root);
        assert_eq!(findings[1].verdict, Verdict::Failed);
        let skipped: Vec<_> = findings[2..].iter().map(|it| it.check).collect();
        assert_eq!(skipped, Check::ALWAYS[4..]);
        assert!(
            findings[2..]
                .iter()
                .all(|it| it.verdict == Verdict::Skipped)
        );
    }

    #[test]
    fn how_long_a_check_took_is_counted_from_the_one_before_and_the_cause_of_a_failure_is_told() {
        const HOUR: Duration = Duration::from_secs(3600);

        let trail = Trail::new();
        trail.note(|notes| notes.since = notes.since.checked_sub(HOUR).unwrap());
        trail.passed(String::new);
        trail.begin(Check::Process);
        let failed = Error::Io {
            action: "look at",
            path: "there".into(),
            source: std::io::ErrorKind::NotADirectory.into(),
        };
        let [passed, failed] = &trail.diagnosis(Err(failed)).findings[..2] else {
            panic!("both are told");
        };
        assert!(passed.took >= HOUR && failed.took < HOUR);
        assert!(failed.found.ends_with(": not a directory"), "{failed:?}");
    }

    #[test]
    fn what_nobody_wants_to_know_is_not_put_into_words() {
        Trail::NONE.passed(|| unreachable!());
        Trail::NONE.absent(|| unreachable!());
    }
}
