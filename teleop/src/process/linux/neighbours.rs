//! [`Neighbours`]: the processes that can be seen from here, by the file systems in which they live.

use std::{
    cell::OnceCell,
    collections::HashMap,
    ffi::OsString,
    fs::{self, File},
    os::fd::AsFd,
    path::Path,
    thread,
    time::SystemTime,
};

use nix::fcntl::readlinkat;
use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

use super::{boot, cgroup, read};
use crate::{
    directory::Directory,
    error::{Context, Result},
    process::{Container, Pid, Process, Start},
};

/// The processes that can be seen from here, as they were at one moment.
///
/// Of a process that shares the file system of this one nothing is asked but where its root directory
/// is: one system call for each process of the system.
#[derive(Debug)]
pub(crate) struct Neighbours {
    own: View,
    /// Those who share a view. This process's own is not among them.
    others: HashMap<View, Vec<Pid>>,
    /// Those of this process's own view.
    beside: Vec<Pid>,
    pid_namespace: Option<OsString>,
    boot: Option<SystemTime>,
    /// Those who know themselves by another id.
    elsewhere: OnceCell<Vec<Alias>>,
}

/// What a process finds at a path: its root directory, as it is mounted in its namespace.
///
/// Every mount namespace has mounts of its own, so that the id of one tells the namespace, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct View {
    mount: u64,
    device: (u32, u32),
    inode: u64,
}

/// A process in another PID namespace.
#[derive(Clone, Copy, Debug)]
struct Alias {
    inner: Pid,
    pid: Pid,
}

impl Neighbours {
    /// Looks who is there.
    pub(crate) fn look() -> Result<Self> {
        let proc = Path::new("/proc");
        let opened = File::open(proc).context("open", proc)?;
        let own = View::of(CWD, "/", "/proc/self/ns/mnt").context("inspect", "/")?;
        let mut pids = Vec::new();
        for entry in fs::read_dir(proc).context("list", proc)? {
            let name = entry.context("list", proc)?.file_name();
            pids.extend(name.to_str().and_then(|name| name.parse().ok()).map(Pid));
        }
        let mut others: HashMap<_, Vec<_>> = HashMap::new();
        let mut beside = Vec::new();
        for (pid, view) in views(&opened, &pids) {
            if view == own {
                beside.push(pid);
            } else {
                others.entry(view).or_default().push(pid);
            }
        }
        Ok(Self {
            own,
            others,
            beside,
            pid_namespace: fs::read_link("/proc/self/ns/pid").ok().map(Into::into),
            boot: boot(),
            elsewhere: OnceCell::new(),
        })
    }

    /// The root directories that there are, this process's own first. What may not be opened is left
    /// out.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (View, Directory)> {
        let own = Directory::root().ok().map(|root| (self.own, root));
        let others = self.others.iter().filter_map(|(view, pids)| {
            // Some may have ended meanwhile.
            let root = pids.iter().find_map(|&pid| {
                let process = Process::pin(pid).ok()?;
                let root = process.root().ok()?;
                (View::of_process(&process) == Some(*view)).then_some(root)
            });
            Some((*view, root?))
        });
        own.into_iter().chain(others)
    }

    /// Finds the process that knows itself by this id, started at that moment, and sees what one of
    /// these views shows. Where there are several, it is none of them.
    pub(crate) fn find(&self, inner: Pid, start: Option<&str>, views: &[View]) -> Option<Process> {
        let pin = |pid| {
            let process = Process::pin(pid).ok()?;
            let is_it = process.inner_pid() == inner
                && start.is_none_or(|start| has_started(&process, start))
                && View::of_process(&process).is_some_and(|view| views.contains(&view));
            is_it.then_some(process)
        };
        if let Some(process) = pin(inner) {
            return Some(process);
        }
        let aliases = self.elsewhere.get_or_init(|| self.aliases());
        let found = aliases.iter().filter(|alias| alias.inner == inner);
        let mut found = found.filter_map(|alias| pin(alias.pid));
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }

    /// In which container it is, if it is not where this process is.
    pub(crate) fn container(&self, process: &Process) -> Option<Container> {
        let shares_pids = readlinkat(&process.facts, "ns/pid").ok() == self.pid_namespace;
        if shares_pids && View::of_process(process) == Some(self.own) {
            return None;
        }
        let name = read(&process.facts, process.pid, "cgroup").ok();
        let name = name.and_then(|text| cgroup::container(&text));
        // A file system of its own alone makes no container: many a service has one.
        (name.is_some() || !shares_pids).then(|| Container {
            pid: process.inner_pid(),
            name,
        })
    }

    /// When a process started, by the wall clock.
    pub(crate) fn started(&self, process: &Process) -> Option<SystemTime> {
        process.started_after(self.boot?)
    }

    fn aliases(&self) -> Vec<Alias> {
        let everybody = self.beside.iter().chain(self.others.values().flatten());
        let aliases = everybody.filter_map(|&pid| {
            let namespace = fs::read_link(format!("/proc/{pid}/ns/pid")).ok()?;
            if Some(namespace.as_os_str()) == self.pid_namespace.as_deref() {
                return None;
            }
            let inner = Process::pin(pid).ok()?.inner_pid();
            Some(Alias { inner, pid })
        });
        aliases.collect()
    }
}

/// What each of these processes sees, but for those of whom this may not be asked: nothing else may, either.
///
/// It takes the kernel some microseconds for each. Of many, two threads ask.
fn views(proc: &File, pids: &[Pid]) -> Vec<(Pid, View)> {
    const FEW: usize = 256;

    let look = |pids: &[Pid]| -> Vec<(Pid, View)> {
        let view = |pid: &Pid| View::of(proc, &format!("{pid}/root"), &format!("{pid}/ns/mnt"));
        pids.iter()
            .filter_map(|pid| Some((*pid, view(pid).ok()?)))
            .collect()
    };
    if pids.len() <= FEW {
        return look(pids);
    }
    let (here, there) = pids.split_at(pids.len() / 2);
    thread::scope(|scope| {
        let asking = thread::Builder::new().spawn_scoped(scope, || look(there));
        let mut seen = look(here);
        let others = match asking {
            Ok(asking) => asking.join().unwrap_or_default(),
            Err(_) => look(there),
        };
        seen.extend(others);
        seen
    })
}

/// Whether a process started at this moment, as it sees it itself.
fn has_started(process: &Process, start: &str) -> bool {
    let is_it = |it: Start| it.to_string() == start;
    process.start().is_ok_and(is_it)
        // Only a process in a time namespace of its own sees another one.
        || process.inner_starts().is_ok_and(|starts| starts.into_iter().any(is_it))
}

impl View {
    fn of(directory: impl AsFd, root: &str, namespace: &str) -> rustix::io::Result<Self> {
        let directory = directory.as_fd();
        let look = |path: &str| {
            let wanted = StatxFlags::INO | StatxFlags::MNT_ID;
            // A file system over a network is not asked: its server may be gone.
            statx(directory, path, AtFlags::STATX_DONT_SYNC, wanted)
        };
        let root = look(root)?;
        let tells_mount = root.stx_mask & StatxFlags::MNT_ID.bits() != 0;
        Ok(Self {
            // Before Linux 5.8.
            mount: if tells_mount {
                root.stx_mnt_id
            } else {
                look(namespace)?.stx_ino
            },
            device: (root.stx_dev_major, root.stx_dev_minor),
            inode: root.stx_ino,
        })
    }

    fn of_process(process: &Process) -> Option<Self> {
        Self::of(&process.facts, "root", "ns/mnt").ok()
    }
}
