//! An attacher that waits with inotify(7).

use std::{io, os::fd::AsFd};

use async_io::Async;
use futures::{FutureExt, future::BoxFuture};
use inotify::WatchMask;

use super::{Armed, Attacher, Request};
use crate::{
    attach::{AttachFile, Endpoint, Layout},
    error::{Context, Result},
    process::Process,
};

/// Waits for the attach file with inotify(7): one descriptor, one watch, no wake-up until something
/// happens in the directory of the endpoint.
///
/// In the classic layout that directory is the working directory of the target, and every file that
/// is created there wakes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inotify;

impl Attacher for Inotify {
    fn name(&self) -> &str {
        "inotify"
    }

    fn arm(&self, at: &Endpoint) -> Result<Box<dyn Armed>> {
        let path = at.requests().path();
        let inotify = inotify::Inotify::init().context("create an inotify instance for", path)?;
        let mask = match at.layout() {
            // Who removes the endpoint removes its files first: it is the only sign of it that the
            // kernel gives while the directory is held open.
            Layout::Private => WatchMask::CREATE | WatchMask::DELETE,
            Layout::Classic => WatchMask::CREATE,
        };
        inotify
            .watches()
            .add(at.requests().pinned(""), mask | WatchMask::ONLYDIR)
            .context("watch", path)?;
        let inotify = Async::new(inotify).context("register the inotify instance for", path)?;
        Ok(Box::new(Watch {
            inotify,
            path: path.to_owned(),
        }))
    }

    fn request(&self, at: &Endpoint, _: &Process) -> Result<Box<dyn Request>> {
        Ok(Box::new(AttachFile::create(at)?))
    }
}

#[derive(Debug)]
struct Watch {
    inotify: Async<inotify::Inotify>,
    path: std::path::PathBuf,
}

impl Armed for Watch {
    fn woken(&mut self) -> BoxFuture<'_, Result<()>> {
        async {
            // What the events say is not of interest: the directory itself tells what stands in it.
            let mut events = [0; 4096];
            self.inotify
                .read_with(|inotify| {
                    nix::unistd::read(inotify.as_fd(), &mut events).map_err(io::Error::from)
                })
                .await
                .context("wait for events in", &self.path)?;
            Ok(())
        }
        .boxed()
    }
}
