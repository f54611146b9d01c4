//! An attacher that waits with kqueue(2).

use std::{io, os::fd::AsFd};

use futures::{FutureExt, future::BoxFuture};
use nix::{
    libc::timespec,
    sys::event::{EvFlags, EventFilter, FilterFlag, KEvent},
};

use super::{Armed, Attacher, Request};
use crate::{
    attach::{AttachFile, Endpoint},
    directory::Directory,
    error::{Context, Result},
    process::Process,
    reactor::Async,
};

/// Waits for the attach file with kqueue(2): one descriptor, one watch, no wake-up until something
/// happens in the directory of the endpoint.
///
/// In the classic layout that directory is the working directory of the target, and every file that
/// is created or removed there wakes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kqueue;

impl Attacher for Kqueue {
    fn name(&self) -> &str {
        "kqueue"
    }

    fn arm(&self, at: &Endpoint) -> Result<Box<dyn Armed>> {
        let directory = at.requests().clone();
        let path = directory.path();
        let queue = nix::sys::event::Kqueue::new().context("create a kqueue for", path)?;
        queue
            .kevent(&[changes_of(&directory)], &mut [], Some(AT_ONCE))
            .context("watch", path)?;
        // It never blocks: it is asked with a timeout of zero alone. It takes no flag that says so.
        Ok(Box::new(Watch {
            queue: Async::new(queue),
            directory,
        }))
    }

    fn request(&self, at: &Endpoint, _: &Process) -> Result<Box<dyn Request>> {
        Ok(Box::new(AttachFile::create(at)?))
    }
}

#[derive(Debug)]
struct Watch {
    queue: Async<nix::sys::event::Kqueue>,
    /// Held open: a watch ends with the descriptor that it stands on.
    directory: Directory,
}

impl Armed for Watch {
    fn woken(&mut self) -> BoxFuture<'_, Result<()>> {
        async {
            // What the event says is not of interest: the directory itself tells what stands in it.
            let mut events = [changes_of(&self.directory)];
            self.queue
                .read_with(
                    |queue| match queue.kevent(&[], &mut events, Some(AT_ONCE)) {
                        Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
                        told => told.map_err(io::Error::from),
                    },
                )
                .await
                .context("wait for events in", self.directory.path())?;
            Ok(())
        }
        .boxed()
    }
}

const AT_ONCE: timespec = timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// An entry that appears or goes, and the end of the directory itself; each told once.
fn changes_of(directory: &Directory) -> KEvent {
    use std::os::fd::AsRawFd;

    KEvent::new(
        directory.as_fd().as_raw_fd() as usize,
        EventFilter::EVFILT_VNODE,
        EvFlags::EV_ADD | EvFlags::EV_CLEAR,
        FilterFlag::NOTE_WRITE | FilterFlag::NOTE_DELETE | FilterFlag::NOTE_RENAME,
        0,
        0,
    )
}
