//! [`Conversation`]: one line after another, over one connection.

use std::{fmt, pin::pin, time::Duration};

use anyhow::Result;
use futures::{
    FutureExt,
    channel::oneshot,
    future::{self, Either, Shared},
};
use teleop::{Step, Timer};

use super::{
    bindings::Bindings,
    completer::Question,
    lines::{Lines, Said},
    statement::{Statement, help},
    terminal::Terminal,
};
use crate::{
    cli::{Cli, Options, Verb},
    commands::{attach::Attachment, list::Services},
    completion,
    exit::{Exit, Interruption},
    outcome::Streams,
    output::Output,
    progress,
    report::Report,
    session::{Session, is_of_the_wire},
    signal::Heard,
    target::Targets,
};

/// A session with a process, and what it remembers.
#[derive(Debug)]
pub(crate) struct Conversation<'a> {
    session: &'a Session,
    closed: Shared<oneshot::Receiver<()>>,
    heard: &'a mut Heard,
    targets: &'a Targets,
    options: &'a Options,
    output: &'a Output,
    bindings: Bindings,
}

/// Which line of a script it was.
#[derive(Debug)]
struct At(usize);

/// How often the process is asked something while nobody types: it closes a connection over which nothing is
/// said for long.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

impl<'a> Conversation<'a> {
    pub(crate) fn new(
        session: &'a Session,
        closed: oneshot::Receiver<()>,
        heard: &'a mut Heard,
        targets: &'a Targets,
        options: &'a Options,
        output: &'a Output,
    ) -> Self {
        Self {
            session,
            closed: closed.shared(),
            heard,
            targets,
            options,
            output,
            bindings: Bindings::default(),
        }
    }

    /// Carries out one line after another, until there are no more, or the process has ended. In a script
    /// also until one fails.
    pub(crate) async fn hold(&mut self, mut lines: Lines) -> Result<()> {
        let terminal = Terminal::look();
        for number in 1.. {
            lines.ask();
            let line = match self.next(&mut lines).await {
                Ok(Said::Line(line)) => line,
                Ok(Said::End) => return Ok(()),
                Ok(Said::Failed(problem)) => anyhow::bail!("cannot read a line: {problem}"),
                Ok(Said::Cleared | Said::Question(_)) => continue,
                Err(error) => {
                    terminal.restore();
                    if lines.are_typed {
                        self.output.end_line();
                    }
                    return Err(error);
                }
            };
            let statement = Statement::parse(&line, self.targets, self.options);
            let statement = match statement {
                Ok(Statement::Exit) => return Ok(()),
                Ok(statement) => self.carry_out(statement).await,
                Err(error) => Err((error, None)),
            };
            let Err((error, verb)) = statement else {
                continue;
            };
            if !lines.are_typed {
                return Err(self.session.explain(error).await.context(At(number)));
            }
            self.go_on_after(error, verb.as_ref()).await?;
        }
        Ok(())
    }

    /// Waits for a line. Meanwhile it is seen when the process ends, and said what may come next.
    async fn next(&mut self, lines: &mut Lines) -> Result<Said> {
        loop {
            let closed = self.closed.clone();
            let sign_of_life = Timer::after(SIGN_OF_LIFE);
            let disturbed = future::select(closed, sign_of_life);
            let mut said = pin!(lines.next());
            let waiting = async { Ok(future::select(&mut said, disturbed).await) };
            match self.heard.during(waiting).await? {
                Either::Left((Said::Question(question), _)) => self.answer(question).await,
                Either::Left((said, _)) => return Ok(said),
                Either::Right((Either::Left(_), _)) => return Err(self.session.lost().await),
                // One that is too old to say has answered, too.
                Either::Right((Either::Right(_), _)) => {
                    let asked = async { Ok(self.session.remote.about().await?) };
                    let asked = self.session.within(self.options.timeout, asked);
                    let _ = self.heard.during(asked).await?;
                }
            }
        }
    }

    /// Says what may come next, unless it takes too long.
    async fn answer(&self, question: Question) {
        let Question { line, answer } = question;
        let found = completion::in_session(&self.session.remote, &line, &self.bindings).await;
        let _ = answer.send(found); // Who does not wait any longer does not want it.
    }

    async fn carry_out(
        &mut self,
        statement: Statement,
    ) -> Result<(), (anyhow::Error, Option<Verb>)> {
        let done = match statement {
            Statement::Nothing | Statement::Exit => Ok(()),
            Statement::Help => help(self.output),
            Statement::Page(text) => self.output.text(&text),
            Statement::Show(name) => self.show(&name),
            Statement::Verb { name, cli } => {
                progress::step(Step::Answer.to_string());
                let output = self.output;
                return match progress::during(output, Box::pin(self.verb(name, &cli))).await {
                    Ok(()) => Ok(()),
                    Err(error) => Err((error, Some(cli.verb))),
                };
            }
        };
        done.map_err(|error| (error, None))
    }

    fn show(&self, name: &str) -> Result<()> {
        self.output.json(self.bindings.find(name)?)
    }

    /// Does what the command does, too, and shows what comes of it; unless Ctrl-C is pressed first.
    async fn verb(&mut self, name: Option<String>, cli: &Cli) -> Result<()> {
        let session = self.session;
        let output = Output::of(&cli.options);
        let limit = cli.options.timeout;
        let heard = &mut *self.heard;
        match &cli.verb {
            Verb::Call(call) => {
                let given = call.given()?;
                let held = self.bindings.held(call.service())?;
                let streams = match name {
                    Some(_) => Streams::Refused("a name is bound to one result"),
                    None => Streams::Printed,
                };
                let called = call.perform(session, given.as_ref(), held, streams, &output);
                let outcome = heard
                    .during(session.within(limit, Box::pin(called)))
                    .await?;
                match name {
                    Some(name) => self.bindings.bind(name, outcome),
                    None => outcome.show(call.is_raw(), &output)?,
                }
                Ok(())
            }
            Verb::Describe(describe) => {
                let given = describe.given()?;
                let asked = describe.ask(session, given.as_ref());
                let described = heard.during(session.within(limit, asked)).await?;
                described.show(&output)
            }
            Verb::List(_) => {
                let asked = async { Ok(Services::from(session.remote.services().await?)) };
                heard
                    .during(session.within(limit, asked))
                    .await?
                    .show(&output)
            }
            Verb::Attach(attach) => {
                let asked = heard.during(session.within(limit, Attachment::ask(session)));
                attach.show(&asked.await?, &output)
            }
            _ => Ok(()), // No other is read from a line.
        }
    }

    /// Says what went wrong, unless nothing more can be done.
    async fn go_on_after(&self, error: anyhow::Error, verb: Option<&Verb>) -> Result<()> {
        if let Some(Interruption(Exit::Interrupted)) = error.downcast_ref() {
            self.output.end_line();
            self.output.note("the call was cancelled");
            return Ok(());
        }
        if error.is::<Interruption>() || is_of_the_wire(&error) {
            return Err(self.session.explain(error).await);
        }
        let report = Report::within_session(&error, verb);
        if report.exit == Exit::Done {
            return Err(error); // Nobody reads any more.
        }
        self.output.report(&report);
        Ok(())
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.0)
    }
}
