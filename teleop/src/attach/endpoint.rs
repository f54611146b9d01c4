//! [`Endpoint`]: where a process can be asked to open its socket, and where the socket is then.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io,
    path::{Path, PathBuf},
};

use crate::{
    channel::Stream,
    directory::{Directory, Entry},
    error::{Context, Result},
    process::{Behalf, Pid},
};

/// How the files of an endpoint are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// A directory of its own, which its owner alone may enter.
    Private,
    /// That of the crate `teleop` up to 0.4.1: the request stands in the working directory of the
    /// target, the socket in the directory for temporary files.
    Classic,
}

/// Where a process can be asked to open its socket, and where the socket is then.
///
/// Both directories are held open: a client and a server that found them once are not led elsewhere.
#[derive(Clone, Debug)]
pub struct Endpoint {
    layout: Layout,
    pid: Pid,
    requests: Directory,
    sockets: Directory,
    vanishes_from: Option<PathBuf>,
    /// As whom a client acts there, where it is not as itself.
    behalf: Option<Behalf>,
}

impl Endpoint {
    /// The endpoint that has a directory of its own.
    pub(crate) fn private(pid: Pid, directory: Directory, vanishes_from: Option<PathBuf>) -> Self {
        Self {
            layout: Layout::Private,
            pid,
            requests: directory.clone(),
            sockets: directory,
            vanishes_from,
            behalf: None,
        }
    }

    /// The endpoint in the classic layout.
    pub(crate) fn classic(pid: Pid, working: Directory, temporary: Directory) -> Self {
        Self {
            layout: Layout::Classic,
            pid,
            requests: working,
            sockets: temporary,
            vanishes_from: None,
            behalf: None,
        }
    }

    /// The same, for a client that acts there as the owner of the process.
    pub(super) fn on_behalf(self, behalf: Option<Behalf>) -> Self {
        Self { behalf, ..self }
    }

    /// How its files are laid out.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The process, as it sees itself.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Whether a request at the one stands at the other, too.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self.requests.status(), other.requests.status()) {
            (Ok(status), Ok(other)) => status.is_same(&other),
            _ => false,
        }
    }

    /// The directory in which a client creates its attach file. It is what an attacher watches.
    pub fn requests(&self) -> &Directory {
        &self.requests
    }

    /// The directory in which the socket appears.
    pub fn sockets(&self) -> &Directory {
        &self.sockets
    }

    /// The directory of the system's in which an entry disappears when everything is taken away that the
    /// endpoint is part of, such as `/run/user` when a user logs out; `None` where that does not happen.
    ///
    /// A target that watches it, too, has its endpoint made again at once.
    pub fn vanishes_from(&self) -> Option<&Path> {
        self.vanishes_from.as_deref()
    }

    /// The name of the socket.
    pub fn socket_name(&self) -> OsString {
        match self.layout {
            Layout::Private => "socket".into(),
            Layout::Classic => format!("{CLASSIC_SOCKET}{}", self.pid).into(),
        }
    }

    /// A name for an attach file.
    ///
    /// In the private layout no two are the same, so that what a killed client left behind never
    /// hides a request. In the classic layout there is but one.
    pub fn request_name(&self) -> OsString {
        match self.layout {
            Layout::Private => format!("{REQUEST}{}", crate::nonce()).into(),
            Layout::Classic => self.classic_request_name(),
        }
    }

    /// Creates an attach file.
    pub(super) fn create_request(&self, name: &OsStr) -> Result<File> {
        let create = || self.requests.create_file(name);
        self.behalf
            .map_or_else(create, |behalf| behalf.run(create)?)
    }

    /// Connects to the socket. It never waits.
    pub(super) fn connect(&self) -> Result<Stream> {
        let name = self.socket_name();
        let connect = || Stream::connect(&self.sockets, &name);
        match self.behalf {
            None => connect(),
            Some(behalf) if self.sockets.entry(&name)?.is_some() => behalf.run(connect)?,
            // Nobody is to be somebody else just to find nothing. That it is not there has to be the end of
            // it: should it appear now, whoever connects as himself is nobody there.
            Some(_) => {
                let missing = Err(io::Error::from(io::ErrorKind::NotFound));
                missing.with_context("connect to", || self.sockets.join(&name))
            }
        }
    }

    /// Takes every request that stands.
    ///
    /// An attach file counts where it belongs to the user of this process or to root. Another
    /// user's is left alone, and asks for nothing.
    pub(crate) fn take_requests(&self) -> Result<Requests> {
        let names = match self.layout {
            Layout::Private => self.requests.names()?,
            Layout::Classic => vec![self.classic_request_name()],
        };
        let mut requests = Requests::default();
        for name in names {
            if self.layout == Layout::Private && !is_request(&name) {
                continue;
            }
            if let Some(entry) = self.requests.entry(&name)? {
                if !entry.owner().may_attach() {
                    requests.ignored = Some(entry);
                } else if entry.is_file() {
                    // In a directory such as /tmp, only root may remove what root created.
                    let _ = self.requests.remove_file(&name);
                    requests.are_there = true;
                }
            }
        }
        Ok(requests)
    }

    fn classic_request_name(&self) -> OsString {
        format!(".teleop_attach_{}", self.pid).into()
    }
}

/// The requests that stood at an endpoint.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// Whether somebody who may attach made one.
    pub(crate) are_there: bool,
    /// One of somebody who may not.
    pub(crate) ignored: Option<Entry>,
}

const REQUEST: &str = "attach-";

/// What the name of a socket of the classic layout begins with; the id of the process follows.
pub(super) const CLASSIC_SOCKET: &str = ".teleop_pid_";

fn is_request(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(REQUEST.as_bytes())
}
