//! [`Uid`]: a user, on Unix.

use std::fmt;

/// A user of the system, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(pub(super) u32);

impl Uid {
    /// The superuser.
    pub const ROOT: Self = Self(0);

    /// The user on whose behalf this process acts.
    pub fn effective() -> Self {
        Self(nix::unistd::Uid::effective().as_raw())
    }

    /// The number.
    pub fn as_u32(self) -> u32 {
        self.0
    }

    /// The name, where the system knows one.
    pub fn name(self) -> Option<String> {
        let user = nix::unistd::User::from_uid(self.0.into());
        Some(user.ok()??.name)
    }

    /// What the system knows him by, without asking it for a name: the number.
    pub fn id(self) -> String {
        self.0.to_string()
    }
}

impl From<u32> for Uid {
    fn from(raw: u32) -> Self {
        Self(raw)
    }
}

impl fmt::Display for Uid {
    /// The number, and the name where the system knows one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match super::account_name(*self) {
            Some(name) => write!(f, "`{name}` (uid {})", self.0),
            None => write!(f, "uid {}", self.0),
        }
    }
}

/// Whether this program has other rights than who started it, who then says what is in its environment.
pub(crate) fn has_changed_its_user() -> bool {
    use nix::unistd::{getegid, geteuid, getgid, getuid};

    getuid() != geteuid() || getgid() != getegid()
}

/// Runs something with all signals blocked, and whatever threads it starts with it: a program that waits
/// for its signals in a thread of its own does not expect them in others.
pub(crate) fn without_signals<T>(run: impl FnOnce() -> T) -> T {
    use nix::sys::signal::{SigSet, SigmaskHow};

    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK).ok();
    let outcome = run();
    if let Some(before) = before {
        let _ = before.thread_set_mask(); // It could be set a moment ago.
    }
    outcome
}
