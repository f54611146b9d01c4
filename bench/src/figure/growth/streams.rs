//! Against how many bytes a result has that comes as a stream.

use std::path::PathBuf;

use anyhow::Result;
use teleop_bench_load::Load;

use super::summary;
use crate::{
    Options,
    figure::idle::field,
    growth::Growth,
    peer::Peers,
    place::Place,
    report::Unit,
    sample::Samples,
    speaker::{COMMAND, Pair, Speaker, TELEOP},
    speakers::Speakers,
};

/// In MiB. What is not optimised takes minutes for the largest.
const SIZES: &[usize] = match cfg!(debug_assertions) {
    true => &[1, 32],
    false => &[1, 32, 1024],
};
/// Of an item, in bytes.
const ITEM: usize = 64 << 10;
/// Each needs new processes, and the largest takes seconds.
const MOST_ROUNDS: usize = 3;

pub(super) fn growths(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Growth>> {
    let speakers = Speakers::without_others(peers);
    let mut growths = of(TELEOP, "method", options, place, &speakers)?;
    growths.extend(of(COMMAND, "command", options, place, &speakers)?);
    Ok(growths)
}

fn of(
    speaker: Speaker,
    what: &str,
    options: &Options,
    place: &Place,
    speakers: &Speakers<'_>,
) -> Result<Vec<Growth>> {
    let (mut time, mut client, mut server) = (Vec::new(), Vec::new(), Vec::new());
    for &size in SIZES {
        let items = (size << 20) / ITEM;
        let (mut took, mut received, mut sent) = <(Samples, Samples, Samples)>::default();
        for _ in 0..options.rounds.min(MOST_ROUNDS) {
            let mut pair = Pair::start(speaker, place, speakers)?;
            // What any stream takes is there from then on.
            pair.carry_out(Load::Receive {
                items: 1,
                bytes: ITEM,
            })?;
            let figures = pair.carry_out(Load::Receive { items, bytes: ITEM })?;
            took.push(1e3 * items as f64 / figures.per_second);
            received.push(peak(pair.client.pid())?);
            sent.push(peak(pair.server.pid())?);
            pair.finish()?;
        }
        time.push((size, summary(took)?));
        client.push((size, summary(received)?));
        server.push((size, summary(sent)?));
    }
    let growth = |figure, unit, points| {
        Growth::new(
            format!("stream of a {what}, in MiB: {figure}"),
            unit,
            points,
        )
    };
    Ok(vec![
        growth("until all came", Unit::Milliseconds, time),
        growth("peak of the client's memory", Unit::Kibibytes, client),
        growth("peak of the server's memory", Unit::Kibibytes, server),
    ])
}

/// How much memory was resident at the most since the process began, in KiB.
fn peak(pid: u32) -> Result<f64> {
    field(&PathBuf::from(format!("/proc/{pid}/status")), "VmHWM:")
}
