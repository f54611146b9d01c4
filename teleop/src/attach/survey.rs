//! [`Survey`]: who offers Teleop, seen without attaching to anybody.

use std::path::PathBuf;

use super::{
    About, Endpoint, Layout, Offer, State, classic,
    offer::bounded,
    place::{self, Place},
    sweep::{pid_of, sweep},
};
use crate::{
    directory::{self, Directory},
    error::Result,
    process::{Neighbours, Pid, Process, Uid, View},
};

/// Looks for the processes that offer Teleop.
///
/// It reads what they have published, and compares it with what the kernel says of them: nobody is
/// attached to, connected to or notified, and nothing is created. What this process may not see, or what
/// is not to be trusted, is left out.
///
/// ```no_run
/// # fn example() -> teleop::Result<()> {
/// for offer in teleop::attach::Survey::new().offers()? {
///     println!("{} {} {:?}", offer.pid, offer.name, offer.state);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Platform
///
/// On Linux also the processes in containers are found, through their root directories. On macOS, of
/// other users only those that publish in `/tmp`; on Windows, none.
#[derive(Clone, Debug)]
#[must_use = "nobody is looked for until it is told to"]
pub struct Survey {
    every_user: bool,
    directory: Option<PathBuf>,
}

impl Survey {
    /// Of the processes of this user.
    pub fn new() -> Self {
        Self {
            every_user: false,
            directory: place::given(),
        }
    }

    /// Of the processes of all users. Of others this takes the right to see what they have published,
    /// which root has.
    pub fn every_user(self) -> Self {
        Self {
            every_user: true,
            ..self
        }
    }

    /// The directory where they publish their endpoints, seen through their root directories. Default:
    /// what the variable `TELEOP_DIR` says, else what follows from their users.
    ///
    /// With one, targets of the classic layout, which publish nothing, are not looked for.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// The processes that offer Teleop, in the order of their ids; and what dead ones have left.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io) where the processes of the system cannot be listed.
    pub fn offers(&self) -> Result<Vec<Offer>> {
        let neighbours = Neighbours::look()?;
        let roots: Vec<_> = neighbours.roots().collect();
        let mut offers = Vec::new();
        for site in self.sites(&roots) {
            self.read(&site, &neighbours, &mut offers);
        }
        let classic = match self.directory {
            Some(_) => Vec::new(),
            None => classic::find(&roots, &neighbours),
        };
        for offer in classic {
            // One that has both layouts is known by the other.
            let is_known = |known: &Offer| known.start.is_some() && known.pid == offer.pid;
            if self.covers(offer.user) && !offers.iter().any(is_known) {
                offers.push(offer);
            }
        }
        offers.sort_by_key(|offer| offer.pid);
        Ok(offers)
    }

    /// The living processes that give themselves a name; if there are none, those whose executable has
    /// it.
    ///
    /// # Errors
    ///
    /// Those of [`offers`](Self::offers).
    pub fn named(&self, name: &str) -> Result<Vec<Offer>> {
        let mut offers = self.offers()?;
        offers.retain(|offer| offer.state != State::Stale);
        let is_known = offers.iter().any(|offer| offer.is_named(name));
        offers.retain(|offer| match is_known {
            true => offer.is_named(name),
            false => offer.executes(name),
        });
        Ok(offers)
    }

    /// Removes what dead processes have left; what a living one has made stays, and so does whatever is
    /// not beyond doubt an endpoint.
    ///
    /// # Errors
    ///
    /// Those of [`offers`](Self::offers). What cannot be removed stays.
    pub fn prune(&self) -> Result<()> {
        let roots: Vec<_> = Neighbours::look()?.roots().collect();
        for site in self.sites(&roots) {
            for owner in site
                .owners()
                .into_iter()
                .filter(|&owner| self.covers(owner))
            {
                if site.is_trusted(owner) {
                    let _ = sweep(&site.directory, owner); // The next one is another matter.
                }
            }
        }
        Ok(())
    }

    fn covers(&self, user: Uid) -> bool {
        self.every_user || user == Uid::effective()
    }

    /// Where endpoints are, each place once.
    fn sites(&self, roots: &[(View, Directory)]) -> Vec<Site> {
        let mut sites: Vec<Site> = Vec::new();
        for (view, root) in roots {
            for (user, place) in self.places(root) {
                let Ok(directory) = place.look(root) else {
                    continue;
                };
                // A directory that was given may be that of several users.
                let is_covered = directory.status().is_ok_and(|it| self.covers(it.owner()));
                if user.is_some() && !is_covered {
                    continue;
                }
                let mut known = sites.iter_mut();
                match known.find(|site| site.directory.is_same(&directory)) {
                    Some(site) => site.views.push(*view),
                    None => sites.push(Site {
                        user,
                        place,
                        root: root.clone(),
                        directory,
                        views: vec![*view],
                    }),
                }
            }
        }
        sites
    }

