//! [`Notice`]: what an endpoint says, compared with what the kernel says of its process.

use std::ffi::OsStr;

use super::{About, Endpoint, Layout, Offer, State, offer::bounded, sweep::pid_of};
use crate::process::{Neighbour, Pid, Uid, Vantage};

/// What the directory of an endpoint is called.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) pid: Pid,
}

impl Name {
    pub(super) fn new(text: &OsStr) -> Option<Self> {
        let text = text.to_str()?;
        Some(Self {
            pid: pid_of(text)?.into(),
            text: text.to_owned(),
        })
    }

    pub(super) fn start(&self) -> &str {
        self.text.split_once('-').map_or("", |(_, start)| start)
    }
}

/// What an endpoint says of itself.
#[derive(Debug)]
pub(super) struct Notice {
    endpoint: Endpoint,
    /// As it would be if nobody were there.
    pub(super) offer: Offer,
    pub(super) is_held: bool,
    is_disabled: bool,
}

impl Notice {
    pub(super) fn read(endpoint: Endpoint, owner: Uid) -> Option<Self> {
        let directory = endpoint.sockets();
        directory.check_private(owner).ok()?;
        let (about, is_held) = About::read(directory, owner).ok()?;
        let pid = endpoint.pid();
        if pid != about.pid.into() {
            return None;
        }
        Some(Self {
            endpoint,
            is_held,
            is_disabled: about.attacher.is_none(),
            offer: Offer {
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
            },
        })
    }

    /// What it comes to, where the kernel says the same as the endpoint does. The place may be called after
    /// a user, as the process itself knows him.
    pub(super) fn confirmed(
        self,
        user: Option<Uid>,
        found: &Neighbour,
        vantage: &Vantage,
    ) -> Option<Offer> {
        let process = &found.process;
        let owner = self.offer.user;
        let is_its =
            process.owner() == owner && user.is_none_or(|user| process.inner_owner() == user);
        let state = match () {
            () if self.is_disabled => State::Disabled,
            () if found.is_stopped => State::Stopped,
            () if is_open(&self.endpoint) => State::Open,
            () => State::Armed,
        };
        is_its.then(|| Offer {
            state,
            ..self.offer.of(found, vantage)
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
    pub(super) fn of(self, found: &Neighbour, vantage: &Vantage) -> Self {
        let process = &found.process;
        Self {
            pid: process.pid(),
            executable: process.executable(),
            user: process.owner(),
            start: process.start().ok(),
            started: vantage.started(process),
            container: vantage.container(found),
            ..self
        }
    }
}
