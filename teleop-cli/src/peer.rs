//! [`Peer`]: the process that a session leads to, as far as it can be asked from here.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use teleop::{Pid, Timer, process::Process};

use crate::via::Passage;

/// The process that a session leads to.
#[derive(Debug)]
pub(crate) enum Peer {
    /// On this machine, and pinned.
    Here(Process),
    /// Wherever a command leads, which asks the kernel there. Nothing but the wire can be asked.
    There(Box<Passage>),
}

impl Peer {
    /// Its id as the user gave it; what leads elsewhere may have found it by its name.
    pub(crate) fn pid(&self) -> Option<Pid> {
        match self {
            Self::Here(process) => Some(process.pid()),
            Self::There(passage) => passage.pid(),
        }
    }

    /// Lets go of what leads elsewhere.
    pub(crate) async fn leave(&self) {
        if let Self::There(passage) = self {
            passage.leave().await;
        }
    }

    pub(crate) fn executable(&self) -> Option<PathBuf> {
        match self {
            Self::Here(process) => process.executable(),
            Self::There(_) => None,
        }
    }

    pub(crate) fn started(&self) -> Option<SystemTime> {
        match self {
            Self::Here(process) => process.started(),
            Self::There(_) => None,
        }
    }
}

/// Whether a process ends: the kernel closes what it had open before it says so, and on a busy machine long
/// before.
pub(crate) async fn ends(process: &Process) -> bool {
    const TRIES: u32 = 500;

    for _ in 0..TRIES {
        if !process.is_alive() {
            return true;
        }
        Timer::after(Duration::from_millis(1)).await;
    }
    false
}
