//! Facts about a process, from the kernel alone.
//!
//! [`Process`] pins a process before anything is asked about it, so that what is learnt is about one
//! process, even when the kernel gives its id to another meanwhile.

use std::{fmt, num::ParseIntError, str::FromStr};

#[cfg(not(target_os = "linux"))]
mod alone;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
mod bsd;
mod fork;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod outer;
#[cfg(all(unix, feature = "process"))]
mod resources;
#[cfg(not(target_os = "linux"))]
mod situation;
#[cfg(feature = "process")]
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "Linux alone tells the threads")
)]
mod usage;
#[cfg(unix)]
mod user;
#[cfg(windows)]
mod windows;

#[cfg(not(target_os = "linux"))]
pub(crate) use alone::{Neighbours, Vantage, View};
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
pub use bsd::Process;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
pub(crate) use bsd::account_name;
#[cfg(all(
    any(target_vendor = "apple", target_os = "freebsd"),
    feature = "process"
))]
pub(crate) use bsd::{thread_count, uptime};
pub(crate) use fork::{Own, refuse_in_fork};
#[cfg(target_os = "linux")]
pub use linux::Process;
#[cfg(all(target_os = "linux", feature = "process", any(test, fuzzing)))]
pub use linux::fuzz;
#[cfg(target_os = "linux")]
pub(crate) use linux::{
    Behalf, Neighbours, Vantage, View, account_name, circumstances, is_privileged,
};
#[cfg(all(target_os = "linux", feature = "process"))]
pub(crate) use linux::{thread_count, uptime};
#[cfg(not(target_os = "linux"))]
pub(crate) use outer::Behalf;
#[cfg(not(target_os = "linux"))]
pub(crate) use situation::circumstances;
#[cfg(feature = "process")]
pub(crate) use usage::{CpuTime, Thread, ThreadState, Usage};
#[cfg(unix)]
pub use user::Uid;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
pub(crate) use user::has_changed_its_user as is_privileged;
#[cfg(unix)]
pub(crate) use user::without_signals;
#[cfg(windows)]
pub use windows::{Process, Uid};
#[cfg(all(windows, feature = "process"))]
pub(crate) use windows::{account_name, thread_count, uptime};
#[cfg(windows)]
pub(crate) use windows::{is_privileged, without_signals};

#[cfg(not(any(
    target_os = "linux",
    target_vendor = "apple",
    target_os = "freebsd",
    windows
)))]
compile_error!("Teleop knows Linux, macOS, FreeBSD and Windows");

/// What it takes to look into any process.
pub(crate) const PRIVILEGE: &str = if cfg!(target_os = "linux") {
    "CAP_SYS_PTRACE"
} else if cfg!(windows) {
    "SeDebugPrivilege"
} else {
    "root"
};

/// A process id.
///
/// It is what the asking process sees: a process in a container has another id inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pid(u32);

impl Pid {
    /// The id of this process, as it sees itself.
    pub fn this() -> Self {
        Self(std::process::id())
    }

    /// The id as a number.
    pub fn as_u32(self) -> u32 {
        self.0
    }
}

impl From<u32> for Pid {
    fn from(raw: u32) -> Self {
        Self(raw)
    }
}

impl FromStr for Pid {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Uid {
    /// Whether this user may attach to this process: who is its own user, or root.
    pub fn may_attach(self) -> bool {
        [Self::effective(), Self::ROOT].contains(&self)
    }
}

/// When a process started, in the kernel's own count: good for a name, and for comparing.
///
/// Two processes that have the same id at different times differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Start(u64);

/// Where a process is, seen from one that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Container {
    /// The id by which the process knows itself.
    pub pid: Pid,
    /// What the container is called in the hierarchy of control groups, such as `docker-4f0c…` or
    /// `lxc.payload.web`; `None` where that names no container.
    pub name: Option<String>,
}

/// A process that was found among others, and what it was like then.
#[derive(Debug)]
pub(crate) struct Neighbour {
    pub(crate) process: Process,
    pub(crate) is_stopped: bool,
    /// What it finds at a path.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "all see the same")
    )]
    view: View,
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
