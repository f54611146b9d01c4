//! What a directory has on macOS and FreeBSD: they find nothing by a descriptor but what is opened with
//! openat(2), so that a socket is reached by its path.

use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use super::Directory;
use crate::error::Result;

/// How a directory is opened in which nothing needs to be listed: for reading, as kqueue(2) wants it.
pub(super) const SEARCHABLE: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_CLOEXEC);

impl Directory {
    /// Opens a directory below this one, following links. The root directory of every process is the
    /// same here, as far as one can see.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io); of the kind `NotFound` where it is not there.
    pub fn descend(&self, to: &Path) -> Result<Self> {
        Self::open(self.join(to.strip_prefix("/").unwrap_or(to)))
    }

    /// The path by which the kernel finds an entry of this directory.
    pub fn pinned(&self, name: impl AsRef<Path>) -> PathBuf {
        self.join(name)
    }
}
