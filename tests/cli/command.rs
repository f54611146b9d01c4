//! [`Teleop`]: one run of the command, and what came of it.

use std::{
    ffi::OsStr,
    fs::File,
    io::Read,
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};

use nix::{
    pty::{Winsize, openpty},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use crate::place::DEADLINE;

/// A run of the command that is still to come.
#[derive(Debug)]
pub(crate) struct Teleop(Command);

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

    /// Has it run as another user.
    pub(crate) fn user(mut self, uid: u32) -> Self {
        std::os::unix::process::CommandExt::uid(&mut self.0, uid);
        self
    }

    pub(crate) fn stdout(mut self, to: impl Into<Stdio>) -> Self {
        self.0.stdout(to);
        self
    }

    pub(crate) fn spawn(mut self) -> Running {
        let child = self.0.spawn().unwrap();
        Running(Watched::new(child))
    }

    pub(crate) fn run(self) -> Outcome {
        self.spawn().wait()
    }

    /// Runs it with a terminal of 80 columns as its standard output.
    pub(crate) fn run_on_a_terminal(mut self) -> Outcome {
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let terminal = openpty(&size, None).unwrap();
        self = self.stdout(terminal.slave);
        let reading = thread::spawn(|| read_terminal(terminal.master));
        let outcome = self.run(); // Which closes our end of the slave.
        Outcome {
            stdout: reading.join().unwrap(),
            ..outcome
        }
    }
}

/// Everything that is written to a terminal, until nobody has it open any more.
fn read_terminal(master: OwnedFd) -> String {
    let mut seen = Vec::new();
    let mut master = File::from(master);
    let mut buffer = [0; 4096];
    // At the end Linux says EIO.
    while let Ok(length @ 1..) = master.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8(seen).unwrap().replace("\r\n", "\n")
}

/// The command as it runs.
#[derive(Debug)]
pub(crate) struct Running(Watched);

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.0.child.id()).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
    }

    /// Waits until it has begun to print its result.
    pub(crate) fn read_a_byte(&mut self) {
        let stdout = self.0.child.stdout.as_mut();
        stdout.unwrap().read_exact(&mut [0]).unwrap();
    }

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
struct Watched {
    child: Child,
    _done: mpsc::Sender<()>,
}

impl Watched {
    fn new(child: Child) -> Self {
        let (_done, done) = mpsc::channel::<()>();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        thread::spawn(move || {
            if done.recv_timeout(DEADLINE) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = kill(pid, Signal::SIGKILL);
            }
        });
        Self { child, _done }
    }
}

impl Outcome {
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
