//! [`Located`]: the endpoint of a process, as a client finds it.

use std::path::{Path, PathBuf};

use super::{
    About, Attacher, Endpoint,
    place::Place,
    publish::{directory_name, is_held},
};
use crate::{
    directory::Directory,
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
    ) -> Result<Self> {
        let caller = Uid::effective();
        if caller != process.owner() && caller != Uid::ROOT {
            return Err(Error::Refused {
                pid: process.pid(),
                owner: process.owner(),
                caller,
            });
        }
        let root = process.root()?;
        match Self::find_private(process, attacher, given, &root)? {
            Some(located) => Ok(located),
            None => Self::find_classic(process, attacher, &root),
        }
    }

    fn find_private(
        process: &Process,
        attacher: &dyn Attacher,
        given: Option<&Path>,
        root: &Directory,
    ) -> Result<Option<Self>> {
        let name = directory_name(process)?;
        // A directory is called after the owner as the target itself knows him, but belongs to him as
        // the kernel shows him here.
        for place in Place::of(process.inner_owner(), given) {
            let directory = place
                .open(root, process.owner())
                .and_then(|place| place.child(&name));
            match directory {
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
                Ok(directory) => return Self::inspect(process, attacher, directory).map(Some),
            }
        }
        Ok(None)
    }

    fn inspect(process: &Process, attacher: &dyn Attacher, directory: Directory) -> Result<Self> {
        directory.check_private(process.owner())?;
        let about = About::read(&directory)?;
        let obstacle = if !is_held(&directory)? {
            Some(Obstacle::Abandoned)
        } else {
            match about.attacher.as_deref() {
                None => return Err(Error::Disabled { pid: process.pid() }),
                // It is not for the target to say that a signal be sent.
                Some("unix") if attacher.name() != "unix" => Some(Obstacle::NeedsSignal),
                Some(_) => None,
            }
        };
        Ok(Self {
            endpoint: Endpoint::private(process.inner_pid(), directory),
            obstacle,
        })
    }

    fn find_classic(process: &Process, attacher: &dyn Attacher, root: &Directory) -> Result<Self> {
        let obstacle = Self::classic_obstacle(process, attacher)?;
        let working = process.working_directory()?;
        // The target's own variable is not to be trusted; whoever has set it sets it on both sides.
        let mut temporary = vec![std::env::temp_dir(), PathBuf::from("/tmp")];
        temporary.dedup();
        let mut found = None;
        for path in temporary {
            let sockets = match root.descend(&path) {
                Err(error) if error.is_not_found() => continue,
                sockets => sockets?,
            };
            let endpoint = Endpoint::classic(process.inner_pid(), working.clone(), sockets);
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
                obstacle: obstacle.unwrap_or(Obstacle::NoEndpoint),
            }),
        }
    }

    /// Whether a classic target waits: the kernel tells what it watches and which signals it handles.
    fn classic_obstacle(process: &Process, attacher: &dyn Attacher) -> Result<Option<Obstacle>> {
        use nix::sys::signal::Signal;

        if attacher.name() == "unix" {
            return Ok(None); // Which looks itself whether the signal is handled.
        }
        let armed = process.watches(&process.working_directory()?)?;
        Ok(if armed {
            None
        } else if process.handles(Signal::SIGQUIT) {
            Some(Obstacle::NeedsSignal)
        } else {
            Some(Obstacle::NoEndpoint)
        })
    }
}
