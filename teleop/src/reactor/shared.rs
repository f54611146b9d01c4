//! [`start`]: the reactor of async-io, started where there is room for it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use futures::FutureExt;

use super::own;
use crate::{
    directory::Directory,
    error::{Context, Result},
};

/// Sees to it that one can wait on this thread: where it does not drive a reactor of its own, that of
/// async-io is started.
pub(crate) fn start() -> Result<()> {
    if own::is_driven() {
        Ok(())
    } else {
        start_shared()
    }
}

/// Starts the reactor of async-io, unless it runs.
///
/// Without descriptors, or a thread, it would panic where it is used first: in a program that only meant
/// to start, with or without Teleop.
pub(crate) fn start_shared() -> Result<()> {
    static IS_STARTED: AtomicBool = AtomicBool::new(false);

    if IS_STARTED.load(Ordering::Relaxed) {
        return Ok(());
    }
    let room = (0..DESCRIPTORS)
        .map(|_| Directory::root())
        .collect::<Result<Vec<_>>>()?;
    let thread = thread::Builder::new().spawn(|| {});
    let _ = thread.context("start the thread", "async-io")?.join();
    drop(room);
    // What waits for the first time has it start.
    let _ = async_io::Timer::after(Duration::from_secs(1)).now_or_never();
    IS_STARTED.store(true, Ordering::Relaxed);
    Ok(())
}

/// How many it takes: what it waits with, what wakes it, and its clock. With neither eventfd(2) nor a
/// descriptor to spare, what wakes it is a pipe.
const DESCRIPTORS: usize = 4;
