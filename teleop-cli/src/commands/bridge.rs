//! `teleop bridge`: joins the standard input and output to a process.

use std::{
    io::{self, IsTerminal, Read},
    pin::pin,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use async_io::{Timer, block_on};
use clap::Args;
use futures::{
    AsyncReadExt, AsyncWriteExt,
    channel::oneshot,
    future::{Either, select},
};
use teleop::{Error, Step, channel::Stream, process::Process};

use crate::{
    cli::Options,
    exit::{Ended, Usage},
    output::Output,
    peer::ends,
    session::{attach, attach_to},
    signal::{self, Heard},
    target::Targets,
    via::relay,
    wait::until_there,
};

#[derive(Args, Debug)]
#[command(after_help = "\
For programs that speak Cap'n Proto, in whatever language: the process reads
what they write to standard input, and they read what it writes. It ends when
either side does. --via COMMAND runs it elsewhere and speaks to it.

Examples:
  ssh host teleop bridge 4242
  teleop --via 'ssh host' attach 4242")]
pub(crate) struct Bridge {
    #[command(flatten)]
    pub(crate) targets: Targets,
}

/// How much is passed on at once, in each direction.
const BUFFER: usize = 64 << 10;

impl Bridge {
    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        if io::stdin().is_terminal() || io::stdout().is_terminal() {
            let problem = "`teleop bridge` is for programs that speak Cap'n Proto, and its standard \
                           input and output are no terminal";
            return Err(Usage(problem.to_owned()).into());
        }
        if let Some(via) = &options.via {
            return block_on(async {
                let mut heard = Heard::listen()?;
                relay(via, &self.targets, options, output, &mut heard).await
            });
        }
        let attach = attach(options)?;
        block_on(async {
            let attempt = async || attach_to(self.targets.one()?, &attach).await;
            let opening = until_there(options.wait, &self.targets, output, attempt);
            let attached = signal::until_interrupted(opening).await?;
            let (told, mut fed) = oneshot::channel();
            let to = attached.stream.clone();
            // A thread of its own: neither direction waits for the other, nor for a file that cannot be
            // asked whether it is ready. It ends with the command.
            thread::Builder::new()
                .spawn(move || feed(to, told))
                .context("cannot start a thread")?;
            let drained = drain(attached.stream, output, &mut fed, options.timeout).await?;
            let fed = match drained {
                Drained::Ended(fed) => fed,
                Drained::Silent => return Err(unanswered(&attached.process, options.timeout)),
            };
            match fed {
                Some(Ok(())) => Ok(()),
                Some(Err(error)) => bail!("cannot read standard input: {error}"),
                // The process was the first to end it.
                None if ends(&attached.process).await => {
                    let (pid, was_called) = (attached.process.pid(), true);
                    Err(Ended { pid, was_called }.into())
                }
                None => bail!("process `{}` closed the connection", self.targets),
            }
        })
    }
}

/// Passes on what comes on the standard input, and its end.
fn feed(mut to: Stream, told: oneshot::Sender<io::Result<()>>) {
    let mut from = io::stdin().lock();
    let mut buffer = vec![0; BUFFER];
    let outcome = loop {
        match from.read(&mut buffer) {
            Ok(0) => break Ok(()),
            Ok(length) => {
                if block_on(to.write_all(&buffer[..length])).is_err() {
                    return; // The process reads no more, which is seen where it is read from.
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    // Before the process can know, and answer by ending it.
    let _ = told.send(outcome); // Who does not hear it has seen the end.
    let _ = block_on(to.close()); // It is closed already, at worst.
}

/// How passing on ended what the process writes.
enum Drained {
    /// The process ended it; with how the standard input ended, if it had before.
    Ended(Option<io::Result<()>>),
    /// The standard input has ended, and since then nothing has come for too long.
    Silent,
}

/// Passes on what the process writes, at once, until it writes no more: not for long, where there is nothing more
/// to be read on the standard input.
async fn drain(
    mut from: Stream,
    output: &Output,
    fed: &mut oneshot::Receiver<io::Result<()>>,
    longest: Duration,
) -> Result<Drained> {
    let mut buffer = vec![0; BUFFER];
    let mut outcome = None;
    loop {
        let silence = async {
            if outcome.is_none() {
                outcome = Some((&mut *fed).await);
            }
            Timer::after(longest).await;
        };
        let reading = from.read(&mut buffer);
        match select(reading, pin!(silence)).await {
            Either::Left((Ok(length @ 1..), _)) => output.raw(&buffer[..length])?,
            // A connection that is reset has ended, too.
            Either::Left(_) => break,
            Either::Right(_) => return Ok(Drained::Silent),
        }
    }
    let outcome = match outcome {
        Some(outcome) => outcome.ok(),
        None => fed.try_recv().ok().flatten(),
    };
    Ok(Drained::Ended(outcome))
}

/// The process does not end what is ended on this side.
fn unanswered(process: &Process, after: Duration) -> anyhow::Error {
    let error = Error::TimedOut {
        pid: process.pid(),
        step: Step::Answer,
        after,
        stopped: process.is_stopped(),
    };
    error.into()
}
