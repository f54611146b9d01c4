//! [`turns`]: calls in several ways, one after the other.

use anyhow::{Context, Result};
use teleop_field::{Running, Sandbox};

use super::summary;
use crate::{
    Options,
    peer::Peers,
    sample::{Samples, Summary},
};

/// A call takes so little that there can be many of them.
const CALLS_PER_ROUND: usize = 40;

/// How many microseconds a call takes in each of these ways of `bench-call`, so many in a row.
pub(super) fn turns<const N: usize>(
    options: &Options,
    peers: &Peers,
    sandbox: &Sandbox,
    target: &Running,
    in_a_row: u32,
    ways: [&str; N],
) -> Result<[Summary; N]> {
    let rounds = options.rounds * CALLS_PER_ROUND;
    let mut client = sandbox.client(peers.program("bench-call")?);
    client
        .args([target.pid().to_string(), rounds.to_string()])
        .arg(in_a_row.to_string())
        .args(ways);
    let mut client = Running::start(&mut client)?;
    let mut samples = [(); N].map(|()| Samples::default());
    for _ in 0..rounds {
        let line = client.line()?;
        let mut took = line.split_whitespace().map(str::parse::<f64>);
        for samples in &mut samples {
            let nanoseconds = took.next().context("a number for each way")??;
            samples.push(nanoseconds / 1e3);
        }
    }
    client.finish()?;
    let summaries: Result<Vec<_>> = samples.into_iter().map(summary).collect();
    Ok(summaries?.try_into().expect("as many as there are ways"))
}
