//! [`Race`]: one figure of all that speak, measured in turns.

use std::fmt;

use serde::Serialize;
use teleop_bench_load::{Figures, Load};

use crate::{
    figure::in_turn,
    goal::{Aim, Goal},
    report::Unit,
    sample::{Samples, Summary},
    speaker::{Pair, SMOL, Speaker, TELEOP},
};

/// One figure of all that speak.
#[derive(Debug, Serialize)]
pub(crate) struct Race {
    figure: String,
    #[serde(skip)]
    by: By,
    entries: Vec<Entry>,
}

/// What the time is that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The median of a round.
    Latency,
    /// What there is for each, where many are done in a second.
    Rate,
}

/// One figure of one that speaks.
#[derive(Debug, Serialize)]
struct Entry {
    speaker: &'static str,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Measured(Measured),
    /// Why there is nothing.
    Missing {
        missing: String,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Measured {
    /// In microseconds, of each round; nothing where there are no calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    p50: Option<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p90: Option<Summary>,
    per_second: Summary,
    megabytes_per_second: f64,
    /// How many times as long as the floor it takes: the median of the rounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    times_raw: Option<f64>,
    /// How many times as long as this one Teleop takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    teleop_times_this: Option<f64>,
}

impl Race {
    /// Has all of them carry out the same load, round after round.
    pub(crate) fn run(
        figure: impl Into<String>,
        load: Load,
        by: By,
        pairs: &mut [Pair],
        rounds: usize,
    ) -> Self {
        let mut lanes: Vec<_> = pairs.iter_mut().map(Lane::new).collect();
        for round in 0..=rounds {
            for lane in in_turn(&mut lanes, round) {
                lane.run(load, round > 0);
            }
        }
        let time = |lane: &Lane<'_>| lane.times(by);
        let of = |speaker| lanes.iter().find(|lane| lane.pair.speaker == speaker);
        let (floor, ours) = (of(SMOL).map(time), of(TELEOP).map(time));
        let entries = lanes.iter().map(|lane| Entry {
            speaker: lane.pair.speaker.name,
            outcome: match lane.measured(load.bytes()) {
                Err(missing) => Outcome::Missing { missing },
                Ok(measured) => Outcome::Measured(Measured {
                    times_raw: floor.as_ref().and_then(|floor| ratio(&time(lane), floor)),
                    teleop_times_this: ours.as_ref().and_then(|ours| ratio(ours, &time(lane))),
                    ..measured
                }),
            },
        });
        Self {
            figure: figure.into(),
            by,
            entries: entries.collect(),
        }
    }

    /// Adds that some are not here.
    pub(crate) fn missing(&mut self, missing: &[(&'static str, String)]) {
        let missing = missing.iter().map(|(speaker, why)| Entry {
            speaker,
            outcome: Outcome::Missing {
                missing: why.clone(),
            },
        });
        self.entries.extend(missing);
    }

    /// What Teleop takes, held against what another takes. Nothing where one of them is missing.
    pub(crate) fn goal(&self, other: Speaker, aim: Aim) -> Option<Goal> {
        let (unit, value) = self.compared(TELEOP)?;
        let (_, beside) = self.compared(other)?;
        let times = self.entry(other)?.teleop_times_this;
        let ratio = match self.by {
            By::Latency => times,
            By::Rate => times.map(f64::recip),
        };
        let goal = Goal::new(self.figure.clone(), unit, value);
        Some(goal.beside(other.name, beside).times(ratio).aim(aim))
    }

    /// How many Teleop does in a second, by itself.
    pub(crate) fn rate_goal(&self, aim: Aim) -> Option<Goal> {
        let rate = self.entry(TELEOP)?.per_second;
        Some(Goal::new(self.figure.clone(), Unit::PerSecond, rate).aim(aim))
    }

    fn compared(&self, speaker: Speaker) -> Option<(Unit, Summary)> {
        let entry = self.entry(speaker)?;
        match self.by {
            By::Latency => Some((Unit::Microseconds, entry.p50?)),
            By::Rate => Some((Unit::PerSecond, entry.per_second)),
        }
    }

    fn entry(&self, speaker: Speaker) -> Option<&Measured> {
        let mut entries = self.entries.iter();
        match &entries.find(|it| it.speaker == speaker.name)?.outcome {
            Outcome::Measured(measured) => Some(measured),
            Outcome::Missing { .. } => None,
        }
    }
}

/// What stands above the lines of races.
pub(crate) const HEADER: &str = "\
| figure | who | p50 | p90 | per second | MB/s | × raw, smol | Teleop × this |
|---|---|--:|--:|--:|--:|--:|--:|";

impl fmt::Display for Race {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            write!(f, "\n| {} | {} |", self.figure, entry.speaker)?;
            let measured = match &entry.outcome {
                Outcome::Measured(measured) => measured,
                Outcome::Missing { missing } => {
                    write!(f, " {missing} | – | – | – | – | – |")?;
                    continue;
                }
            };
            for latency in [measured.p50, measured.p90] {
                match latency {
                    Some(latency) => write!(f, " {} |", Unit::Microseconds.show(latency.p50))?,
                    None => f.write_str(" – |")?,
                }
            }
            write!(f, " {} |", Unit::PerSecond.show(measured.per_second.p50))?;
            write!(f, " {:.1} |", measured.megabytes_per_second)?;
            for ratio in [measured.times_raw, measured.teleop_times_this] {
                match ratio {
                    Some(ratio) => write!(f, " {ratio:.2}× |")?,
                    None => f.write_str(" – |")?,
                }
            }
        }
        Ok(())
    }
}

/// One of those in a race.
struct Lane<'a> {
    pair: &'a mut Pair,
    /// Of each round, or why there are none.
    figures: Result<Vec<Figures>, String>,
}

impl<'a> Lane<'a> {
    fn new(pair: &'a mut Pair) -> Self {
        Self {
            pair,
            figures: Ok(Vec::new()),
        }
    }

