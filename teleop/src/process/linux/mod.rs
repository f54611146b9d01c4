//! A process as Linux shows it: a pidfd and its directory under `/proc`.

mod account;
mod behalf;
mod cgroup;
mod descriptors;
mod facts;
#[cfg(all(feature = "process", any(test, fuzzing)))]
mod fuzzed;
mod namespaces;
mod neighbours;
mod secure;
mod shown;
mod situation;
#[cfg(feature = "process")]
mod usage;
mod watches;

use std::{
    fs::File,
    io::{self, Read},
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
    sync::OnceLock,
    time::SystemTime,
};

use nix::{
    fcntl::{OFlag, openat},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::stat::Mode,
    unistd::{SysconfVar, sysconf},
};
use rustix::process::{Signal, pidfd_send_signal};

#[cfg(all(feature = "process", any(test, fuzzing)))]
pub use self::fuzzed::fuzz;
#[cfg(feature = "process")]
pub(crate) use self::usage::{thread_count, uptime};
pub(crate) use self::{
    account::account_name,
    behalf::Behalf,
    neighbours::{Neighbours, Vantage, View},
    secure::is_privileged,
    situation::circumstances,
};
use self::{
    facts::{Stat, Status},
    shown::{facts_of, hidden, pidfd_of},
};
use super::{Pid, Start, Uid};
use crate::{
    directory::Directory,
    error::{Context, Error, Obstacle, Result},
};

/// A process, pinned: whatever is asked of it is answered about this process or not at all.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    pidfd: OwnedFd,
    /// `/proc/<pid>`, opened while the process lived: it never shows another process.
    facts: OwnedFd,
    status: Status,
    /// As it was first seen: when it started never changes, and to ask takes the kernel its time.
    seen: OnceLock<Stat>,
}

impl Process {
    /// Pins the process that has the id now.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`]; [`Error::NotAttachable`] where the id is a thread's or a zombie's;
    /// [`Error::NotPermitted`] where `/proc` hides it; [`Error::Unsupported`] where the kernel has no
    /// pidfds, or `/proc` is not mounted.
    pub fn pin(pid: Pid) -> Result<Self> {
        let pidfd = pidfd_of(pid)?;
        let (facts, shown) = facts_of(pid, pidfd.as_ref())?;
        let text = match read(&facts, pid, "status") {
            Err(Error::NoSuchProcess { .. }) if pidfd.as_ref().is_some_and(|it| !has_ended(it)) => {
                return Err(hidden(pid));
            }
            text => text?,
        };
        let status = Status::parse(&text).ok_or(Error::Protocol {
            problem: format!("`/proc/{shown}/status` is incomplete"),
        })?;
        let Some(pidfd) = pidfd.filter(|_| status.process == shown) else {
            let process = status.process;
            return Err(not_attachable(pid, Obstacle::Thread { process }));
        };
        let process = Self {
            pid,
            pidfd,
            facts,
            status,
            seen: OnceLock::new(),
        };
        // `/proc/<pid>` was opened by number: if the pidfd says that its process still lives, it is that
        // process which is shown.
        if process.is_alive() {
            Ok(process)
        } else if process.stat().is_ok_and(|stat| stat.is_zombie()) {
            Err(not_attachable(pid, Obstacle::Zombie))
        } else {
            Err(Error::NoSuchProcess { pid })
        }
    }

    /// Its id, as this process sees it.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Its id, as it sees itself: another one where it runs in a PID namespace of its own.
    pub fn inner_pid(&self) -> Pid {
        self.status.inner_pid
    }

    /// The user on whose behalf it acted when it was pinned.
    pub fn owner(&self) -> Uid {
        self.status.effective_uid
    }

    /// When it started. The kernel is asked once.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`] where it ended before that.
    pub fn start(&self) -> Result<Start> {
        self.seen().map(|stat| stat.start)
    }

    /// When it started, by the wall clock; to a hundredth of a second.
    pub fn started(&self) -> Option<SystemTime> {
        self.started_after(boot()?)
    }

    /// The same, where it is known when the system was started.
    fn started_after(&self, boot: SystemTime) -> Option<SystemTime> {
        let ticks = u64::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
        facts::started(boot, self.start().ok()?, ticks)
    }

    /// The path of its executable, as it was when the process executed it.
    pub fn executable(&self) -> Option<PathBuf> {
        nix::fcntl::readlinkat(&self.facts, "exe")
            .ok()
            .map(Into::into)
    }

    /// Whether it still runs. A zombie does not.
    pub fn is_alive(&self) -> bool {
        !has_ended(&self.pidfd)
    }

    /// Whether it is stopped, by a signal or by a debugger.
    pub fn is_stopped(&self) -> bool {
        self.stat().is_ok_and(|stat| stat.is_stopped())
    }

    /// Whether it has begun to end, whatever ends it. What it held may be gone by then, a while before it
    /// is said to run no more.
    pub(crate) fn is_ending(&self) -> bool {
        match self.stat() {
            Ok(stat) => stat.is_ending(),
            Err(_) => !self.is_alive(),
        }
    }

    /// Fails where it does not run any more.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`].
    pub fn check_alive(&self) -> Result<()> {
        if self.is_alive() {
            Ok(())
        } else {
            Err(Error::NoSuchProcess { pid: self.pid })
        }
    }

    /// Its root directory, which in a container is not this process's.
    ///
    /// # Errors
    ///
    /// [`Error::NotPermitted`] where the kernel demands a capability for it.
    pub fn root(&self) -> Result<Directory> {
        self.directory("root", "look into the root directory of")
    }

