//! A call by a schema that was met at run time, beside the same call by generated code.

use anyhow::{Context, Result};
use teleop_field::Running;

use super::summary;
use crate::{
    Options,
    goal::{Aim, Goal},
    peer::Peers,
    place::Place,
    report::Unit,
    sample::Samples,
};

/// A call takes so little that there can be many of them.
const CALLS_PER_ROUND: usize = 40;

pub(super) fn goals(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Goal>> {
    let sandbox = place.sandbox()?;
    let target = peers.ours().target(&sandbox)?;
    let calls = options.rounds * CALLS_PER_ROUND;
    let mut client = sandbox.client(peers.program("bench-echo")?);
    client.args([target.pid().to_string(), calls.to_string()]);
    let mut client = Running::start(&mut client)?;

    let (mut typed, mut dynamic, mut named) = Default::default();
    for _ in 0..calls {
        let line = client.line()?;
        let mut took = line.split_whitespace().map(str::parse::<f64>);
        for samples in [&mut typed, &mut dynamic, &mut named] {
            let samples: &mut Samples = samples;
            let nanoseconds = took.next().context("three numbers in a line")??;
            samples.push(nanoseconds / 1e3);
        }
    }
    client.finish()?;
    target.finish()?;

    let typed = summary(typed)?;
    Ok(vec![
        Goal::new(
            "echo, from JSON to JSON",
            Unit::Microseconds,
            summary(dynamic)?,
        )
        .beside("generated code", typed)
        .aim(Aim::TimesAtMost(1.3)),
        Goal::new(
            "echo, by name, with the schema that was asked for once",
            Unit::Microseconds,
            summary(named)?,
        )
        .beside("generated code", typed),
    ])
}
