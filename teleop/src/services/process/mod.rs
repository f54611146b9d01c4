//! The service `process`.
//!
//! Nothing is read before it is asked for, and nothing is kept.

mod environment;
mod info;
mod look;
mod name;
mod option;
mod redact;
mod secret;
mod usage;

use std::rc::Rc;

use teleop_schema::process_capnp::process;

use self::{environment::Environment, info::Info, look::Looks};
use crate::{operate::capnp::About, process::Usage};

/// How much text an answer has at most, in bytes: a mebibyte.
const MOST_TEXT: usize = 1 << 20;

struct Process {
    about: About,
    looks: Looks,
}

pub(super) fn client(about: About) -> process::Client {
    capnp_rpc::new_client(Process {
        about,
        looks: Looks::new(),
    })
}

impl process::Server for Process {
    async fn info(
        self: Rc<Self>,
        _: process::InfoParams,
        mut results: process::InfoResults,
    ) -> capnp::Result<()> {
        let info = self.looks.take(Info::now).await?;
        info.write(&self.about, results.get());
        Ok(())
    }

    async fn usage(
        self: Rc<Self>,
        _: process::UsageParams,
        mut results: process::UsageResults,
    ) -> capnp::Result<()> {
        let usage = self.looks.take(Usage::now).await?;
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
        let environment = self.looks.take(move || Environment::now(&names)).await?;
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
