//! Attaching into a container, from outside, by the id that the process has there.
//!
//! Beside it stands the same attach to a process in no container. Crate `teleop` 0.4.1 looks for a process in the
//! temporary directory that it has itself, under the id that it knows; in a container both are others. It gives up
//! after ten seconds, so it is tried once.

use std::{mem, process::Command, time::Duration};

use anyhow::{Context, Result};
use teleop_field::{Running, Sandbox};

use crate::{
    Options,
    container::{Container, Isolation, Target},
    figure::{in_turn, milliseconds, program},
    peer::{JATTACH, Peer, Peers},
    place::Place,
    report::{Cell, Row, Unit, Value},
    sample::Samples,
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// From the library's call to a connected stream.
    Library,
    /// A whole program, from its start to its end.
    Program,
}

pub(crate) fn rows(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (isolation, name) in [
        (Isolation::Rootful, "a container"),
        (Isolation::Rootless, "a rootless container"),
    ] {
        let container = Container::new(isolation, place).map_err(|why| why.to_string());
        let sandbox = place.sandbox()?;
        let mut contenders = contenders(&container, &sandbox, peers);
        for (way, what) in [
            (Way::Library, "attach into {}, library"),
            (Way::Program, "attach and call into {}, whole program"),
        ] {
            let what = what.replace("{}", name);
            cold(options, way, &mut contenders)?;
            rows.push(row(format!("cold {what}"), way, &mut contenders, peers));
            warm(options, way, &mut contenders)?;
            rows.push(row(format!("warm {what}"), way, &mut contenders, peers));
        }
    }
    Ok(rows)
}

/// Nothing bound yet: a new target each time.
fn cold(options: &Options, way: Way, contenders: &mut [Contender<'_>]) -> Result<()> {
    for round in 0..=options.rounds {
        for contender in in_turn(contenders, round) {
            if contender.sits_out(way, round, options) {
                continue;
            }
            let target = contender.target()?;
            contender.measure(way, &target, round)?;
            target.finish()?;
        }
    }
    Ok(())
}

/// Somebody is connected already.
fn warm(options: &Options, way: Way, contenders: &mut [Contender<'_>]) -> Result<()> {
    let mut pairs = Vec::new();
    for contender in contenders {
        if contender.sits_out(way, 0, options) {
            continue;
        }
        let target = contender.target()?;
        if contender.peer.library(contender.sandbox).is_some() {
            contender.attach(target.pid)?;
        }
        pairs.push((contender, target));
    }
    for round in 0..=options.rounds {
        for (contender, target) in in_turn(&mut pairs, round) {
            contender.measure(way, target, round)?;
        }
    }
    for (_, target) in pairs {
        target.finish()?;
    }
    Ok(())
}

/// A peer, where its targets are, and what was measured.
struct Contender<'a> {
    name: &'static str,
    peer: &'a dyn Peer,
    sandbox: &'a Sandbox,
    /// Nothing where it is measured in no container.
    container: Option<&'a Container>,
    /// What a cell says where the first attach fails.
    refusal: &'static str,
    /// Why it is not measured.
    missing: Option<String>,
    /// The client of its library, once there is one.
    client: Option<Running>,
    samples: Samples,
}

impl Contender<'_> {
    /// Whether it is not measured in this round.
    fn sits_out(&self, way: Way, round: usize, options: &Options) -> bool {
        self.missing.is_some()
            || way == Way::Library && self.peer.library(self.sandbox).is_none()
            || self.peer.is_slow_to_start() && round > options.java_rounds
    }

    fn target(&self) -> Result<Target> {
        match self.container {
            Some(container) => container.start(&self.peer.server(self.sandbox)),
            None => Ok(Target::bare(self.peer.target(self.sandbox)?)),
        }
    }

    /// Measures it once. The first round brings it into memory, and tells whether it can be done.
    fn measure(&mut self, way: Way, target: &Target, round: usize) -> Result<()> {
        let took = match way {
            Way::Library => self.attach(target.pid),
            Way::Program => self.run(target.pid),
        };
        match took {
            Ok(took) if round > 0 => self.samples.push(took),
            Ok(_) => {}
            Err(_) if round == 0 => self.missing = Some(self.refusal.to_owned()),
            Err(why) => return Err(why),
        }
        Ok(())
    }

    /// Has the client of the library attach, which keeps the connection: milliseconds.
    fn attach(&mut self, pid: u32) -> Result<f64> {
        let client = match &mut self.client {
            Some(client) => client,
            none => {
                let client = self.peer.library(self.sandbox).context("it is a library")?;
                none.insert(Running::start(&mut looking_in(self.container, client))?)
            }
        };
        client.say(pid)?;
        let took: u64 = client.line()?.parse()?;
        Ok(milliseconds(Duration::from_nanos(took)))
    }

    /// Runs the program to its end: milliseconds.
    fn run(&self, pid: u32) -> Result<f64> {
        let program = self.peer.program(self.sandbox, pid);
        program::run(self.peer, looking_in(self.container, program))
    }

    /// Takes what was measured; nothing where there is nothing of this way.
    fn cell(&mut self, way: Way) -> Option<Cell> {
        if way == Way::Library && self.peer.library(self.sandbox).is_none() {
            return None;
        }
        let samples = mem::take(&mut self.samples);
        let value = match self.missing.clone() {
            Some(missing) => Value::Missing { missing },
            None => Value::Measured(samples.summary()?),
        };
        Some(Cell {
            peer: self.name,
            value,
        })
    }
}

/// A client that looks where the targets are: those in a container are told of no directory.
fn looking_in(container: Option<&Container>, mut client: Command) -> Command {
    if container.is_some() {
        client.env_remove("TELEOP_DIR");
    }
    client
}

fn contenders<'a>(
    container: &'a Result<Container, String>,
    sandbox: &'a Sandbox,
    peers: &'a Peers,
) -> Vec<Contender<'a>> {
    let mut contenders = Vec::new();
    for peer in peers.all() {
        let Some(refusal) = peer.outside() else {
            continue;
        };
        let contender = |name, container, missing| Contender {
            name,
            peer: peer.as_ref(),
            sandbox,
            container,
            refusal,
            missing,
            client: None,
            samples: Samples::default(),
        };
        let why = container.as_ref().err().cloned();
        contenders.push(contender(peer.name(), container.as_ref().ok(), why));
        if peer.name() == peers.ours().name() {
            contenders.push(contender("Teleop, no container", None, None));
        }
    }
    contenders
}

fn row(figure: String, way: Way, contenders: &mut [Contender<'_>], peers: &Peers) -> Row {
    let cells = contenders.iter_mut();
    let cells = cells.filter_map(|contender| contender.cell(way));
    let absent = peers.missing.iter();
    let absent = absent.filter(|(peer, _)| way == Way::Program && *peer == JATTACH.name);
    let absent = absent.map(|(peer, why)| Cell {
        peer,
        value: Value::Missing {
            missing: why.clone(),
        },
    });
    Row {
        figure,
        unit: Unit::Milliseconds,
        cells: cells.chain(absent).collect(),
    }
}
