//! Facts about a process, from the kernel alone.
//!
//! [`Process`] pins a process before anything is asked about it, so that what is learnt is about one
//! process, even when the kernel gives its id to another meanwhile.

use std::{fmt, num::ParseIntError, str::FromStr};

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::Process;

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

/// A user of the system, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(u32);

impl Uid {
    /// The superuser.
    pub const ROOT: Self = Self(0);

    /// The number.
    pub fn as_u32(self) -> u32 {
        self.0
    }
}

impl From<u32> for Uid {
    fn from(raw: u32) -> Self {
        Self(raw)
    }
}

/// When a process started, in the kernel's own count: good for a name, and for comparing.
///
/// Two processes that have the same id at different times differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Start(u64);

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(unix)]
impl Uid {
    /// The user on whose behalf this process acts.
    pub fn effective() -> Self {
        Self(nix::unistd::Uid::effective().as_raw())
    }
}

#[cfg(unix)]
impl fmt::Display for Uid {
    /// The number, and the name where the system knows one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match nix::unistd::User::from_uid(self.0.into()) {
            Ok(Some(user)) => write!(f, "`{}` (uid {})", user.name, self.0),
            _ => write!(f, "uid {}", self.0),
        }
    }
}