    /// What cannot carry the load out is not asked to again.
    fn run(&mut self, load: Load, counts: bool) {
        let Ok(figures) = &mut self.figures else {
            return;
        };
        match self.pair.carry_out(load) {
            Ok(round) if counts => figures.push(round),
            Ok(_) => {}
            Err(why) => self.figures = Err(format!("{why:#}")),
        }
    }

    /// In nanoseconds, of each round.
    fn times(&self, by: By) -> Vec<f64> {
        let figures = self.figures.iter().flatten();
        let times = figures.map(|round| match by {
            By::Latency => round.p50,
            By::Rate => 1e9 / round.per_second,
        });
        times.collect()
    }

    /// All but the ratios.
    fn measured(&self, bytes: usize) -> Result<Measured, String> {
        let figures = self.figures.as_ref().map_err(Clone::clone)?;
        let of = |value: fn(&Figures) -> f64| {
            let samples: Samples = figures.iter().map(value).collect();
            samples.summary().ok_or_else(|| "no rounds".to_owned())
        };
        let has_latency = figures.iter().any(|round| round.p50 > 0.0);
        let latency = |value| has_latency.then(|| of(value)).transpose();
        let per_second = of(|round| round.per_second)?;
        Ok(Measured {
            p50: latency(|round| round.p50 / 1e3)?,
            p90: latency(|round| round.p90 / 1e3)?,
            per_second,
            megabytes_per_second: per_second.p50 * bytes as f64 / 1e6,
            times_raw: None,
            teleop_times_this: None,
        })
    }
}

/// The median of the ratios of each round: what slows a round down slows both.
fn ratio(one: &[f64], other: &[f64]) -> Option<f64> {
    let rounds = one.iter().zip(other);
    let ratios: Samples = rounds.map(|(one, other)| one / other).collect();
    ratios.summary().map(|summary| summary.p50)
}
