//! [`Place`]: where everything is that this run leaves on disk, which is nothing when it ends.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process, thread,
};

use anyhow::{Context, Result};
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
        // Others may go through it, such as those who are root in a container, and not look around.
        let root = tempfile::Builder::new()
            .prefix("teleop-bench-")
            .permissions(Permissions::from_mode(0o711))
            .tempdir()?;
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

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    /// Directories for a target and its clients.
    pub(crate) fn sandbox(&self) -> Result<Sandbox> {
        Sandbox::new_in(self.root.path())
    }

    /// A copy of a program, as one that is installed is. What a linker has just written lies in memory in small
    /// pieces, and starts more slowly.
    pub(crate) fn install(&self, program: &Path) -> Result<PathBuf> {
        let name = program.file_name().context("it has a name")?;
        let installed = self.root.path().join(name);
        fs::copy(program, &installed)?;
        Ok(installed)
    }

    /// A new directory.
    pub(crate) fn directory(&self, name: &str) -> Result<PathBuf> {
        let path = self.root.path().join(name);
        fs::create_dir(&path)?;
        Ok(path)
    }
}
