//! Unix sockets on Windows, driven by async-io.

use std::{
    ffi::{OsStr, OsString},
    io,
    net::Shutdown,
    os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket},
    pin::Pin,
    ptr::{null, null_mut},
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use async_io::Async;
use futures::{AsyncRead, AsyncWrite};
use uds_windows::{UnixListener, UnixStream};
use windows_sys::Win32::Networking::WinSock::{
    SIO_AF_UNIX_GETPEERPID, WSAEINVAL, WSAEOPNOTSUPP, WSAGetLastError, WSAIoctl,
};

use super::PeerCredentials;
use crate::{
    directory::{Directory, Entry},
    error::{Context, Error, Result},
    process::{Pid, Process, Uid},
};

/// A socket that is listened on, under a name in a directory. Its file is removed on drop.
#[derive(Debug)]
pub struct Listener {
    socket: Async<Bound>,
    directory: Directory,
    name: OsString,
    entry: Entry,
}

impl Listener {
    /// Binds a socket and listens on it, replacing what has the name.
    ///
    /// Who may connect follows from the directory. The socket has its name as soon as it is bound:
    /// nobody says that Windows would find one that was renamed. Who finds it before it is listened on
    /// is refused, and tries again.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn bind(directory: &Directory, name: &OsStr) -> Result<Self> {
        let path = directory.join(name);
        let socket = match UnixListener::bind(&path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                directory.remove_file(name)?;
                UnixListener::bind(&path)
            }
            bound => bound,
        }
        .context("bind", &path)?;
        let entry = directory.entry(name)?.ok_or_else(|| Error::Io {
            action: "inspect",
            path: path.clone(),
            source: io::ErrorKind::NotFound.into(),
        })?;
        Ok(Self {
            socket: Async::new(Bound(socket)).context("register", &path)?,
            directory: directory.clone(),
            name: name.to_owned(),
            entry,
        })
    }

    /// Accepts a connection. Cancel safe: a connection that is not taken waits for the next call.
    ///
    /// # Errors
    ///
    /// What accept says; the listener stays usable.
    pub async fn accept(&self) -> io::Result<Stream> {
        let (stream, _) = self.socket.read_with(|socket| socket.0.accept()).await?;
        Stream::new(stream)
    }

    /// Accepts a connection that waits already.
    ///
    /// # Errors
    ///
    /// What accept(2) says; of the kind `WouldBlock` where nobody waits.
    pub fn try_accept(&self) -> io::Result<Stream> {
        let (stream, _) = self.socket.get_ref().0.accept()?;
        Stream::new(stream)
    }

    /// Whether its file is still there, for others to find.
    pub fn is_named(&self) -> bool {
        matches!(self.directory.entry(&self.name), Ok(Some(entry)) if entry.is_same(&self.entry))
    }

    /// Takes the socket's file away, so that nobody finds it. What waits already can be accepted.
    pub fn close(&self) {
        // Another's file stays.
        if self.is_named() {
            let _ = self.directory.remove_file(&self.name); // Nobody could do anything about it.
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.close();
    }
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
    /// nobody listens, or too many wait to be accepted. [`Error::Untrusted`] where a link has the
    /// name.
    pub fn connect(directory: &Directory, name: &OsStr) -> Result<Self> {
        let path = directory.join(name);
        let entry = directory.entry(name)?.ok_or_else(|| Error::Io {
            action: "connect to",
            path: path.clone(),
            source: io::ErrorKind::NotFound.into(),
        })?;
        if entry.is_link() || entry.is_directory() {
            return Err(Error::Untrusted {
                path,
                finding: "it is no socket".to_owned(),
            });
        }
        UnixStream::connect(&path)
            .and_then(Self::new)
            .context("connect to", path)
    }

    fn new(stream: UnixStream) -> io::Result<Self> {
        Ok(Self(Arc::new(Async::new(stream)?)))
    }

    /// Who is at the other end.
    ///
    /// Windows tells the process, and the process whose it is. Where it does not tell, it is the user
    /// of this process, as nobody else may enter the directory of the socket.
    ///
    /// # Errors
    ///
    /// What Windows says.
    pub fn peer(&self) -> io::Result<PeerCredentials> {
        let pid = peer_of(self.0.get_ref())?;
        Ok(PeerCredentials {
            pid,
            tells_pid: pid.is_some(),
            uid: match pid {
                Some(pid) => Process::pin(pid).map_or(Uid::NOBODY, |process| process.owner()),
                None => Uid::effective(),
            },
        })
    }
}

/// Asks for the process at the other end; `None` where this Windows does not tell it.
fn peer_of(stream: &UnixStream) -> io::Result<Option<Pid>> {
    let mut pid = 0_u32;
    let mut length = 0;
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the socket is open, there is no input, and the output is as long as is said.
    let outcome = unsafe {
        WSAIoctl(
            stream.as_raw_socket() as usize,
            SIO_AF_UNIX_GETPEERPID,
            null(),
            0,
            (&raw mut pid).cast(),
            size_of::<u32>() as u32,
            &raw mut length,
            null_mut(),
            None,
        )
    };
    if outcome == 0 {
        return Ok(Some(pid.into()));
    }
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: it takes nothing.
    let error = unsafe { WSAGetLastError() };
    match error {
        WSAEOPNOTSUPP | WSAEINVAL => Ok(None),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// A listening socket, in the terms of the standard library.
#[derive(Debug)]
struct Bound(UnixListener);

impl AsSocket for Bound {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        #[expect(
            unsafe_code,
            reason = "uds_windows does not lend the socket of a listener"
        )]
        // SAFETY: the socket is open for as long as the listener lives, which is borrowed.
        let socket = unsafe { BorrowedSocket::borrow_raw(self.0.as_raw_socket()) };
        socket
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self.0).poll_write(cx, buffer)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self.0).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.get_ref().shutdown(Shutdown::Write))
    }
}
