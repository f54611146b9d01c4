//! How many instructions the hot paths take, held against those that were committed last.
//!
//! `scripts/instructions` builds what is counted, and runs this. Instructions are the same on a machine that has
//! something else to do, which time is not: a path that grew by a twentieth is seen.

#![expect(clippy::print_stdout, reason = "a program")]

mod answers;
mod callgrind;
mod committed;
mod counts;
mod place;
mod steps;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;

use crate::{committed::Committed, place::Place};

/// Counts the instructions of the hot paths, and fails where one takes more than a twentieth more than committed.
#[derive(Debug, Parser)]
struct Options {
    /// The file of the figures that were committed.
    figures: PathBuf,
    /// Which rustc built what is counted, as `rustc --version` says it.
    #[arg(long)]
    rustc: String,
    /// Writes the figures to the file, for them to be committed.
    #[arg(long)]
    commit: bool,
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let place = Place::new()?;
    if options.commit {
        let committed = Committed::new(options.rustc, counts::least(&place, |_| true)?);
        committed.write(&options.figures)?;
        println!("written to {}", options.figures.display());
        return Ok(ExitCode::SUCCESS);
    }
    let committed = Committed::read(&options.figures)?;
    let counted = counts::least(&place, |counts| committed.compare(counts).is_worse())?;
    let comparison = committed.compare(&counted);
    println!("{comparison}");
    Ok(match comparison.is_worse() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}
