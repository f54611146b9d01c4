//! Who is at the other end of a Unix socket, as FreeBSD tells it.

use std::{
    io,
    mem::{MaybeUninit, size_of},
    os::fd::{AsFd, AsRawFd},
};

use nix::{
    errno::Errno,
    libc,
    sys::socket::{Backlog, MsgFlags},
};

use super::PeerCredentials;

/// How many may wait to be accepted: as many as the kernel allows.
pub(super) const BACKLOG: Backlog = Backlog::MAXALLOWABLE;

/// Who writes to somebody who is gone gets no SIGPIPE.
pub(super) const NO_SIGNAL: MsgFlags = MsgFlags::MSG_NOSIGNAL;

/// The level of the options of Unix sockets, which the libc crate has not.
const SOL_LOCAL: libc::c_int = 0;

pub(super) fn peer_of(stream: &impl AsFd) -> io::Result<PeerCredentials> {
    let peer = credentials_of(stream)?;
    #[expect(
        unsafe_code,
        reason = "nix does not give the process id of these credentials"
    )]
    // SAFETY: the other member of the union is a pointer, all of which the kernel has written.
    let pid = unsafe { peer.cr_pid__c_anonymous_union.cr_pid };
    let pid = u32::try_from(pid).ok().filter(|&pid| pid != 0);
    Ok(PeerCredentials {
        pid: pid.map(Into::into),
        // Before FreeBSD 13 it is always 0.
        tells_pid: pid.is_some(),
        uid: peer.cr_uid.into(),
    })
}

fn credentials_of(stream: &impl AsFd) -> io::Result<libc::xucred> {
    let mut peer = MaybeUninit::<libc::xucred>::zeroed();
    let mut length = size_of::<libc::xucred>() as libc::socklen_t;
    #[expect(
        unsafe_code,
        reason = "nix does not give the process id of these credentials"
    )]
    // SAFETY: the buffer is as long as is said, and written to by nobody else.
    let outcome = unsafe {
        libc::getsockopt(
            stream.as_fd().as_raw_fd(),
            SOL_LOCAL,
            libc::LOCAL_PEERCRED,
            peer.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    Errno::result(outcome)?;
    #[expect(
        unsafe_code,
        reason = "nix does not give the process id of these credentials"
    )]
    // SAFETY: it is plain data, and was all zeros before the kernel wrote to it.
    let peer = unsafe { peer.assume_init() };
    if length as usize != size_of::<libc::xucred>() || peer.cr_version != libc::XUCRED_VERSION {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(peer)
}
