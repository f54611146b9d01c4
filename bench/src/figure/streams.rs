//! Items that one process sends to another, of all that speak.

use anyhow::Result;
use teleop_bench_load::Load;

use crate::{
    Options,
    goal::{Aim, Goal},
    place::Place,
    race::{By, Race},
    speaker::Pair,
    speakers::Speakers,
};

/// So many bytes each, and so many of them in each sample.
const SMALL: (usize, usize) = (16, 20_000);
const LARGE: (usize, usize) = (64 << 10, 200);
/// A sample takes longer than that of a call.
const MOST_ROUNDS: usize = 20;

pub(crate) fn races(
    options: &Options,
    place: &Place,
    speakers: &Speakers<'_>,
) -> Result<(Vec<Race>, Vec<Goal>)> {
    let all = speakers.all().iter();
    let pairs = all.map(|&speaker| Pair::start(speaker, place, speakers));
    let mut pairs = pairs.collect::<Result<Vec<_>>>()?;
    let mut races = Vec::new();
    let mut goals = Vec::new();
    for (size, (bytes, items)) in [("16 B", SMALL), ("64 KiB", LARGE)] {
        let loads = [
            ("to the client", Load::Receive { items, bytes }),
            ("to the server", Load::Send { items, bytes }),
        ];
        for (whither, load) in loads {
            let rounds = options.rounds.min(MOST_ROUNDS);
            let figure = format!("stream {whither}, items of {size}");
            let mut race = Race::run(figure, load, By::Rate, &mut pairs, rounds);
            race.missing(speakers.missing());
            if bytes == SMALL.0 {
                goals.extend(race.rate_goal(Aim::AtLeast(1e6)));
            }
            races.push(race);
        }
    }
    for pair in pairs {
        pair.finish()?;
    }
    Ok((races, goals))
}
