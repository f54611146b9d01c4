//! [`Survey`]: who offers Teleop, seen without attaching to anybody.

use std::path::PathBuf;

use super::{
    Endpoint, Offer, State, classic,
    notice::{Name, Notice},
    place::{self, Place},
    sweep::sweep,
};
use crate::{
    directory::{self, Directory},
    error::Result,
    process::{Neighbour, Uid, Vantage, View},
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
        let vantage = Vantage::new()?;
        let own: Vec<_> = vantage.root().into_iter().collect();
        let mut sites = Vec::new();
        self.add_sites(&mut sites, &own);
        let (neighbours, read) = vantage.look(|| {
            let find =
                |name: &Name, site: &Site| vantage.find(name.pid, Some(name.start()), &site.views);
            let read = sites.iter().map(|site| {
                let names = site.endpoints();
                self.read(site, names, &vantage, find)
            });
            read.collect::<Vec<_>>()
        })?;

        let others: Vec<_> = neighbours.roots().collect();
        self.add_sites(&mut sites, &others);
        let find =
            |name: &Name, site: &Site| neighbours.find(name.pid, Some(name.start()), &site.views);
        let mut offers = Vec::new();
        let mut read = read.into_iter();
        for site in &sites {
            let left = match read.next() {
                Some(read) => {
                    offers.extend(read.offers);
                    read.unknown
                }
                None => site.endpoints(),
            };
            offers.extend(self.read(site, left, &vantage, find).offers);
        }
        let classic = match self.directory {
            Some(_) => Vec::new(),
            None => classic::find(&[own, others].concat(), &neighbours),
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
        let vantage = Vantage::new()?;
        let (neighbours, ()) = vantage.look(|| ())?;
        let roots: Vec<_> = vantage
            .root()
            .into_iter()
            .chain(neighbours.roots())
            .collect();
        let mut sites = Vec::new();
        self.add_sites(&mut sites, &roots);
        for site in sites {
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

    /// Adds where endpoints are, as seen from these root directories, each place once.
    fn add_sites(&self, sites: &mut Vec<Site>, roots: &[(View, Directory)]) {
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

    /// Reads what is published in a place under these names.
    fn read(
        &self,
        site: &Site,
        names: Vec<Name>,
        vantage: &Vantage,
        find: impl Fn(&Name, &Site) -> Option<Neighbour>,
    ) -> Read {
        let mut read = Read::default();
        let mut trusted: Vec<(Uid, bool)> = Vec::new();
        for name in names {
            let Ok(directory) = site.directory.child(&name.text) else {
                continue;
            };
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
            if !is_trusted {
                continue;
            }
            let endpoint = Endpoint::private(name.pid, directory, None);
            let Some(notice) = Notice::read(endpoint, owner) else {
                continue;
            };
            if !notice.is_held {
                read.offers.push(notice.offer);
            } else if let Some(found) = find(&name, site) {
                read.offers
                    .extend(notice.confirmed(site.user, &found, vantage));
            } else {
                read.unknown.push(name);
            }
        }
        read
    }
}

/// What was read in a place.
#[derive(Debug, Default)]
struct Read {
    offers: Vec<Offer>,
    /// Where somebody is there, and was not found.
    unknown: Vec<Name>,
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
    fn endpoints(&self) -> Vec<Name> {
        /// More than any user has processes, unless he means to keep others busy.
        const MOST: usize = 1 << 16;

        let names = self.directory.names().unwrap_or_default();
        let names = names.iter().take(MOST);
        names.filter_map(|name| Name::new(name)).collect()
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
}
