//! An attacher that waits with inotify(7).

use std::{io, os::fd::AsFd};

use futures::{FutureExt, future::BoxFuture};
use inotify::WatchMask;
use nix::errno::Errno;

use super::{Armed, Attacher, Request};
use crate::{
    attach::{AttachFile, Endpoint, Layout},
    directory::Directory,
    error::{Context, Result},
    process::Process,
    reactor::Async,
};

/// Waits for the attach file with inotify(7): one descriptor, one watch, no wake-up until something
/// happens in the directory of the endpoint. Where the user has a runtime directory, a second watch tells
/// that it is taken away.
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
        let inotify = inotify::Inotify::init()
            .map_err(|error| limited(error, INSTANCES))
            .context("create an inotify instance for", path)?;
        let mask = match at.layout() {
            // Who removes the endpoint removes its files first: it is the only sign of it that the
            // kernel gives while the directory is held open.
            Layout::Private => WatchMask::CREATE | WatchMask::DELETE,
            Layout::Classic => WatchMask::CREATE,
        };
        inotify
            .watches()
            .add(at.requests().pinned(""), mask | WatchMask::ONLYDIR)
            .map_err(|error| limited(error, WATCHES))
            .context("watch", path)?;
        if let Some(system) = at.vanishes_from() {
            // What is unmounted there gives no sign of its own. Unwatched, it would be found out late.
            let mask = WatchMask::DELETE | WatchMask::ONLYDIR;
            let _ = inotify.watches().add(system, mask);
        }
        Ok(Box::new(Watch {
            // It is made such that it does not block.
            inotify: Async::new(inotify),
            path: path.to_owned(),
        }))
    }

    fn request(&self, at: &Endpoint, _: &Process) -> Result<Box<dyn Request>> {
        Ok(Box::new(AttachFile::create(at)?))
    }
}

/// Says which limit it is that is reached, and how it is raised: the kernel's own words are about
/// descriptors and disks.
fn limited(error: io::Error, (number, limit): (Errno, &str)) -> io::Error {
    // With room for another descriptor it is not the limit of open files.
    let is_limit = error.raw_os_error() == Some(number as i32) && Directory::root().is_ok();
    if is_limit {
        let why = format!("{error}: the limit `{limit}` is reached; raise it with sysctl(8)");
        io::Error::new(error.kind(), why)
    } else {
        error
    }
}

const INSTANCES: (Errno, &str) = (Errno::EMFILE, "fs.inotify.max_user_instances");
const WATCHES: (Errno, &str) = (Errno::ENOSPC, "fs.inotify.max_user_watches");

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
