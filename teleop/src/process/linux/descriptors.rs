//! What a process has open, as `/proc/<pid>/fd` shows it.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::Process;
use crate::{
    directory::Directory,
    error::{Error, Result},
};

/// How much is looked at: whoever has more must not keep a client busy.
pub(super) const MOST_DESCRIPTORS: usize = 4096;

/// A directory that a process has open.
#[derive(Debug)]
pub(crate) struct Descriptor {
    number: OsString,
    /// Where the kernel says that it is: a hint, which the process may have chosen.
    pub(crate) path: PathBuf,
}

impl Process {
    /// What it has open under a name.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`] where it ended; [`Error::NotPermitted`].
    pub(crate) fn has_open(&self, name: &str) -> Result<Vec<Descriptor>> {
        let numbers = self.descriptors()?;
        let found = numbers.into_iter().take(MOST_DESCRIPTORS);
        Ok(found
            .filter_map(|number| {
                let path = self.leads_to(&number)?;
                let is_it = path.file_name().is_some_and(|it| it == name);
                is_it.then_some(Descriptor { number, path })
            })
            .collect())
    }

    /// Opens a directory that it has open.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where it is no directory, or closed meanwhile.
    pub(crate) fn directory_of(&self, descriptor: &Descriptor) -> Result<Directory> {
        let name = Path::new("fd").join(&descriptor.number);
        Directory::open_link(&self.facts, &name, descriptor.path.clone())
    }

    /// The numbers of its descriptors.
    pub(super) fn descriptors(&self) -> Result<Vec<OsString>> {
        match self.directory("fdinfo", "list the descriptors of")?.names() {
            Err(_) if !self.is_alive() => Err(Error::NoSuchProcess { pid: self.pid }),
            names => names,
        }
    }

    /// What a descriptor leads to. It may be closed at any moment.
    pub(super) fn leads_to(&self, number: &OsString) -> Option<PathBuf> {
        let link = Path::new("fd").join(number);
        nix::fcntl::readlinkat(&self.facts, &link)
            .ok()
            .map(Into::into)
    }
}
