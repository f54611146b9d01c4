//! How long a program waits until it is armed.

use anyhow::{Context, Result};
use teleop_field::Running;

use crate::{
    Options,
    goal::{Aim, Goal},
    peer::Peers,
    place::Place,
    report::Unit,
    sample::Samples,
};

/// What `teleop::spawn` takes to return, in a new process each time.
pub(crate) fn goal(options: &Options, place: &Place, peers: &Peers) -> Result<Goal> {
    let sandbox = place.sandbox()?;
    let mut samples = Samples::default();
    for _ in 0..options.rounds {
        let mut command = sandbox.target(peers.program("bench-embedded")?);
        let mut program = Running::start(&mut command)?;
        program.line()?;
        let line = program.line()?;
        let took: f64 = line.parse().context("the program says how long it took")?;
        samples.push(took);
        program.finish()?;
    }
    let summary = samples.summary().context("there are rounds")?;
    let goal = Goal::new("`teleop::spawn` returns", Unit::Milliseconds, summary);
    Ok(goal.aim(Aim::AtMost(1.0)))
}
