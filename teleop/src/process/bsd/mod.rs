//! A process as macOS and FreeBSD show it: a kqueue that tells its end, and what sysinfo learns of it.

#[cfg(feature = "process")]
mod usage;

use std::{
    io,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nix::{
    errno::Errno,
    libc::timespec,
    sys::{
        event::{EvFlags, EventFilter, FilterFlag, KEvent, Kqueue},
        signal::{Signal, kill},
    },
};
use sysinfo::{ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

#[cfg(feature = "process")]
pub(crate) use self::usage::{thread_count, uptime};
use super::{Pid, Start, Uid};
use crate::{
    directory::Directory,
    error::{Context, Error, Obstacle, Result},
};

/// A process, pinned: whatever is asked of it is answered about this process or not at all.
///
/// There are no pidfds here, but a kqueue is told the end of the process that had the id when it was
/// asked for, and of no other.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    end: Kqueue,
    /// The kqueue tells it but once.
    has_ended: AtomicBool,
    owner: Uid,
    start: Start,
    executable: Option<PathBuf>,
}

impl Process {
    /// Pins the process that has the id now.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`]; [`Error::NotAttachable`] where it is a zombie;
    /// [`Error::NotPermitted`] where the kernel does not tell whose process it is.
    pub fn pin(pid: Pid) -> Result<Self> {
        let path = || PathBuf::from(format!("process {pid}"));
        if pid.0 == 0 || i32::try_from(pid.0).is_err() {
            return Err(Error::NoSuchProcess { pid });
        }
        let end = Kqueue::new().with_context("create a kqueue for", path)?;
        let has_ended = match end.kevent(&[end_of(pid)], &mut [], Some(AT_ONCE)) {
            Ok(_) => false,
            // On macOS, a zombie has no end that could be told any more.
            Err(Errno::ESRCH) => true,
            Err(error) => return Err(error).with_context("wait for the end of", path),
        };
        let kind = ProcessRefreshKind::nothing()
            .with_user(UpdateKind::Always)
            .with_exe(UpdateKind::Always);
        let facts = look(pid, kind).ok_or(Error::NoSuchProcess { pid })?;
        let facts = facts
            .process(sysinfo::Pid::from_u32(pid.0))
            .ok_or(Error::NoSuchProcess { pid })?;
        if matches!(facts.status(), ProcessStatus::Zombie | ProcessStatus::Dead) {
            let obstacle = Obstacle::Zombie;
            return Err(Error::NotAttachable { pid, obstacle });
        }
        let owner = facts
            .effective_user_id()
            .or(facts.user_id())
            .ok_or(Error::NotPermitted {
                pid,
                caller: Uid::effective(),
                action: "see the owner of",
            })?;
        let process = Self {
            pid,
            end,
            has_ended: has_ended.into(),
            owner: Uid(**owner),
            start: Start(facts.start_time()),
            executable: facts.exe().map(Into::into),
        };
        // What was learnt is about the process that the kqueue watches, if that one still lives.
        process.check_alive()?;
        Ok(process)
    }

    /// Its id, as this process sees it.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Its id, as it sees itself: the same one, here.
    pub fn inner_pid(&self) -> Pid {
        self.pid
    }

    /// The user on whose behalf it acted when it was pinned.
    pub fn owner(&self) -> Uid {
        self.owner
    }

    /// Its [`owner`](Self::owner) as it sees itself: the same one, here.
    pub fn inner_owner(&self) -> Uid {
        self.owner
    }

    /// Whether the superuser of this process is somebody there, too, which he is on this platform.
    pub fn knows_root(&self) -> bool {
        true
    }

    /// When it started: in seconds since 1970.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`] where it ended.
    pub fn start(&self) -> Result<Start> {
        self.check_alive()?;
        Ok(self.start)
    }

    /// When it started, by the wall clock; to a second.
    pub fn started(&self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.start.0))
    }

    /// The path of its executable, as it was when it was pinned.
    pub fn executable(&self) -> Option<PathBuf> {
        self.executable.clone()
    }

    /// Whether it still runs. A zombie does not.
    pub fn is_alive(&self) -> bool {
        let mut told = [end_of(self.pid)];
        if self.end.kevent(&[], &mut told, Some(AT_ONCE)) != Ok(0) {
            self.has_ended.store(true, Ordering::Relaxed);
        }
        !self.has_ended.load(Ordering::Relaxed)
    }

    /// Whether it is stopped, by a signal or by a debugger.
    pub fn is_stopped(&self) -> bool {
        look(self.pid, ProcessRefreshKind::nothing())
            .and_then(|system| Some(system.process(sysinfo::Pid::from_u32(self.pid.0))?.status()))
            == Some(ProcessStatus::Stop)
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

    /// The root directory. One that has another, by chroot(2) or in a jail, is not found.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn root(&self) -> Result<Directory> {
        Directory::root()
    }

    /// Its working directory.
    ///
    /// # Errors
    ///
    /// [`Error::NotPermitted`] where the kernel does not tell; [`Error::Io`].
    pub fn working_directory(&self) -> Result<Directory> {
        let kind = ProcessRefreshKind::nothing().with_cwd(UpdateKind::Always);
        let path = look(self.pid, kind).and_then(|system| {
            let process = system.process(sysinfo::Pid::from_u32(self.pid.0))?;
            Some(process.cwd()?.to_owned())
        });
        self.check_alive()?;
        Directory::open(path.ok_or(Error::NotPermitted {
            pid: self.pid,
            caller: Uid::effective(),
            action: "see the working directory of",
        })?)
    }

    /// Whether it watches the directory, which these platforms do not tell: `None`.
    ///
    /// # Errors
    ///
    /// None.
    pub fn watches(&self, _: &Directory) -> Result<Option<bool>> {
        Ok(None)
    }

    /// Whether it has a handler of its own for SIGQUIT, which sysinfo does not tell: `None`.
    pub fn handles_quit(&self) -> Option<bool> {
        None
    }

    /// Sends it SIGQUIT.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`] where it ended; [`Error::Io`] where the kernel refuses.
    pub fn quit(&self) -> Result<()> {
        self.check_alive()?;
        match kill(raw(self.pid), Signal::SIGQUIT) {
            Err(Errno::ESRCH) => Err(Error::NoSuchProcess { pid: self.pid }),
            sent => sent
                .map_err(io::Error::from)
                .with_context("send SIGQUIT to", || {
                    PathBuf::from(format!("process {}", self.pid))
                }),
        }
    }
}

const AT_ONCE: timespec = timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

fn end_of(pid: Pid) -> KEvent {
    KEvent::new(
        pid.0 as usize,
        EventFilter::EVFILT_PROC,
        EvFlags::EV_ADD,
        FilterFlag::NOTE_EXIT,
        0,
        0,
    )
}

/// An id that [`Process::pin`] has found to be in range.
fn raw(pid: Pid) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(pid.0 as i32)
}

/// Asks for the facts of this one process; `None` where there is none.
fn look(pid: Pid, kind: ProcessRefreshKind) -> Option<System> {
    let mut system = System::new();
    let pid = sysinfo::Pid::from_u32(pid.0);
    let found = system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    (found > 0).then_some(system)
}

/// The name of a user, where the system knows one.
pub(crate) fn account_name(user: Uid) -> Option<String> {
    let user = nix::unistd::User::from_uid(user.as_u32().into());
    Some(user.ok()??.name)
}
