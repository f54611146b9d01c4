//! What a host loses of its own work while a client calls it, and while nobody does.

use std::{fmt, time::Duration};

use anyhow::{Context, Result};
use serde::Serialize;
use teleop_bench_load::{Load, Paced, Worked};

use crate::{
    Options,
    figure::in_turn,
    goal::{Aim, Goal},
    host::Host,
    place::Place,
    report::Unit,
    sample::{Samples, Summary},
    speaker::{ALONE, BLOCKING, DYNAMIC, Pair, REACTOR, TELEOP},
    speakers::Speakers,
};

/// How long a host works until it is looked at how much it did.
const SLICE: Duration = Duration::from_millis(500);
const CALLS: Paced = Paced {
    bytes: 16,
    per_second: 10_000,
    duration: SLICE,
};
/// They take seconds each.
const MOST_ROUNDS: usize = 9;
/// In percent.
const MOST: f64 = 2.0;

/// What one host loses.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Loss {
    arrangement: Arrangement,
    speaker: &'static str,
    #[serde(flatten)]
    outcome: Outcome,
}

/// Who runs where.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Arrangement {
    /// The thread that works has a core; the other threads of the host, and the client, have another.
    Apart,
    /// Wherever the system has them.
    Anywhere,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    #[serde(rename_all = "camelCase")]
    Measured {
        /// How many calls in a second there really were.
        per_second: Summary,
        /// How much less work is done than in the slice beside in which nobody calls, in percent.
        lost: Summary,
        /// How much longer each piece of it takes on a processor than there, in percent: what is lost of caches and
        /// of memory, and not to who else wants to run.
        slower: Summary,
        /// For how long those threads of the host ran that do not work, in microseconds for each call.
        serving: Summary,
    },
    /// Why there is nothing.
    Missing { missing: String },
}

pub(crate) fn losses(
    options: &Options,
    place: &Place,
    speakers: &Speakers<'_>,
) -> Result<(Vec<Loss>, Vec<Goal>)> {
    let (mut losses, mut goals) = (Vec::new(), Vec::new());
    for arrangement in [Arrangement::Apart, Arrangement::Anywhere] {
        let all = called(options, arrangement, place, speakers)?;
        let ours = all.iter().find(|loss| loss.speaker == TELEOP.name);
        if let Some(Loss {
            outcome: Outcome::Measured { lost, .. },
            ..
        }) = ours
        {
            let figure = format!(
                "work that a host loses to {} calls a second{arrangement}",
                CALLS.per_second
            );
            goals.push(Goal::new(figure, Unit::Percent, *lost).aim(Aim::AtMost(MOST)));
        }
        losses.extend(all);
    }
    goals.push(uncalled(options, place, speakers)?);
    Ok((losses, goals))
}

/// While a client calls it.
fn called(
    options: &Options,
    arrangement: Arrangement,
    place: &Place,
    speakers: &Speakers<'_>,
) -> Result<Vec<Loss>> {
    // Calls by schema are no others to the host; of the floors one is enough.
    let others = [DYNAMIC, BLOCKING, REACTOR];
    let speaking = speakers.all().iter().filter(|it| !others.contains(it));
    let lanes = speaking.map(|&speaker| {
        let pair = Pair::start(speaker, place, speakers)?;
        if let Arrangement::Apart = arrangement {
            pair.server.keep_apart(pair.client.pid())?;
        }
        Ok(Lane::new(pair))
    });
    let mut lanes = lanes.collect::<Result<Vec<_>>>()?;
    for round in 0..=options.rounds.min(MOST_ROUNDS) {
        for lane in in_turn(&mut lanes, round) {
            lane.run(round);
        }
    }
    let mut losses = Vec::new();
    for lane in lanes {
        losses.push(lane.finish(arrangement)?);
    }
    losses.extend(speakers.missing().iter().map(|(speaker, why)| Loss {
        arrangement,
        speaker,
        outcome: Outcome::Missing {
            missing: why.clone(),
        },
    }));
    Ok(losses)
}

/// One of those that are called in turns.
struct Lane {
    pair: Pair,
    per_second: Samples,
    lost: Samples,
    slower: Samples,
    serving: Samples,
    failure: Option<String>,
}

