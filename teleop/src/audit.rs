//! Who attached, what was called and what was refused, as events of the crate [`tracing`].
//!
//! Their target is [`TARGET`]. Where no subscriber wants them, they cost next to nothing: one comparison
//! each.
//!
//! The field `what` tells them apart. What is not known, or not permitted to be seen, is left out.
//!
//! | `what` | level | when | fields |
//! |---|---|---|---|
//! | `attach` | INFO | somebody has connected, and may | `pid`, `uid`, `executable` |
//! | `refusal` | WARN | somebody has connected, or asked for it, and may not | `pid`, `uid`, `executable`, `reason` |
//! | `call` | INFO; DEBUG of the root interface, which leads to the services | a call of somebody has ended | `pid`, `uid`, `executable`, `service`, `interface`, `method`, `micros`, `outcome`, `error` |
//! | `close` | INFO | a connection has ended | `pid`, `uid`, `executable`, `micros`, `reason`, `detail` |
//!
//! | field | type | what |
//! |---|---|---|
//! | `pid` | number | the process at the other end, as this one sees it |
//! | `uid` | text | its user: the number, on Windows the security identifier |
//! | `executable` | text | the path of what it executes |
//! | `service` | text | the service that was called, or that gave away what was called; none where it is the root interface |
//! | `interface` | text | such as `echo.capnp:Echo`, or `@0x…` where the service does not describe itself |
//! | `method` | text | such as `echo`, the name of a command, or `@` and its ordinal |
//! | `micros` | number | for how long it was carried out, or open, in microseconds |
//! | `outcome` | text | `ok`, `failed`, `panicked`, `cancelled`, `overloaded` |
//! | `error` | text | what a call that failed or was overloaded was answered with, but no more than 500 bytes of it |
//! | `reason` | text | of a refusal: `user`, `request`; of a close: `peer`, `first_request`, `incomplete`, `idle`, `unread_bytes`, `request_bytes`, `total_bytes`, `protocol`, `failed`, `panicked`, `stopped` |
//! | `detail` | text | the same for people, which may change |
//!
//! The levels, the names and these values are a contract; more of them may come. What calls are called
//! with, and what they return, is not told: it may be secret. Of an argument that does not fit a command,
//! only its name is. What else a service says of a failure is told in its own words.

use std::{
    cell::OnceCell,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    time::Duration,
};

use tracing::{Level, enabled, event, field::display};

use crate::{
    channel::PeerCredentials,
    process::{Pid, Process, Uid},
};

/// The target of all events.
pub const TARGET: &str = "teleop::audit";

/// Who is at the other end of a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    pid: Option<Pid>,
    uid: Option<Uid>,
    /// Looked for when it is told for the first time.
    executable: OnceCell<Option<PathBuf>>,
}

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// Whether it only leads to the services.
    pub(crate) is_root: bool,
    pub(crate) service: Option<&'a str>,
    pub(crate) interface: &'a str,
    pub(crate) method: &'a str,
    pub(crate) took: Duration,
    pub(crate) outcome: &'a str,
    pub(crate) error: Option<&'a str>,
}

impl Peer {
    /// Who these are the credentials of.
    pub(crate) fn of(credentials: &PeerCredentials) -> Self {
        Self {
            pid: credentials.pid,
            uid: Some(credentials.uid),
            executable: OnceCell::new(),
        }
    }

    /// Somebody of whom nothing but the user is known.
    fn user(uid: Uid) -> Self {
        Self {
            pid: None,
            uid: Some(uid),
            executable: OnceCell::new(),
        }
    }

    /// Somebody of whom nothing is known.
    pub(crate) fn unknown() -> Self {
        Self {
            pid: None,
            uid: None,
            executable: OnceCell::new(),
        }
    }

    fn pid(&self) -> Option<u32> {
        self.pid.map(Pid::as_u32)
    }

    fn uid(&self) -> Option<impl tracing::Value> {
        self.uid.map(|uid| display(uid.id()))
    }

    fn executable(&self) -> Option<impl tracing::Value> {
        let look = || {
            let process = Process::pin(self.pid?).ok()?;
            // Else the id has been given to another one meanwhile.
            let is_same = Some(process.owner()) == self.uid;
            is_same.then(|| process.executable())?
        };
        let path = self.executable.get_or_init(look).as_deref();
        path.map(|path| display(path.display()))
    }
}

/// Whether anybody wants to know.
pub(crate) fn is_heard() -> bool {
    enabled!(target: TARGET, Level::INFO)
}

/// Somebody has attached.
pub(crate) fn attached(peer: &Peer) {
    tell(|| {
        event!(
            target: TARGET,
            Level::INFO,
            what = "attach",
            pid = peer.pid(),
            uid = peer.uid(),
            executable = peer.executable(),
        );
    });
}

/// Somebody has connected who may not.
pub(crate) fn refused(credentials: &PeerCredentials) {
    refuse(&Peer::of(credentials), "user");
}

/// Somebody asked for a connection who may not.
pub(crate) fn ignored(owner: Uid) {
    refuse(&Peer::user(owner), "request");
}

fn refuse(peer: &Peer, reason: &str) {
    tell(|| {
        event!(
            target: TARGET,
            Level::WARN,
            what = "refusal",
            pid = peer.pid(),
            uid = peer.uid(),
            executable = peer.executable(),
            reason,
        );
    });
}

/// A call has ended.
pub(crate) fn called(peer: &Peer, call: &Call<'_>) {
    macro_rules! tell_at {
        ($level:expr) => {
            event!(
                target: TARGET,
                $level,
                what = "call",
                pid = peer.pid(),
                uid = peer.uid(),
                executable = peer.executable(),
                service = call.service,
                interface = call.interface,
                method = call.method,
                micros = micros(call.took),
                outcome = call.outcome,
                error = call.error,
            )
        };
    }
    // The level of an event is a constant.
    tell(|| match call.is_root {
        true => tell_at!(Level::DEBUG),
        false => tell_at!(Level::INFO),
    });
}

/// A connection has ended.
pub(crate) fn closed(peer: &Peer, reason: &str, detail: impl fmt::Display, took: Duration) {
    tell(|| {
        event!(
            target: TARGET,
            Level::INFO,
            what = "close",
            pid = peer.pid(),
            uid = peer.uid(),
            executable = peer.executable(),
            micros = micros(took),
            reason,
            detail = display(&detail),
        );
    });
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// What the subscriber of the program does is not to end a connection, or the server.
fn tell(event: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(event));
}
