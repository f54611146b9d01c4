//! [`Teleop`]: one run of the command, and what came of it.

use std::{
    ffi::OsStr,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};

use serde_json::Value;

use crate::place::DEADLINE;
#[cfg(unix)]
use crate::unix::kill;
#[cfg(windows)]
use crate::windows::kill;

/// A run of the command that is still to come.
#[derive(Debug)]
pub(crate) struct Teleop(pub(crate) Command);

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Teleop {
    pub(crate) fn new(mut command: Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn spawn(mut self) -> Running {
        let child = self.0.spawn().unwrap();
        Running(Watched::new(child))
    }

    pub(crate) fn run(self) -> Outcome {
        self.spawn().wait()
    }
}

/// The command as it runs.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Watched);

impl Running {
    pub(crate) fn wait(self) -> Outcome {
        let output = self.0.child.wait_with_output().unwrap();
        Outcome {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A child that is killed when it hangs: its status is `None` then.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) child: Child,
    _done: mpsc::Sender<()>,
}

impl Watched {
    fn new(child: Child) -> Self {
        let (_done, done) = mpsc::channel::<()>();
        let pid = child.id();
        thread::spawn(move || {
            if done.recv_timeout(DEADLINE) == Err(mpsc::RecvTimeoutError::Timeout) {
                kill(pid);
            }
        });
        Self { child, _done }
    }
}

impl Outcome {
    /// The lines of a run that went well and said nothing else.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        assert_eq!((self.status, &*self.stderr), (Some(0), ""), "{self:?}");
        let lines = self.stdout.lines();
        lines.map(|it| serde_json::from_str(it).unwrap()).collect()
    }

    /// The result of a run that went well and said nothing else.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!((self.status, &*self.stderr), (Some(0), ""), "{self:?}");
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The message and the hint of a run that failed, and printed no result.
    #[track_caller]
    pub(crate) fn failure(&self, status: i32) -> String {
        assert_eq!((self.status, &*self.stdout), (Some(status), ""), "{self:?}");
        let first = self.stderr.lines().next().unwrap_or_default();
        assert!(first.starts_with("teleop: "), "{self:?}");
        // The marks of a value that was printed as a programmer would see it.
        for mark in ["Error {", "Some(", "None", "Os {", " { "] {
            assert!(!self.stderr.contains(mark), "{self:?}");
        }
        self.stderr.clone()
    }
}
