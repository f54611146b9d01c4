//! What a Unix socket has on macOS and FreeBSD.

use std::{ffi::OsStr, os::fd::OwnedFd};

use nix::{
    fcntl::{FcntlArg, FdFlag, OFlag, fcntl},
    sys::{
        socket::{AddressFamily, SockFlag, SockType, socket},
        stat::{FchmodatFlags, Mode, fchmodat},
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

/// A socket has no mode here before its file exists.
pub(super) fn restrict_unbound(_: &OwnedFd) -> nix::Result<()> {
    Ok(())
}

/// Before the file has its name, and in a directory that nobody else may enter.
pub(super) fn restrict_bound(directory: &Directory, name: &OsStr) -> nix::Result<()> {
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    fchmodat(directory, name, mode, FchmodatFlags::NoFollowSymlink)
}
