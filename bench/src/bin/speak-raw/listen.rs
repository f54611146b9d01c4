//! [`Listen`]: where streams come from that are waited for.

use std::{
    ffi::OsStr,
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
};

use anyhow::{Context, Result};
use async_io::Async;
use futures::{AsyncRead, AsyncWrite};
use teleop::{
    channel::{Listener, Stream},
    directory::Directory,
};

/// Where streams come from.
pub(crate) trait Listen {
    /// What comes.
    type Stream: AsyncRead + AsyncWrite + Unpin + 'static;

    /// The next one.
    async fn accept(&self) -> Result<Self::Stream>;
}

/// A socket that is waited for with the reactor of async-io.
#[derive(Debug)]
pub(crate) struct Smol(Async<UnixListener>);

impl Smol {
    pub(crate) fn bind(socket: &Path) -> Result<Self> {
        Ok(Self(Async::<UnixListener>::bind(socket)?))
    }
}

impl Listen for Smol {
    type Stream = Async<UnixStream>;

    async fn accept(&self) -> Result<Self::Stream> {
        Ok(self.0.accept().await?.0)
    }
}

/// A socket that is waited for with that of Teleop.
#[derive(Debug)]
pub(crate) struct Reactor(Listener);

impl Reactor {
    pub(crate) fn bind(socket: &Path) -> Result<Self> {
        let (directory, name) = place(socket)?;
        Ok(Self(Listener::bind(&directory, name)?))
    }
}

impl Listen for Reactor {
    type Stream = Stream;

    async fn accept(&self) -> Result<Stream> {
        Ok(self.0.accept().await?)
    }
}

/// The directory of a socket, and its name there.
pub(crate) fn place(socket: &Path) -> Result<(Directory, &OsStr)> {
    let name = socket.file_name().context("a path with a name")?;
    let directory = socket.parent().context("a path with a directory")?;
    Ok((Directory::open(directory)?, name))
}
