//! How quickly one attaches, and what it costs to be attachable: Teleop side by side with its peers.
//!
//! `cargo run --release -p teleop-bench` prints three tables: the peers side by side; calls and streams of all
//! that speak with another process; and what is aimed at. Everything in them is measured in that run,
//! between real processes; each round measures every peer once, so that a machine that grows slow
//! grows slow for all. Every process that is started ends when this one does, however it ends.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

mod affinity;
mod clients;
mod container;
mod crowd;
mod figure;
mod goal;
mod growth;
mod host;
mod machine;
mod peer;
mod place;
mod race;
mod report;
mod sample;
mod shop;
mod speaker;
mod speakers;
mod syscalls;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::{machine::Machine, peer::Peers, place::Place, report::Report, speakers::Speakers};

/// Measures Teleop and its peers, side by side.
#[derive(Debug, Parser)]
struct Options {
    /// Prints JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Measures these kinds of figures alone.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Kind>,
    /// Samples of each figure.
    #[arg(long, default_value_t = 50)]
    rounds: usize,
    /// Samples of a figure for which each sample starts a Java virtual machine.
    #[arg(long, default_value_t = 10)]
    java_rounds: usize,
    /// Beside how many idle processes one attaches.
    #[arg(long, value_delimiter = ',', default_values_t = [0, 500, 2000])]
    crowd: Vec<usize>,
    /// For how many seconds an idle process is watched.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Of those that speak, measures only those whose names begin with one of these, such as `Teleop,raw`. Ratios
    /// are to `Teleop` and `raw, smol`.
    #[arg(long, value_delimiter = ',')]
    who: Vec<String>,
    /// Leaves out the peers that take long to build: zbus, tarpc, tonic and zlink.
    #[arg(long)]
    without_peers: bool,
}

/// What kind of figure: a file of `figure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Attach,
    Program,
    Container,
    Clients,
    Idle,
    Dynamic,
    Log,
    Attack,
    Survey,
    Growth,
    Calls,
    Streams,
    Costs,
    Host,
}

impl Options {
    fn wants(&self, kind: Kind) -> bool {
        self.only.is_empty() || self.only.contains(&kind)
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    if cfg!(debug_assertions) {
        eprintln!("a debug build: the figures mean nothing (add `--release`)");
    }
    let place = Place::new()?;
    let peers = Peers::ready(&options, &place)?;
    let mut report = Report::new(Machine::this());
    let is_wanted = |kind| options.wants(kind);
    if is_wanted(Kind::Attach) {
        let (rows, growth) = figure::attach::rows(&options, &place, &peers)?;
        report.rows.extend(rows);
        report.growths.push(growth);
    }
    if is_wanted(Kind::Program) {
        let rows = figure::program::rows(&options, &place, &peers)?;
        report.rows.extend(rows);
    }
    if is_wanted(Kind::Container) {
        let rows = figure::container::rows(&options, &place, &peers)?;
        report.rows.extend(rows);
    }
    if is_wanted(Kind::Clients) {
        let rows = figure::clients::rows(&options, &place, &peers)?;
        report.rows.extend(rows);
    }
    if is_wanted(Kind::Idle) {
        let rows = figure::idle::rows(&options, &place, &peers)?;
        report.rows.extend(rows);
        let goal = figure::spawn::goal(&options, &place, &peers)?;
        report.goals.push(goal);
    }
    if is_wanted(Kind::Dynamic) {
        let goals = figure::dynamic::goals(&options, &place, &peers)?;
        report.goals.extend(goals);
    }
    if is_wanted(Kind::Log) {
        let goals = figure::log::goals(&options, &place, &peers)?;
        report.goals.extend(goals);
    }
    if is_wanted(Kind::Attack) {
        let goals = figure::attack::goals(&options, &place, &peers)?;
        report.goals.extend(goals);
    }
    if is_wanted(Kind::Survey) {
        let goal = figure::survey::goal(&options, &place, &peers)?;
        report.goals.push(goal);
    }
    if is_wanted(Kind::Growth) {
        let growths = figure::growth::growths(&options, &place, &peers)?;
        report.growths.extend(growths);
    }
    let speaking = [Kind::Calls, Kind::Streams, Kind::Costs, Kind::Host];
    if speaking.into_iter().any(is_wanted) {
        let speakers = Speakers::ready(&options, &peers);
        if is_wanted(Kind::Calls) {
            let (races, goals) = figure::calls::races(&options, &place, &speakers)?;
            report.races.extend(races);
            report.goals.extend(goals);
        }
        if is_wanted(Kind::Streams) {
            let (races, goals) = figure::streams::races(&options, &place, &speakers)?;
            report.races.extend(races);
            report.goals.extend(goals);
        }
        if is_wanted(Kind::Costs) {
            let costs = figure::costs::costs(&place, &speakers)?;
            report.costs.extend(costs);
        }
        if is_wanted(Kind::Host) {
            let (losses, goals) = figure::host::losses(&options, &place, &speakers)?;
            report.losses.extend(losses);
            report.goals.extend(goals);
        }
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}
