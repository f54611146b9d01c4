//! What a Unix socket has on macOS and FreeBSD.

use std::{
    ffi::OsStr,
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
};

use nix::{
    fcntl::{AtFlags, FcntlArg, FdFlag, OFlag, fcntl},
    sys::{
        socket::{AddressFamily, SockFlag, SockType, UnixAddr, bind, socket},
        stat::{FchmodatFlags, Mode, SFlag, fchmodat, fstatat},
    },
};

use crate::directory::Directory;

/// macOS cannot set these flags as it creates the socket.
pub(super) fn open() -> nix::Result<OwnedFd> {
    let socket = socket(
        AddressFamily::Unix,
        SockType::Stream,
        SockFlag::empty(),
        None,
    )?;
    fcntl(&socket, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    fcntl(&socket, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(socket)
}

/// Binds a socket to a name in a directory, which is reached by its path.
pub(super) fn bind_in(socket: &OwnedFd, directory: &Directory, name: &OsStr) -> nix::Result<()> {
    bind(socket.as_raw_fd(), &UnixAddr::new(&directory.pinned(name))?)
}

/// Where a socket's file is. It is only looked at beforehand: there is no holding it here.
pub(super) struct Found(PathBuf);

impl Found {
    /// Where to connect to.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

/// Finds a socket; `None` where something else has the name.
pub(super) fn find_socket(directory: &Directory, name: &OsStr) -> nix::Result<Option<Found>> {
    let status = fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    let kind = SFlag::from_bits_truncate(status.st_mode & SFlag::S_IFMT.bits());
    Ok((kind == SFlag::S_IFSOCK).then(|| Found(directory.pinned(name))))
}

/// A socket has no mode here before its file exists.
pub(super) fn restrict_unbound(_: &OwnedFd) -> nix::Result<()> {
    Ok(())
}

/// Before the file has its name, and in a directory that nobody else may enter.
pub(super) fn restrict_bound(directory: &Directory, name: &OsStr) -> nix::Result<()> {
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    fchmodat(directory, name, mode, FchmodatFlags::NoFollowSymlink)
}
