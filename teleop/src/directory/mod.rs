//! A directory, held open: what is done in it is done in this directory, whatever its path leads to
//! meanwhile.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{Error, process::Uid};

#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
mod bsd;
#[cfg(target_vendor = "apple")]
mod darwin;
#[cfg(unix)]
mod flock;
#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod users;
#[cfg(windows)]
mod windows;

#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
use bsd as platform;
#[cfg(target_vendor = "apple")]
use darwin as system;
#[cfg(unix)]
pub(crate) use flock::Lock;
#[cfg(target_os = "freebsd")]
use freebsd as system;
#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(unix)]
pub use unix::{Directory, Entry};
#[cfg(unix)]
pub(crate) use users::users;
#[cfg(windows)]
use windows as system;
#[cfg(windows)]
pub use windows::{Directory, Entry};
#[cfg(windows)]
pub(crate) use windows::{Event, Lock, users};

/// A directory of the system's below which a user may have a directory of Teleop's own.
#[derive(Debug)]
pub(crate) struct Site {
    /// The directory of the system's.
    pub(crate) parent: PathBuf,
    /// The name of the one below it.
    pub(crate) name: String,
    /// Whether the directory of the system's has to be the user's own.
    pub(crate) own_parent: bool,
}

impl Site {
    /// Where the endpoints of a user may be, in the order in which they are tried.
    pub(crate) fn all(user: Uid) -> Vec<Self> {
        system::sites(user)
    }
}

/// Where a process of the crate `teleop` up to 0.4.1 may have put its socket.
pub(crate) fn temporary() -> Vec<PathBuf> {
    // The target's own variable is not to be trusted; whoever has set it sets it on both sides.
    let mut directories = vec![std::env::temp_dir()];
    if cfg!(unix) && directories[0] != Path::new("/tmp") {
        directories.push("/tmp".into());
    }
    directories
}

impl Directory {
    /// Whether both are the same directory.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        matches!((self.status(), other.status()), (Ok(this), Ok(other)) if this.is_same(&other))
    }
}

impl Error {
    /// Whether the operating system said that something is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Whether the operating system said that something is there already.
    pub(crate) fn is_already_there(&self) -> bool {
        matches!(self, Self::Io { source, .. }
            if matches!(source.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty))
    }
}
