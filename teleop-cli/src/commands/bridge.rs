//! `teleop bridge`: joins the standard input and output to a process.

use std::{
    io::{self, IsTerminal, Read},
    sync::{Arc, OnceLock},
    thread,
};

use anyhow::{Context, Result, bail};
use async_io::block_on;
use clap::Args;
use futures::{AsyncReadExt, AsyncWriteExt};
use teleop::channel::Stream;

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

/// How the standard input ended; nothing is there before it does.
type Fed = OnceLock<io::Result<()>>;

impl Bridge {
    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        if io::stdin().is_terminal() || io::stdout().is_terminal() {
            let problem = "`teleop bridge` is for programs that speak Cap'n Proto, and its standard \
                           input and output are no terminal";
            return Err(Usage(problem.to_owned()).into());
        }
        if self.targets.is_each() {
            let problem = "`teleop bridge` joins one process: `--each` is for other verbs";
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
            let fed = Arc::new(Fed::new());
            let feeding = (attached.stream.clone(), Arc::clone(&fed));
            // A thread of its own: neither direction waits for the other, nor for a file that cannot be
            // asked whether it is ready. It ends with the command.
            thread::Builder::new()
                .spawn(move || feed(feeding.0, &feeding.1))
                .context("cannot start a thread")?;
            drain(attached.stream, output).await?;
            match fed.get() {
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
fn feed(mut to: Stream, fed: &Fed) {
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
    let _ = fed.set(outcome); // Nobody else does.
    let _ = block_on(to.close()); // It is closed already, at worst.
}

/// Passes on what the process writes, at once, until it writes no more.
async fn drain(mut from: Stream, output: &Output) -> Result<()> {
    let mut buffer = vec![0; BUFFER];
    // A connection that is reset has ended, too.
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        output.raw(&buffer[..length])?;
    }
    Ok(())
}
