//! An attacher that waits for a named event.

use std::{io, path::PathBuf};

use async_io::os::windows::Waitable;
use futures::{FutureExt, future::BoxFuture};

use super::{Armed, Attacher, Request};
use crate::{
    attach::{AttachFile, Endpoint},
    directory,
    error::{Context, Error, Obstacle, Result},
    process::Process,
};

/// Waits for an event that has a name, and looks for the attach file then: no wake-up until a client
/// sets it.
///
/// It is named after the directory of the endpoint, and may be opened by this user and by the system
/// alone. It belongs to a session of Windows: a client in another one is told so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Event;

impl Attacher for Event {
    fn name(&self) -> &str {
        "event"
    }

    fn arm(&self, at: &Endpoint) -> Result<Box<dyn Armed>> {
        let path = at.requests().path().to_owned();
        let event =
            directory::Event::create(&name_of(at)?).context("create an event for", &path)?;
        let event = Waitable::new(event).context("register the event for", &path)?;
        Ok(Box::new(Waiting { event, path }))
    }

    fn request(&self, at: &Endpoint, process: &Process) -> Result<Box<dyn Request>> {
        ask(at, process)
    }
}

/// Creates the attach file, and sets the event where there is one.
pub(super) fn ask(at: &Endpoint, process: &Process) -> Result<Box<dyn Request>> {
    let file = AttachFile::create(at)?;
    match directory::Event::open(&name_of(at)?).and_then(|event| event.set()) {
        // A target that waits in another way has none.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !process.shares_session() {
                return Err(Error::NotAttachable {
                    pid: process.pid(),
                    obstacle: Obstacle::OtherSession,
                });
            }
        }
        set => set.context("set the event of", at.requests().path())?,
    }
    Ok(Box::new(file))
}

/// Both sides hold the directory open: they name the same.
fn name_of(at: &Endpoint) -> Result<String> {
    let directory = at.requests().status()?;
    Ok(format!(
        "Local\\teleop-{}-{}",
        at.pid(),
        directory.identity()
    ))
}

#[derive(Debug)]
struct Waiting {
    event: Waitable<directory::Event>,
    path: PathBuf,
}

impl Armed for Waiting {
    fn woken(&mut self) -> BoxFuture<'_, Result<()>> {
        async {
            // It stays set until somebody has waited for it to the end.
            self.event
                .ready()
                .await
                .context("wait for the event of", &self.path)?;
            // Before it is looked for requests: one that is made meanwhile sets it again.
            self.event
                .get_ref()
                .reset()
                .context("reset the event of", &self.path)
        }
        .boxed()
    }
}