    /// The places that there may be below a root directory, each with the user whom it is called after.
    fn places(&self, root: &Directory) -> Vec<(Option<Uid>, Place)> {
        let of = |user| Place::of(user, self.directory.as_deref()).into_iter();
        if self.directory.is_some() {
            return of(Uid::effective()).map(|place| (None, place)).collect();
        }
        let users = directory::users(root).into_iter();
        users
            .flat_map(|user| of(user).map(move |place| (Some(user), place)))
            .collect()
    }

    /// Adds what is published in a place.
    fn read(&self, site: &Site, neighbours: &Neighbours, offers: &mut Vec<Offer>) {
        let mut trusted: Vec<(Uid, bool)> = Vec::new();
        for (pid, start, directory) in site.endpoints() {
            let Ok(owner) = directory.status().map(|status| status.owner()) else {
                continue;
            };
            if !self.covers(owner) {
                continue;
            }
            let known = trusted.iter().find(|(user, _)| *user == owner).copied();
            let (_, is_trusted) = known.unwrap_or_else(|| {
                trusted.push((owner, site.is_trusted(owner)));
                trusted[trusted.len() - 1]
            });
            if is_trusted {
                let endpoint = Endpoint::private(pid, directory, None);
                offers.extend(site.offer(endpoint, &start, owner, neighbours));
            }
        }
    }
}

impl Default for Survey {
    fn default() -> Self {
        Self::new()
    }
}

/// A directory that may hold endpoints.
#[derive(Debug)]
struct Site {
    /// Whose it is called after, as those know him who see it.
    user: Option<Uid>,
    place: Place,
    root: Directory,
    directory: Directory,
    /// Who sees it.
    views: Vec<View>,
}

impl Site {
    /// What may be endpoints, by the names of their directories.
    fn endpoints(&self) -> impl Iterator<Item = (Pid, String, Directory)> {
        /// More than any user has processes, unless he means to keep others busy.
        const MOST: usize = 1 << 16;

        let names = self.directory.names().unwrap_or_default().into_iter();
        names.take(MOST).filter_map(|name| {
            let name = name.to_str()?;
            let pid = pid_of(name)?;
            let (_, start) = name.split_once('-')?;
            Some((
                pid.into(),
                start.to_owned(),
                self.directory.child(name).ok()?,
            ))
        })
    }

    /// Those who have something in it.
    fn owners(&self) -> Vec<Uid> {
        let names = self.directory.names().unwrap_or_default().into_iter();
        let entries = names.filter_map(|name| self.directory.entry(name).ok()?);
        let mut owners: Vec<_> = entries.map(|entry| entry.owner()).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// Whether nobody but this user, or root, could have put anything there.
    fn is_trusted(&self, user: Uid) -> bool {
        let opened = self.place.open(&self.root, user);
        opened.is_ok_and(|opened| opened.is_same(&self.directory))
    }

    /// What an endpoint is, where the kernel says the same as the endpoint does.
    fn offer(
        &self,
        endpoint: Endpoint,
        start: &str,
        owner: Uid,
        neighbours: &Neighbours,
    ) -> Option<Offer> {
        let directory = endpoint.sockets();
        directory.check_private(owner).ok()?;
        let (about, is_held) = About::read(directory, owner).ok()?;
        let pid = endpoint.pid();
        if pid != about.pid.into() {
            return None;
        }
        let is_disabled = about.attacher.is_none();
        let offer = Offer {
            pid,
            layout: Layout::Private,
            name: bounded(about.name),
            version: about.version.map(bounded),
            executable: about.executable.map(Into::into),
            user: owner,
            start: None,
            started: None,
            container: None,
            state: State::Stale,
        };
        if !is_held {
            return Some(offer);
        }
        let process = neighbours.find(pid, Some(start), &self.views)?;
        let is_its =
            process.owner() == owner && self.user.is_none_or(|user| process.inner_owner() == user);
        let state = match () {
            () if is_disabled => State::Disabled,
            () if process.is_stopped() => State::Stopped,
            () if is_open(&endpoint) => State::Open,
            () => State::Armed,
        };
        is_its.then(|| Offer {
            state,
            ..offer.of(&process, neighbours)
        })
    }
}

/// Whether the socket is there, which it is when somebody listens on it.
fn is_open(endpoint: &Endpoint) -> bool {
    matches!(
        endpoint.sockets().entry(endpoint.socket_name()),
        Ok(Some(_))
    )
}

impl Offer {
    /// The same, with what the kernel says of the process.
    pub(super) fn of(self, process: &Process, neighbours: &Neighbours) -> Self {
        Self {
            pid: process.pid(),
            executable: process.executable(),
            user: process.owner(),
            start: process.start().ok(),
            started: neighbours.started(process),
            container: neighbours.container(process),
            ..self
        }
    }
}
