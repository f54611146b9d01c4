//! What a directory has on Linux alone: `O_PATH`, openat2(2), and a path through `/proc`.

use std::{
    ffi::OsStr,
    fs::File,
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{OFlag, OpenHow, ResolveFlag, openat, openat2},
    sys::stat::{Mode, SFlag, fstat},
};

use super::{Directory, Site};
use crate::{
    error::{Context, Result},
    process::Uid,
};

/// How a directory is opened in which nothing needs to be listed: search permission is enough.
pub(super) const SEARCHABLE: OFlag = OFlag::O_PATH
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_CLOEXEC);

impl Directory {
    /// Opens what a link of the kernel's, under `/proc`, leads to.
    pub(crate) fn open_link(at: &OwnedFd, name: &Path, path: PathBuf) -> Result<Self> {
        let fd = openat(at, name, SEARCHABLE, Mode::empty()).context("open", &path)?;
        Ok(Self::new(fd, path))
    }

    /// Opens a directory below this one as a process would that has this one as its root: links are
    /// followed, but never to the outside.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io); of the kind `NotFound` where it is not there.
    pub fn descend(&self, to: &Path) -> Result<Self> {
        let path = self.join(to.strip_prefix("/").unwrap_or(to));
        let how = OpenHow::new()
            .flags(SEARCHABLE)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
        match openat2(&self.fd, to, how) {
            // Before Linux 5.6, or forbidden by an old seccomp filter: then without any link.
            Err(Errno::ENOSYS | Errno::EPERM) => to
                .components()
                .filter_map(|component| match component {
                    std::path::Component::Normal(name) => Some(name),
                    _ => None,
                })
                .try_fold(self.clone(), |directory, name| directory.child(name)),
            opened => Ok(Self::new(opened.context("open", &path)?, path)),
        }
    }

    /// The path by which the kernel finds an entry of this very directory: short, and not to be
    /// led elsewhere.
    pub fn pinned(&self, name: impl AsRef<Path>) -> PathBuf {
        Path::new("/proc/self/fd")
            .join(self.fd.as_raw_fd().to_string())
            .join(name)
    }
}

/// Opens a file for reading, unless it is a device, a pipe or a link: what it is, is known before
/// anything of it is touched. What is not opened is good for being inspected.
pub(super) fn open_ordinary(directory: &OwnedFd, name: &OsStr) -> nix::Result<File> {
    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let pinned = openat(directory, name, flags, Mode::empty())?;
    let kind = SFlag::from_bits_truncate(fstat(&pinned)?.st_mode & SFlag::S_IFMT.bits());
    if kind != SFlag::S_IFREG {
        return Ok(File::from(pinned));
    }
    let path = format!("/proc/self/fd/{}", pinned.as_raw_fd());
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    nix::fcntl::open(path.as_str(), flags, Mode::empty()).map(File::from)
}

/// Where the endpoints of a user may be: his runtime directory, else the one for temporary files.
pub(super) fn sites(user: Uid) -> Vec<Site> {
    let uid = user.as_u32();
    vec![
        Site {
            parent: format!("/run/user/{uid}").into(),
            name: "teleop".to_owned(),
            own_parent: true,
        },
        Site {
            parent: "/tmp".into(),
            name: format!("teleop-{uid}"),
            own_parent: false,
        },
    ]
}
