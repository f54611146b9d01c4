//! [`Listener`]: the target's side of the handshake, from armed to connected and back.

use std::{
    io,
    path::PathBuf,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use futures::{FutureExt, future, task::AtomicWaker};

use super::{About, Armed, Attacher, Disabled, Layout, attacher::Auto, place, publish::Published};
use crate::{
    audit,
    channel::{self, PeerCredentials, Stream},
    directory::{Directory, Entry},
    error::Result,
    process::{Own, refuse_in_fork},
    reactor::{self, Timer},
};

/// How to listen.
#[derive(Clone, Debug)]
#[must_use = "nothing is armed until it is told to"]
pub struct Listen {
    layout: Layout,
    attacher: Arc<dyn Attacher>,
    linger: Duration,
    directory: Option<PathBuf>,
}

impl Listen {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            layout: Layout::Private,
            attacher: Arc::new(Auto),
            linger: Duration::from_secs(5),
            directory: place::given(),
        }
    }

    /// How the files of the endpoint are laid out. Default: [`Layout::Private`].
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// How this process learns that somebody wants to attach. Default: [`Auto`].
    pub fn attacher(mut self, attacher: impl Attacher + 'static) -> Self {
        self.attacher = Arc::new(attacher);
        self
    }

    /// How long the socket stays open when nobody is connected. Default: five seconds.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    /// The directory where the endpoint is published. Default: what the variable `TELEOP_DIR` says,
    /// else what follows from the user.
    ///
    /// It is made where it is not there. It has to belong to this user or to root, and nobody else
    /// may be allowed to change it.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(place::fixed(directory.into()));
        self
    }

    /// Publishes the endpoint of this process and begins to wait for requests.
    ///
    /// # Errors
    ///
    /// [`AlreadyOffered`](crate::Error::AlreadyOffered) where another part of this process does it
    /// already; [`Untrusted`](crate::Error::Untrusted) where another user has taken the place;
    /// [`Unsupported`](crate::Error::Unsupported) in a process that was forked from one that uses
    /// Teleop; and what the attacher says.
    pub fn arm(&self, about: &About) -> Result<Listener> {
        refuse_in_fork()?;
        reactor::start()?;
        let about = About {
            attacher: Some(self.attacher.name().to_owned()),
            ..about.clone()
        };
        let mut published = Published::prepare(self.layout, &about, self.directory.as_deref())?;
        let armed = self.attacher.arm(published.endpoint())?;
        published.reveal()?;
        Ok(Listener {
            how: self.clone(),
            about,
            socket: None,
            closing: None,
            ignored: None,
            connections: Arc::default(),
            published,
            armed: Own::new(armed),
        })
    }

    /// Publishes that this process has Teleop turned off.
    ///
    /// # Errors
    ///
    /// Those of [`arm`](Self::arm).
    pub fn disable(&self, about: &About) -> Result<Disabled> {
        let about = About {
            attacher: None,
            ..about.clone()
        };
        Disabled::publish(&about, self.directory.as_deref())
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self::new()
    }
}

/// The endpoint of this process, armed.
///
/// Nothing is bound until a request stands. Then the socket is open, until nobody has been connected
/// for a while.
#[derive(Debug)]
pub struct Listener {
    how: Listen,
    about: About,
    /// Open after a request.
    socket: Option<Own<channel::Listener>>,
    /// Nobody finds it any more. Who had found it waits to be accepted.
    closing: Option<Own<channel::Listener>>,
    /// A request of somebody who may not attach, which the audit was told of.
    ignored: Option<Entry>,
    connections: Arc<Connections>,
    published: Published,
    // Last: nobody is to find what is not armed.
    armed: Own<Box<dyn Armed>>,
}

/// A connection that a [`Listener`] accepted, and whose peer it checked.
#[derive(Debug)]
#[must_use = "the connection is closed when this is dropped"]
pub struct Connection {
    /// The connection.
    pub stream: Stream,
    /// Who is at its other end: this user, or root.
    pub peer: PeerCredentials,
    /// Keeps the listener open.
    _presence: Presence,
}

/// What an open socket waits for.
enum Event {
    Accepted(io::Result<Stream>),
    Woken(Result<()>),
    Unused,
}

impl Listener {
    /// Removes what dead processes of this user have left behind, where clients look for endpoints.
    pub fn sweep(&self) {
        self.published.sweep();
    }

    /// Takes the endpoint away: nobody finds it any more.
    ///
    /// What is left takes its time to be dropped: the kernel waits for all processors before it
    /// closes an inotify descriptor.
    pub fn withdraw(self) -> impl Sized + Send {
        self.armed
    }

    /// Waits for the next connection of somebody who may connect.
    ///
    /// Cancel safe: a request or a connection that is not taken is there for the next call.
    pub async fn accept(&mut self) -> Connection {
        let mut pause = SHORTEST_PAUSE;
        loop {
            match self.advance().await {
                Ok(Some(connection)) => return connection,
                Ok(None) => pause = SHORTEST_PAUSE,
                // No descriptor left, no space left, no memory: it may pass. What was asked for
                // meanwhile is asked for again by those who wait for it.
                Err(_) => {
                    Timer::after(pause).await;
                    let longest = match self.published.is_intact() {
                        true => LONGEST_PAUSE,
                        // Where there is no endpoint, nobody waits.
                        false => LONGEST_ABSENCE,
                    };
                    pause = (pause * 2).min(longest);
                }
            }
        }
    }

