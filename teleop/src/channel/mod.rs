//! The channel between two processes: a listening socket in a directory, streams, and what the kernel
//! says about who is at the other end.

use crate::process::{Pid, Uid};

#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
mod bsd;
#[cfg(target_vendor = "apple")]
mod darwin;
#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{Listener, Stream};
#[cfg(windows)]
pub use windows::{Listener, Stream};

/// What differs between the Unixes.
#[cfg(unix)]
mod platform {
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    pub(super) use super::bsd::{bind_in, find_socket, open, restrict_bound, restrict_unbound};
    #[cfg(target_vendor = "apple")]
    pub(super) use super::darwin::{BACKLOG, NO_SIGNAL, peer_of};
    #[cfg(target_os = "freebsd")]
    pub(super) use super::freebsd::{BACKLOG, NO_SIGNAL, peer_of};
    #[cfg(target_os = "linux")]
    pub(super) use super::linux::{
        BACKLOG, NO_SIGNAL, bind_in, find_socket, open, peer_of, restrict_bound, restrict_unbound,
    };
}

/// Who is at the other end of a [`Stream`], by the kernel's word.
///
/// It is what held when the other side connected or began to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerCredentials {
    /// The process, as this process sees it; `None` where it cannot see it, or the platform does not
    /// tell.
    pub pid: Option<Pid>,
    /// Whether the platform tells the process at all. Where it does not, it is the directory of the
    /// socket, which nobody else may enter, that speaks for who is there.
    pub tells_pid: bool,
    /// The user on whose behalf it acted.
    pub uid: Uid,
}
