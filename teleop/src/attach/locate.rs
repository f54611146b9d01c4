//! [`Located`]: the endpoint of a process, as a client finds it.

use std::path::Path;

use super::{
    About, Attacher, Check, Endpoint, diagnosis::Trail, place::Place, publish::directory_names,
};
use crate::{
    directory::{self, Directory},
    error::{Error, Obstacle, Result},
    process::{Process, Uid},
};

/// The endpoint of a process, and whether anybody in it waits for a request.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) endpoint: Endpoint,
    /// Why a request would be in vain; the socket may be open all the same.
    pub(super) obstacle: Option<Obstacle>,
}

impl Located {
    /// Finds the endpoint of a process: in the new layout, else in the classic one.
    ///
    /// Everything is seen through the root directory of the process. Where that is not allowed,
    /// nothing is tried elsewhere: it would be another process that is found.
    pub(super) fn find(
        process: &Process,
        attacher: &dyn Attacher,
        given: Option<&Path>,
        trail: &Trail,
    ) -> Result<Self> {
        trail.begin(Check::Namespaces);
        trail.passed_where_there_is(|| process.namespaces());
        trail.begin(Check::User);
        let caller = Uid::effective();
        if caller != process.owner() && caller != Uid::ROOT {
            return Err(Error::Refused {
                pid: process.pid(),
                owner: process.owner(),
                caller,
            });
        }
        trail.passed(|| process.owner().to_string());
        trail.begin(Check::Root);
        let root = process.root()?;
        trail.passed(|| described(&root));
        trail.begin(Check::Place);
        let names = directory_names(process)?;
        // A directory is called after the owner as the target itself knows him, but belongs to him as
        // the kernel shows him here.
        let places = Place::of(process.inner_owner(), given);
        let private = Self::find_private(process, attacher, &root, &places, &names, trail)?;
        let located = match private {
            Some(located) => located,
            None => match Self::find_open(process, attacher, &places, &names, trail)? {
                Ok(located) => located,
                Err(absence) => {
                    trail.begin(Check::Classic);
                    let located = Self::find_classic(process, attacher, &root, absence)?;
                    match &located.obstacle {
                        Some(obstacle) => trail.absent(|| obstacle.to_string()),
                        None => trail.passed(|| "it can be asked in the classic layout".to_owned()),
                    }
                    located
                }
            },
        };
        Ok(Self {
            endpoint: located.endpoint.on_behalf(process.behalf()),
            ..located
        })
    }

    fn find_private(
        process: &Process,
        attacher: &dyn Attacher,
        root: &Directory,
        places: &[Place],
        names: &[String],
        trail: &Trail,
    ) -> Result<Option<Self>> {
        for place in places {
            trail.begin(Check::Place);
            let place = match place.open(root, process.owner()) {
                Err(error) if error.is_not_found() => {
                    trail.absent(|| format!("there is no `{}`", place.path().display()));
                    continue;
                }
                place => place?,
            };
            trail.passed(|| described(&place));
            trail.begin(Check::Endpoint);
            for name in names {
                let directory = place.child(name);
                match directory.and_then(|it| Self::inspect(process, attacher, it, trail)) {
                    // There is none, or it is being withdrawn, or made again.
                    Err(error) if error.is_not_found() => {
                        trail.absent(|| format!("there is no `{}`", place.join(name).display()));
                    }
                    located => return located.map(Some),
                }
            }
        }
        Ok(None)
    }

    /// Finds the endpoint among what the process has open: where its root directory has changed since
    /// it was armed, or something was mounted over the place, no path leads there any more. Else it
    /// tells what to say.
    fn find_open(
        process: &Process,
        attacher: &dyn Attacher,
        places: &[Place],
        names: &[String],
        trail: &Trail,
    ) -> Result<Result<Self, Obstacle>> {
        trail.begin(Check::Endpoint);
        let mut absence = Obstacle::NoEndpoint;
        for name in names {
            for descriptor in process.has_open(name)? {
                let place = descriptor.path.parent().unwrap_or(Path::new("/"));
                // The path says which one may be meant, and no more: whose it is, is checked.
                let is_looked_for = places.iter().any(|it| it.is_called(place));
                if !is_looked_for {
                    let place = place.to_owned();
                    absence = Obstacle::Elsewhere { place };
                    continue;
                }
                let directory = process.directory_of(&descriptor);
                match directory.and_then(|it| Self::inspect(process, attacher, it, trail)) {
                    Err(error) if error.is_not_found() => {}
                    located => return located.map(Ok),
                }
            }
        }
        Ok(Err(absence))
    }

