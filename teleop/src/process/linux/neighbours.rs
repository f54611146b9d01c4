//! [`Neighbours`]: the processes that can be seen from here, by the file systems in which they live; and
//! [`Vantage`]: where here is.

use std::{
    cell::OnceCell,
    collections::HashMap,
    ffi::OsString,
    fs::{self, File},
    os::fd::AsFd,
    panic::resume_unwind,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::SystemTime,
};

use nix::fcntl::readlinkat;
use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

use super::{boot, cgroup, facts::Stat, read};
use crate::{
    directory::Directory,
    error::{Context, Result},
    process::{Container, Neighbour, Pid, Process, Start, without_signals},
};

/// Where this process is, among others.
#[derive(Debug)]
pub(crate) struct Vantage {
    view: View,
    pid_namespace: Option<OsString>,
    /// Whether this process knows itself by the id that `/proc` shows, and by no other.
    is_plain: bool,
    boot: Option<SystemTime>,
}

/// The processes that can be seen from here, as they were at one moment.
///
/// Of a process that shares the file system of this one nothing is asked but where its root directory
/// is: one system call for each process of the system.
#[derive(Debug)]
pub(crate) struct Neighbours<'a> {
    vantage: &'a Vantage,
    /// Those who share a view. This process's own is not among them.
    others: HashMap<View, Vec<Pid>>,
    /// Those of this process's own view.
    beside: Vec<Pid>,
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

