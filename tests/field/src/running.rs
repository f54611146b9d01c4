//! [`Running`]: a process that is watched, and killed when nobody watches it any more.

use std::{
    fmt::Display,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};

/// How long anything may take before it counts as hanging. Only a failing test waits for it.
const DEADLINE: Duration = Duration::from_secs(30);

/// A child process, with its standard streams; killed on drop.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

/// What a process left that ran to its end.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output, but for what [`Running::line`] took.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Running {
    /// Starts `command`, its standard input open and empty.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not start {command:?}"))?;
        let stdout = BufReader::new(child.stdout.take().context("it is piped")?);
        let mut stderr = child.stderr.take().context("it is piped")?;

        let (line, stdout_lines) = mpsc::channel();
        thread::spawn(move || {
            stdout
                .lines()
                .map_while(Result::ok)
                .try_for_each(|text| line.send(text))
        });
        let (all, stderr_text) = mpsc::channel();
        thread::spawn(move || {
            let mut text = String::new();
            // What could be read is better than nothing: the text is for whoever reads a failure.
            let _ = stderr.read_to_string(&mut text);
            all.send(text)
        });
        Ok(Self {
            child,
            stdout: stdout_lines,
            stderr: stderr_text,
        })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line of its standard output.
    pub fn line(&mut self) -> Result<String> {
        match self.stdout.recv_timeout(DEADLINE) {
            Ok(line) => Ok(line),
            Err(why) => {
                let _ = self.child.kill(); // so that its standard error ends
                let stderr = self.stderr.recv_timeout(DEADLINE).unwrap_or_default();
                bail!("it printed no line ({why}); its standard error: {stderr}")
            }
        }
    }

    /// Writes a line to its standard input.
    pub fn say(&mut self, line: impl Display) -> Result<()> {
        let stdin = self.child.stdin.as_mut().context("it is piped")?;
        writeln!(stdin, "{line}")?;
        Ok(())
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        // Not waited for yet, so the id is still that of this child.
        signal::kill(Pid::from_raw(self.child.id().try_into()?), signal)?;
        Ok(())
    }

    /// Closes its standard input and waits for its end.
    pub fn finish(mut self) -> Result<Finished> {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + DEADLINE;
        let mut stdout = String::new();
        loop {
            match self.stdout.recv_timeout(remaining(deadline)) {
                Ok(line) => stdout += &(line + "\n"),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => bail!("it still runs; it printed: {stdout}"),
            }
        }
        let stderr = self
            .stderr
            .recv_timeout(remaining(deadline))
            .context("it still runs, with its standard output closed")?;
        // Both streams are at their end: it has ended, or is about to.
        let status = self.child.wait()?;
        Ok(Finished {
            status,
            stdout,
            stderr,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn remaining(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