    fn inspect(
        process: &Process,
        attacher: &dyn Attacher,
        directory: Directory,
        trail: &Trail,
    ) -> Result<Self> {
        directory.check_private(process.owner())?;
        let (about, is_held) = About::read(&directory, process.owner())?;
        let obstacle = if !is_held {
            // The kernel drops the lock before it says that the process has ended.
            if process.is_ending() {
                let pid = process.pid();
                return Err(Error::NoSuchProcess { pid });
            }
            Some(Obstacle::Abandoned)
        } else {
            match about.attacher.as_deref() {
                None => return Err(Error::Disabled { pid: process.pid() }),
                // It is not for the target to say that a signal be sent.
                Some("unix") if attacher.name() != "unix" => Some(Obstacle::NeedsSignal),
                Some(_) => None,
            }
        };
        trail.passed(|| said(&directory, &about, is_held));
        Ok(Self {
            endpoint: Endpoint::private(process.inner_pid(), directory, None),
            obstacle,
        })
    }

    fn find_classic(
        process: &Process,
        attacher: &dyn Attacher,
        root: &Directory,
        absence: Obstacle,
    ) -> Result<Self> {
        let (working, obstacle) = match process.working_directory() {
            Ok(working) => {
                let obstacle = Self::classic_obstacle(process, attacher, &working, &absence)?;
                if obstacle.is_none() {
                    check_classic(&working, process)?;
                }
                (Some(working), obstacle)
            }
            // Where the platform does not show it, nobody can be asked; but a socket may be open.
            Err(Error::Unsupported { .. }) => (None, Some(absence.clone())),
            Err(error) => return Err(error),
        };
        let mut found = None;
        for path in directory::temporary() {
            let sockets = match root.descend(&path) {
                Err(error) if error.is_not_found() => continue,
                sockets => sockets?,
            };
            let requests = working.as_ref().unwrap_or(&sockets).clone();
            let endpoint = Endpoint::classic(process.inner_pid(), requests, sockets);
            if endpoint.sockets().entry(endpoint.socket_name())?.is_some() {
                found = Some(endpoint);
                break;
            }
            found = found.or(Some(endpoint));
        }
        match (found, obstacle) {
            (Some(endpoint), obstacle) => Ok(Self { endpoint, obstacle }),
            (None, obstacle) => Err(Error::NotAttachable {
                pid: process.pid(),
                obstacle: obstacle.unwrap_or(absence),
            }),
        }
    }

    /// Whether a classic target waits: the kernel tells what it watches and which signals it handles.
    ///
    /// Where it does not tell, no file is put into the working directory of a process that may not
    /// know what it is for.
    fn classic_obstacle(
        process: &Process,
        attacher: &dyn Attacher,
        working: &Directory,
        absence: &Obstacle,
    ) -> Result<Option<Obstacle>> {
        if attacher.name() == "unix" {
            return Ok(None); // Which looks itself whether the signal is handled.
        }
        Ok(if process.watches(working)? == Some(true) {
            None
        } else if process.handles_quit() == Some(true) {
            Some(Obstacle::NeedsSignal)
        } else {
            Some(absence.clone())
        })
    }
}

/// What an endpoint says of itself, as far as it explains how an attach goes.
fn said(directory: &Directory, about: &About, is_held: bool) -> String {
    let held = if is_held { "held" } else { "not held" };
    let attacher = about.attacher.as_deref().unwrap_or("none");
    format!(
        "{}; says: {} {}, protocol {}, attacher {attacher}; its lock is {held}",
        described(directory),
        about.name,
        about.version.as_deref().unwrap_or("of no version"),
        about.protocol,
    )
}

fn described(directory: &Directory) -> String {
    let path = directory.path().display();
    match directory.status() {
        Ok(status) => format!("`{path}`, {}", status.described()),
        Err(_) => format!("`{path}`"),
    }
}

/// A target may change to any directory, and wait there for root to create a file in it.
fn check_classic(working: &Directory, process: &Process) -> Result<()> {
    let owner = working.status()?.owner();
    if [owner, Uid::effective()].contains(&process.owner()) {
        return Ok(());
    }
    Err(Error::Untrusted {
        path: working.path().to_owned(),
        finding: format!(
            "it belongs to {owner}, and the process that waits for a file in it to {}",
            process.owner()
        ),
    })
}
