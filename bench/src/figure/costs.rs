//! What an echo costs, counted and not timed: system calls, and allocations of memory.

use std::{fmt, time::Duration};

use anyhow::{Context, Result};
use serde::Serialize;
use teleop_bench_load::{Calls, Load};

use crate::{
    place::Place,
    speaker::{Pair, Speaker},
    speakers::Speakers,
    syscalls::SystemCalls,
};

/// What an echo costs both sides.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cost {
    figure: &'static str,
    speaker: &'static str,
    calls: Option<u64>,
    system_calls: Counted,
    allocations: Counted,
}

/// For each call.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Counted {
    Both { client: f64, server: f64 },
    Missing { missing: String },
}

/// How long calls are made while they are counted, and before, which fills what is filled once.
const DURATION: Duration = Duration::from_millis(200);

pub(crate) fn costs(place: &Place, speakers: &Speakers<'_>) -> Result<Vec<Cost>> {
    let mut costs = Vec::new();
    for (figure, in_flight) in [("echo of 16 B", 1), ("the same, 64 in flight", 64)] {
        for &speaker in speakers.all() {
            costs.push(Cost::of(speaker, figure, in_flight, place, speakers)?);
        }
        let silent = speakers.missing().iter();
        costs.extend(silent.map(|(name, why)| Cost::missing(figure, name, why)));
    }
    Ok(costs)
}

impl Cost {
    fn of(
        speaker: Speaker,
        figure: &'static str,
        in_flight: usize,
        place: &Place,
        speakers: &Speakers<'_>,
    ) -> Result<Self> {
        let load = Load::Calls(Calls {
            bytes: 16,
            in_flight,
            connections: 1,
            duration: DURATION,
        });
        let mut pair = Pair::start(speaker, place, speakers)?;
        pair.count_allocations()?;
        if let Err(why) = pair.carry_out(load) {
            return Ok(Self::missing(figure, speaker.name, &format!("{why:#}")));
        }
        let before = pair.server.allocations()?;
        let client = SystemCalls::of(pair.client.pid());
        let server = SystemCalls::of(pair.server.pid());
        let figures = pair.carry_out(load).context(speaker.name)?;
        let calls = figures.count as f64;
        let system_calls = match (client, server) {
            (Ok(client), Ok(server)) => Counted::Both {
                client: client.finish()? / calls,
                server: server.finish()? / calls,
            },
            (Err(why), _) | (_, Err(why)) => Counted::Missing {
                missing: format!("{why:#}"),
            },
        };
        let allocations = Counted::Both {
            client: figures.allocations as f64 / calls,
            server: (pair.server.allocations()? - before) / calls,
        };
        pair.finish()?;
        Ok(Self {
            figure,
            speaker: speaker.name,
            calls: Some(figures.count),
            system_calls,
            allocations,
        })
    }

    fn missing(figure: &'static str, speaker: &'static str, why: &str) -> Self {
        let missing = || Counted::Missing {
            missing: why.to_owned(),
        };
        Self {
            figure,
            speaker,
            calls: None,
            system_calls: missing(),
            allocations: missing(),
        }
    }
}

/// What stands above the lines of costs.
pub(crate) const HEADER: &str = "\
| for each call | who | system calls: client | server | allocations: client | server |
|---|---|--:|--:|--:|--:|";

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n| {} | {} |", self.figure, self.speaker)?;
        for counted in [&self.system_calls, &self.allocations] {
            match counted {
                Counted::Both { client, server } => write!(f, " {client:.1} | {server:.1} |")?,
                Counted::Missing { missing } => write!(f, " {missing} | – |")?,
            }
        }
        Ok(())
    }
}
