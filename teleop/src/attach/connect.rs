//! [`connect`]: the client's side of the handshake.

use std::{
    io,
    time::{Duration, Instant},
};

use async_io::Timer;

use super::{Attacher, Layout, Request, locate::Located};
use crate::{
    channel::Stream,
    error::{Error, Result, Step},
    process::{Pid, Process},
};

/// A connection with a process, and how it came about.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attached {
    /// The connection.
    pub stream: Stream,
    /// The process at its other end, pinned.
    pub process: Process,
    /// How its endpoint is laid out.
    pub layout: Layout,
    /// Whether a request was made; else the socket was open already.
    pub requested: bool,
    /// Whether a socket stood there that nobody listened on, and was replaced.
    pub healed: bool,
}

/// Connects with a process, asking it to open its socket where that is needed.
///
/// Who answers is that process: the kernel says so before a byte is sent. What was created for the
/// request is gone when this returns, or is dropped.
///
/// # Errors
///
/// Every variant of [`Error`] that is about a process, and [`Error::TimedOut`] after `timeout`.
pub async fn connect(pid: Pid, attacher: &dyn Attacher, timeout: Duration) -> Result<Attached> {
    let deadline = Deadline::after(timeout);
    let process = Process::pin(pid)?;
    let Located { endpoint, obstacle } = Located::find(&process, attacher)?;

    let mut request: Option<Box<dyn Request>> = None;
    let mut requested_at: Option<Instant> = None;
    let mut healed = false;
    let mut pause = Pause::new();
    loop {
        let step = match Stream::connect(endpoint.sockets(), &endpoint.socket_name()) {
            Ok(stream) => {
                check_peer(&stream, &process, || {
                    endpoint.sockets().join(endpoint.socket_name())
                })?;
                return Ok(Attached {
                    stream,
                    process,
                    layout: endpoint.layout(),
                    requested: requested_at.is_some(),
                    healed,
                });
            }
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Step::Socket
            }
            // It is bound and not listened on yet, or closing, or nobody is there any more.
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::ConnectionRefused => {
                healed |= requested_at.is_none();
                Step::Socket
            }
            // More wait for it than the kernel has room for.
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::WouldBlock => {
                Step::Connect
            }
            Err(error) => return Err(error),
        };
        process.check_alive()?;
        if step == Step::Socket {
            if let Some(obstacle) = obstacle {
                return Err(Error::NotAttachable { pid, obstacle });
            }
            // A request that the target took in vain, as it had no room for a socket, is made again.
            let is_due = requested_at.is_none_or(|at| at.elapsed() >= REPEAT);
            if is_due && !request.as_ref().is_some_and(|request| request.stands()) {
                request = Some(attacher.request(&endpoint, &process)?);
                requested_at = Some(Instant::now());
                pause = Pause::new();
            }
        }
        if deadline.is_over() {
            return Err(Error::TimedOut {
                pid,
                step,
                after: timeout,
                stopped: process.is_stopped(),
            });
        }
        Timer::after(pause.next().min(deadline.left())).await;
    }
}

/// How long a target may take to open its socket once it has taken the request.
const REPEAT: Duration = Duration::from_millis(100);

/// Fails unless it is the process, and still lives, that listens at the other end.
fn check_peer(
    stream: &Stream,
    process: &Process,
    path: impl Fn() -> std::path::PathBuf,
) -> Result<()> {
    use crate::error::Context;

    let peer = stream.peer().with_context("ask who listens on", &path)?;
    let finding = match peer.pid {
        Some(pid) if pid != process.pid() => {
            format!(
                "process `{pid}` of {} listens on it, not process `{}`",
                peer.uid,
                process.pid()
            )
        }
        None => format!(
            "a process of {} that cannot be seen from here listens on it",
            peer.uid
        ),
        Some(_) if peer.uid != process.owner() => {
            format!(
                "it was opened for {}, not for {}",
                peer.uid,
                process.owner()
            )
        }
        // The kernel remembers who began to listen. It lives, so its id was not given away.
        Some(_) => return process.check_alive(),
    };
    Err(Error::Untrusted {
        path: path(),
        finding,
    })
}

/// When to give up.
#[derive(Debug)]
struct Deadline(Option<Instant>);

impl Deadline {
    fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    fn left(&self) -> Duration {
        self.0.map_or(Duration::MAX, |at| {
            at.saturating_duration_since(Instant::now())
        })
    }

    fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}

/// How long to wait before the next try: a target answers within tens of microseconds, or it is busy.
///
/// It is by trying that a client waits, and not with inotify: closing a descriptor that had a watch
/// takes longer than the whole attach.
#[derive(Debug)]
struct Pause(Duration);

impl Pause {
    const SHORTEST: Duration = Duration::from_micros(20);
    const LONGEST: Duration = Duration::from_millis(2);

    fn new() -> Self {
        Self(Self::SHORTEST)
    }

    fn next(&mut self) -> Duration {
        let now = self.0;
        self.0 = (now * 2).min(Self::LONGEST);
        now
    }
}
