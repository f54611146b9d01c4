//! [`Examination`]: what an attach has looked at, check by check.

use std::{env, time::Duration};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use teleop::{Pid, attach::Finding, attach::Verdict};

use crate::{neutral::Neutral, output::Output, problem::Problem, report::message};

/// What was found. As JSON this is a contract: every key is always there.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Examination {
    /// `None` where it is elsewhere, is meant by its name, and nobody came so far as to find it.
    pub(crate) pid: Option<u32>,
    pub(crate) checks: Vec<Row>,
    pub(crate) error: Option<Problem>,
}

/// One check.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    step: String,
    found: String,
    /// `None` where it is not there, which is no failure, or was not looked at.
    ok: Option<bool>,
    took_us: u64,
}

impl Examination {
    /// One of a process, which begins with what of this command matters to an attach.
    pub(crate) fn begin(pid: Option<Pid>) -> Self {
        let place = match env::var_os("TELEOP_DIR").filter(|place| !place.is_empty()) {
            Some(place) => format!("TELEOP_DIR is `{}`", place.to_string_lossy()),
            None => "TELEOP_DIR is not set".to_owned(),
        };
        let here = Row {
            step: "teleop".to_owned(),
            found: format!("{}, {place}", env!("CARGO_PKG_VERSION")),
            ok: Some(true),
            took_us: 0,
        };
        Self {
            pid: pid.map(Pid::as_u32),
            checks: vec![here],
            error: None,
        }
    }

    /// Adds a check that this command has made itself.
    pub(crate) fn note(&mut self, step: &str, checked: &Result<String>, took: Duration) {
        self.checks.push(Row::of(step, checked, took));
    }

    /// Adds one that it has not made, as something failed before.
    pub(crate) fn skip(&mut self, step: &str) {
        self.checks.push(Row::skipped(step));
    }

    pub(crate) fn show(&self, output: &Output) -> Result<()> {
        if output.is_json() {
            return output.json(self);
        }
        let text: String = self.checks.iter().map(Row::to_text).collect();
        output.text(&text)
    }
}

impl Row {
    /// That the process was asked who it is.
    pub(crate) const ANSWER: &'static str = "answer";
    /// That a command leads to where the process is.
    pub(crate) const VIA: &'static str = "via";
    /// That what is spoken with the process arrives over that.
    pub(crate) const BRIDGE: &'static str = "bridge";

    fn of(step: &str, checked: &Result<String>, took: Duration) -> Self {
        /// As much as is shown of any other check.
        const LONGEST: usize = 1000;

        let found = match checked {
            Ok(found) => found.clone(),
            Err(error) => message(error),
        };
        Self {
            step: step.to_owned(),
            found: found.chars().take(LONGEST).collect(),
            ok: Some(checked.is_ok()),
            took_us: micros(took),
        }
    }

    fn skipped(step: &str) -> Self {
        Self {
            step: step.to_owned(),
            found: NOT_LOOKED_AT.to_owned(),
            ok: None,
            took_us: 0,
        }
    }

    fn to_text(&self) -> String {
        let (label, style) = match self.ok {
            Some(true) => ("ok", AnsiColor::Green.on_default()),
            Some(false) => ("FAIL", AnsiColor::Red.on_default().bold()),
            None if self.found == NOT_LOOKED_AT => ("skip", AnsiColor::BrightBlack.on_default()),
            None => ("-", Style::new()),
        };
        let took = match self.took_us {
            0 => String::new(),
            took => format!(" ({took} µs)"),
        };
        let (step, found) = (Neutral(&self.step).to_string(), Neutral(&self.found));
        format!("{style}{label:4}{style:#}  {step:10}  {found}{took}\n")
    }
}

/// What the library, too, says of a check that was not made.
const NOT_LOOKED_AT: &str = "not looked at";

impl From<Finding> for Row {
    fn from(finding: Finding) -> Self {
        Self {
            step: finding.check.to_string(),
            found: finding.found,
            ok: match finding.verdict {
                Verdict::Passed => Some(true),
                Verdict::Failed => Some(false),
                _ => None,
            },
            took_us: micros(finding.took),
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
