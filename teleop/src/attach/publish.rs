//! [`Published`]: the endpoint of this process, where clients find it.

use std::{ffi::OsStr, io::Write, path::Path};

use super::{About, Endpoint, Layout, place::Place};
use crate::{
    directory::{Directory, Entry, Lock},
    error::{Context, Error, Result},
    process::{Pid, Process, Uid},
};

/// The endpoint of this process. What was made for it is removed on drop.
#[derive(Debug)]
pub(super) struct Published {
    endpoint: Endpoint,
    /// The directory of the private layout; the classic one makes nothing of its own.
    home: Option<Box<Home>>,
}

/// A notice that this process has Teleop turned off, for clients that would attach. It is removed on
/// drop.
#[derive(Debug)]
#[must_use = "the notice is removed when this is dropped"]
pub struct Disabled {
    _published: Published,
}

impl Disabled {
    pub(super) fn publish(about: &About, given: Option<&Path>) -> Result<Self> {
        let mut published = Published::prepare(Layout::Private, about, given)?;
        published.reveal()?;
        Ok(Self {
            _published: published,
        })
    }
}

/// A directory that is an endpoint, within the place where clients look for it.
#[derive(Debug)]
struct Home {
    place: Directory,
    /// What clients look for.
    name: String,
    /// What it is called now: something that nobody looks for, until it is revealed.
    current_name: String,
    directory: Directory,
    /// Held for as long as this process lives and offers Teleop: who finds the file unlocked knows
    /// that nobody is there any more.
    lock: Lock,
    /// The process that made it: a fork of it removes nothing.
    process: u32,
}

impl Published {
    /// Prepares the endpoint. Nobody finds it before [`reveal`](Self::reveal).
    pub(super) fn prepare(layout: Layout, about: &About, given: Option<&Path>) -> Result<Self> {
        let pid = Pid::this();
        let (endpoint, home) = match layout {
            Layout::Private => {
                let home = Home::prepare(about, given)?;
                (
                    Endpoint::private(pid, home.directory.clone()),
                    Some(home.into()),
                )
            }
            Layout::Classic => {
                let working = Directory::open(".")?;
                let temporary = Directory::open(std::env::temp_dir())?;
                (Endpoint::classic(pid, working, temporary), None)
            }
        };
        Ok(Self { endpoint, home })
    }

    /// Gives the endpoint its name.
    pub(super) fn reveal(&mut self) -> Result<()> {
        if let Some(home) = &mut self.home {
            home.reveal()?;
            // Where a socket is reached by its path, the new one matters.
            self.endpoint = Endpoint::private(self.endpoint.pid(), home.directory.clone());
        }
        Ok(())
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether clients still find it. A cleaner of temporary files may have taken it away.
    pub(super) fn is_intact(&self) -> bool {
        self.home.as_ref().is_none_or(|home| home.is_intact())
    }

    /// Removes the endpoints that dead processes of this user have left in the same place.
    pub(super) fn sweep(&self) {
        if let Some(home) = &self.home {
            let _ = sweep(&home.place, Uid::effective()); // What cannot be removed stays, and harms nobody.
        }
    }
}

impl Home {
    fn prepare(about: &About, given: Option<&Path>) -> Result<Self> {
        let process = Process::pin(Pid::this())?;
        let name = directory_name(&process)?;
        let user = Uid::effective();
        let root = Directory::root()?;
        let mut refusal = None;
        for place in Place::of(user, given) {
            let prepared = place
                .make(&root, user)
                .and_then(|place| Self::prepare_in(place, &name, about));
            match prepared {
                Err(error) => refusal = refusal.or(Some(error)),
                prepared => return prepared,
            }
        }
        Err(refusal.unwrap_or(Error::Unsupported {
            what: "an endpoint",
            why: "the system names no directory for the data of this user: give one with TELEOP_DIR",
        }))
    }

