//! What becomes of a figure as something grows.

mod connections;
mod schema;
mod services;
mod streams;

use std::path::Path;

use anyhow::{Context, Result};
use teleop::{Attach, block_on};
use teleop_field::{Running, Sandbox};

use crate::{
    Options,
    figure::attack::settle,
    growth::Growth,
    peer::Peers,
    place::Place,
    sample::{Samples, Summary},
};

pub(crate) fn growths(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Growth>> {
    let mut growths = services::growths(options, place, peers)?;
    growths.extend(connections::growths(options, place, peers)?);
    growths.extend(schema::growths(options, place, peers)?);
    growths.extend(streams::growths(options, place, peers)?);
    Ok(growths)
}

/// Starts a program that offers so many services, one that is described by the schema of a file too, and has it serve somebody: what that takes is there from then on.
fn serving(
    sandbox: &Sandbox,
    peers: &Peers,
    services: usize,
    schema: Option<&Path>,
) -> Result<(Running, Attach)> {
    let mut command = sandbox.target(peers.program("bench-services")?);
    command.arg(services.to_string()).args(schema);
    let mut target = Running::start(&mut command)?;
    target.line()?;
    let attach = Attach::new().directory(sandbox.work().with_file_name("endpoints"));
    block_on(attach.run(target.pid(), async |process| process.about().await))?;
    settle(target.pid())?;
    Ok((target, attach))
}

fn summary(samples: Samples) -> Result<Summary> {
    samples.summary().context("no rounds, no figure")
}
