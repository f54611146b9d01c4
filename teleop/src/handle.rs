//! [`spawn`]: a server on a thread of its own, and the [`Handle`] by which it is stopped.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use futures::{FutureExt, channel::oneshot};

use crate::{
    attach,
    error::{Context, Error, Result},
    operate::capnp::Services,
    process::without_signals,
    reactor::Reactor,
    server::{BUILT_IN, Config, Endpoints, Server},
};

/// Offers Teleop in this process, on a thread of its own, with the defaults of [`Config`].
///
/// See [`Config::spawn`].
///
/// # Errors
///
/// None as yet: what keeps Teleop from being offered is for the handle to say.
pub fn spawn(offer: impl FnOnce(&mut Services) + Send + 'static) -> Result<Handle> {
    Config::new().spawn(offer)
}

impl Config {
    /// Offers Teleop in this process, on a thread of its own, in which `offer` runs and all services
    /// live: nothing of them has to be `Send`.
    ///
    /// It is armed when this returns. A program is never kept from running: where Teleop cannot be
    /// offered, the handle [says why](Handle::error).
    ///
    /// # Errors
    ///
    /// None as yet: what keeps Teleop from being offered is for the handle to say.
    pub fn spawn(self, offer: impl FnOnce(&mut Services) + Send + 'static) -> Result<Handle> {
        // On some platforms the reactor starts a thread, too.
        without_signals(|| self.spawn_masked(offer))
    }

    fn spawn_masked(self, offer: impl FnOnce(&mut Services) + Send + 'static) -> Result<Handle> {
        let about = self.about();
        if let Err(error) = self.refuse_privileges() {
            return Ok(Handle::new(State::Failed(error)));
        }
        // Where it is not built in, what follows is not even part of the program.
        if !BUILT_IN || !self.is_enabled() {
            let notice = self.disable(&about);
            return Ok(Handle::new(State::Disabled { _notice: notice }));
        }
        let state = self.serve(about, offer).unwrap_or_else(State::Failed);
        Ok(Handle::new(state))
    }

    fn serve(
        self,
        about: attach::About,
        offer: impl FnOnce(&mut Services) + Send + 'static,
    ) -> Result<State> {
        let reactor = Arc::new(Reactor::new()?);
        let (stop, stopped) = oneshot::channel::<()>();
        let (finish, finished) = mpsc::channel::<()>();
        // The thread comes first: without one, nothing is made that would have to be taken away.
        let (arm, armed) = mpsc::channel();
        let thread = {
            let (about, limits) = (about.clone(), self.limits.clone());
            let reactor = reactor.clone();
            move || {
                let Ok(endpoints) = armed.recv() else {
                    return;
                };
                let mut server = Server::assemble(about, limits, Endpoints::Armed(endpoints));
                // A panic of the program's is not to leave an endpoint behind that nobody serves.
                let _ = catch_unwind(AssertUnwindSafe(|| offer(server.services())));
                let stopped = stopped.map(|_| ()).shared();
                let endpoints = reactor.block_on(server.run_until(stopped));
                let armed = endpoints.withdraw();
                // What is left takes the kernel its time, and nobody has to wait for it.
                drop(finish);
                drop(armed);
            }
        };
        let builder = thread::Builder::new().name("teleop".to_owned());
        builder
            .spawn(thread)
            .context("start the thread", "teleop")?;
        // What is armed waits on that thread alone.
        let endpoints = reactor.enter(|| self.arm(&about))?;
        let _ = arm.send(endpoints); // It waits for them.
        Ok(State::Serving {
            stop,
            finished: Mutex::new(finished),
        })
    }
}

/// A process that offers Teleop, for as long as this lives.
///
/// Dropping it closes what is open, removes what was created and drops the services. That waits for a
/// method that is being carried out, but no longer than a second. In a process that was forked from
/// the one that made it, dropping it does nothing.
#[derive(Debug)]
#[must_use = "Teleop is withdrawn when this is dropped"]
pub struct Handle {
    state: State,
    process: u32,
}

#[derive(Debug)]
enum State {
    Serving {
        /// Dropped, it stops the thread.
        stop: oneshot::Sender<()>,
        /// Disconnected when the thread has ended, or will at once.
        finished: Mutex<mpsc::Receiver<()>>,
    },
    Disabled {
        _notice: Endpoints,
    },
    Failed(Error),
    Stopped,
}

impl Handle {
    /// Whether this process can be attached to.
    pub fn is_armed(&self) -> bool {
        match &self.state {
            State::Serving { finished, .. } => finished
                .lock()
                .is_ok_and(|finished| finished.try_recv() == Err(mpsc::TryRecvError::Empty)),
            _ => false,
        }
    }

    /// Why this process cannot be attached to, where something went wrong.
    pub fn error(&self) -> Option<&Error> {
        match &self.state {
            State::Failed(error) => Some(error),
            _ => None,
        }
    }

    fn new(state: State) -> Self {
        Self {
            state,
            process: std::process::id(),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let state = mem::replace(&mut self.state, State::Stopped);
        if self.process != std::process::id() {
            // The thread is the parent's; and so is everything that could be cleaned up.
            mem::forget(state);
        } else if let State::Serving { stop, finished } = state {
            drop(stop);
            if let Ok(finished) = finished.into_inner() {
                let _ = finished.recv_timeout(Duration::from_secs(1)); // A service may block for ever.
            }
        }
    }
}
