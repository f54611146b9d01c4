//! [`Watching`]: one call after another, until the process ends or somebody has seen enough.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::{
    FutureExt,
    channel::oneshot,
    future::{self, Either, Shared},
};
use teleop::{Attach, Timer};

use super::Onlooker;
use crate::{
    cli::Options,
    commands::call::Call,
    exit::{Ended, Exit, Interruption},
    given::Given,
    outcome::{Outcome, Streams},
    output::Output,
    progress,
    session::{Opened, Session},
    signal::Heard,
};

/// A call that is made again and again.
#[derive(Debug)]
pub(crate) struct Watching<'a> {
    pub(crate) call: &'a Call,
    pub(crate) given: Option<&'a Given>,
    pub(crate) every: Duration,
    pub(crate) attach: &'a Attach,
    pub(crate) options: &'a Options,
    pub(crate) output: &'a Output,
}

/// Why the calls over one connection have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Somebody has seen enough.
    Quit,
    /// The process has closed the connection.
    Closed,
}

impl Watching<'_> {
    /// Attaches and calls; and attaches again when the process closes the connection.
    pub(crate) async fn watch(&self) -> Result<()> {
        let mut heard = Heard::listen()?;
        let (call, options, output) = (self.call, self.options, self.output);
        let attach = async |heard: &mut Heard| {
            Opened::of(&call.selection.targets, self.attach, options, output, heard).await
        };
        let mut opened = progress::during(output, attach(&mut heard)).await?;
        let title = format!("{} of {}", call.service(), call.selection.targets);
        let mut onlooker = Onlooker::new(title, output, heard)?;
        loop {
            let calls = async |session: &Session, closed: oneshot::Receiver<()>| {
                self.call_over(session, closed.shared(), &mut onlooker)
                    .await
            };
            if opened.converse(output, calls).await? == End::Quit {
                return Ok(());
            }
            opened = attach(onlooker.heard()).await?;
        }
    }

    /// Calls over one connection, once an interval, and never before the last call has ended.
    async fn call_over(
        &self,
        session: &Session,
        closed: Shared<oneshot::Receiver<()>>,
        onlooker: &mut Onlooker<'_>,
    ) -> Result<End> {
        let mut is_closed = false;
        while !is_closed {
            let due = Instant::now() + self.every;
            let outcome = match onlooker.during(Box::pin(self.call_once(session))).await? {
                Some(Ok(outcome)) => Ok(outcome),
                Some(Err(error)) => Err(of_watching(session.explain(error).await)),
                None => return Ok(End::Quit),
            };
            if let Err(error) = &outcome {
                if error.is::<Ended>() || (onlooker.is_new() && is_mistake(error)) {
                    return outcome.map(|_| End::Quit);
                }
            }
            onlooker.show(outcome.as_ref())?;
            let waiting = async {
                let wait = Timer::at(due);
                if let Either::Right((_, wait)) = future::select(wait, closed.clone()).await {
                    let error = of_watching(session.lost().await);
                    if error.is::<Ended>() {
                        return Err(error);
                    }
                    // It may close every connection that it accepts.
                    wait.await;
                    return Ok(true);
                }
                Ok(false)
            };
            is_closed = match onlooker.during(waiting).await? {
                Some(is_closed) => is_closed?,
                None => return Ok(End::Quit),
            };
        }
        Ok(End::Closed)
    }

    async fn call_once(&self, session: &Session) -> Result<Outcome> {
        let refused = Streams::Refused("`teleop call` shows what comes");
        let call = self
            .call
            .perform(session, self.given, None, refused, self.output);
        session.within(self.options.timeout, call).await
    }
}

/// Whether the same call would never work.
fn is_mistake(error: &anyhow::Error) -> bool {
    !error.is::<Interruption>() && !matches!(Exit::of(error), Exit::Failed | Exit::TimedOut)
}

/// That the process ended is no failure of one call.
fn of_watching(error: anyhow::Error) -> anyhow::Error {
    match error.downcast() {
        Ok(Ended { pid, .. }) => Ended {
            pid,
            was_called: false,
        }
        .into(),
        Err(error) => error,
    }
}
