//! [`Completer`]: what may come next on a line that is edited, by asking the main thread.

use std::sync::mpsc;

use futures::channel::mpsc as asynchronous;
use rustyline::{
    Context, Helper, Result,
    completion::{self, Pair},
    highlight::Highlighter,
    hint::Hinter,
    validate::Validator,
};

use super::lines::Said;
use crate::completion::{Candidate, Line, limit};

/// A line up to the cursor, and where to say what may come next.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) line: Line,
    pub(super) answer: mpsc::Sender<Vec<Candidate>>,
}

/// Asks for what may come next.
#[derive(Debug)]
pub(super) struct Completer(pub(super) asynchronous::UnboundedSender<Said>);

impl completion::Completer for Completer {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let line = Line::parse(&line[..at], "");
        let start = line.start();
        let (answer, answered) = mpsc::channel();
        let question = Said::Question(Question { line, answer });
        let found = match self.0.unbounded_send(question) {
            Ok(()) => answered.recv_timeout(limit()).unwrap_or_default(),
            Err(_) => Vec::new(), // The session has ended.
        };
        let is_only = found.len() == 1;
        let pair = |candidate: Candidate| {
            let display = candidate.into_value();
            let mut replacement = quoted(&display);
            if is_only && !display.ends_with(['.', '=', '/']) {
                replacement.push(' '); // Nothing else follows it.
            }
            Pair {
                display,
                replacement,
            }
        };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

impl Helper for Completer {}
impl Highlighter for Completer {}
impl Hinter for Completer {
    type Hint = String;
}
impl Validator for Completer {}

/// A word as it is to be typed.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-=:/@,+$".contains(c);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    // One with a zero byte cannot be typed at all.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_that_would_be_split_is_quoted() {
        assert_eq!(quoted("jobs.submit"), "jobs.submit");
        assert_eq!(quoted("priority=high"), "priority=high");
        for odd in ["evil$(touch x) y", "a 'b'", "#a", "a\\b"] {
            assert_eq!(shlex::split(&quoted(odd)).unwrap(), [odd]);
        }
    }
}
