//! The dynamic engine: what it costs not to know the schema before.

mod command;
mod decode;
mod echo;
mod load;
mod turns;

use anyhow::{Context, Result};

use crate::{
    Options,
    goal::Goal,
    peer::Peers,
    place::Place,
    sample::{Samples, Summary},
};

pub(crate) fn goals(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Goal>> {
    let mut goals = echo::goals(options, place, peers)?;
    goals.extend(command::goals(options, place, peers)?);
    goals.extend(load::goals(options)?);
    goals.extend(decode::goals(options, place, peers)?);
    Ok(goals)
}

fn summary(samples: Samples) -> Result<Summary> {
    samples.summary().context("no rounds, no figure")
}
