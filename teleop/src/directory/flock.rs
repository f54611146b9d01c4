//! [`Lock`]: flock(2).

use std::{fs::File, io};

use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};

use super::Entry;

/// A lock on a file, held for as long as this lives, and the process: its end, and its executing
/// another program, release it.
#[derive(Debug)]
pub(crate) struct Lock(Flock<File>);

impl Lock {
    /// Locks a file of this process's own. It fails with `WouldBlock` where another holds the lock.
    pub(crate) fn take(file: File) -> io::Result<Self> {
        Flock::lock(file, FlockArg::LockExclusiveNonblock)
            .map(Self)
            .map_err(|(_, error)| error.into())
    }

    /// Whether somebody holds the lock of the file.
    pub(crate) fn is_held(file: File) -> io::Result<bool> {
        match Flock::lock(file, FlockArg::LockSharedNonblock) {
            Ok(_) => Ok(false),
            Err((_, Errno::EWOULDBLOCK)) => Ok(true),
            Err((_, error)) => Err(error.into()),
        }
    }

    /// What the file is.
    pub(crate) fn entry(&self) -> io::Result<Entry> {
        Entry::of(&self.0)
    }
}
