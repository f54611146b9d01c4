//! [`Limits`]: how much of a process those who attach to it may take.

use std::time::Duration;

/// How much of this process those who attach to it may take.
///
/// The defaults suit most programs: whatever clients do, the process holds no more than some 16 MiB for
/// them, and whoever does nothing is let go.
///
/// ```
/// use std::time::Duration;
/// use teleop::{Config, Limits};
///
/// let limits = Limits::new().connections(8).idle(Duration::from_secs(60));
/// let config = Config::new().limits(limits);
/// ```
///
/// | what | default | beyond it |
/// |---|--:|---|
/// | [`connections`](Self::connections) | 64 | who comes waits to be accepted |
/// | [`first_request`](Self::first_request) | 3 s | the connection is closed |
/// | [`idle`](Self::idle) | 10 min | the connection is closed |
/// | [`request_bytes`](Self::request_bytes) | 1 MiB | the connection is closed |
/// | [`calls`](Self::calls) | 1024 | the call fails as overloaded |
/// | [`call_bytes`](Self::call_bytes) | 4 MiB | the call fails as overloaded |
/// | [`capabilities`](Self::capabilities) | 1024 | the call fails as overloaded |
/// | [`unread_bytes`](Self::unread_bytes) | 1 MiB | nothing more is read of the connection, and calls in flight whose answers do not fit into `call_bytes` fail as overloaded |
/// | [`total_bytes`](Self::total_bytes) | 8 MiB | calls fail as overloaded; a large one waits a second for room |
///
/// What a service keeps for itself, it has to bound itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "they bound nothing until they are given to a `Config`"]
pub struct Limits {
    pub(crate) connections: usize,
    pub(crate) first_request: Duration,
    pub(crate) idle: Duration,
    pub(crate) request_bytes: usize,
    pub(crate) calls: usize,
    pub(crate) call_bytes: usize,
    pub(crate) capabilities: usize,
    pub(crate) unread_bytes: usize,
    pub(crate) total_bytes: usize,
}

impl Limits {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            connections: 64,
            first_request: Duration::from_secs(3),
            idle: Duration::from_secs(10 * 60),
            request_bytes: 1 << 20,
            calls: 1024,
            call_bytes: 4 << 20,
            capabilities: 1024,
            unread_bytes: 1 << 20,
            total_bytes: 8 << 20,
        }
    }

    /// How many connections are served at once; at least one. Default: 64.
    ///
    /// Whoever connects meanwhile waits in the queue of the kernel, and is served when another has gone:
    /// a crowd is not refused. It takes no descriptor before.
    pub const fn connections(mut self, most: usize) -> Self {
        self.connections = if most == 0 { 1 } else { most };
        self
    }

    /// How long a connection may take to send its first request, and any request that it has begun. Default:
    /// three seconds, which is less than a command waits for its answer.
    pub const fn first_request(mut self, longest: Duration) -> Self {
        self.first_request = longest;
        self
    }

    /// How long nothing may happen on a connection. Default: ten minutes.
    ///
    /// It happens nothing while no request arrives that is complete and no call is in flight, neither of
    /// the client's nor of this process's: a stream that is written to somebody's sink is not idle. A
    /// client that reads nothing of what waits for it for so long is closed, too.
    pub const fn idle(mut self, longest: Duration) -> Self {
        self.idle = longest;
        self
    }

    /// How many bytes a request may have. Default: 1 MiB.
    ///
    /// A longer one ends the connection before it is read, as it cannot be told any more whose it is.
    pub const fn request_bytes(mut self, most: usize) -> Self {
        self.request_bytes = most;
        self
    }

    /// How many calls of one connection may be in flight: called by the client, and not released by it
    /// after they were answered. Default: 1024.
    pub const fn calls(mut self, most: usize) -> Self {
        self.calls = most;
        self
    }

    /// How many bytes the calls in flight of one connection may hold: requests that are not carried out
    /// yet, and answers that are not read, or not released. Default: 4 MiB.
    pub const fn call_bytes(mut self, most: usize) -> Self {
        self.call_bytes = most;
        self
    }

    /// How many capabilities one connection may have at once, those of this process and those of the
    /// client, each. Default: 1024.
    ///
    /// No message may carry more; one that does ends the connection.
    pub const fn capabilities(mut self, most: usize) -> Self {
        self.capabilities = most;
        self
    }

    /// How many bytes may wait for a client to read them, before no more of its requests are read.
    /// Default: 1 MiB.
    pub const fn unread_bytes(mut self, most: usize) -> Self {
        self.unread_bytes = most;
        self
    }

    /// How many bytes all connections together may hold: requests that arrive, calls in flight and what
    /// waits to be read. Default: 8 MiB; never less than two requests.
    ///
    /// Each connection always has room for small requests besides. A large one for which there is no room
    /// waits a second, and is then passed over and fails as overloaded.
    pub const fn total_bytes(mut self, most: usize) -> Self {
        self.total_bytes = most;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
