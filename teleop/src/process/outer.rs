//! Where there are no namespaces, a process is to others what it is to itself; and it ends at once, as far
//! as one can tell.

use std::path::PathBuf;

use super::{Process, Start};
use crate::{directory::Directory, error::Result};

/// The owner of a process in whose user namespace root is nobody: there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Behalf {}

impl Behalf {
    /// Does something as the owner.
    pub(crate) fn run<T>(self, _: impl FnOnce() -> T) -> Result<T> {
        match self {}
    }
}

/// A directory that a process has open. Nobody is shown any.
#[derive(Debug)]
pub(crate) struct Descriptor {
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl Process {
    /// The owner, where root has to act as he does to be somebody there.
    pub(crate) fn behalf(&self) -> Option<Behalf> {
        None
    }

    /// When it started, as it reads that itself.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start).
    pub(crate) fn inner_starts(&self) -> Result<Vec<Start>> {
        Ok(vec![self.start()?])
    }

    /// Whether it has begun to end, whatever ends it.
    pub(crate) fn is_ending(&self) -> bool {
        !self.is_alive()
    }

    /// What it has open under a name.
    ///
    /// # Errors
    ///
    /// None, here.
    pub(crate) fn has_open(&self, _: &str) -> Result<Vec<Descriptor>> {
        Ok(Vec::new())
    }

    /// Opens a directory that it has open.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io) where it is none.
    pub(crate) fn directory_of(&self, descriptor: &Descriptor) -> Result<Directory> {
        Directory::open(&descriptor.path)
    }
}
