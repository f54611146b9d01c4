//! [`Lock`]: flock(2).

use std::{fs::File, io};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use super::Entry;

/// A lock on a file, held for as long as the process lives and has it open: its end, and its executing
/// another program, release it.
///
/// Dropping it closes the file and nothing else. To unlock it would be wrong: a fork of this process
/// shares the lock, and must not take it away.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Locks a file of this process's own. It fails with `WouldBlock` where another holds the lock.
    pub(crate) fn take(file: File) -> io::Result<Self> {
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self(file))
    }

    /// Whether somebody holds the lock of the file.
    pub(crate) fn is_held(file: File) -> io::Result<bool> {
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(false),
            Err(Errno::WOULDBLOCK) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// What the file is.
    pub(crate) fn entry(&self) -> io::Result<Entry> {
        Entry::of(&self.0)
    }
}
