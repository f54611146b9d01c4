//! From the library's call to a connected stream.

use std::{fs, time::Duration};

use anyhow::Result;
use teleop_field::{Running, Sandbox};

use crate::{
    Options,
    crowd::Crowd,
    figure::{in_turn, milliseconds, row},
    growth::Growth,
    peer::{Peer, Peers},
    place::Place,
    report::{Row, Unit},
    sample::Samples,
};

/// Beside each crowd, and what becomes of Teleop as it grows.
pub(crate) fn rows(options: &Options, place: &Place, peers: &Peers) -> Result<(Vec<Row>, Growth)> {
    let mut rows = Vec::new();
    let mut points = Vec::new();
    for &size in &options.crowd {
        let crowd = Crowd::gather(size)?;
        let row = |name, samples| row(format!("{name}{crowd}"), Unit::Milliseconds, samples);
        let cold = cold(options, place, peers)?;
        // Teleop is the first of them.
        let ours = cold
            .first()
            .and_then(|(_, samples)| samples.clone().summary());
        points.extend(ours.map(|ours| (processes(), ours)));
        rows.push(row("cold attach, library", cold));
        rows.push(row("warm attach, library", warm(options, place, peers)?));
    }
    let growth = Growth::new(
        "processes: cold attach, library",
        Unit::Milliseconds,
        points,
    );
    Ok((rows, growth))
}

/// How many there are on this machine.
fn processes() -> usize {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name());
    names
        .filter(|name| name.to_string_lossy().parse::<u32>().is_ok())
        .count()
}

/// Nothing bound yet: a new target each time.
fn cold(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<(&'static str, Samples)>> {
    let sandbox = place.sandbox()?;
    let mut contenders = contenders(&sandbox, peers)?;
    for round in 0..=options.rounds {
        for contender in in_turn(&mut contenders, round) {
            let target = contender.peer.target(&sandbox)?;
            contender.measure(&target, round)?;
            target.finish()?;
        }
    }
    Ok(samples(contenders))
}

/// Somebody is connected already.
fn warm(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<(&'static str, Samples)>> {
    let sandbox = place.sandbox()?;
    let mut contenders = contenders(&sandbox, peers)?;
    let targets: Vec<Running> = contenders
        .iter()
        .map(|contender| contender.peer.target(&sandbox))
        .collect::<Result<_>>()?;
    let mut pairs: Vec<_> = contenders.iter_mut().zip(&targets).collect();
    for round in 0..=options.rounds {
        for (contender, target) in in_turn(&mut pairs, round) {
            contender.measure(target, round)?;
        }
    }
    Ok(samples(contenders))
}

/// A peer, a client of its library, and what was measured.
struct Contender<'a> {
    peer: &'a dyn Peer,
    client: Running,
    samples: Samples,
}

impl Contender<'_> {
    /// Attaches once. The first round warms the client up and does not count.
    fn measure(&mut self, target: &Running, round: usize) -> Result<()> {
        self.client.say(target.pid())?;
        let took = Duration::from_nanos(self.client.line()?.parse()?);
        if round > 0 {
            self.samples.push(milliseconds(took));
        }
        Ok(())
    }
}

fn contenders<'a>(sandbox: &Sandbox, peers: &'a Peers) -> Result<Vec<Contender<'a>>> {
    let mut contenders = Vec::new();
    for peer in peers.all() {
        if let Some(mut client) = peer.library(sandbox) {
            contenders.push(Contender {
                peer: peer.as_ref(),
                client: Running::start(&mut client)?,
                samples: Samples::default(),
            });
        }
    }
    Ok(contenders)
}

fn samples(contenders: Vec<Contender<'_>>) -> Vec<(&'static str, Samples)> {
    contenders
        .into_iter()
        .map(|contender| (contender.peer.name(), contender.samples))
        .collect()
}
