//! `teleop watch`: call a method again and again.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::call::Call;
use crate::{
    callee::Callee,
    cli::Options,
    duration::duration,
    exit::Usage,
    given::SchemaOptions,
    output::Output,
    session::{attach, seen},
    target::Targets,
    watch::Watching,
    words::Words,
};

#[derive(Args, Debug)]
#[command(after_help = "\
On a terminal the last result is shown, what has changed is marked, and numbers
that change have a line of their last values; q or Ctrl-C ends it. Elsewhere,
and with --json, each result is a line of JSON, {\"at\": TIME, \"result\": ...}, or
{\"at\": TIME, \"error\": {\"code\": ..., \"message\": ...}}.

A call that fails is made again, until the process ends. The next call is made
when the last has ended.

Examples:
  teleop watch 4242 process.usage
  teleop watch 4242 jobs.list atLeast=high --every 5s
  teleop watch name:web process.usage --json")]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) targets: Targets,
    #[command(flatten)]
    callee: Callee,

    /// How often, such as `1s`: at most ten times a second
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = interval)]
    every: Duration,
    #[command(flatten)]
    schema: SchemaOptions,
}

impl Watch {
    /// What is called.
    pub(crate) fn service(&self) -> &str {
        &self.callee.service
    }

    /// What it is called with.
    pub(crate) fn words(&self) -> &Words {
        &self.callee.words
    }

    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        let (targets, schema) = (self.targets.clone(), self.schema.clone());
        let call = Call::of(targets, self.callee.clone(), schema);
        if call.reads_input() {
            let problem = "the standard input is there once, and not for each call";
            return Err(Usage(problem.to_owned()).into());
        }
        let given = call.given()?;
        let watching = Watching {
            call: &call,
            given: given.as_ref(),
            every: self.every,
            attach: &seen(attach(options)?),
            options,
            output,
        };
        teleop::block_on(watching.watch())
    }
}

/// Reads how often something is to happen.
fn interval(text: &str) -> Result<Duration, String> {
    const SHORTEST: Duration = Duration::from_millis(100);

    match duration(text)? {
        interval if interval < SHORTEST => Err("`100ms` is the shortest".to_owned()),
        interval => Ok(interval),
    }
}
