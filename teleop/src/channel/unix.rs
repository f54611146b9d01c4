//! Unix sockets, driven by async-io.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::fd::AsRawFd,
    path::Path,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use async_io::Async;
use async_net::unix::UnixStream;
use futures::{AsyncRead, AsyncWrite};
use nix::sys::socket::{Shutdown, UnixAddr, connect, listen, shutdown};

use super::{
    PeerCredentials,
    platform::{BACKLOG, bind_in, find_socket, open, peer_of, restrict_bound, restrict_unbound},
};
use crate::{
    directory::{Directory, Entry},
    error::{Context, Error, Result},
};

/// A socket that is listened on, under a name in a directory. Its file is removed on drop.
#[derive(Debug)]
pub struct Listener {
    socket: Async<std::os::unix::net::UnixListener>,
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
            socket: Async::new_nonblocking(socket.into()).context("register", &path)?,
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
        let (stream, _) = self.socket.accept().await?;
        Ok(Stream(stream.into()))
    }

    /// Accepts a connection that waits already.
    ///
    /// # Errors
    ///
    /// What accept(2) says; of the kind `WouldBlock` where nobody waits, or `InvalidInput` where nobody does
    /// and nobody can any more.
    pub fn try_accept(&self) -> io::Result<Stream> {
        let (stream, _) = self.socket.get_ref().accept()?;
        Ok(Stream(stream.try_into()?))
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
        let _ = shutdown(self.socket.as_raw_fd(), Shutdown::Read);
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

/// A connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Stream(UnixStream);

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
        let stream = Async::new_nonblocking(std::os::unix::net::UnixStream::from(socket))?;
        Ok(Self(stream.into()))
    }

    /// Who is at the other end.
    ///
    /// # Errors
    ///
    /// What getsockopt(2) says.
    pub fn peer(&self) -> io::Result<PeerCredentials> {
        peer_of(&self.0)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, buffers)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
