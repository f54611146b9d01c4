//! The processes that can be attached to, by their ids and by their names.

use anyhow::Result;
use teleop::attach::{Offer, State, Survey};

use super::{Candidate, Context, target::soon};
use crate::{cli::Options, commands::ps::offers_there, output::Output};

/// What stands before a name.
const NAME: &str = "name:";

/// One that would answer.
struct Ready {
    pid: u32,
    name: String,
}

fn here() -> Vec<Ready> {
    let offers = Survey::new().offers().unwrap_or_default().into_iter();
    let ready = offers.filter(|offer| matches!(offer.state, State::Armed | State::Open));
    let ready = ready.map(|Offer { pid, name, .. }| Ready {
        pid: pid.as_u32(),
        name,
    });
    ready.collect()
}

async fn there(options: &Options) -> Result<Vec<Ready>> {
    let offers = offers_there(options, &Output::default()).await?;
    let ready = offers.ready().map(|(pid, name)| Ready {
        pid,
        name: name.to_owned(),
    });
    Ok(ready.collect())
}

/// Their ids, and what they call themselves; or their names, where one is begun. Of this user: root,
/// too, most often means its own.
pub(super) fn candidates(context: &Context, current: &str) -> Vec<Candidate> {
    let ready = match &context.there {
        Some(options) => soon(there(options)).unwrap_or_default(),
        None if context.is_elsewhere => Vec::new(),
        None => here(),
    };
    let ready = ready.into_iter();
    let is_name = !current.is_empty() && (NAME.starts_with(current) || current.starts_with(NAME));
    if !is_name {
        let known = |Ready { pid, name }| Candidate::new(pid.to_string(), &name);
        return ready.map(known).collect();
    }
    let named = ready.map(|Ready { pid, name }| {
        let pid = pid.to_string();
        Candidate::new(format!("{NAME}{name}"), &pid)
    });
    let mut named: Vec<_> = named.filter(Candidate::is_plain).collect();
    named.sort_by(|one, other| one.value.cmp(&other.value));
    named.dedup_by(|one, other| one.value == other.value);
    named
}
