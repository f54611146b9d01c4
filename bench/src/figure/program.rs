//! Whole programs, from their start to their end: attach, ask, print the answer.

use std::{process::Stdio, time::Instant};

use anyhow::{Context, Result, ensure};
use teleop_field::{Running, Sandbox};

use crate::{
    Options,
    figure::{in_turn, milliseconds, row, with_missing},
    peer::{Peer, Peers},
    place::Place,
    report::{Row, Unit},
    sample::Samples,
};

pub(crate) fn rows(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Row>> {
    let cold = row(
        "cold attach and call, whole program",
        Unit::Milliseconds,
        cold(options, place, peers)?,
    );
    let warm = row(
        "warm attach and call, whole program",
        Unit::Milliseconds,
        warm(options, place, peers)?,
    );
    Ok(vec![with_missing(cold, peers), with_missing(warm, peers)])
}

/// Nothing bound yet: a new target each time.
fn cold(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<(&'static str, Samples)>> {
    let sandbox = place.sandbox()?;
    let mut contenders = contenders(peers);
    for round in 0..=options.rounds {
        for (peer, samples) in in_turn(&mut contenders, round) {
            if peer.is_slow_to_start() && round > options.java_rounds {
                continue;
            }
            let target = peer.target(&sandbox)?;
            let took = run(*peer, &sandbox, &target)?;
            // The first one brings the program into memory.
            if round > 0 {
                samples.push(took);
            }
            target.finish()?;
        }
    }
    Ok(named(contenders))
}

/// Somebody has attached before, and where the peer has connections that last, still is.
fn warm(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<(&'static str, Samples)>> {
    let sandbox = place.sandbox()?;
    let mut contenders = contenders(peers);
    let mut running = Vec::new();
    for (peer, _) in &contenders {
        let target = peer.target(&sandbox)?;
        let client = match peer.library(&sandbox) {
            None => None,
            Some(mut client) => {
                let mut client = Running::start(&mut client)?;
                client.say(target.pid())?;
                client.line()?;
                Some(client)
            }
        };
        running.push((target, client));
    }
    let mut pairs: Vec<_> = contenders.iter_mut().zip(&running).collect();
    for round in 0..=options.rounds {
        for ((peer, samples), (target, _client)) in in_turn(&mut pairs, round) {
            let took = run(*peer, &sandbox, target)?;
            if round > 0 {
                samples.push(took);
            }
        }
    }
    drop(pairs);
    for (target, _client) in running {
        target.finish()?;
    }
    Ok(named(contenders))
}

/// Runs the peer's program to its end: milliseconds.
fn run(peer: &dyn Peer, sandbox: &Sandbox, target: &Running) -> Result<f64> {
    let mut program = peer.program(sandbox, target.pid());
    program.stdin(Stdio::null());
    let begin = Instant::now();
    let output = program
        .output()
        .with_context(|| format!("could not run {program:?}"))?;
    let took = begin.elapsed();
    ensure!(
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains(peer.answer()),
        "{program:?}: {output:?}"
    );
    Ok(milliseconds(took))
}

fn contenders(peers: &Peers) -> Vec<(&dyn Peer, Samples)> {
    let peers = peers.all().iter();
    peers
        .map(|peer| (peer.as_ref(), Samples::default()))
        .collect()
}

fn named(contenders: Vec<(&dyn Peer, Samples)>) -> Vec<(&'static str, Samples)> {
    let contenders = contenders.into_iter();
    contenders
        .map(|(peer, samples)| (peer.name(), samples))
        .collect()
}
