//! What Unix alone can do to a process, or show it.

use std::{
    env,
    ffi::OsString,
    fs::File,
    io::Read,
    os::{fd::OwnedFd, unix::process::CommandExt},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use nix::{
    pty::{OpenptyResult, Winsize, openpty},
    sys::{
        signal::{self, Signal},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

use crate::{
    command::{Outcome, Running, Teleop},
    place::Place,
    target::Target,
};

impl Teleop {
    /// Has it run as another user.
    pub(crate) fn user(mut self, uid: u32) -> Self {
        self.0.uid(uid);
        self
    }

    pub(crate) fn stdin(mut self, from: impl Into<Stdio>) -> Self {
        self.0.stdin(from);
        self
    }

    pub(crate) fn stdout(mut self, to: impl Into<Stdio>) -> Self {
        self.0.stdout(to);
        self
    }

    pub(crate) fn stderr(mut self, to: impl Into<Stdio>) -> Self {
        self.0.stderr(to);
        self
    }

    /// Runs it with a terminal of 80 columns as its standard output.
    pub(crate) fn run_on_a_terminal(mut self) -> Outcome {
        let terminal = terminal(80);
        self = self.stdout(terminal.slave);
        let reading = thread::spawn(|| read_terminal(terminal.master));
        let outcome = self.run(); // Which closes our end of the slave.
        Outcome {
            stdout: reading.join().unwrap(),
            ..outcome
        }
    }
}

/// A terminal of so many columns.
pub(crate) fn terminal(columns: u16) -> OpenptyResult {
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    openpty(&size, None).unwrap()
}

impl Place {
    /// A script for a shell that finds the command, and in `$PID` the target.
    pub(crate) fn shell(&self, pid: &str, script: &str) -> Teleop {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script]);
        self.prepare(&mut shell);
        Teleop::new(shell).env("PATH", path()).env("PID", pid)
    }
}

/// Where a shell finds the command, and everything else.
pub(crate) fn path() -> OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_teleop"));
    let mut path = program.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    path
}

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        signal::kill(raw(self.0.child.id()), signal).unwrap();
    }

    /// Waits until it has begun to print its result.
    pub(crate) fn read_a_byte(&mut self) {
        let stdout = self.0.child.stdout.as_mut();
        stdout.unwrap().read_exact(&mut [0]).unwrap();
    }
}

impl Target {
    /// Stops it, and waits until it has stopped.
    pub(crate) fn stop(&self) {
        signal::kill(self.raw(), Signal::SIGSTOP).unwrap();
        let status = waitpid(self.raw(), Some(WaitPidFlag::WUNTRACED)).unwrap();
        assert_eq!(status, WaitStatus::Stopped(self.raw(), Signal::SIGSTOP));
    }

    pub(crate) fn resume(&self) {
        signal::kill(self.raw(), Signal::SIGCONT).unwrap();
    }

    fn raw(&self) -> Pid {
        raw(self.pid().parse().unwrap())
    }
}

/// Becomes another program, which waits for its standard input to end.
pub(crate) fn execute_another_program() -> ! {
    panic!("{}", Command::new("cat").exec());
}

/// Ends a process that hangs.
pub(crate) fn kill(pid: u32) {
    let _ = signal::kill(raw(pid), Signal::SIGKILL);
}

fn raw(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap())
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
