//! What a Unix socket has on Linux alone.

use std::{
    ffi::OsStr,
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    thread,
};

use nix::{
    errno::Errno,
    fcntl::{OFlag, openat},
    sched::{CloneFlags, unshare},
    sys::{
        socket::{
            AddressFamily, Backlog, MsgFlags, SockFlag, SockType, UnixAddr, bind, getsockopt,
            socket, sockopt,
        },
        stat::{Mode, SFlag, fchmod, fstat},
    },
    unistd::fchdir,
};

use super::PeerCredentials;
use crate::{directory::Directory, process::without_signals};

/// How many may wait to be accepted: as many as the kernel allows.
pub(super) const BACKLOG: Backlog = Backlog::MAXALLOWABLE;

/// Who writes to somebody who is gone gets no SIGPIPE.
pub(super) const NO_SIGNAL: MsgFlags = MsgFlags::MSG_NOSIGNAL;

pub(super) fn open() -> nix::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    socket(AddressFamily::Unix, SockType::Stream, flags, None)
}

/// Binds a socket to a name in a directory. Where there is no `/proc`, as in a root directory that was
/// changed since, a thread goes there to do it: each can have a working directory of its own.
pub(super) fn bind_in(socket: &OwnedFd, directory: &Directory, name: &OsStr) -> nix::Result<()> {
    let socket = socket.as_raw_fd();
    let from_within = || {
        unshare(CloneFlags::CLONE_FS)?;
        fchdir(directory)?;
        bind(socket, &UnixAddr::new(name)?)
    };
    match bind(socket, &UnixAddr::new(&directory.pinned(name))?) {
        Err(Errno::ENOENT) => without_signals(|| {
            thread::scope(|scope| {
                let thread = thread::Builder::new().spawn_scoped(scope, from_within);
                let thread = thread.map_err(|_| Errno::EAGAIN)?;
                thread.join().unwrap_or(Err(Errno::ENOENT))
            })
        }),
        bound => bound,
    }
}

/// Linux gives the file this mode as it creates it, whatever the umask.
pub(super) fn restrict_unbound(socket: &OwnedFd) -> nix::Result<()> {
    fchmod(socket, Mode::S_IRUSR | Mode::S_IWUSR)
}

/// The file has its mode already.
pub(super) fn restrict_bound(_: &Directory, _: &OsStr) -> nix::Result<()> {
    Ok(())
}

/// A socket's file, held, so that connecting to it leads nowhere else.
pub(super) struct Found {
    _file: OwnedFd,
    path: PathBuf,
}

impl Found {
    /// Where to connect to.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Finds a socket; `None` where something else has the name.
pub(super) fn find_socket(directory: &Directory, name: &OsStr) -> nix::Result<Option<Found>> {
    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let file = openat(directory, name, flags, Mode::empty())?;
    let kind = SFlag::from_bits_truncate(fstat(&file)?.st_mode & SFlag::S_IFMT.bits());
    let path = format!("/proc/self/fd/{}", file.as_raw_fd()).into();
    Ok((kind == SFlag::S_IFSOCK).then_some(Found { _file: file, path }))
}

pub(super) fn peer_of(stream: &impl AsFd) -> io::Result<PeerCredentials> {
    let peer = getsockopt(stream, sockopt::PeerCredentials)?;
    Ok(PeerCredentials {
        // A process of another PID namespace, which has no id in this one, is 0.
        pid: u32::try_from(peer.pid())
            .ok()
            .filter(|&pid| pid != 0)
            .map(Into::into),
        tells_pid: true,
        uid: peer.uid().into(),
    })
}
