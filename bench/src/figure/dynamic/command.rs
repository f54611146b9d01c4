//! Commands, beside the same call of `echo`.

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
    let mut target = Running::start(&mut sandbox.target(peers.program("bench-commands")?))?;
    target.line()?;
    let calls = options.rounds * CALLS_PER_ROUND;
    let mut client = sandbox.client(peers.program("bench-call")?);
    client.args([target.pid().to_string(), calls.to_string()]);
    let mut client = Running::start(&mut client)?;

    let (mut typed, mut echo, mut sync, mut later) = Default::default();
    for _ in 0..calls {
        let line = client.line()?;
        let mut took = line.split_whitespace().map(str::parse::<f64>);
        for samples in [&mut typed, &mut echo, &mut sync, &mut later] {
            let samples: &mut Samples = samples;
            let nanoseconds = took.next().context("four numbers in a line")??;
            samples.push(nanoseconds / 1e3);
        }
    }
    client.finish()?;
    target.finish()?;

    let (typed, echo) = (summary(typed)?, summary(echo)?);
    let (sync, later) = (summary(sync)?, summary(later)?);
    let goal = |figure: &str, value| Goal::new(figure, Unit::Microseconds, value);
    Ok(vec![
        goal("a command, on a thread of the pool", sync)
            .beside("echo, by name", echo)
            .aim(Aim::TimesAtMost(1.5)),
        goal("the same", sync).beside("echo, generated code", typed),
        goal("an async command", later)
            .beside("echo, by name", echo)
            .aim(Aim::TimesAtMost(1.5)),
        goal("the same", later).beside("echo, generated code", typed),
    ])
}
