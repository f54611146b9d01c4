//! `teleop doctor`: what an attach looks at, for a report of what does not work.

use std::{cell::RefCell, time::Instant};

use anyhow::Result;
use clap::Args;
use futures::future;
use teleop::{Error, Remote, attach::Diagnosis};

use crate::{
    cli::{Options, Verb},
    clock::Clock,
    examination::{Examination, Row},
    output::Output,
    peer::Peer,
    problem::Problem,
    progress,
    report::Report,
    session::{Opened, Session, attach},
    signal::{self, Heard},
    target::Targets,
    via::{Answer, Failure, Question, Via, query},
    wait::until_there,
};

#[derive(Args, Debug)]
#[command(after_help = "\
It attaches as every verb does, and asks what `teleop attach` asks. Each check
is `ok`, `-` (not there, which is no failure), `FAIL`, or `skip`: not looked at,
as something failed before. What comes last, and the exit status, are those of
the attach. No variable is shown but TELEOP_DIR.

With --wait it looks again while it is too early, and shows what it saw last.
With --via the checks are made there, between two of its own: `via`, that the
command leads to a teleop, and `bridge`, that what is spoken arrives unchanged.

As JSON it is one object: pid, or null where nobody came so far as to know it;
checks, each with step, found, ok (true, false or null) and took_us; and error,
which is null or as `teleop help json` has it.

Examples:
  teleop doctor 4242
  teleop doctor name:web --json | jq '.checks[] | select(.ok == false)'
  teleop doctor name:web --via 'ssh host'
  sudo teleop doctor 4242")]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) targets: Targets,
}

impl Doctor {
    pub(crate) fn run(&self, verb: &Verb, options: &Options, output: &Output) -> Result<()> {
        // What was seen is shown also where it failed.
        let mut examination = Examination::default();
        let examining = async {
            match &options.via {
                Some(via) => {
                    let examining = self.examine_there(via, &mut examination, options, output);
                    examining.await
                }
                None => self.examine(&mut examination, options, output).await,
            }
        };
        let error = teleop::block_on(progress::during(output, Box::pin(examining))).err();
        if !examination.checks.is_empty() {
            let report = error.as_ref().map(|error| Report::of(error, verb));
            examination.error = report.as_ref().map(Problem::from);
            examination.show(output)?;
        }
        error.map_or(Ok(()), Err)
    }

    /// Looks at a process here: again, where it is early and the user waits.
    async fn examine(
        &self,
        examination: &mut Examination,
        options: &Options,
        output: &Output,
    ) -> Result<()> {
        let seen = RefCell::new(examination);
        let attempt = async || {
            let mut examination = Examination::default();
            let outcome = self.attempt(&mut examination, options, output).await;
            **seen.borrow_mut() = examination;
            outcome
        };
        let examining = until_there(options.wait, &self.targets, output, attempt);
        signal::until_interrupted(Box::pin(examining)).await
    }

    async fn attempt(
        &self,
        examination: &mut Examination,
        options: &Options,
        output: &Output,
    ) -> Result<()> {
        let found = self.targets.one()?;
        *examination = Examination::begin(Some(found.pid));
        let attach = attach(options)?;
        let clock = Clock::start(options.timeout);
        let Diagnosis {
            findings, outcome, ..
        } = attach.diagnose(found.pid).await;
        let findings = findings.into_iter().map(Row::from);
        examination.checks.extend(findings);
        let meant = outcome.and_then(|attached| {
            found.check(&attached.process)?;
            Ok(attached)
        });
        let attached = match meant {
            Ok(attached) => attached,
            Err(error) => {
                examination.skip(Row::ANSWER);
                return Err(error.into());
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
        examination.note(Row::ANSWER, &answer, asked.elapsed());
        answer.map(drop)
    }

    /// Has a teleop elsewhere look at a process there, and tries whether it can be spoken with from here.
    async fn examine_there(
        &self,
        via: &Via,
        examination: &mut Examination,
        options: &Options,
        output: &Output,
    ) -> Result<()> {
        let mut heard = Heard::listen()?;
        let asked = Instant::now();
        let question = Question::of_process("doctor", &self.targets, options);
        let asking = query(via, &question, options, output, Some(&mut heard));
        let answered: Result<Answer<Examination>> = progress::hidden_during(asking).await;
        let took = asked.elapsed();
        let there = match answered {
            Ok(there) => there,
            Err(error) => {
                // Else the teleop there says that there is nobody to look at, or a signal has come.
                if Failure::is_of_the_way(&error) {
                    let failed = Err(error);
                    *examination = Examination::begin(self.targets.pid());
                    examination.note(Row::VIA, &failed, took);
                    examination.skip(Row::BRIDGE);
                    return failed.map(drop);
                }
                return Err(error);
            }
        };
        *examination = Examination::begin(None);
        let led = format!("`{}` answers", there.line);
        examination.note(Row::VIA, &Ok(led), took);
        examination.pid = there.value.pid;
        examination.checks.extend(there.value.checks);
        if let Some(failure) = there.failure {
            examination.skip(Row::BRIDGE);
            return Err(failure.into());
        }
        let asked = Instant::now();
        let bridged = self.answer_over_a_bridge(options, output, heard).await;
        examination.note(Row::BRIDGE, &bridged, asked.elapsed());
        bridged.map(drop)
    }

    async fn answer_over_a_bridge(
        &self,
        options: &Options,
        output: &Output,
        mut heard: Heard,
    ) -> Result<String> {
        let attach = attach(options)?;
        let opened = Opened::of(&self.targets, &attach, options, output, &mut heard).await;
        heard.end_at_once();
        let operating = opened?.operate(options, output, &answer);
        progress::cleared_by_signals(operating).await
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
