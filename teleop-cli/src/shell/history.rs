//! [`History`]: where the lines of sessions are kept.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// A file of the user's, with the lines of the last sessions.
#[derive(Clone, Debug)]
pub(crate) struct History(PathBuf);

impl History {
    /// So many lines it has at most.
    pub(super) const LONGEST: usize = 1000;

    /// Where the user's programs keep what they remember; nothing, where that is nowhere.
    pub(crate) fn of_user() -> Option<Self> {
        let of = |name: &str| env::var_os(name).map(PathBuf::from);
        let state = of("XDG_STATE_HOME")
            .or_else(|| of("HOME").map(|home| home.join(".local/state")))
            .or_else(|| of("LOCALAPPDATA"))
            // By what is no whole path, the directory in which somebody works would be meant.
            .filter(|state| state.is_absolute())?;
        let directory = state.join("teleop");
        fs::create_dir_all(&directory).ok()?;
        Some(Self(directory.join("history")))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}
