//! [`Attacher`]: how a process learns that somebody wants to attach.
//!
//! | attacher | the target waits for | the client | where |
//! |---|---|---|---|
//! | `Inotify` | an event in the directory of its endpoint | creates the attach file | Linux |
//! | `Kqueue` | the same | the same | macOS, FreeBSD |
//! | `Event` | a named event, and then looks for the attach file | creates it and sets the event | Windows |
//! | `Unix` | SIGQUIT, and then looks for the attach file | creates it and sends the signal | Unix |
//! | [`Dummy`] | nothing: its socket is open all the time | connects | everywhere |
//!
//! [`Auto`] is what both sides use unless they are told otherwise. Another can be written outside of
//! this crate, by implementing the three traits.

use std::fmt::Debug;

use futures::future::BoxFuture;

use super::Endpoint;
use crate::{error::Result, process::Process};

mod dummy;
#[cfg(windows)]
mod event;
#[cfg(all(target_os = "linux", feature = "inotify"))]
mod inotify;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
mod kqueue;
#[cfg(unix)]
mod unix;

pub use dummy::Dummy;
#[cfg(windows)]
pub use event::Event;
#[cfg(all(target_os = "linux", feature = "inotify"))]
pub use inotify::Inotify;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
pub use kqueue::Kqueue;
#[cfg(unix)]
pub use unix::Unix;

#[cfg(windows)]
const PLATFORM: Event = Event;
#[cfg(all(target_os = "linux", feature = "inotify"))]
const PLATFORM: Inotify = Inotify;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
const PLATFORM: Kqueue = Kqueue;
#[cfg(all(target_os = "linux", not(feature = "inotify")))]
const PLATFORM: Unix = Unix;

/// The attacher of that name, such as a user gives it: `auto`, or what its [`Attacher::name`] is.
///
/// `None` where there is none of that name, on this platform or in this build.
pub fn named(name: &str) -> Option<Box<dyn Attacher>> {
    match name {
        "auto" => Some(Box::new(Auto)),
        #[cfg(all(target_os = "linux", feature = "inotify"))]
        "inotify" => Some(Box::new(Inotify)),
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        "kqueue" => Some(Box::new(Kqueue)),
        #[cfg(windows)]
        "event" => Some(Box::new(Event)),
        #[cfg(unix)]
        "unix" => Some(Box::new(Unix)),
        "dummy" => Some(Box::new(Dummy)),
        _ => None,
    }
}

/// Asks in the way that every attacher of the platform understands, and that harms nobody.
#[cfg(unix)]
fn ask(at: &Endpoint, _: &Process) -> Result<Box<dyn Request>> {
    Ok(Box::new(super::AttachFile::create(at)?))
}
#[cfg(windows)]
use event::ask;

/// A way for a process to learn that somebody wants to attach, and for a client to tell it.
pub trait Attacher: Debug + Send + Sync {
    /// What an endpoint says that it waits with, and what a user chooses it by.
    fn name(&self) -> &str;

    /// Begins to wait, in the target.
    ///
    /// It must not block, and no request that is made after it returns may be missed. The directories
    /// of the endpoint may be renamed afterwards: hold on to them, not to their paths.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from waiting. The program goes on without Teleop.
    fn arm(&self, at: &Endpoint) -> Result<Box<dyn Armed>>;

    /// Makes the request, in the client. It must not block.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from asking; [`NotAttachable`](crate::Error::NotAttachable) where asking in
    /// this way would harm the process.
    fn request(&self, at: &Endpoint, process: &Process) -> Result<Box<dyn Request>>;
}

impl<A: Attacher + ?Sized> Attacher for Box<A> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn arm(&self, at: &Endpoint) -> Result<Box<dyn Armed>> {
        (**self).arm(at)
    }

    fn request(&self, at: &Endpoint, process: &Process) -> Result<Box<dyn Request>> {
        (**self).request(at, process)
    }
}

/// A target that waits for requests; for as long as this lives.
pub trait Armed: Debug + Send {
    /// Waits until a request may have been made since the last time.
    ///
    /// It may resolve without cause, but not for ever without waiting. Being cancelled, it loses
    /// nothing: what has happened meanwhile resolves the next call.
    ///
    /// # Errors
    ///
    /// Where it cannot wait any longer. It is armed anew then.
    fn woken(&mut self) -> BoxFuture<'_, Result<()>>;

    /// Whether the socket is to be open all the time, request or not.
    fn is_always_open(&self) -> bool {
        false
    }
}

/// A request that stands until this is dropped, which withdraws it and removes what it created.
pub trait Request: Debug + Send {
    /// Whether the target has not taken it yet.
    fn stands(&self) -> bool;
}

/// What suits the platform: `Inotify` on Linux, `Kqueue` on macOS and FreeBSD, `Event` on
/// Windows.
///
/// A client that uses it creates the attach file, which every attacher but `Unix` understands, and
/// never sends a signal. On Windows it sets the event, too, where there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Auto;

impl Attacher for Auto {
    fn name(&self) -> &str {
        PLATFORM.name()
    }

    fn arm(&self, at: &Endpoint) -> Result<Box<dyn Armed>> {
        PLATFORM.arm(at)
    }

    fn request(&self, at: &Endpoint, process: &Process) -> Result<Box<dyn Request>> {
        ask(at, process)
    }
}