impl Lane {
    fn new(pair: Pair) -> Self {
        Self {
            pair,
            per_second: Samples::default(),
            lost: Samples::default(),
            slower: Samples::default(),
            serving: Samples::default(),
            failure: None,
        }
    }

    /// What cannot be called so is not asked to again.
    fn run(&mut self, round: usize) {
        if self.failure.is_none() {
            self.failure = self.measure(round).err().map(|why| format!("{why:#}"));
        }
    }

    /// A slice with calls and one without, each of them first in every other round.
    fn measure(&mut self, round: usize) -> Result<()> {
        let early = (round % 2 == 0).then(|| work(&mut self.pair.server));
        let before = self.pair.server.serving_time()?;
        self.pair.begin(Load::Paced(CALLS))?;
        let called = work(&mut self.pair.server)?;
        let figures = self.pair.figures()?;
        let serving = self.pair.server.serving_time()? - before;
        let idle = early.unwrap_or_else(|| work(&mut self.pair.server))?;
        // The first round fills what is filled once.
        if round > 0 {
            self.per_second.push(figures.per_second);
            self.lost.push(lost(called, idle));
            self.slower.push(100.0 * (called.each / idle.each - 1.0));
            self.serving.push(serving / figures.count as f64);
        }
        Ok(())
    }

    fn finish(self, arrangement: Arrangement) -> Result<Loss> {
        let speaker = self.pair.speaker.name;
        self.pair.finish()?;
        Ok(Loss {
            arrangement,
            speaker,
            outcome: match self.failure {
                Some(missing) => Outcome::Missing { missing },
                None => Outcome::Measured {
                    per_second: summary(self.per_second)?,
                    lost: summary(self.lost)?,
                    slower: summary(self.slower)?,
                    serving: summary(self.serving)?,
                },
            },
        })
    }
}

/// What a host with Teleop loses beside one without it, while nobody calls. A new process of each in every round:
/// where the system has put its memory, one is a little quicker than another as long as it lives.
fn uncalled(options: &Options, place: &Place, speakers: &Speakers<'_>) -> Result<Goal> {
    let sandbox = place.sandbox()?;
    let mut samples = Samples::default();
    for round in 0..options.rounds.min(MOST_ROUNDS) {
        let mut hosts = [TELEOP, ALONE].map(|speaker| (speaker, Worked::default()));
        for (speaker, worked) in in_turn(&mut hosts, round) {
            let mut host = speaker.serve(&sandbox, speakers)?;
            // The first slice fills the caches.
            work(&mut host)?;
            *worked = work(&mut host)?;
            host.finish()?;
        }
        let [(_, with), (_, without)] = hosts;
        samples.push(lost(with, without));
    }
    let figure = "work that a host loses to Teleop while nobody calls";
    Ok(Goal::new(figure, Unit::Percent, summary(samples)?).aim(Aim::AtMost(MOST)))
}

/// Has a host work for a slice.
fn work(host: &mut Host) -> Result<Worked> {
    host.begin(SLICE)?;
    host.worked()
}

/// In percent.
fn lost(worked: Worked, without: Worked) -> f64 {
    100.0 * (1.0 - worked.per_second / without.per_second)
}

fn summary(samples: Samples) -> Result<Summary> {
    samples.summary().context("no rounds, no figure")
}

/// What stands above the lines of losses.
pub(crate) const HEADER: &str = "\
| a host that is called | who | calls a second | of its own work it loses | a piece of it takes longer | processor time for each call, beside that work |
|---|---|--:|--:|--:|--:|";

/// What is added to the name of a figure.
impl fmt::Display for Arrangement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apart => f.write_str(", its own work on a core apart"),
            Self::Anywhere => Ok(()),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.arrangement {
            Arrangement::Apart => "its own work on a core apart",
            Arrangement::Anywhere => "wherever the system has it",
        };
        write!(f, "\n| {what} | {} |", self.speaker)?;
        match &self.outcome {
            Outcome::Missing { missing } => write!(f, " {missing} | – | – | – |"),
            Outcome::Measured {
                per_second,
                lost,
                slower,
                serving,
            } => {
                let figures = [
                    Unit::PerSecond.show(per_second.p50),
                    Unit::Percent.show(lost.p50),
                    Unit::Percent.show(slower.p50),
                    Unit::Microseconds.show(serving.p50),
                ];
                write!(f, " {} |", figures.join(" | "))
            }
        }
    }
}
