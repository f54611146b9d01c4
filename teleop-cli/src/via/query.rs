//! What a verb prints elsewhere, as JSON.

use std::time::Duration;

use anyhow::Result;
use futures::AsyncReadExt;
use serde::de::DeserializeOwned;

use super::{Failure, Via, errand::Errand, unless_heard};
use crate::{cli::Options, clock::Clock, output::Output, signal::Heard, target::Targets};

/// What a teleop elsewhere is asked.
#[derive(Debug)]
pub(crate) struct Question {
    words: Vec<String>,
    /// How many of the words show what is meant.
    shown: usize,
    /// How long the answer may take.
    limit: Duration,
}

/// What it has answered.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    /// What was run, as a user would write it.
    pub(crate) line: String,
    /// Why it failed, though it has printed this.
    pub(crate) failure: Option<Failure>,
}

impl<T> Answer<T> {
    /// What was printed, where nothing failed.
    pub(crate) fn into_value(self) -> Result<T> {
        match self.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(self.value),
        }
    }
}

impl Question {
    /// What a verb says that is about no process.
    pub(crate) fn of_words(mut words: Vec<String>, options: &Options) -> Self {
        let shown = words.len();
        words.push("--json".to_owned());
        let limit = options.timeout;
        Self {
            words,
            shown,
            limit,
        }
    }

    /// What a verb says of a process.
    pub(crate) fn of_process(verb: &str, targets: &Targets, options: &Options) -> Self {
        Self {
            words: Via::words(verb, targets, options),
            shown: Via::SHOWN,
            limit: Via::limit(options),
        }
    }
}

/// Has a verb print its JSON elsewhere, and reads it: within the time that the user gave, and until
/// whoever listens hears a signal.
pub(crate) async fn query<T: DeserializeOwned>(
    via: &Via,
    question: &Question,
    options: &Options,
    output: &Output,
    heard: Option<&mut Heard>,
) -> Result<Answer<T>> {
    let mut started = None;
    let asking = async {
        let Question {
            words,
            shown,
            limit,
        } = question;
        let (errand, stdin, stdout) = Errand::start(via, words, *shown, options, output)?;
        let errand = started.insert(errand);
        drop(stdin);
        read(errand, stdout, *limit).await
    };
    let asked = unless_heard(heard, asking).await;
    if let Some(errand) = started {
        errand.stop().await;
        // What succeeded had but notes to give.
        if let (Ok(Answer { failure: None, .. }), Some(note)) =
            (&asked, errand.said().await.message)
        {
            output.note(note);
        }
    }
    asked
}

async fn read<T: DeserializeOwned>(
    errand: &Errand,
    stdout: impl futures::AsyncRead + Unpin,
    limit: Duration,
) -> Result<Answer<T>> {
    let line = errand.line.clone();
    let mut printed = Vec::new();
    let mut printing = stdout.take(MOST);
    let reading = printing.read_to_end(&mut printed);
    if Clock::start(limit).limit(reading).await.is_none() {
        let after = limit;
        return Err(Failure::Silent { line, after }.into());
    }
    let has_succeeded = matches!(errand.ended().await, Some(status) if status.success());
    let failure = match has_succeeded {
        true => None,
        false => Some(errand.failure().await),
    };
    match (serde_json::from_slice(&printed), failure) {
        (Ok(value), failure) => Ok(Answer {
            value,
            line,
            failure,
        }),
        (Err(_), Some(failure)) => Err(failure.into()),
        (Err(_), None) if printed.is_empty() => Err(errand.failure().await.into()),
        (Err(_), None) => {
            let noise = Failure::excerpt(&printed);
            Err(Failure::Noise { line, noise }.into())
        }
    }
}

/// More than any honest verb prints.
const MOST: u64 = 64 << 20;
