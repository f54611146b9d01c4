//! How quickly one attaches, and what it costs to be attachable: Teleop side by side with its peers.
//!
//! `cargo run --release -p teleop-bench` prints two tables: the peers side by side, and the dynamic engine
//! and the log beside what they are held against. Everything in them is measured in that run,
//! between real processes; each round measures every peer once, so that a machine that grows slow
//! grows slow for all. Every process that is started ends when this one does, however it ends.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

mod crowd;
mod figure;
mod goal;
mod machine;
mod peer;
mod place;
mod report;
mod sample;
mod shop;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::{machine::Machine, peer::Peers, place::Place, report::Report};

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
    /// How many idle processes make a crowd.
    #[arg(long, default_value_t = 1000)]
    crowd: usize,
    /// For how many seconds an idle process is watched.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
}

/// What kind of figure: a file of `figure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Attach,
    Program,
    Idle,
    Dynamic,
    Log,
    Attack,
    Survey,
}

fn main() -> Result<()> {
    let options = Options::parse();
    if cfg!(debug_assertions) {
        eprintln!("a debug build: the figures mean nothing (add `--release`)");
    }
    let place = Place::new()?;
    let peers = Peers::ready(&place)?;
    let mut report = Report::new(Machine::this());
    let is_wanted = |kind| options.only.is_empty() || options.only.contains(&kind);
    if is_wanted(Kind::Attach) {
        let rows = figure::attach::rows(&options, &place, &peers)?;
        report.rows.extend(rows);
    }
    if is_wanted(Kind::Program) {
        let rows = figure::program::rows(&options, &place, &peers)?;
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
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}