    fn prepare_in(place: Directory, name: &str, about: &About) -> Result<Self> {
        let provisional = format!(".{name}-{}", crate::nonce());
        let directory = place.make_private_child(&provisional)?;
        match Self::describe(&directory, about) {
            Ok(lock) => Ok(Self {
                place,
                name: name.to_owned(),
                current_name: provisional,
                directory,
                lock,
                process: std::process::id(),
            }),
            Err(error) => {
                let _ = remove(&place, &provisional, &directory); // The first error matters.
                Err(error)
            }
        }
    }

    fn describe(directory: &Directory, about: &About) -> Result<Lock> {
        let path = directory.join(About::FILE);
        let mut file = directory.create_file(About::FILE)?;
        let mut text = serde_json::to_vec(about).expect("numbers and strings can be written");
        text.push(b'\n');
        file.write_all(&text).context("write", &path)?;
        Lock::take(file).context("lock", path)
    }

    fn reveal(&mut self) -> Result<()> {
        match self.place.rename(&self.current_name, &self.name) {
            Err(error) if error.is_already_there() => {
                self.remove_predecessor()?;
                self.place.rename(&self.current_name, &self.name)?;
            }
            renamed => renamed?,
        }
        self.current_name.clone_from(&self.name);
        self.directory = self.directory.renamed(self.place.join(&self.name));
        Ok(())
    }

    /// What has the name already was made by this process: before it executed another program, or by
    /// a part of it that offers Teleop already.
    fn remove_predecessor(&self) -> Result<()> {
        let predecessor = self.place.child(&self.name)?;
        let is_held = match About::read(&predecessor, Uid::effective()) {
            Ok((_, is_held)) => is_held,
            // It was being made, or removed, when the process ended.
            Err(error) if error.is_not_found() => false,
            Err(error) => return Err(error),
        };
        if is_held {
            return Err(Error::AlreadyOffered {
                path: predecessor.path().to_owned(),
            });
        }
        remove(&self.place, &self.name, &predecessor)
    }

    fn is_intact(&self) -> bool {
        let described = |entry: Entry| self.lock.entry().is_ok_and(|lock| entry.is_same(&lock));
        let named = |entry: Entry| {
            self.directory
                .status()
                .is_ok_and(|directory| entry.is_same(&directory))
        };
        matches!(self.directory.entry(About::FILE), Ok(Some(entry)) if described(entry))
            && matches!(self.place.entry(&self.name), Ok(Some(entry)) if named(entry))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            // What cannot be removed is swept by the next process of this user.
            let _ = remove(&self.place, &self.current_name, &self.directory);
        }
    }
}

/// What the endpoint of a process is called: its id, as it sees itself, and its start.
pub(super) fn directory_name(process: &Process) -> Result<String> {
    Ok(format!("{}-{}", process.inner_pid(), process.start()?))
}

/// Removes what dead processes of a user left. Whatever is not an endpoint beyond doubt stays: the
/// directory may have been given by somebody who keeps other things in it.
pub(super) fn sweep(place: &Directory, user: Uid) -> Result<()> {
    for name in place.names()? {
        let Some(pid) = name.to_str().and_then(pid_of) else {
            continue;
        };
        let Ok(directory) = place.child(&name) else {
            continue;
        };
        let is_dead = directory.check_private(user).is_ok()
            && matches!(About::read(&directory, user), Ok((about, false)) if about.pid == pid);
        if is_dead {
            let _ = remove(place, &name, &directory); // Another may be sweeping, too.
        }
    }
    Ok(())
}

/// The process that an endpoint of this name is of.
pub(super) fn pid_of(name: &str) -> Option<u32> {
    let (pid, start) = name.split_once('-')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(pid) && is_number(start) && start.parse::<u64>().is_ok())
        .then(|| pid.parse().ok())
        .flatten()
}

/// Removes the directory of an endpoint, with the files that one has. With any other file in it, it
/// stays.
fn remove(place: &Directory, name: impl AsRef<OsStr>, directory: &Directory) -> Result<()> {
    let is_ours = |name: &OsStr| {
        let name = name.as_encoded_bytes();
        name == About::FILE.as_bytes()
            || name.starts_with(b"socket")
            || name.starts_with(b"attach-")
    };
    for entry in directory.names()? {
        if is_ours(&entry) {
            directory.remove_file(entry)?;
        }
    }
    place.remove_child(name, directory)
}
