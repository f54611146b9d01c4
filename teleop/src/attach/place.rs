//! [`Place`]: where the endpoints of a user's processes are, for the server that publishes one and for
//! the client that looks for it.

use std::{
    env,
    path::{Path, PathBuf, absolute},
};

use crate::{
    directory::{Directory, Site},
    error::Result,
    process::Uid,
};

/// The directory that the environment of this process gives.
pub(super) fn given() -> Option<PathBuf> {
    env::var_os("TELEOP_DIR")
        .filter(|given| !given.is_empty())
        .map(|given| fixed(given.into()))
}

/// The same directory, wherever this process goes. A client looks for it from the root directory of its
/// target.
pub(super) fn fixed(given: PathBuf) -> PathBuf {
    absolute(&given).unwrap_or(given)
}

/// A directory that may hold the endpoints of a user's processes.
///
/// It follows from the user alone, unless both sides were given one.
#[derive(Debug)]
pub(super) enum Place {
    /// What both sides were given. Its owner answers for who may change it.
    Given(PathBuf),
    /// A directory of Teleop's own below one of the system's.
    Below(Site),
}

impl Place {
    /// The places of a user, in the order in which they are tried; or the one that is given.
    pub(super) fn of(user: Uid, given: Option<&Path>) -> Vec<Self> {
        if let Some(given) = given {
            return vec![Self::Given(given.to_owned())];
        }
        Site::all(user).into_iter().map(Self::Below).collect()
    }

    /// The directory in which an entry disappears when the place is taken away as a whole: that of all
    /// users' runtime directories, where a user who logs out has his emptied, unmounted and removed.
    pub(super) fn vanishes_from(&self) -> Option<PathBuf> {
        match self {
            Self::Below(site) if site.own_parent => Some(site.parent.parent()?.to_owned()),
            _ => None,
        }
    }

    /// The path, as seen from whatever root directory.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::Given(own) => own.clone(),
            Self::Below(site) => site.parent.join(&site.name),
        }
    }

    /// Whether it has this path, as seen from whatever root directory.
    pub(super) fn is_called(&self, path: &Path) -> bool {
        let own = self.path();
        path.ends_with(own.strip_prefix("/").unwrap_or(&own))
    }

    /// Opens the place, as seen from a root directory, and checks that nobody but its owner could have
    /// put anything there.
    pub(super) fn open(&self, root: &Directory, owner: Uid) -> Result<Directory> {
        match self {
            Self::Given(path) => {
                let place = root.descend(path)?;
                place.check_unshared(owner)?;
                Ok(place)
            }
            Self::Below(site) => {
                let place = open_parent(site, root, owner)?.child(&site.name)?;
                place.check_private(owner)?;
                Ok(place)
            }
        }
    }

    /// Opens the place unchecked: nothing that is found in it is to be believed yet.
    pub(super) fn look(&self, root: &Directory) -> Result<Directory> {
        match self {
            Self::Given(path) => root.descend(path),
            Self::Below(site) => root.descend(&site.parent)?.child(&site.name),
        }
    }

    /// Opens the place of this process's own user, and makes it where it is not there.
    pub(super) fn make(&self, root: &Directory, owner: Uid) -> Result<Directory> {
        match self {
            Self::Given(path) if !path.exists() => Directory::make_private(path)?,
            Self::Given(_) => {}
            Self::Below(site) => {
                match open_parent(site, root, owner)?.make_private_child(&site.name) {
                    // Another process of this user was quicker, or it has always been there.
                    Err(error) if error.is_already_there() => {}
                    made => return made,
                }
            }
        }
        self.open(root, owner)
    }
}

fn open_parent(site: &Site, root: &Directory, owner: Uid) -> Result<Directory> {
    let directory = root.descend(&site.parent)?;
    if site.own_parent {
        directory.check_unshared(owner)?;
    }
    Ok(directory)
}
