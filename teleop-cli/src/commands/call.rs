//! `teleop call`: call a method of a service.

use std::{ffi::OsString, fmt, num::NonZeroU64, pin::pin};

use anyhow::Result;
use clap::{Arg, Args};
use futures::{
    StreamExt,
    future::{self, Either},
};
use serde_json::json;
use teleop::{
    Error,
    capnp::ErrorKind,
    operate::dynamic::{Pending, Response, settle},
};

use crate::{
    address::{Address, echo},
    callee::Callee,
    chain::{Chain, Held, Link, Sent},
    cli::Options,
    command::{Manner, Ready},
    exit::Usage,
    given::{Given, SchemaOptions},
    outcome::{Outcome, Streams, raw},
    output::Output,
    reader::while_read,
    session::{Session, attached},
    sinks::Sinks,
    target::{Selection, Targets},
    words::Words,
};

#[derive(Args, Debug)]
#[command(
    arg = Arg::new("then")
        .long("then")
        .num_args(1..)
        .value_names(["METHOD", "ARG"])
        .help("Call a method of the capability in the result, without waiting for it"),
    after_help = "\
The method may be left out where the service has but one. Arguments are values
in the order of the parameters, NAME=VALUE, or one JSON object; lists and
structs are JSON. A value @FILE is what a file holds, - what standard input has,
and @@ stands for @. After -- a word is what it is.

--then calls METHOD of the only capability in the result, or PATH.METHOD of the
one at PATH. It may be repeated; the last result is printed.

A capability that a method takes, the command implements: each call of it is
printed as a line of JSON, below the name of the method where there are several,
and at last the result, unless that is empty. A command that returns many values
prints each as a line. --timeout then bounds the time until the call is made,
and Ctrl-C cancels it.

Examples:
  teleop call 4242 echo hi
  teleop call 4242 jobs.submit backup high 'steps=[{\"command\": \"tar\"}]'
  teleop call 4242 jobs.submit @job.json
  teleop call 4242 jobs.open id=1 --then rename nightly
  teleop call 4242 jobs.watch id=1 --max 10
  teleop call name:web --each cache.clear
  teleop call 4242 echo -- --help"
)]
pub(crate) struct Call {
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    callee: Callee,

    /// Print the only text or data of the result, or of each line, as it is
    #[arg(long, conflicts_with = "each")]
    raw: bool,
    /// Cancel the call after so many lines
    #[arg(long, value_name = "N", value_parser = count)]
    max: Option<NonZeroU64>,
    #[command(flatten)]
    schema: SchemaOptions,

    #[arg(skip)]
    then: Vec<Link>,
}

impl Call {
    /// What is called, unless what it returns is called, too.
    pub(crate) fn callee(&self) -> Option<&str> {
        self.then.is_empty().then_some(&*self.callee.service)
    }

    /// Adds the calls that follow the first.
    pub(crate) fn then(&mut self, links: Vec<Vec<OsString>>) -> Result<()> {
        self.then = links.into_iter().map(Link::parse).collect::<Result<_>>()?;
        Ok(())
    }

    /// A call of this, of one process.
    pub(crate) fn of(targets: Targets, callee: Callee, schema: SchemaOptions) -> Self {
        Self {
            selection: Selection {
                targets,
                each: false,
            },
            callee,
            raw: false,
            max: None,
            schema,
            then: Vec::new(),
        }
    }

    /// `SERVICE[.METHOD]` of what is called first, as it was written.
    pub(crate) fn service(&self) -> &str {
        &self.callee.service
    }

    /// What it is called with.
    pub(crate) fn words(&self) -> &Words {
        &self.callee.words
    }

    /// Whether text is printed as it is.
    pub(crate) fn is_raw(&self) -> bool {
        self.raw
    }

