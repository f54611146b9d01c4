//! `teleop doctor`: what an attach looks at, for a report of what does not work.

use std::{
    env,
    time::{Duration, Instant},
};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use clap::Args;
use futures::future;
use serde::Serialize;
use teleop::{
    Error, Pid, Remote,
    attach::{Diagnosis, Finding, Verdict},
};

use crate::{
    cli::{Options, Verb},
    clock::Clock,
    exit::Usage,
    neutral::Neutral,
    output::Output,
    peer::Peer,
    problem::Problem,
    report::Report,
    session::{Opened, Session, attach},
    signal,
    target::Targets,
};

/// Show every check of an attach to a process, for a bug report
#[derive(Args, Debug)]
#[command(after_help = "\
It attaches as every verb does, and asks what `teleop attach` asks. Each check
is `ok`, `-` (not there, which is no failure), `FAIL`, or `skip`: not looked at,
as something failed before. What comes last, and the exit status, are those of
the attach. No variable is shown but TELEOP_DIR.

As JSON it is one object: pid; checks, each with step, found, ok (true, false or
null) and took_us; and error, which is null or as `teleop help json` has it.

Examples:
  teleop doctor 4242
  teleop doctor name:web --json | jq '.checks[] | select(.ok == false)'
  sudo teleop doctor 4242")]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) targets: Targets,
}

/// What was found. As JSON this is a contract: every key is always there.
#[derive(Debug, Serialize)]
struct Examination {
    pid: u32,
    checks: Vec<Row>,
    error: Option<Problem>,
}

#[derive(Debug, Serialize)]
struct Row {
    step: String,
    found: String,
    ok: Option<bool>,
    took_us: u64,
    #[serde(skip)]
    verdict: Verdict,
}

impl Doctor {
    pub(crate) fn run(&self, verb: &Verb, options: &Options, output: &Output) -> Result<()> {
        self.check(options)?;
        let found = self.targets.one()?;
        let attach = attach(options)?;
        let mut checks = vec![environment()];
        let examining = async {
            let clock = Clock::start(options.timeout);
            let Diagnosis {
                findings, outcome, ..
            } = attach.diagnose(found.pid).await;
            checks.extend(findings.into_iter().map(Row::from));
            let meant = outcome.and_then(|attached| {
                found.check(&attached.process)?;
                Ok(attached)
            });
            let attached = match meant {
                Ok(attached) => attached,
                Err(error) => {
                    checks.push(Row::skipped());
                    return Ok(Some(anyhow::Error::from(error)));
                }
            };
            let (remote, connection) = Remote::over(attached.stream);
            let peer = Peer::Here(attached.process);
            let opened = Opened {
                session: Session::new(remote, peer, clock),
                connection,
                how: "every check is shown".to_owned(),
            };
            let asked = Instant::now();
            let answer = opened.operate(options, output, &answer).await;
            checks.push(Row::answered(&answer, asked.elapsed()));
            Ok(answer.err())
        };
        let error = async_io::block_on(signal::until_interrupted(examining))?;
        let problem = error.as_ref().map(|error| Report::of(error, verb));
        let problem = problem.as_ref().map(Problem::from);
        Examination::new(found.pid, checks, problem).show(output)?;
        error.map_or(Ok(()), Err)
    }

    /// What makes no sense here is said, rather than left undone.
    fn check(&self, options: &Options) -> Result<(), Usage> {
        let problem = if self.targets.is_each() {
            "`--each` does not belong to `teleop doctor`: name one process"
        } else if options.via.is_some() {
            "`--via` does not belong to `teleop doctor`: run it where the process is"
        } else if options.wait.is_some() {
            "`--wait` does not belong to `teleop doctor`, which tells what is now"
        } else {
            return Ok(());
        };
        Err(Usage(problem.to_owned()))
    }
}

/// What the process says of itself once it is attached to.
async fn answer(session: &Session, _: &Output) -> Result<String> {
    let (about, services) = future::join(session.remote.about(), session.remote.services()).await;
    let about = match about {
        Ok(about) => {
            let version = about.version.as_deref().unwrap_or("of no version");
            let protocol = about.protocol;
            format!("{} {version}, protocol {protocol}", about.program)
        }
        Err(Error::Predates { .. }) => "too old to say who it is".to_owned(),
        Err(error) => return Err(error.into()),
    };
    match services {
        Ok(services) => Ok(format!("{about}, {} services", services.len())),
        Err(Error::Predates { .. }) => Ok(format!("{about}, too old to list its services")),
        Err(error) => Err(error.into()),
    }
}

/// What of this command matters to an attach.
fn environment() -> Row {
    let place = match env::var_os("TELEOP_DIR") {
        Some(place) => format!("TELEOP_DIR is `{}`", place.to_string_lossy()),
        None => "TELEOP_DIR is not set".to_owned(),
    };
    Row {
        step: "teleop".to_owned(),
        found: format!("{}, {place}", env!("CARGO_PKG_VERSION")),
        ok: Some(true),
        took_us: 0,
        verdict: Verdict::Passed,
    }
}

impl Examination {
    fn new(pid: Pid, checks: Vec<Row>, error: Option<Problem>) -> Self {
        let pid = pid.as_u32();
        Self { pid, checks, error }
    }

    fn show(&self, output: &Output) -> Result<()> {
        if output.is_json() {
            return output.json(self);
        }
        let text: String = self.checks.iter().map(Row::to_text).collect();
        output.text(&text)
    }
}

impl Row {
    const ANSWER: &'static str = "answer";

    fn answered(answer: &Result<String>, took: Duration) -> Self {
        /// As much as is shown of any other check.
        const LONGEST: usize = 1000;

        let (found, verdict) = match answer {
            Ok(found) => (found.clone(), Verdict::Passed),
            Err(error) => (crate::report::message(error), Verdict::Failed),
        };
        Self {
            step: Self::ANSWER.to_owned(),
            found: found.chars().take(LONGEST).collect(),
            ok: Some(answer.is_ok()),
            took_us: micros(took),
            verdict,
        }
    }

    fn skipped() -> Self {
        Self {
            step: Self::ANSWER.to_owned(),
            found: "not looked at".to_owned(),
            ok: None,
            took_us: 0,
            verdict: Verdict::Skipped,
        }
    }

    fn to_text(&self) -> String {
        let (label, style) = match self.verdict {
            Verdict::Passed => ("ok", AnsiColor::Green.on_default()),
            Verdict::Failed => ("FAIL", AnsiColor::Red.on_default().bold()),
            Verdict::Skipped => ("skip", AnsiColor::BrightBlack.on_default()),
            _ => ("-", Style::new()),
        };
        let Self { step, found, .. } = self;
        let took = match self.took_us {
            0 => String::new(),
            took => format!(" ({took} µs)"),
        };
        let found = Neutral(found);
        format!("{style}{label:4}{style:#}  {step:10}  {found}{took}\n")
    }
}

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
            verdict: finding.verdict,
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