    /// Takes one step towards a connection.
    async fn advance(&mut self) -> Result<Option<Connection>> {
        if let Some(closing) = &self.closing {
            match closing.try_accept() {
                // It waits for a descriptor.
                Err(error) if Directory::root().is_err() => return self.admit(Err(error)),
                Err(_) => self.closing = None,
                accepted => return self.admit(accepted),
            }
        }
        if !self.published.is_intact() {
            self.socket = None;
            self.rearm()?;
        }
        // Nobody would find it any more.
        self.socket.take_if(|socket| !socket.is_named());
        let Some(socket) = &self.socket else {
            return self.wait_for_request().await.map(|()| None);
        };

        let event = {
            let accepted = pin!(socket.accept().map(Event::Accepted));
            let unused = pin!(self.connections.unused_for(self.how.linger));
            let unused = unused.map(|()| Event::Unused);
            let woken = self.armed.woken().map(Event::Woken);
            let other = future::select(woken, unused).map(|event| event.factor_first().0);
            future::select(accepted, other).await.factor_first().0
        };
        match event {
            Event::Accepted(accepted) => self.admit(accepted),
            Event::Woken(woken) => self.heed(woken).map(|()| None),
            Event::Unused => {
                self.close();
                Ok(None)
            }
        }
    }

    async fn wait_for_request(&mut self) -> Result<()> {
        let endpoint = self.published.endpoint();
        let is_open = self.armed.is_always_open() || {
            let requests = endpoint.take_requests()?;
            self.told_of(requests.ignored);
            requests.are_there
        };
        let endpoint = self.published.endpoint();
        if is_open {
            let socket = channel::Listener::bind(endpoint.sockets(), &endpoint.socket_name())?;
            self.socket = Some(Own::new(socket));
            Ok(())
        } else {
            let woken = self.armed.woken().await;
            self.heed(woken)
        }
    }

    /// An attacher that cannot wait any longer is made anew.
    fn heed(&mut self, woken: Result<()>) -> Result<()> {
        if woken.is_err() {
            self.armed = Own::new(self.how.attacher.arm(self.published.endpoint())?);
        }
        woken
    }

    fn admit(&self, accepted: io::Result<Stream>) -> Result<Option<Connection>> {
        use crate::error::Context;

        let endpoint = self.published.endpoint();
        let path = || endpoint.sockets().join(endpoint.socket_name());
        let stream = match accepted {
            // The client was gone before it was its turn.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => return Ok(None),
            accepted => accepted.with_context("accept a connection on", path)?,
        };
        let peer = stream.peer().with_context("ask who connected to", path)?;
        // Before a byte is read. The connection of anybody else is closed.
        if !peer.uid.may_attach() {
            audit::refused(&peer);
            return Ok(None);
        }
        Ok(Some(Connection {
            stream,
            peer,
            _presence: Presence::new(&self.connections),
        }))
    }

    /// Closes the socket. Those who connected at the last moment are accepted next.
    fn close(&mut self) {
        if self.armed.is_always_open() {
            return;
        }
        if let Some(socket) = self.socket.take() {
            socket.close();
            self.closing = Some(socket);
        }
    }

    /// Tells the audit of a request that is ignored, but not each time that it is seen.
    fn told_of(&mut self, ignored: Option<Entry>) {
        if let Some(entry) = &ignored {
            let is_known = self.ignored.as_ref().is_some_and(|it| it.is_same(entry));
            if !is_known {
                audit::ignored(entry.owner());
            }
        }
        self.ignored = ignored;
    }

    fn rearm(&mut self) -> Result<()> {
        let anew = self.how.arm(&self.about)?;
        *self = Self {
            closing: self.closing.take(),
            ignored: self.ignored.take(),
            connections: self.connections.clone(),
            ..anew
        };
        Ok(())
    }
}

/// How long is waited when the operating system has refused something, at first and at most: a client that
/// comes when there is room again is not to wait for longer than it does of its own accord.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_ABSENCE: Duration = Duration::from_secs(60);

/// Counts the connections that are open.
#[derive(Debug, Default)]
struct Connections {
    open: AtomicUsize,
    last_closed: AtomicWaker,
}

impl Connections {
    /// Resolves when no connection has been open for so long.
    async fn unused_for(&self, duration: Duration) {
        future::poll_fn(|cx| {
            self.last_closed.register(cx.waker());
            if self.open.load(Ordering::Acquire) == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        Timer::after(duration).await;
    }
}

/// One connection that is open.
#[derive(Debug)]
struct Presence(Arc<Connections>);

impl Presence {
    fn new(connections: &Arc<Connections>) -> Self {
        connections.open.fetch_add(1, Ordering::AcqRel);
        Self(connections.clone())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.last_closed.wake();
        }
    }
}
