//! [`Place`]: a directory of a test's own, in which its targets and its commands meet.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    command::Teleop,
    target::{Kind, Target},
};

/// How long anything may take before it counts as hanging. Nothing waits for it to pass.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A directory of a test's own, gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        heed_interrupts();
        let place = Self(TempDir::with_prefix("teleop-cli-").unwrap());
        fs::create_dir(place.endpoints()).unwrap();
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where the endpoints are.
    pub(crate) fn endpoints(&self) -> PathBuf {
        self.path().join("endpoints")
    }

    /// Starts a target and waits until it can be attached to.
    pub(crate) fn start(&self, kind: Kind) -> Target {
        Target::start(self, kind)
    }

    /// Starts a target whose socket is open.
    pub(crate) fn start_open(&self) -> Target {
        let target = self.start(Kind::Patient);
        self.teleop(["call", &target.pid(), "echo", "hi"])
            .run()
            .json();
        target
    }

    /// The command, which knows of nothing outside.
    pub(crate) fn teleop<S: Into<OsString>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Teleop {
        let mut command = Command::new(env!("CARGO_BIN_EXE_teleop"));
        command.args(arguments.into_iter().map(Into::into));
        self.prepare(&mut command);
        Teleop::new(command)
    }

    /// Sees to it that a program finds this place, and nothing of whoever runs the tests.
    pub(crate) fn prepare(&self, command: &mut Command) {
        for name in [
            // With it, even a terminal that is dumb is taken for one that shows colours.
            "CI",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
            "NO_COLOR",
            "TELEOP_DISABLE",
        ] {
            command.env_remove(name);
        }
        command
            .env("TELEOP_DIR", self.endpoints())
            .env("TMPDIR", self.path())
            .env("TERM", "xterm")
            .current_dir(self.path());
    }

    /// The attach files that stand, of both layouts.
    pub(crate) fn requests(&self) -> Vec<String> {
        let mut directories = vec![self.path().to_owned()];
        let entries = fs::read_dir(self.endpoints()).unwrap();
        directories.extend(entries.map(|entry| entry.unwrap().path()));
        directories
            .iter()
            .filter_map(|directory| fs::read_dir(directory).ok())
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("attach-") || name.starts_with(".teleop_attach_"))
            .collect()
    }
}

/// Sees to it that what is started heeds Ctrl-C. A shell that puts the tests into the background has them ignore
/// it, and all that they start; what is handled is not inherited.
#[cfg(unix)]
fn heed_interrupts() {
    use std::sync::{Arc, Once, atomic::AtomicBool};

    static ONCE: Once = Once::new();

    ONCE.call_once(|| {
        let always = Arc::new(AtomicBool::new(true));
        signal_hook::flag::register_conditional_shutdown(signal_hook::consts::SIGINT, 130, always)
            .unwrap();
    });
}

/// There is nothing to see to.
#[cfg(not(unix))]
fn heed_interrupts() {}

/// Waits until something is so.
pub(crate) fn eventually(claim: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < DEADLINE, "never came true: {claim}");
        thread::yield_now();
    }
}
