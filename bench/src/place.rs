//! [`Place`]: where everything is that this run leaves on disk, which is nothing when it ends.

use std::{fs, path::PathBuf, process, thread};

use anyhow::Result;
use nix::sys::signal::{SigSet, Signal};
use teleop_field::Sandbox;
use tempfile::TempDir;

/// A temporary directory, removed on drop and when this process is interrupted.
#[derive(Debug)]
pub(crate) struct Place {
    root: TempDir,
}

impl Place {
    /// Makes it. Before any other thread is started, since each would take the signals otherwise.
    pub(crate) fn new() -> Result<Self> {
        let root = tempfile::Builder::new().prefix("teleop-bench-").tempdir()?;
        let mut signals = SigSet::empty();
        for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
            signals.add(signal);
        }
        signals.thread_block()?;
        let path = root.path().to_owned();
        thread::spawn(move || {
            let Ok(signal) = signals.wait() else { return };
            // What a child is writing at this moment may stay; the children end with this process.
            let _ = fs::remove_dir_all(path);
            process::exit(128 + signal as i32);
        });
        Ok(Self { root })
    }

    /// Directories for a target and its clients.
    pub(crate) fn sandbox(&self) -> Result<Sandbox> {
        Sandbox::new_in(self.root.path())
    }

    /// A new directory.
    pub(crate) fn directory(&self, name: &str) -> Result<PathBuf> {
        let path = self.root.path().join(name);
        fs::create_dir(&path)?;
        Ok(path)
    }
}