    /// Whether any of the arguments is what the standard input has.
    pub(crate) fn reads_input(&self) -> bool {
        let words = &self.callee.words;
        let mut inputs = self.then.iter().map(Link::words).chain([words]);
        inputs.any(Words::read_input)
    }

    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        let given = self.given()?;
        if self.selection.each && self.reads_input() {
            let problem = "the standard input is there once, and not for `--each` process";
            return Err(Usage(problem.to_owned()).into());
        }
        let call = async |session: &Session, output: &Output| {
            self.perform(session, given.as_ref(), None, Streams::Printed, output)
                .await
        };
        attached(&self.selection, options, output, call, |outcome, output| {
            outcome.show(self.raw, output)
        })
    }

    /// What is wrong with the words is known before anybody is asked; and the schema that was given.
    pub(crate) fn given(&self) -> Result<Option<Given>> {
        Address::parse(&self.callee.service)?;
        self.schema.load()
    }

    /// Calls it: the service that was named, or what was returned before.
    pub(crate) async fn perform(
        &self,
        session: &Session,
        given: Option<&Given>,
        held: Option<Held>,
        streams: Streams,
        output: &Output,
    ) -> Result<Outcome> {
        let outcome = self.follow_all(session, given, held, streams, output).await;
        outcome.map_err(|error| self.blame(0, error))
    }

    async fn follow_all(
        &self,
        session: &Session,
        given: Option<&Given>,
        held: Option<Held>,
        streams: Streams,
        output: &Output,
    ) -> Result<Outcome> {
        let words = &self.callee.words;
        let mut chain = match held {
            Some(held) => Chain::held(session, held, words).await?,
            None => {
                if let Some(message) = self.plain_echo(words) {
                    session.calls("echo", Some("echo"));
                    if let Some(response) = call_echo(session, message).await? {
                        return Ok(Outcome::Response(response));
                    }
                }
                let address = Address::parse(&self.callee.service)?;
                let found = address.find(&session.remote, given).await?;
                session.calls(found.service, found.method);
                if let Some(commands) = &found.commands {
                    let ready = Ready::new(session, commands, found.method, words).await?;
                    streams.check(ready.name(), ready.is_streaming())?;
                    return self.run_command(session, &ready, output).await;
                }
                let chain = Chain::begin(session, &found, words).await?;
                session.calls(found.service, Some(chain.last().name()));
                chain
            }
        };
        let first = chain.last().clone();
        for link in &self.then {
            chain.add(session, link).await?;
        }
        self.check(&chain)?;
        streams.check(chain.last().name(), !chain.sinks().is_empty())?;
        let Sent {
            earlier,
            last,
            sinks,
            played,
        } = chain.send(session)?;
        let response = async {
            let response = last.response().await;
            future::join_all(played.iter().map(settle)).await;
            response
        };
        match self.follow(session, response, sinks, output).await {
            Err(error) => {
                let index = first_failed(earlier).await;
                let link = index.checked_sub(1).and_then(|index| self.then.get(index));
                session.calls_on(link.map_or(first.name(), Link::method));
                Err(self.blame(index, error))
            }
            outcome => outcome,
        }
    }

    /// Says which call failed, unless that has been said.
    fn blame(&self, index: usize, error: anyhow::Error) -> anyhow::Error {
        match error.downcast_ref() {
            Some(Error::Remote(_)) if !error.is::<Blame>() => {
                error.context(Blame(self.name(index).to_owned()))
            }
            _ => error,
        }
    }

    /// Calls a command of the target.
    async fn run_command(
        &self,
        session: &Session,
        ready: &Ready<'_>,
        output: &Output,
    ) -> Result<Outcome> {
        if !self.then.is_empty() {
            let problem = format!("`{}` is a command, and returns no capability", ready.name());
            let field = "--then".to_owned();
            return Err(Error::BadArgument { field, problem }.into());
        }
        let manner = Manner {
            is_raw: self.raw,
            most: self.max.map(NonZeroU64::get),
        };
        ready.run(session, manner, output).await
    }

    /// How the command line calls one of the calls.
    fn name(&self, index: usize) -> &str {
        match index.checked_sub(1).and_then(|index| self.then.get(index)) {
            Some(link) => link.method(),
            None => &self.callee.service,
        }
    }

    /// The message of a plain call of `echo`, which every process has.
    fn plain_echo<'a>(&self, words: &'a Words) -> Option<&'a str> {
        let is_plain = self.callee.service == "echo" && self.then.is_empty() && self.max.is_none();
        words
            .plain()
            .filter(|_| is_plain && !self.schema.is_given())
    }

    /// Whether what is to be printed can be: before anything is called that may do something.
    fn check(&self, chain: &Chain) -> Result<(), Error> {
        let misfit = |option: &str, problem: String| Error::BadArgument {
            field: option.to_owned(),
            problem,
        };
        let (method, sinks) = (chain.last(), chain.sinks());
        if self.max.is_some() && sinks.is_empty() {
            let problem = format!("`{}` reports nothing while it runs", method.name());
            return Err(misfit("--max", problem));
        }
        let is_raw = if sinks.is_empty() {
            method.results().is_some_and(|results| results.is_raw())
        } else {
            sinks.is_raw()
        };
        if self.raw && !is_raw {
            let what = if sinks.is_empty() {
                "returns"
            } else {
                "reports"
            };
            let problem = format!("what `{}` {what} is no lone text or data", method.name());
            return Err(misfit("--raw", problem));
        }
        Ok(())
    }

    /// Waits for the result; and prints what is reported meanwhile, as long as anybody reads it.
    async fn follow(
        &self,
        session: &Session,
        response: impl Future<Output = Result<Response, Error>>,
        sinks: Sinks,
        output: &Output,
    ) -> Result<Outcome> {
        if sinks.is_empty() {
            return Ok(Outcome::Response(response.await?));
        }
        while_read(self.print(session, response, sinks, output)).await
    }

    /// Prints what is reported, and brings what is the result.
    async fn print(
        &self,
        session: &Session,
        response: impl Future<Output = Result<Response, Error>>,
        sinks: Sinks,
        output: &Output,
    ) -> Result<Outcome> {
        let mut response = pin!(response);
        // Nobody knows when there is something to report.
        session.clock.stop();
        let mut reports = pin!(sinks.reports());
        let mut left = self.max.map_or(u64::MAX, NonZeroU64::get);
        let response = loop {
            // The reports first: the response is only there when all of them are.
            match future::select(reports.next(), &mut response).await {
                Either::Left((Some(report), _)) => {
                    if self.raw {
                        output.raw(raw(&report.params()?)?)?;
                    } else {
                        output.line(&report.line()?)?;
                    }
                    left -= 1;
                    if left == 0 {
                        return Ok(Outcome::Printed);
                    }
                }
                Either::Left((None, response)) => break response.await?,
                Either::Right((response, _)) => break response?,
            }
        };
        Ok(Outcome::Last(response))
    }
}

/// Reads how many.
fn count(text: &str) -> Result<NonZeroU64, String> {
    let refused = |_| "how many is a number of at least 1".to_owned();
    text.parse().map_err(refused)
}

/// Which call it is that failed.
#[derive(Debug)]
struct Blame(String);

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed", self.0)
    }
}

/// The call that failed, when the last did: a failure is that of all that follow.
async fn first_failed(earlier: Vec<Pending>) -> usize {
    let mut index = 0;
    for call in earlier {
        if call.response().await.is_err() {
            break;
        }
        index += 1;
    }
    index
}

/// Calls `echo` without asking what it is; `None` where the program has another service by that name.
async fn call_echo(session: &Session, message: &str) -> Result<Option<Response>, Error> {
    let remote = &session.remote;
    let method = echo()?.method("echo").expect("it has it");
    let call = remote.request("echo", &method, &json!({ "message": message }), &[])?;
    match call.send().response().await {
        Ok(response) => Ok(Some(response)),
        Err(Error::Remote(error)) if error.kind == ErrorKind::Unimplemented => Ok(None),
        Err(error) => Err(remote.explain("echo", error).await),
    }
}
