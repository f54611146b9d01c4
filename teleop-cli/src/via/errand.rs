//! [`Errand`]: what `--via` runs, until it has ended.

use std::{cell::RefCell, pin::pin, process::ExitStatus, time::Duration};

use anyhow::Result;
use async_process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use futures::{
    channel::oneshot,
    future::{self, Either},
};

use super::{Failure, Via, said::Said};
use teleop::Timer;

use crate::{cli::Options, exit::Exit, output::Output, signal::without_interrupts};

/// A child that has a teleop elsewhere do something.
#[derive(Debug)]
pub(super) struct Errand {
    /// What was run, as a user would write it.
    pub(super) line: String,
    /// What shows the version of the other end, written in the same way.
    version: String,
    child: RefCell<Child>,
    said: RefCell<Option<oneshot::Receiver<Said>>>,
}

impl Errand {
    /// Runs some words there, of which so many show what is meant. The rest of them are options.
    pub(super) fn start(
        via: &Via,
        words: &[String],
        shown: usize,
        options: &Options,
        output: &Output,
    ) -> Result<(Self, ChildStdin, ChildStdout)> {
        let mut command = via.command(words, options);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let errand = Self::run(command, via, words, shown, options, output)?;
        let (stdin, stdout) = {
            let mut child = errand.child.borrow_mut();
            let stdin = child.stdin.take().expect(PIPED);
            (stdin, child.stdout.take().expect(PIPED))
        };
        Ok((errand, stdin, stdout))
    }

    /// The same, with the standard input and output of this command.
    pub(super) fn join(
        via: &Via,
        words: &[String],
        shown: usize,
        options: &Options,
        output: &Output,
    ) -> Result<Self> {
        let command = via.command(words, options);
        Self::run(command, via, words, shown, options, output)
    }

    fn run(
        mut command: Command,
        via: &Via,
        words: &[String],
        shown: usize,
        options: &Options,
        output: &Output,
    ) -> Result<Self> {
        Via::check(words)?;
        let failed = |source| Failure::NotStarted {
            program: via.program().to_owned(),
            source,
        };
        let child = match via.is_spared {
            true => without_interrupts(|| command.spawn()),
            false => command.spawn(),
        };
        let mut child = child.map_err(failed)?;
        let stderr = child.stderr.take().expect(PIPED);
        let said = Said::listen(stderr, *output).map_err(failed)?;
        Ok(Self {
            line: via.line(&words[..shown], options),
            version: via.line(&["--version".to_owned()], options),
            child: RefCell::new(child),
            said: RefCell::new(Some(said)),
        })
    }

    /// Why it did not do what it was to do.
    pub(super) async fn failure(&self) -> Failure {
        let line = self.line.clone();
        let Some(status) = self.ended().await else {
            return Failure::Closed { line };
        };
        let said = self.said().await;
        let mut known = Exit::ALL.into_iter();
        let exit = known.find(|exit| Some(exit.code()) == status.code());
        let version = self.version.clone();
        match (exit, said.message) {
            (Some(Exit::Usage), Some(message)) => Failure::OtherVersion {
                line,
                message,
                version,
            },
            (Some(exit), Some(message)) if exit != Exit::Done => Failure::Told {
                exit,
                message,
                hint: said.hint,
                problem: said.problem.map(Box::new),
            },
            _ => Failure::Ended {
                line,
                status,
                version,
            },
        }
    }

    /// What the other end reported: all of it, once the child has ended.
    pub(super) async fn said(&self) -> Said {
        let Some(said) = self.said.take() else {
            return Said::default();
        };
        // A child of the child may have its standard error still.
        let said = within(GRACE, said).await;
        said.and_then(Result::ok).unwrap_or_default()
    }

    /// Has the child end, whatever it waits for. One that asks for a password has to put the terminal
    /// right again, so it is told to before it is made to.
    pub(super) async fn stop(&self) {
        if matches!(self.child.borrow_mut().try_status(), Ok(None)) {
            terminate(&mut self.child.borrow_mut());
            if self.ended().await.is_none() {
                // That of another user may not be killed. It ends when it reads or writes.
                let _ = self.child.borrow_mut().kill();
                self.ended().await;
            }
        }
    }

    /// How the child ends, whenever that is.
    pub(super) async fn end(&self) -> Result<ExitStatus> {
        let status = self.child.borrow_mut().status();
        Ok(status.await?)
    }

    /// How the child has ended, or ends soon.
    pub(super) async fn ended(&self) -> Option<ExitStatus> {
        let status = self.child.borrow_mut().status();
        within(GRACE, status).await?.ok()
    }
}

impl Drop for Errand {
    /// A child that has not ended by now is told to, as nobody waits for it.
    fn drop(&mut self) {
        let child = self.child.get_mut();
        if matches!(child.try_status(), Ok(None)) {
            terminate(child);
        }
    }
}

const PIPED: &str = "it was asked for";

/// How long what has no reason to go on may take to end.
const GRACE: Duration = Duration::from_secs(1);

async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match future::select(pin!(future), Timer::after(limit)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

#[cfg(unix)]
fn terminate(child: &mut Child) {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };

    // It has not been waited for: the id is its own.
    if let Ok(pid) = i32::try_from(child.id()) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM); // As in `stop`.
    }
}

#[cfg(not(unix))]
fn terminate(child: &mut Child) {
    let _ = child.kill(); // As in `stop`.
}
