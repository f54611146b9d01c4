//! The service `process`.
//!
//! Nothing is read before it is asked for, and nothing is kept.

mod environment;
mod info;
mod name;
mod option;
mod redact;
mod secret;
mod usage;

use std::{cell::Cell, rc::Rc};

use teleop_schema::process_capnp::process;

use self::{environment::Environment, info::Info};
use crate::{
    operate::capnp::{About, PANICKED},
    pool::Pool,
    process::Usage,
};

/// How much text an answer has at most, in bytes: a mebibyte.
const MOST_TEXT: usize = 1 << 20;

struct Process {
    about: About,
    /// One look at a time, on a thread of its own: also where everything else that runs is stuck.
    pool: Pool,
    waiting: Cell<usize>,
}

/// How many may wait for what they asked: whoever comes later is told, and does not wait for all of them.
const MOST_WAITING: usize = 64;

pub(super) fn client(about: About) -> process::Client {
    capnp_rpc::new_client(Process {
        about,
        pool: Pool::new(1),
        waiting: Cell::new(0),
    })
}

/// One that waits.
struct Waiting<'a>(&'a Cell<usize>);

impl<'a> Waiting<'a> {
    fn new(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Process {
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> capnp::Result<T> {
        if self.waiting.get() >= MOST_WAITING {
            let reason = "too many ask this at the same time";
            return Err(capnp::Error::overloaded(reason.to_owned()));
        }
        let _waiting = Waiting::new(&self.waiting);
        let looked = self.pool.run(look).await;
        looked.map_err(|_| capnp::Error::failed(PANICKED.to_owned()))
    }
}

impl process::Server for Process {
    async fn info(
        self: Rc<Self>,
        _: process::InfoParams,
        mut results: process::InfoResults,
    ) -> capnp::Result<()> {
        let info = self.look(Info::now).await?;
        info.write(&self.about, results.get());
        Ok(())
    }

    async fn usage(
        self: Rc<Self>,
        _: process::UsageParams,
        mut results: process::UsageResults,
    ) -> capnp::Result<()> {
        let usage = self.look(Usage::now).await?;
        usage::write(&usage, results.get());
        Ok(())
    }

    async fn environment(
        self: Rc<Self>,
        params: process::EnvironmentParams,
        mut results: process::EnvironmentResults,
    ) -> capnp::Result<()> {
        let names = params.get()?.get_names()?;
        let names = names.iter().map(|name| Ok(name?.to_string()?));
        let names: Vec<_> = names.collect::<capnp::Result<_>>()?;
        let environment = self.look(move || Environment::now(&names)).await?;
        environment.write(results.get());
        Ok(())
    }
}

/// A number as the service says it: -1 where it is not known.
fn number(known: Option<u64>) -> i64 {
    known.map_or(-1, |number| i64::try_from(number).unwrap_or(i64::MAX))
}

/// A length as lists have it.
fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
