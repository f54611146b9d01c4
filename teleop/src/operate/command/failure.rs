//! [`Failure`]: why a command did not return anything.

use std::error::Error as StdError;

use crate::{Error, operate::capnp::PANICKED};

/// Why a command did not return anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// What it was called with does not fit.
    Misfit { field: String, problem: String },
    /// It said so, or panicked.
    Failed(String),
}

/// In bytes: more than anybody reads.
const LONGEST: usize = 16 << 10;

impl Failure {
    /// What a command says: its error, and what caused it.
    pub(super) fn of(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        if let Some(Error::BadArgument { field, problem }) = error.downcast_ref() {
            return Self::Misfit {
                field: field.clone(),
                problem: problem.clone(),
            };
        }
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let more = error.to_string();
            // Many an error ends with what its source says.
            if !text.ends_with(&more) {
                text = format!("{text}: {more}");
            }
            if text.len() > LONGEST {
                break;
            }
            cause = error.source();
        }
        if text.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(end.unwrap_or(0));
            text.push('…');
        }
        Self::Failed(text)
    }

    /// What is told of a panic. What it said is for the program alone, whose panic hook has been told.
    pub(super) fn panicked() -> Self {
        Self::Failed(PANICKED.to_owned())
    }
}

impl From<Failure> for capnp::Error {
    fn from(failure: Failure) -> Self {
        Self::failed(match failure {
            Failure::Misfit { field, problem } => format!("bad argument `{field}`: {problem}"),
            Failure::Failed(reason) => reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot clear the cache")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn an_error_is_told_with_what_caused_it() {
        let error = Outer(std::io::Error::other("the disk is full"));
        let told = Failure::Failed("cannot clear the cache: the disk is full".to_owned());
        assert_eq!(Failure::of(error), told);
        assert_eq!(Failure::of("no"), Failure::Failed("no".to_owned()));
    }

    #[test]
    fn an_endless_error_is_cut() {
        let Failure::Failed(text) = Failure::of("é".repeat(LONGEST)) else {
            panic!("it is no misfit");
        };
        assert!(text.len() < LONGEST + 8 && text.ends_with("é…"));
    }

    #[test]
    fn a_command_may_say_itself_that_an_argument_does_not_fit() {
        let error = capnp::Error::from(Failure::of(Error::BadArgument {
            field: "level".to_owned(),
            problem: "it is too high".to_owned(),
        }));
        assert_eq!(error.extra, "bad argument `level`: it is too high");
    }
}
