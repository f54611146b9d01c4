//! [`answers`]: what a target does while somebody attaches, step by step.

use std::{
    fs::{self, OpenOptions},
    os::unix::{fs::OpenOptionsExt, net::UnixStream},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use nix::{
    sys::{
        ptrace::{self, Options},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

/// A thread that has made no step for so long waits for somebody.
const REST: Duration = Duration::from_millis(200);

/// For how long anything is waited for.
const DEADLINE: Duration = Duration::from_secs(10);

/// How many instructions the thread of Teleop takes from a request to a connection that is served, and then for one
/// more, with the socket open: cold, and warm.
///
/// They are asked for by hand: the library would ask again, as the target takes far too long.
pub(crate) fn answers(pid: u32, endpoints: &Path) -> Result<(u64, u64)> {
    let endpoint = endpoint(pid, endpoints)?;
    let thread = Thread::seize(named(pid, "teleop")?)?;
    thread.steps()?;

    let mut request = OpenOptions::new();
    request.write(true).create_new(true).mode(0o600);
    request.open(endpoint.join("attach-by-hand"))?;
    let bound = thread.steps()?;
    let connect = || UnixStream::connect(endpoint.join("socket"));
    let _connection = connect()?;
    let cold = bound + thread.steps()?;
    let _another = connect()?;
    let warm = thread.steps()?;
    Ok((cold, warm))
}

/// The directory of the process.
fn endpoint(pid: u32, endpoints: &Path) -> Result<PathBuf> {
    let begin = format!("{pid}-");
    for entry in fs::read_dir(endpoints)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&begin) {
            return Ok(entry.path());
        }
    }
    bail!("process {pid} is not armed")
}

/// The thread of a process that has this name, once it has given it itself.
fn named(process: u32, name: &str) -> Result<Pid> {
    let begin = Instant::now();
    while begin.elapsed() < DEADLINE {
        for task in fs::read_dir(format!("/proc/{process}/task"))? {
            let task = task?;
            if fs::read_to_string(task.path().join("comm"))?.trim() == name {
                let id = task.file_name().to_string_lossy().parse()?;
                return Ok(Pid::from_raw(id));
            }
        }
        thread::yield_now();
    }
    bail!("process {process} has no thread `{name}`")
}

/// A thread of another process, which ends with this one.
struct Thread(Pid);

impl Thread {
    /// Stops it, and has it make its first step.
    fn seize(thread: Pid) -> Result<Self> {
        ptrace::seize(thread, Options::PTRACE_O_EXITKILL)?;
        ptrace::interrupt(thread)?;
        let stopped = waitpid(thread, Some(WaitPidFlag::__WALL))?;
        ensure!(
            matches!(stopped, WaitStatus::PtraceEvent(..)),
            "{stopped:?}"
        );
        // Where it waits already, that is a step that takes its time.
        ptrace::step(thread, None)?;
        Ok(Self(thread))
    }

    /// How many steps it makes until it waits.
    fn steps(&self) -> Result<u64> {
        let mut steps = 0;
        let mut since = Instant::now();
        while since.elapsed() < REST {
            match waitpid(self.0, Some(WaitPidFlag::__WALL | WaitPidFlag::WNOHANG))? {
                WaitStatus::StillAlive => thread::yield_now(),
                WaitStatus::Stopped(..) => {
                    steps += 1;
                    ptrace::step(self.0, None)?;
                    since = Instant::now();
                }
                other => bail!("{other:?} after {steps} steps"),
            }
        }
        Ok(steps)
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // Nobody can wait for the end of its process while it is traced. Where it ended, none of that is needed.
        let _ = ptrace::interrupt(self.0);
        let _ = waitpid(self.0, Some(WaitPidFlag::__WALL));
        let _ = ptrace::detach(self.0, None);
    }
}
