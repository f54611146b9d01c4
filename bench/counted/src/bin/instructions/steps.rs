//! [`Stepped`]: a program that is run step by step, by ptrace(2).
//!
//! What attaches needs pidfd_open(2), which the valgrind of Debian 12 does not know. The kernel knows all system
//! calls; it takes some 20 µs for each instruction. The first thread is counted.

use std::{
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::{
        ptrace::{self, Options},
        signal::Signal,
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

/// A program whose first thread does one step after the other; killed on drop.
#[derive(Debug)]
pub(crate) struct Stepped {
    child: Child,
    pid: Pid,
}

/// How a shell waits until it is traced, and then becomes the program: nothing has to be done between fork(2)
/// and execve(2), which would take unsafe code.
const WAIT: &str = r#"kill -STOP $$; exec "$@""#;

impl Stepped {
    /// Starts it, and has it wait before its first instruction.
    pub(crate) fn start(program: &Command) -> Result<Self> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", WAIT, "sh"])
            .arg(program.get_program())
            .args(program.get_args())
            .env_clear()
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if let Some(directory) = program.get_current_dir() {
            command.current_dir(directory);
        }
        let child = command.spawn()?;
        let pid = Pid::from_raw(child.id().try_into()?);
        let stepped = Self { child, pid };
        let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED))?;
        ensure!(matches!(stopped, WaitStatus::Stopped(..)), "{stopped:?}");
        ptrace::seize(
            pid,
            Options::PTRACE_O_TRACEEXEC | Options::PTRACE_O_EXITKILL,
        )
        .context("this process may not trace its children")?;
        nix::sys::signal::kill(pid, Signal::SIGCONT)?;
        loop {
            match waitpid(pid, None)? {
                WaitStatus::PtraceEvent(_, _, event)
                    if event == ptrace::Event::PTRACE_EVENT_EXEC as i32 =>
                {
                    return Ok(stepped);
                }
                WaitStatus::Stopped(_, Signal::SIGCONT) => ptrace::cont(pid, Signal::SIGCONT)?,
                WaitStatus::PtraceEvent(..) | WaitStatus::Stopped(..) => ptrace::cont(pid, None)?,
                ended => bail!("{program:?}: {ended:?}"),
            }
        }
    }

    /// Has it run as it would, until it stops itself.
    pub(crate) fn run_to_stop(&self) -> Result<()> {
        loop {
            ptrace::cont(self.pid, None)?;
            match waitpid(self.pid, None)? {
                WaitStatus::Stopped(_, Signal::SIGSTOP) => return Ok(()),
                WaitStatus::Stopped(..) | WaitStatus::PtraceEvent(..) => {}
                ended => bail!("{ended:?} before it stopped"),
            }
        }
    }

    /// How many steps it takes to where it stops itself, or to its end.
    pub(crate) fn steps(&self) -> Result<u64> {
        let mut steps = 0;
        let mut signal = None;
        loop {
            ptrace::step(self.pid, signal.take())?;
            match waitpid(self.pid, None)? {
                WaitStatus::Stopped(_, Signal::SIGTRAP) => steps += 1,
                WaitStatus::Stopped(_, Signal::SIGSTOP) | WaitStatus::Exited(_, 0) => {
                    return Ok(steps);
                }
                WaitStatus::Stopped(_, other) => signal = Some(other),
                WaitStatus::PtraceEvent(..) => {}
                ended => bail!("{ended:?} after {steps} steps"),
            }
        }
    }
}

impl Drop for Stepped {
    fn drop(&mut self) {
        // It may have ended, and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
