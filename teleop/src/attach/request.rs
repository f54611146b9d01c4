//! [`AttachFile`]: the request of a client, as a file.

use std::{ffi::OsString, fs::File};

use super::{Endpoint, Layout, attacher::Request};
use crate::{
    directory::Entry,
    error::{Context, Error, Obstacle, Result},
    process::Uid,
};

/// The file by which a client asks a process to open its socket. It is removed on drop.
#[derive(Debug)]
#[must_use = "the request stands until this is dropped"]
pub struct AttachFile {
    at: Endpoint,
    name: OsString,
    entry: Entry,
}

impl AttachFile {
    /// Creates the file; never through a link, never one that exists.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the directory does not allow it; [`Error::Untrusted`] where another user
    /// has taken the name, which the classic layout makes possible.
    pub fn create(at: &Endpoint) -> Result<Self> {
        let name = at.request_name();
        let file = match at.create_request(&name) {
            Err(error) if error.is_already_there() && at.layout() == Layout::Classic => {
                Self::remove_leftover(at, &name)?;
                at.create_request(&name)
            }
            // A directory that was deleted takes no new file.
            Err(error) if error.is_not_found() && at.layout() == Layout::Classic => {
                return Err(Error::NotAttachable {
                    pid: at.pid(),
                    obstacle: Obstacle::NoWorkingDirectory,
                });
            }
            created => created,
        }?;
        Ok(Self {
            entry: Self::entry_of(&file, at, &name)?,
            at: at.clone(),
            name,
        })
    }

    /// A killed client may have left the file behind. Only what is this user's is removed.
    fn remove_leftover(at: &Endpoint, name: &OsString) -> Result<()> {
        match at.requests().entry(name)? {
            Some(entry) if entry.is_file() && entry.owner() == Uid::effective() => {
                at.requests().remove_file(name)
            }
            Some(entry) => Err(Error::Untrusted {
                path: at.requests().join(name),
                finding: format!("{} made it, to stand in the way", entry.owner()),
            }),
            None => Ok(()),
        }
    }

    fn entry_of(file: &File, at: &Endpoint, name: &OsString) -> Result<Entry> {
        Entry::of(file).context("inspect", at.requests().join(name))
    }

    fn is_there(&self) -> bool {
        matches!(self.at.requests().entry(&self.name), Ok(Some(entry)) if entry.is_same(&self.entry))
    }
}

impl Request for AttachFile {
    fn stands(&self) -> bool {
        self.is_there()
    }
}

impl Drop for AttachFile {
    fn drop(&mut self) {
        // The server removes it once it has seen it, and another may have the name since.
        if self.is_there() {
            let _ = self.at.requests().remove_file(&self.name); // Nobody could do anything about it.
        }
    }
}
