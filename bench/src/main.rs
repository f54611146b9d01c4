//! How quickly one attaches, and what it costs to be attachable: Teleop side by side with its peers.
//!
//! `cargo run --release -p teleop-bench` prints one table. Everything in it is measured in that run,
//! between real processes; each round measures every peer once, so that a machine that grows slow
//! grows slow for all. Every process that is started ends when this one does, however it ends.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

mod crowd;
mod figure;
mod machine;
mod peer;
mod place;
mod report;
mod sample;

use anyhow::Result;
use clap::Parser;

use crate::{machine::Machine, peer::Peers, place::Place, report::Report};

/// Measures Teleop and its peers, side by side.
#[derive(Debug, Parser)]
struct Options {
    /// Prints JSON instead of a table.
    #[arg(long)]
    json: bool,
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

fn main() -> Result<()> {
    let options = Options::parse();
    if cfg!(debug_assertions) {
        eprintln!("a debug build: the figures mean nothing (add `--release`)");
    }
    let place = Place::new()?;
    let peers = Peers::ready(&place)?;
    let mut report = Report::new(Machine::this());
    report
        .rows
        .extend(figure::attach::rows(&options, &place, &peers)?);
    report
        .rows
        .extend(figure::program::rows(&options, &place, &peers)?);
    report
        .rows
        .extend(figure::idle::rows(&options, &place, &peers)?);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}
