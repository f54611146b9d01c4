//! Clients that attach to one process at the same time.
//!
//! Each is a process of its own, which has been started before, has attached to nothing yet, and is let go together
//! with the others: what is measured is not how they are started. Each has a word come back, and closes its
//! connection then, so that who serves a bounded number at once comes to all; it ends when all have their answer. All
//! of them and the target share the processors.
//!
//! Where one of them fails, there is no figure. Clients of crate 0.4.1 do: all make the same file, look whether it
//! still is there, remove it, and panic where another was quicker.

use anyhow::Result;
use teleop_field::{Running, Sandbox};

use crate::{
    Options,
    clients::Clients,
    figure::in_turn,
    peer::{Peer, Peers},
    place::Place,
    report::{Cell, Row, Unit, Value},
    sample::Samples,
};

const SIZES: [usize; 3] = [1, 10, 100];
/// So many processes are started for each.
const MOST_ROUNDS: usize = 15;

/// What a target was doing before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// Nothing is bound yet: a new target each time.
    Cold,
    /// Somebody is connected already.
    Warm,
}

pub(crate) fn rows(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for size in SIZES {
        for before in [Before::Cold, Before::Warm] {
            let sandbox = place.sandbox()?;
            let mut contenders = contenders(&sandbox, peers);
            for round in 0..=options.rounds.min(MOST_ROUNDS) {
                for contender in in_turn(&mut contenders, round) {
                    contender.measure(size, before, round)?;
                }
            }
            rows.extend(of(size, before, contenders));
        }
    }
    Ok(rows)
}

/// A peer, its target, and what was measured.
struct Contender<'a> {
    peer: &'a dyn Peer,
    sandbox: &'a Sandbox,
    /// Where it is warm: the target, and who is connected with it.
    warm: Option<(Running, Option<Running>)>,
    all: Samples,
    each: Samples,
    /// Why it is not measured any more.
    missing: Option<String>,
}

impl Contender<'_> {
    /// The first round brings the program into memory and does not count.
    fn measure(&mut self, size: usize, before: Before, round: usize) -> Result<()> {
        if self.missing.is_some() {
            return Ok(());
        }
        let cold = match before {
            Before::Cold => Some(self.peer.target(self.sandbox)?),
            Before::Warm => None,
        };
        let pid = match &cold {
            Some(target) => target.pid(),
            None => self.warm()?,
        };
        let command = || self.peer.one_of_many(self.sandbox, pid);
        match Clients::gather(size, command)?.let_go() {
            Ok(took) if round > 0 => {
                self.all.push(took.all * 1e3);
                let each: Samples = took.each.into_iter().map(|it| it * 1e3).collect();
                self.each.push(each.summary().map_or(0.0, |each| each.p50));
            }
            Ok(_) => {}
            Err(why) => self.missing = Some(format!("{why:#}")),
        }
        if let Some(target) = cold {
            target.finish()?;
        }
        Ok(())
    }

    /// The target that somebody is connected with.
    fn warm(&mut self) -> Result<u32> {
        if let Some((target, _)) = &self.warm {
            return Ok(target.pid());
        }
        let target = self.peer.target(self.sandbox)?;
        let pid = target.pid();
        let mut client = match self.peer.library(self.sandbox) {
            Some(mut client) => Some(Running::start(&mut client)?),
            None => None,
        };
        if let Some(client) = &mut client {
            client.say(pid)?;
            client.line()?;
        }
        self.warm = Some((target, client));
        Ok(pid)
    }
}

fn contenders<'a>(sandbox: &'a Sandbox, peers: &'a Peers) -> Vec<Contender<'a>> {
    let peers = peers.all().iter().map(AsRef::as_ref);
    // Whether it is tried at all does not depend on the process.
    let tried = peers.filter(|peer| peer.one_of_many(sandbox, 0).is_some());
    tried
        .map(|peer| Contender {
            peer,
            sandbox,
            warm: None,
            all: Samples::default(),
            each: Samples::default(),
            missing: None,
        })
        .collect()
}

fn of(size: usize, before: Before, contenders: Vec<Contender<'_>>) -> [Row; 2] {
    let before = match before {
        Before::Cold => "cold",
        Before::Warm => "warm",
    };
    let clients = match size {
        1 => "1 client".to_owned(),
        _ => format!("{size} clients at once"),
    };
    let row = |what| Row {
        figure: format!("{before}, {clients}: {what}"),
        unit: Unit::Milliseconds,
        cells: Vec::new(),
    };
    let mut rows = [row("until all have an answer"), row("each by itself")];
    for contender in contenders {
        for (row, samples) in rows.iter_mut().zip([contender.all, contender.each]) {
            let value = match (&contender.missing, samples.summary()) {
                (None, Some(summary)) => Value::Measured(summary),
                (why, _) => Value::Missing {
                    missing: why.clone().unwrap_or_else(|| "no rounds".to_owned()),
                },
            };
            row.cells.push(Cell {
                peer: contender.peer.name(),
                value,
            });
        }
    }
    rows
}
