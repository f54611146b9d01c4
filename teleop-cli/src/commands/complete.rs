//! `teleop complete`: what may come next on a command line, for the scripts in `completions/`.

use anyhow::Result;
use clap::Args;

use crate::{
    completion::{self, Line},
    output::Output,
};

#[derive(Args, Debug)]
#[command(after_help = "\
This is what the scripts ask that `teleop completions` prints.

Examples:
  teleop complete -- teleop call 4242 jobs.
  teleop complete --line 'teleop call 4242 jobs.submit priority=' --breaks =:")]
pub(crate) struct Complete {
    /// The command line up to the cursor, for a shell that has not taken it apart
    #[arg(long, conflicts_with = "words", allow_hyphen_values = true)]
    line: Option<String>,
    /// What else than blanks ends a word in that shell: what is before it, is left out
    #[arg(
        long,
        requires = "line",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    breaks: String,
    /// How many words are before the one to be completed, where it may have been lost as it is empty
    #[arg(long, value_parser = count)]
    index: Option<usize>,
    /// The words up to the cursor
    #[arg(last = true, value_name = "WORD")]
    words: Vec<String>,
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "how many is a number".to_owned())
}

impl Complete {
    /// Where nothing is known, nothing is printed: a shell would show it in the midst of what is typed.
    pub(crate) fn run(&self, output: &Output) -> Result<()> {
        let line = match &self.line {
            Some(line) => Line::parse(line, &self.breaks),
            None => Line::of(self.words.clone(), self.index),
        };
        let mut candidates = completion::candidates(&line);
        candidates.retain(|it| it.line(&line).is_some());
        if output.is_json() {
            return output.json(&candidates);
        }
        let lines = candidates.iter().filter_map(|it| it.line(&line));
        output.text(&lines.collect::<String>())
    }
}
