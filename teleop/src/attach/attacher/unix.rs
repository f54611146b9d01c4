//! An attacher that waits for a signal.

use std::io;

use async_signal::{Signal, Signals};
use futures::{FutureExt, StreamExt, future::BoxFuture};

use super::{Armed, Attacher, Request};
use crate::{
    attach::{AttachFile, Endpoint},
    error::{Context, Error, Obstacle, Result},
    process::Process,
    reactor,
};

/// Waits for SIGQUIT, and looks for the attach file then.
///
/// In a target it takes the signal over from the moment when it is armed until the process ends:
/// SIGQUIT does not end the process any more. In a client it sends the signal, and only to a process
/// that handles it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unix;

impl Attacher for Unix {
    fn name(&self) -> &str {
        "unix"
    }

    fn arm(&self, at: &Endpoint) -> Result<Box<dyn Armed>> {
        let path = at.requests().path();
        reactor::start_shared()?; // async-signal waits with it.
        let signals = Signals::new([Signal::Quit]).context("handle SIGQUIT for", path)?;
        Ok(Box::new(Handler {
            signals,
            path: path.to_owned(),
        }))
    }

    fn request(&self, at: &Endpoint, process: &Process) -> Result<Box<dyn Request>> {
        match process.handles_quit() {
            Some(true) => {}
            Some(false) => {
                return Err(Error::NotAttachable {
                    pid: process.pid(),
                    obstacle: Obstacle::SignalNotHandled { signal: "SIGQUIT" },
                });
            }
            None => {
                return Err(Error::Unsupported {
                    what: "the attacher `unix`",
                    why: "this system does not tell whether the process handles SIGQUIT, which would kill it otherwise",
                });
            }
        }
        let file = AttachFile::create(at)?;
        process.quit()?;
        Ok(Box::new(file))
    }
}

#[derive(Debug)]
struct Handler {
    signals: Signals,
    path: std::path::PathBuf,
}

impl Armed for Handler {
    fn woken(&mut self) -> BoxFuture<'_, Result<()>> {
        async {
            let ended = || Err(io::ErrorKind::UnexpectedEof.into());
            self.signals
                .next()
                .await
                .unwrap_or_else(ended)
                .context("wait for SIGQUIT for", &self.path)?;
            Ok(())
        }
        .boxed()
    }
}