    /// Its working directory.
    ///
    /// # Errors
    ///
    /// As [`root`](Self::root).
    pub fn working_directory(&self) -> Result<Directory> {
        self.directory("cwd", "look into the working directory of")
    }

    /// Whether it has a handler of its own for SIGQUIT now; `None` where that cannot be told.
    pub fn handles_quit(&self) -> Option<bool> {
        // Asked anew: it may have executed another program since it was pinned.
        let status = read(&self.facts, self.pid, "status").ok();
        Some(
            status
                .and_then(|text| Status::parse(&text))?
                .handles(Signal::QUIT),
        )
    }

    /// Sends it SIGQUIT.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`] where it ended; [`Error::Io`] where the kernel refuses.
    pub fn quit(&self) -> Result<()> {
        match pidfd_send_signal(&self.pidfd, Signal::QUIT) {
            Err(rustix::io::Errno::SRCH) => Err(Error::NoSuchProcess { pid: self.pid }),
            sent => sent.context("send SIGQUIT to", self.path("")),
        }
    }

    /// What it was like when it was first seen.
    fn seen(&self) -> Result<&Stat> {
        if let Some(seen) = self.seen.get() {
            return Ok(seen);
        }
        let stat = self.stat()?;
        Ok(self.seen.get_or_init(|| stat))
    }

    fn stat(&self) -> Result<Stat> {
        let text = read(&self.facts, self.pid, "stat")?;
        Stat::parse(&text).ok_or(Error::Protocol {
            problem: format!("`{}` is incomplete", self.path("stat").display()),
        })
    }

    fn directory(&self, name: &str, action: &'static str) -> Result<Directory> {
        match Directory::open_link(&self.facts, name.as_ref(), self.path(name)) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
                Err(Error::NotPermitted {
                    pid: self.pid,
                    caller: Uid::effective(),
                    action,
                })
            }
            // A process that is about to end has none any more.
            Err(error) if error.is_not_found() || !self.is_alive() => {
                Err(Error::NoSuchProcess { pid: self.pid })
            }
            opened => opened,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.pid.to_string()).join(name)
    }
}

/// When the system was started, by the wall clock.
fn boot() -> Option<SystemTime> {
    facts::boot(&std::fs::read_to_string("/proc/stat").ok()?)
}

/// Whether the process of a pidfd is a zombie, or no more.
fn has_ended(pidfd: &OwnedFd) -> bool {
    let mut fds = [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)];
    loop {
        match poll(&mut fds, PollTimeout::ZERO) {
            Err(nix::Error::EINTR) => {}
            polled => return polled != Ok(0),
        }
    }
}

fn not_attachable(pid: Pid, obstacle: Obstacle) -> Error {
    Error::NotAttachable { pid, obstacle }
}

/// Reads a file under `/proc/<pid>`. They are short, and made anew for each reader.
fn read(facts: &OwnedFd, pid: Pid, name: impl AsRef<Path>) -> Result<String> {
    let name = name.as_ref();
    let path = Path::new("/proc").join(pid.to_string()).join(name);
    // Room for what there usually is, so that it takes two calls to read it.
    let mut text = Vec::with_capacity(2048);
    openat(
        facts,
        name,
        OFlag::O_RDONLY | OFlag::O_CLOEXEC,
        Mode::empty(),
    )
    .map_err(io::Error::from)
    .and_then(|fd| File::from(fd).take(1 << 20).read_to_end(&mut text))
    .map_err(
        |source| match source.raw_os_error().map(nix::Error::from_raw) {
            Some(nix::Error::ESRCH | nix::Error::ENOENT) => Error::NoSuchProcess { pid },
            Some(nix::Error::EPERM | nix::Error::EACCES) => hidden(pid),
            _ => Error::Io {
                action: "read",
                path,
                source,
            },
        },
    )?;
    // The name of a program may be any bytes, and hardly ever is.
    Ok(String::from_utf8(text)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

#[cfg(test)]
mod tests {
    use std::{
        process::{Command, Stdio},
        time::Duration,
    };

    use super::*;

    #[test]
    fn a_process_is_seen_to_live_and_to_end() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let pin = || Process::pin(child.id().into()).unwrap();
        let (process, unasked) = (pin(), pin());
        assert!(process.is_alive());
        assert_eq!(process.owner(), Uid::effective());
        assert_eq!(process.inner_pid(), process.pid());
        assert!(process.started().unwrap() <= SystemTime::now() + Duration::from_secs(1));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(matches!(
            process.check_alive(),
            Err(Error::NoSuchProcess { .. })
        ));
        assert!(matches!(unasked.start(), Err(Error::NoSuchProcess { .. })));
        // What was asked before is known.
        assert!(process.start().is_ok());
    }

    #[test]
    fn a_zombie_is_told_from_a_process() {
        let mut child = Command::new("true").spawn().unwrap();
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        let error = loop {
            match Process::pin(child.id().into()) {
                Err(error) => break error,
                Ok(_) => assert!(std::time::Instant::now() < deadline),
            }
        };
        child.wait().unwrap();
        assert!(matches!(
            error,
            Error::NotAttachable {
                obstacle: Obstacle::Zombie,
                ..
            }
        ));
    }

    #[test]
    fn a_thread_is_told_from_a_process() {
        std::thread::spawn(|| {
            let thread = Pid(nix::unistd::gettid().as_raw() as u32);
            assert!(matches!(
                Process::pin(thread),
                Err(Error::NotAttachable { obstacle: Obstacle::Thread { process }, .. })
                    if process == Pid::this()
            ));
        })
        .join()
        .unwrap();
    }
}
