//! [`Behalf`]: what root does as the owner of a process.

use std::thread;

use rustix::{
    process::{dumpable_behavior, set_dumpable_behavior},
    thread::{Gid, Uid as RawUid, set_thread_res_gid, set_thread_res_uid},
};

use crate::{
    error::{Context, Error, Obstacle, Result},
    process::{Pid, Uid, without_signals},
};

/// The owner of a process in whose user namespace root is nobody: what root creates there, and whom root
/// connects to, has to be done as that owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behalf {
    pub(super) process: Pid,
    pub(super) user: Uid,
    pub(super) group: u32,
}

impl Behalf {
    /// Does something as the owner, on a thread that ends with it: the kernel keeps a user for each
    /// thread, and no other is to have this one, not even for a moment.
    ///
    /// The real and the saved user stay root: the owner can neither trace that thread nor send it a
    /// signal.
    ///
    /// # Errors
    ///
    /// [`Error::NotAttachable`] where this process may not act as another user.
    pub(crate) fn run<T: Send>(self, act: impl FnOnce() -> T + Send) -> Result<T> {
        let path = || format!("/proc/{}", self.process).into();
        // Whoever changes the user of a thread loses the core dumps of the process.
        let dumpable = dumpable_behavior();
        let run = || {
            thread::scope(|scope| {
                thread::Builder::new()
                    .name("teleop-behalf".to_owned())
                    .spawn_scoped(scope, || self.take_on().map(|()| act()))
                    .map(|thread| {
                        thread
                            .join()
                            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    })
            })
        };
        let outcome = without_signals(run).with_context("start a thread for", path)?;
        if let Ok(dumpable) = dumpable {
            let _ = set_dumpable_behavior(dumpable); // There is one that cannot be asked for.
        }
        outcome
    }

    fn take_on(self) -> Result<()> {
        let group = Gid::from_raw(self.group);
        let user = RawUid::from_raw(self.user.0);
        set_thread_res_gid(None::<Gid>, group, None::<Gid>)
            .and_then(|()| set_thread_res_uid(None::<RawUid>, user, None::<RawUid>))
            .map_err(|_| Error::NotAttachable {
                pid: self.process,
                obstacle: Obstacle::ForeignNamespace,
            })
    }
}
