//! A process as `/proc` shows it: under what id, and whether at all.

use std::{
    fs::{read_link, read_to_string},
    os::fd::{AsRawFd, OwnedFd},
    path::Path,
};

use nix::{fcntl::OFlag, sys::stat::Mode};
use rustix::process::{PidfdFlags, pidfd_open};

use super::has_ended;
use crate::{
    error::{Context, Error, Result},
    process::{Pid, Uid},
};

/// Opens a pidfd of what has the id; `None` where it is not a process, but perhaps a thread.
pub(super) fn pidfd_of(pid: Pid) -> Result<Option<OwnedFd>> {
    let raw = i32::try_from(pid.0)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .ok_or(Error::NoSuchProcess { pid })?;
    what_is(pid, pidfd_open(raw, PidfdFlags::empty()))
}

fn what_is<T>(pid: Pid, opened: rustix::io::Result<T>) -> Result<Option<T>> {
    use rustix::io::Errno;

    match opened {
        Ok(pidfd) => Ok(Some(pidfd)),
        Err(Errno::SRCH) => Err(Error::NoSuchProcess { pid }),
        // A thread's id: EINVAL, or ENOENT since Linux 6.9. `/proc` tells whose thread it is.
        Err(Errno::INVAL | Errno::NOENT) => Ok(None),
        // Old filters of containers answer so to whatever they do not know.
        Err(Errno::NOSYS | Errno::PERM) => Err(Error::Unsupported {
            what: "pidfd_open(2)",
            why: "it takes Linux 5.3, and a seccomp filter that allows it",
        }),
        Err(source) => Err(source).context("open a pidfd of", format!("/proc/{pid}")),
    }
}

/// Opens the directory under `/proc` that shows a process, and tells under which id.
///
/// It is opened by number: whether it shows the process of the pidfd is known if that one lives
/// afterwards.
pub(super) fn facts_of(pid: Pid, pidfd: Option<&OwnedFd>) -> Result<(OwnedFd, Pid)> {
    let shown = shown_as(pid, pidfd)?;
    let path = format!("/proc/{shown}");
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    match nix::fcntl::open(path.as_str(), flags, Mode::empty()) {
        Ok(facts) => Ok((facts, shown)),
        Err(nix::Error::ENOENT) if pidfd.is_none_or(has_ended) => Err(Error::NoSuchProcess { pid }),
        Err(nix::Error::ENOENT) => Err(hidden(pid)),
        Err(source) => Err(source).context("open", path),
    }
}

/// The id under which `/proc` shows a process: where it was mounted in another PID namespace, that is
/// the id which the process has there.
fn shown_as(pid: Pid, pidfd: Option<&OwnedFd>) -> Result<Pid> {
    let Ok(this) = read_link("/proc/self") else {
        return Err(Error::Unsupported {
            what: "/proc",
            why: "it is not mounted, or shows nothing of this PID namespace (`mount -t proc proc /proc`)",
        });
    };
    if this == Path::new(&std::process::id().to_string()) {
        return Ok(pid);
    }
    let pidfd = pidfd.ok_or(Error::NoSuchProcess { pid })?;
    let path = format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd());
    let info = read_to_string(&path).context("read", path)?;
    let shown = info.lines().find_map(|line| line.strip_prefix("Pid:"));
    // It is 0 where the process has no id there, and -1 where it has ended.
    match shown.and_then(|shown| shown.trim().parse().ok()) {
        Some(0) => Err(hidden(pid)),
        Some(shown) => Ok(Pid(shown)),
        None => Err(Error::NoSuchProcess { pid }),
    }
}

/// Which the mount option `hidepid` of `/proc` does.
pub(super) fn hidden(pid: Pid) -> Error {
    Error::NotPermitted {
        pid,
        caller: Uid::effective(),
        action: "see",
    }
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn a_kernel_without_pidfds_is_told_from_a_process_that_is_not_there() {
        let pid = Pid(7);
        for without in [Errno::NOSYS, Errno::PERM] {
            let error = what_is::<()>(pid, Err(without)).unwrap_err();
            assert!(error.to_string().contains("Linux 5.3"), "{error}");
        }
        let gone = what_is::<()>(pid, Err(Errno::SRCH));
        assert!(matches!(gone, Err(Error::NoSuchProcess { .. })));
        assert!(what_is::<()>(pid, Err(Errno::INVAL)).unwrap().is_none());
    }
}
