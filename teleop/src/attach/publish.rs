//! [`Published`]: the endpoint of this process, where clients find it.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    About, Endpoint, Layout,
    place::Place,
    sweep::{provisional_name, remove, sweep},
};
use crate::{
    directory::{Directory, Entry, Lock},
    error::{Context, Error, Result},
    process::{Pid, Process, Start, Uid},
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
    /// The root directory of this process, as it was: that of clients may be, whatever it is now.
    root: Directory,
    place: Directory,
    /// Where it shows that the place was taken away as a whole.
    vanishes_from: Option<PathBuf>,
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
                (home.endpoint(), Some(home.into()))
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
            self.endpoint = home.endpoint();
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
        let mut refusal: Option<Error> = None;
        for place in Place::of(user, given) {
            let prepared = place
                .make(&root, user)
                .and_then(|made| Self::prepare_in(&root, made, &name, about));
            match prepared {
                // That a place is not there says less than why another cannot be used.
                Err(error) if refusal.as_ref().is_none_or(Error::is_not_found) => {
                    refusal = Some(error);
                }
                Err(_) => {}
                Ok(mut home) => {
                    home.vanishes_from = place.vanishes_from();
                    return Ok(home);
                }
            }
        }
        Err(refusal.unwrap_or(Error::Unsupported {
            what: "an endpoint",
            why: "the system names no directory for the data of this user: give one with TELEOP_DIR",
        }))
    }

    fn prepare_in(root: &Directory, place: Directory, name: &str, about: &About) -> Result<Self> {
        let mut tries = 1;
        loop {
            match Self::make(&place, name, about) {
                // Somebody who swept took it for what a dead process had left, as nobody held it yet.
                Err(error) if tries < TRIES && was_swept(&error) => tries += 1,
                made => {
                    let (current_name, directory, lock) = made?;
                    return Ok(Self {
                        root: root.clone(),
                        place,
                        vanishes_from: None,
                        name: name.to_owned(),
                        current_name,
                        directory,
                        lock,
                        process: std::process::id(),
                    });
                }
            }
        }
    }

    fn make(place: &Directory, name: &str, about: &About) -> Result<(String, Directory, Lock)> {
        let provisional = provisional_name(name);
        let directory = place.make_private_child(&provisional)?;
        match Self::describe(&directory, about) {
            Ok(lock) => Ok((provisional, directory, lock)),
            Err(error) => {
                let _ = remove(place, &provisional, &directory); // The first error matters.
                Err(error)
            }
        }
    }

    fn describe(directory: &Directory, about: &About) -> Result<Lock> {
        let path = directory.join(About::FILE);
        let file = directory.create_file(About::FILE)?;
        let mut writer = file.try_clone().context("write", &path)?;
        let lock = Lock::take(file).context("lock", &path)?;
        // From here on nobody sweeps it. What was swept before has lost its name.
        let entry = lock.entry().context("inspect", &path)?;
        if !matches!(directory.entry(About::FILE)?, Some(named) if named.is_same(&entry)) {
            return Err(io::Error::from(io::ErrorKind::NotFound)).context("find", path);
        }
        let mut text = serde_json::to_vec(about).expect("numbers and strings can be written");
        text.push(b'\n');
        writer.write_all(&text).context("write", &path)?;
        Ok(lock)
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::private(
            Pid::this(),
            self.directory.clone(),
            self.vanishes_from.clone(),
        )
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
        matches!(self.directory.entry(About::FILE), Ok(Some(entry)) if described(entry))
            && self.has_the_name()
            && !self.is_unreachable()
    }

    /// Whether the path of the place leads elsewhere, or nowhere, by now: it was deleted or unmounted.
    fn is_unreachable(&self) -> bool {
        let there = self.root.descend(self.place.path());
        match there.and_then(|there| there.status()) {
            Ok(there) => {
                let here = self.place.status();
                here.is_ok_and(|here| !here.is_same(&there))
            }
            Err(error) => error.is_not_found(),
        }
    }

    /// Whether what is called as it is called is this.
    fn has_the_name(&self) -> bool {
        let is_this = |entry: Entry| {
            self.directory
                .status()
                .is_ok_and(|directory| entry.is_same(&directory))
        };
        matches!(self.place.entry(&self.current_name), Ok(Some(entry)) if is_this(entry))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            return;
        }
        // Under a name that tells who sweeps that it is nobody's, should this be interrupted. Nobody else
        // gives this process's name away.
        let provisional = provisional_name(&self.name);
        if self.has_the_name() && self.place.rename(&self.current_name, &provisional).is_ok() {
            self.directory = self.directory.renamed(self.place.join(&provisional));
            self.current_name = provisional;
        }
        // What cannot be removed is swept by the next process of this user.
        let _ = remove(&self.place, &self.current_name, &self.directory);
    }
}

/// How often an endpoint is made before it is given up that nobody sweeps it too early.
const TRIES: usize = 8;

/// Whether this is how it shows that somebody else has removed what is being made, or is about to.
fn was_swept(error: &Error) -> bool {
    error.is_not_found()
        || matches!(error, Error::Io { source, .. } if source.kind() == io::ErrorKind::WouldBlock)
}

/// What the endpoint of this process is called: its id and its start.
fn directory_name(process: &Process) -> Result<String> {
    Ok(name_of(process.inner_pid(), process.start()?))
}

/// What the endpoint of a process may be called, whose id and start are as it sees them itself.
pub(super) fn directory_names(process: &Process) -> Result<Vec<String>> {
    let starts = process.inner_starts()?;
    let name = |start| name_of(process.inner_pid(), start);
    Ok(starts.into_iter().map(name).collect())
}

fn name_of(pid: Pid, start: Start) -> String {
    format!("{pid}-{start}")
}
