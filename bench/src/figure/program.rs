//! Whole programs, from their start to their end: attach, ask, print the answer.
//!
//! Those that are told a socket, and find no process by its id, are measured warm alone.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use teleop_field::Running;

use crate::{
    Options,
    crowd::Crowd,
    figure::{in_turn, milliseconds, row, with_missing},
    peer::{Peer, Peers},
    place::Place,
    report::{Cell, Row, Unit, Value},
    sample::Samples,
};

pub(crate) fn rows(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for &size in &options.crowd {
        let crowd = Crowd::gather(size)?;
        let row = |name, samples| row(format!("{name}{crowd}"), Unit::Milliseconds, samples);
        let cold = cold(options, place, peers)?;
        let cold = row("cold attach and call, whole program", cold);
        rows.push(with_missing(with_told(cold, peers), peers));
        let warm = warm(options, place, peers)?;
        let warm = row("warm attach and call, whole program", warm);
        rows.push(with_missing(warm, peers));
    }
    Ok(rows)
}

/// Nothing bound yet: a new target each time.
fn cold(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<(&'static str, Samples)>> {
    let sandbox = place.sandbox()?;
    let mut contenders = contenders(peers);
    contenders.retain(|(peer, _)| !peer.is_told_where());
    for round in 0..=options.rounds {
        for (peer, samples) in in_turn(&mut contenders, round) {
            if peer.is_slow_to_start() && round > options.java_rounds {
                continue;
            }
            let target = peer.target(&sandbox)?;
            let took = run(*peer, peer.program(&sandbox, target.pid()))?;
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
            if peer.is_slow_to_ask() && round > options.java_rounds {
                continue;
            }
            let took = run(*peer, peer.program(&sandbox, target.pid()))?;
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

/// Runs a peer's program to its end: milliseconds.
pub(super) fn run(peer: &dyn Peer, mut program: Command) -> Result<f64> {
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

/// Adds to a row that some peers are never cold.
fn with_told(mut row: Row, peers: &Peers) -> Row {
    let told = peers.all().iter().filter(|peer| peer.is_told_where());
    row.cells.extend(told.map(|peer| Cell {
        peer: peer.name(),
        value: Value::Missing {
            missing: "never cold".to_owned(),
        },
    }));
    row
}

fn named(contenders: Vec<(&dyn Peer, Samples)>) -> Vec<(&'static str, Samples)> {
    let contenders = contenders.into_iter();
    contenders
        .map(|(peer, samples)| (peer.name(), samples))
        .collect()
}
