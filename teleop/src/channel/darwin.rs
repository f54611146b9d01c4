//! Who is at the other end of a Unix socket, as macOS tells it.

use std::{io, os::fd::AsFd};

use nix::sys::socket::{Backlog, MsgFlags, getsockopt, sockopt};

use super::PeerCredentials;

/// How many may wait to be accepted: as many as the system lets one ask for.
pub(super) const BACKLOG: Backlog = Backlog::MAXCONN;

/// Here a message cannot say that its writer is to get no SIGPIPE. The runtime of Rust ignores it.
pub(super) const NO_SIGNAL: MsgFlags = MsgFlags::empty();

pub(super) fn peer_of(stream: &impl AsFd) -> io::Result<PeerCredentials> {
    let uid = getsockopt(stream, sockopt::LocalPeerCred)?.uid();
    let pid = getsockopt(stream, sockopt::LocalPeerPid)?;
    Ok(PeerCredentials {
        pid: u32::try_from(pid)
            .ok()
            .filter(|&pid| pid != 0)
            .map(Into::into),
        tells_pid: true,
        uid: uid.into(),
    })
}
