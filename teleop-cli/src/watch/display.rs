//! [`Display`]: where the results are seen.

use std::{
    io::{self, IsTerminal},
    time::SystemTime,
};

use anyhow::Result;
use futures::channel::mpsc::UnboundedReceiver;
use serde::Serialize;

use super::{
    View,
    screen::{Key, Screen},
};
use crate::{
    code::Code, commands::attach::timestamp, outcome::Outcome, output::Output, report::message,
};

/// Where the results are seen.
#[derive(Debug)]
pub(super) enum Display<'a> {
    /// One in place of the other.
    Live {
        screen: Screen,
        keys: UnboundedReceiver<Key>,
        view: View,
    },
    /// One after another.
    Lines(&'a Output),
}

/// What came of one call, as a line. As JSON this is a contract.
#[derive(Debug, Serialize)]
struct Line<'a> {
    at: Option<String>,
    #[serde(flatten)]
    outcome: Told<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Told<'a> {
    Result(&'a Outcome),
    Error { code: &'a str, message: &'a str },
}

impl<'a> Display<'a> {
    /// A whole screen for who sits before one; else lines.
    pub(super) fn open(title: &str, output: &'a Output) -> Result<Self> {
        if !output.is_for_people() || !io::stdin().is_terminal() {
            return Ok(Self::Lines(output));
        }
        let screen = Screen::open()?;
        let keys = screen.keys()?;
        let view = View::new(title);
        Ok(Self::Live { screen, keys, view })
    }

    /// Shows what came of a call.
    pub(super) fn show(&mut self, outcome: Result<&Outcome, &anyhow::Error>) -> Result<()> {
        let at = timestamp(SystemTime::now());
        match (self, outcome) {
            (Self::Live { view, .. }, Ok(outcome)) => {
                view.succeed(at.unwrap_or_default(), outcome)?;
            }
            (Self::Live { view, .. }, Err(error)) => {
                view.fail(at.unwrap_or_default(), &message(error));
            }
            (Self::Lines(output), Ok(outcome)) => {
                let outcome = Told::Result(outcome);
                return output.line(&Line { at, outcome });
            }
            (Self::Lines(output), Err(error)) => {
                let (code, message) = (
                    Code::of(error).map_or("failed", Code::word),
                    &*message(error),
                );
                let outcome = Told::Error { code, message };
                return output.line(&Line { at, outcome });
            }
        }
        Ok(())
    }

    /// Draws what is seen, as large as there is room for now.
    pub(super) fn draw(&self) -> Result<()> {
        match self {
            Self::Live { screen, view, .. } => screen.draw(&view.lines(screen.size())),
            Self::Lines(_) => Ok(()),
        }
    }

    /// The next key that means something; none is ever pressed where there are lines.
    pub(super) async fn key(&mut self) -> Key {
        use futures::{StreamExt, future};

        if let Self::Live { keys, .. } = self {
            if let Some(key) = keys.next().await {
                return key;
            }
        }
        future::pending().await
    }
}