impl Vantage {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            view: View::of(CWD, "/proc/self/root").context("inspect", "/proc/self/root")?,
            pid_namespace: fs::read_link("/proc/self/ns/pid").ok().map(Into::into),
            is_plain: Process::pin(Pid::this()).is_ok_and(|this| !this.status.is_nested),
            boot: boot(),
        })
    }

    /// The root directory of this process.
    pub(crate) fn root(&self) -> Option<(View, Directory)> {
        Some((self.view, Directory::root().ok()?))
    }

    /// Looks who is there, and does something else meanwhile: to say what each process sees takes the kernel
    /// some microseconds. Of many, another thread asks, and this one, too, once it is done with that.
    pub(crate) fn look<T>(&self, meanwhile: impl FnOnce() -> T) -> Result<(Neighbours<'_>, T)> {
        const FEW: usize = 256;

        let census = Census::new()?;
        let (seen, done) = thread::scope(|scope| {
            let spawn = || thread::Builder::new().spawn_scoped(scope, || census.ask());
            let is_worth_it = census.pids.len() > FEW;
            let another = is_worth_it.then(|| without_signals(spawn));
            let done = meanwhile();
            let mut seen = census.ask();
            // One that could not be started has left nothing to be done.
            if let Some(Ok(another)) = another {
                seen.extend(another.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            (seen, done)
        });
        Ok((Neighbours::new(self, seen), done))
    }

    /// Finds the process that has this id here and knows itself by it, started at that moment, and sees what
    /// one of these views shows.
    pub(crate) fn find(&self, pid: Pid, start: Option<&str>, views: &[View]) -> Option<Neighbour> {
        Neighbour::pin(pid, pid, start, views)
    }

    /// In which container it is, if it is not where this process is.
    pub(crate) fn container(&self, neighbour: &Neighbour) -> Option<Container> {
        let process = &neighbour.process;
        let shares_pids = self.shares_pids(process);
        if shares_pids && neighbour.view == self.view {
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

    /// Whether a process is in the PID namespace of this one.
    fn shares_pids(&self, process: &Process) -> bool {
        // To be told by its link is costly, and needless where both are in the one that `/proc` shows.
        (self.is_plain && !process.status.is_nested)
            || readlinkat(&process.facts, "ns/pid").ok() == self.pid_namespace
    }
}

impl<'a> Neighbours<'a> {
    fn new(vantage: &'a Vantage, seen: Vec<(Pid, View)>) -> Self {
        let mut others: HashMap<_, Vec<_>> = HashMap::new();
        let mut beside = Vec::new();
        for (pid, view) in seen {
            if view == vantage.view {
                beside.push(pid);
            } else {
                others.entry(view).or_default().push(pid);
            }
        }
        Self {
            vantage,
            others,
            beside,
            elsewhere: OnceCell::new(),
        }
    }

    pub(crate) fn vantage(&self) -> &Vantage {
        self.vantage
    }

    /// The root directories that there are besides this process's own. What may not be opened is left out.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (View, Directory)> {
        self.others.iter().filter_map(|(view, pids)| {
            // Some may have ended meanwhile.
            let root = pids.iter().find_map(|&pid| {
                let process = Process::pin(pid).ok()?;
                let root = process.root().ok()?;
                (View::of_process(&process) == Some(*view)).then_some(root)
            });
            Some((*view, root?))
        })
    }

    /// Finds the process that knows itself by this id, started at that moment, and sees what one of
    /// these views shows. Where there are several, it is none of them.
    pub(crate) fn find(
        &self,
        inner: Pid,
        start: Option<&str>,
        views: &[View],
    ) -> Option<Neighbour> {
        if let Some(found) = self.vantage.find(inner, start, views) {
            return Some(found);
        }
        let aliases = self.elsewhere.get_or_init(|| self.aliases());
        let found = aliases.iter().filter(|alias| alias.inner == inner);
        let mut found = found.filter_map(|it| Neighbour::pin(it.pid, inner, start, views));
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }

    fn aliases(&self) -> Vec<Alias> {
        let everybody = self.beside.iter().chain(self.others.values().flatten());
        let aliases = everybody.filter_map(|&pid| {
            let namespace = fs::read_link(format!("/proc/{pid}/ns/pid")).ok()?;
            if Some(namespace.as_os_str()) == self.vantage.pid_namespace.as_deref() {
                return None;
            }
            let inner = Process::pin(pid).ok()?.inner_pid();
            Some(Alias { inner, pid })
        });
        aliases.collect()
    }
}

/// The question what each process sees, for several threads to ask.
#[derive(Debug)]
struct Census {
    proc: File,
    pids: Vec<Pid>,
    /// Who was not asked yet.
    next: AtomicUsize,
}

impl Census {
    fn new() -> Result<Self> {
        let proc = Path::new("/proc");
        let opened = File::open(proc).context("open", proc)?;
        let mut pids = Vec::new();
        for entry in fs::read_dir(proc).context("list", proc)? {
            let name = entry.context("list", proc)?.file_name();
            pids.extend(name.to_str().and_then(|name| name.parse().ok()).map(Pid));
        }
        Ok(Self {
            proc: opened,
            pids,
            next: AtomicUsize::new(0),
        })
    }

    /// Asks those whom no other thread asks. Of whom this may not be asked is left out: nothing else may, either.
    fn ask(&self) -> Vec<(Pid, View)> {
        /// How many a thread takes at once.
        const PART: usize = 64;

        let mut seen = Vec::new();
        loop {
            let begin = self.next.fetch_add(PART, Ordering::Relaxed);
            let Some(part) = self.pids.get(begin..) else {
                return seen;
            };
            let part = part.iter().take(PART);
            seen.extend(part.filter_map(|&pid| {
                let view = View::of(&self.proc, &format!("{pid}/root")).ok()?;
                Some((pid, view))
            }));
        }
    }
}

impl Neighbour {
    /// Pins a process, if it is the one that is meant.
    fn pin(pid: Pid, inner: Pid, start: Option<&str>, views: &[View]) -> Option<Self> {
        let process = Process::pin(pid).ok()?;
        let is_it =
            process.inner_pid() == inner && start.is_none_or(|start| has_started(&process, start));
        let view = View::of_process(&process).filter(|view| is_it && views.contains(view))?;
        Some(Self {
            is_stopped: process.seen().is_ok_and(Stat::is_stopped),
            process,
            view,
        })
    }
}

/// Whether a process started at this moment, as it sees it itself.
fn has_started(process: &Process, start: &str) -> bool {
    let is_it = |it: Start| it.to_string() == start;
    process.start().is_ok_and(is_it)
        // Only a process in a time namespace of its own sees another one.
        || process.inner_starts().is_ok_and(|starts| starts.into_iter().any(is_it))
}

impl View {
    /// Of the process whose `root` under `/proc` this is.
    fn of(directory: impl AsFd, root: &str) -> rustix::io::Result<Self> {
        let look = |path: &str| {
            let wanted = StatxFlags::INO | StatxFlags::MNT_ID;
            // A file system over a network is not asked: its server may be gone.
            statx(&directory, path, AtFlags::STATX_DONT_SYNC, wanted)
        };
        let namespace = || format!("{}ns/mnt", root.trim_end_matches("root"));
        let root = look(root)?;
        let tells_mount = root.stx_mask & StatxFlags::MNT_ID.bits() != 0;
        Ok(Self {
            // Before Linux 5.8.
            mount: if tells_mount {
                root.stx_mnt_id
            } else {
                look(&namespace())?.stx_ino
            },
            device: (root.stx_dev_major, root.stx_dev_minor),
            inode: root.stx_ino,
        })
    }

    fn of_process(process: &Process) -> Option<Self> {
        Self::of(&process.facts, "root").ok()
    }
}
