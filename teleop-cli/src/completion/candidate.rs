//! [`Candidate`]: a word that may come next.

use clap_complete::engine::CompletionCandidate;
use serde::{Serialize, Serializer};

use super::Line;
use crate::neutral::{Neutral, is_active};

/// A word that may come next. As JSON this is a contract: every key is always there.
///
/// What it is made of may come from a target, and is to do no harm: a shell
/// quotes what it inserts, and nothing is offered that would mean something to whoever reads it then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Candidate {
    #[serde(rename = "word")]
    pub(super) value: String,
    /// What it is, in one line.
    #[serde(serialize_with = "unless_empty")]
    pub(super) help: String,
}

impl Candidate {
    /// A word, and what it is.
    pub(crate) fn new(value: impl Into<String>, help: &str) -> Self {
        Self {
            value: value.into(),
            help: help.lines().next().unwrap_or_default().trim().to_owned(),
        }
    }

    /// The word.
    pub(crate) fn into_value(self) -> String {
        self.value
    }

    /// Whether a word that somebody else chose is nothing but a word: no option, no file that would be
    /// read (`@`), nothing that a terminal would obey.
    pub(super) fn is_plain(&self) -> bool {
        !self.value.starts_with(['-', '@']) && !self.value.contains(is_active)
    }

    /// As it is printed: without what the shell keeps of the word. Nothing, where that is another.
    pub(crate) fn line(&self, line: &Line) -> Option<String> {
        let value = self.value.get(line.kept..)?;
        if !self.value.starts_with(&line.current) || self.value.contains(is_active) {
            return None;
        }
        Some(format!("{value}\t{}\n", Neutral(&self.help)))
    }
}

fn unless_empty<S: Serializer>(help: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Some(help)
        .filter(|help| !help.is_empty())
        .serialize(serializer)
}

impl From<Candidate> for CompletionCandidate {
    fn from(candidate: Candidate) -> Self {
        let help = Some(candidate.help).filter(|help| !help.is_empty());
        Self::new(candidate.value).help(help.map(Into::into))
    }
}

impl From<CompletionCandidate> for Candidate {
    fn from(candidate: CompletionCandidate) -> Self {
        let help = candidate.get_help().map(ToString::to_string);
        let value = candidate.get_value().to_string_lossy();
        Self::new(value, &help.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_told_what_it_does_not_keep() {
        let line = Line::parse("teleop call 42 a.b priority=h", "=:");
        let told = |value: &str| Candidate::new(value, "").line(&line);
        assert_eq!(told("priority=high"), Some("high\t\n".to_owned()));
        assert_eq!(told("name="), None);
    }

    #[test]
    fn what_would_do_something_is_no_word() {
        for odd in [
            "-x",
            "--attacher=unix",
            "@/etc/passwd",
            "a\nb",
            "a\u{1b}[2J",
            "\u{202e}x",
        ] {
            assert!(!Candidate::new(odd, "").is_plain(), "{odd:?}");
        }
        for word in ["jobs.submit", "$(touch x)", "a b", "grün"] {
            assert!(Candidate::new(word, "").is_plain(), "{word}");
        }
        let line = Candidate::new("a", "red \u{1b}[31m\nmore").line(&Line::default());
        assert_eq!(line.as_deref(), Some("a\tred \\u{1b}[31m\n"));
    }
}
