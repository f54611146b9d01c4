//! How long it takes to see who offers Teleop.

use std::{process::Stdio, time::Instant};

use anyhow::{Context, Result, ensure};
use teleop_field::{Running, Sandbox};

use crate::{
    Options,
    crowd::Crowd,
    figure::milliseconds,
    goal::{Aim, Goal},
    peer::Peers,
    place::Place,
    report::Unit,
    sample::{Samples, Summary},
};

/// Of how many processes how many offer Teleop.
const PROCESSES: usize = 2000;
const TARGETS: usize = 100;

/// `teleop ps` from its start to its end, in a crowd; beside it, where there is nobody to be seen.
pub(crate) fn goal(options: &Options, place: &Place, peers: &Peers) -> Result<Goal> {
    let sandbox = place.sandbox()?;
    let alone = measure(options, &sandbox, peers, 0)?;
    let targets = (0..TARGETS).map(|_| peers.ours().target(&sandbox));
    let targets: Vec<Running> = targets.collect::<Result<_>>()?;
    let crowd = Crowd::gather(PROCESSES - TARGETS)?;
    let crowded = measure(options, &sandbox, peers, TARGETS)?;
    drop(crowd);
    for target in targets {
        target.finish()?;
    }
    let figure = format!("`teleop ps`, {TARGETS} targets among {PROCESSES} processes");
    let goal = Goal::new(figure, Unit::Milliseconds, crowded).beside("nobody there", alone);
    Ok(goal.aim(Aim::AtMost(20.0)))
}

fn measure(
    options: &Options,
    sandbox: &Sandbox,
    peers: &Peers,
    expected: usize,
) -> Result<Summary> {
    let mut samples = Samples::default();
    for round in 0..=options.rounds {
        let mut program = sandbox.client(peers.program("teleop")?);
        program.arg("ps").stdin(Stdio::null());
        let begin = Instant::now();
        let output = program.output().context("could not run `teleop ps`")?;
        let took = begin.elapsed();
        let offers: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout)?;
        ensure!(offers.len() == expected, "{} are seen", offers.len());
        // The first one brings the program into memory.
        if round > 0 {
            samples.push(milliseconds(took));
        }
    }
    samples.summary().context("there are rounds")
}
