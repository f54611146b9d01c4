//! What the layer of the service `log` costs while nobody listens: an event that is not logged, with it
//! and without it.

use anyhow::Result;
use teleop_field::{Running, Sandbox};

use crate::{
    Options,
    figure::in_turn,
    goal::{Aim, Goal},
    peer::Peers,
    place::Place,
    report::Unit,
    sample::Samples,
};

/// Subscribers of `bench-log`, by twos: with the layer, and without it.
const PAIRS: [(&str, [&str; 2]); 3] = [
    (
        "an event that is not logged, by the layer's filter",
        ["layer as filter", "filter"],
    ),
    (
        "the same, by a filter beside the layer",
        ["layer beside filter", "filter"],
    ),
    (
        "the same, by the filter of a single layer",
        ["layer beside single filter", "single filter"],
    ),
];

pub(crate) fn goals(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Goal>> {
    let sandbox = place.sandbox()?;
    let mut goals = Vec::new();
    for (figure, subscribers) in PAIRS {
        let mut programs = Vec::new();
        for subscriber in subscribers {
            programs.push(Program::start(&sandbox, peers, subscriber)?);
        }
        for round in 0..=options.rounds {
            for program in in_turn(&mut programs, round) {
                program.measure(round)?;
            }
        }
        let mut summaries = Vec::new();
        for program in programs {
            summaries.extend(program.samples.summary());
            program.running.finish()?;
        }
        if let [with, without] = summaries[..] {
            let goal = Goal::new(figure, Unit::Nanoseconds, with);
            goals.push(goal.beside("without", without).aim(Aim::MoreAtMost(5.0)));
        }
    }
    Ok(goals)
}

/// A program that logs, and what was measured.
struct Program {
    running: Running,
    samples: Samples,
}

impl Program {
    fn start(sandbox: &Sandbox, peers: &Peers, subscriber: &str) -> Result<Self> {
        let mut command = sandbox.target(peers.program("bench-log")?);
        command.arg(subscriber).env_remove("RUST_LOG");
        Ok(Self {
            running: Running::start(&mut command)?,
            samples: Samples::default(),
        })
    }

    /// Measures once. The first round warms the program up and does not count.
    fn measure(&mut self, round: usize) -> Result<()> {
        self.running.say("again")?;
        let took = self.running.line()?.parse()?;
        if round > 0 {
            self.samples.push(took);
        }
        Ok(())
    }
}
