//! What a directory has on macOS and FreeBSD: they find nothing by a descriptor but what is opened with
//! openat(2), so that a socket is reached by its path.

use std::{
    ffi::OsStr,
    fs::File,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use nix::{
    fcntl::{AtFlags, OFlag, openat},
    sys::stat::{Mode, SFlag, fstatat},
};

use super::Directory;
use crate::error::Result;

/// How a directory is opened in which nothing needs to be listed: for reading, as kqueue(2) wants it.
pub(super) const SEARCHABLE: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_CLOEXEC);

/// Opens a file for reading, unless it is a device, a pipe or a link, which `ELOOP` stands for here.
pub(super) fn open_ordinary(directory: &OwnedFd, name: &OsStr) -> nix::Result<File> {
    let status = fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    if SFlag::from_bits_truncate(status.st_mode & SFlag::S_IFMT.bits()) != SFlag::S_IFREG {
        return Err(nix::Error::ELOOP);
    }
    let flags = OFlag::O_RDONLY
        | OFlag::O_NOFOLLOW
        | OFlag::O_NONBLOCK
        | OFlag::O_NOCTTY
        | OFlag::O_CLOEXEC;
    openat(directory, name, flags, Mode::empty()).map(File::from)
}

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
