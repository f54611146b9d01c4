//! Unix sockets.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Read},
    net,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use futures::{AsyncRead, AsyncWrite};
use nix::sys::socket::{Shutdown, UnixAddr, connect, listen, sendmsg, shutdown};

use super::{
    PeerCredentials,
    platform::{
        BACKLOG, NO_SIGNAL, bind_in, find_socket, open, peer_of, restrict_bound, restrict_unbound,
    },
};
use crate::{
    directory::{Directory, Entry},
    error::{Context, Error, Result},
    reactor::Async,
};

/// A socket that is listened on, under a name in a directory. Its file is removed on drop.
#[derive(Debug)]
pub struct Listener {
    socket: Async<UnixListener>,
    directory: Directory,
    name: OsString,
    entry: Entry,
    /// The process that listens: a fork of it removes nothing.
    process: u32,
}

impl Listener {
    /// Binds a socket that its owner alone may connect to, and listens on it.
    ///
    /// It takes the name once it is listened on, replacing what has the name: whoever finds it can
    /// connect.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn bind(directory: &Directory, name: &OsStr) -> Result<Self> {
        let path = directory.join(name);
        let mut provisional = name.to_owned();
        provisional.push(format!(".{}", crate::nonce()));
        let socket = open().context("create a socket for", &path)?;

        restrict_unbound(&socket).context("set the mode of", &path)?;
        bind_in(&socket, directory, &provisional).context("bind", &path)?;

        let listening = || {
            restrict_bound(directory, &provisional).context("set the mode of", &path)?;
            listen(&socket, BACKLOG).context("listen on", &path)?;
            let entry = directory.entry(&provisional)?.ok_or_else(|| Error::Io {
                action: "inspect",
                path: path.clone(),
                source: io::ErrorKind::NotFound.into(),
            })?;
            directory.rename(&provisional, name)?;
            Ok(entry)
        };
        let entry = match listening() {
            Ok(entry) => entry,
            Err(error) => {
                let _ = directory.remove_file(&provisional); // The first error is the one to tell.
                return Err(error);
            }
        };
        Ok(Self {
            socket: Async::new(socket.into()),
            directory: directory.clone(),
            name: name.to_owned(),
            entry,
            process: std::process::id(),
        })
    }

    /// Accepts a connection. Cancel safe: a connection that is not taken waits for the next call.
    ///
    /// # Errors
    ///
    /// What accept(2) says; the listener stays usable.
    pub async fn accept(&self) -> io::Result<Stream> {
        self.socket.read_with(accept).await
    }

    /// Accepts a connection that waits already.
    ///
    /// # Errors
    ///
    /// What accept(2) says; of the kind `WouldBlock` where nobody waits, or `InvalidInput` where nobody does
    /// and nobody can any more.
    pub fn try_accept(&self) -> io::Result<Stream> {
        accept(self.socket.get_ref())
    }

    /// Whether its file is still there, for others to find.
    pub fn is_named(&self) -> bool {
        matches!(self.directory.entry(&self.name), Ok(Some(entry)) if entry.is_same(&self.entry))
    }

    /// Takes the socket's file away, so that nobody finds it, and refuses who has found it before. What
    /// waits already can be accepted.
    pub fn close(&self) {
        self.hide();
        // Elsewhere than on Linux it may not be allowed, and is no loss.
        let _ = shutdown(self.socket.get_ref().as_raw_fd(), Shutdown::Read);
    }

    fn hide(&self) {
        // Another's file, or the one of the process this was forked from, stays.
        if self.process == std::process::id() && self.is_named() {
            let _ = self.directory.remove_file(&self.name); // Nobody could do anything about it.
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hide();
    }
}

fn accept(socket: &UnixListener) -> io::Result<Stream> {
    let (stream, _) = socket.accept()?;
    stream.set_nonblocking(true)?;
    Ok(Stream::new(stream))
}

/// A connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Stream(Arc<Async<UnixStream>>);

impl Stream {
    /// Connects to a socket in a directory. It never waits.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]: of the kind `NotFound` where there is no socket, `ConnectionRefused` where
    /// nobody listens, `WouldBlock` where too many wait to be accepted. [`Error::Untrusted`] where
    /// something else has the name.
    pub fn connect(directory: &Directory, name: &OsStr) -> Result<Self> {
        let path = directory.join(name);
        // connect(2) would follow a link to whatever it leads to.
        let Some(found) = find_socket(directory, name).context("connect to", &path)? else {
            return Err(Error::Untrusted {
                path,
                finding: "it is no socket".to_owned(),
            });
        };
        Self::connect_to(found.path()).context("connect to", path)
    }

    fn connect_to(path: &Path) -> io::Result<Self> {
        let socket = open()?;
        connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        Ok(Self::new(OwnedFd::into(socket)))
    }

    /// It has to be in non-blocking mode.
    fn new(stream: UnixStream) -> Self {
        Self(Arc::new(Async::new(stream)))
    }

    /// Who is at the other end.
    ///
    /// # Errors
    ///
    /// What getsockopt(2) says.
    pub fn peer(&self) -> io::Result<PeerCredentials> {
        peer_of(self.0.get_ref())
    }
}

/// A connection that stands already, whatever it is with: nothing is known of that.
///
/// # Errors
///
/// Where it cannot be put into non-blocking mode.
impl TryFrom<UnixStream> for Stream {
    type Error = io::Error;

    fn try_from(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self::new(stream))
    }
}

/// Writes. Where nobody reads any more, that is an error and not the end of this process.
fn send(stream: &UnixStream, buffers: &[io::IoSlice<'_>]) -> io::Result<usize> {
    let buffers = &buffers[..buffers.len().min(MOST_BUFFERS)];
    let socket = stream.as_raw_fd();
    Ok(sendmsg::<UnixAddr>(socket, buffers, &[], NO_SIGNAL, None)?)
}

/// More than that at once is refused by every kernel.
const MOST_BUFFERS: usize = 1024;

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let room = buffer.len();
        self.0.poll_read(cx, room, |mut stream| stream.read(buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let buffers = [io::IoSlice::new(buffer)];
        self.0.poll_write(cx, |stream| send(stream, &buffers))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_write(cx, |stream| send(stream, buffers))
    }

    /// The kernel has it already.
    fn poll_flush(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more is written.
    fn poll_close(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.get_ref().shutdown(net::Shutdown::Write))
    }
}
