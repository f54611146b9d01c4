//! The channel between two processes: a listening socket in a directory, streams, and what the kernel
//! says about who is at the other end.

use crate::process::{Pid, Uid};

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::{Listener, Stream};

/// Who is at the other end of a [`Stream`], by the kernel's word.
///
/// It is what held when the other side connected or began to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerCredentials {
    /// The process, as this process sees it; `None` where it cannot see it, or the platform does not
    /// tell.
    pub pid: Option<Pid>,
    /// The user on whose behalf it acted.
    pub uid: Uid,
}
