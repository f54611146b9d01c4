//! One server, and clients that attach, call, drop what they called, say half of something, and are killed,
//! at random. In the end the server is to be as it was in the beginning.
//!
//! `scripts/soak SECONDS` runs it. Linux alone tells what is looked at.

#![expect(clippy::print_stdout, reason = "a program")]

mod crowd;
mod deed;
mod reading;
mod server;
mod table;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{crowd::Crowd, server::Server, table::Table};

/// Has clients do all they can to one server, and fails where something of it is left there.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    /// For how long.
    #[arg(default_value_t = 1800)]
    seconds: u64,
    /// What is done follows from this number; when, from the machine, too.
    #[arg(long)]
    seed: Option<u64>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What this program does when it starts itself once more.
#[derive(Debug, Subcommand)]
enum Role {
    #[command(hide = true)]
    Serve { place: PathBuf },
    #[command(hide = true)]
    Client { place: PathBuf, pid: u32, seed: u64 },
}

fn main() -> Result<()> {
    let options = Options::parse();
    match options.role {
        Some(Role::Serve { place }) => server::serve(place),
        Some(Role::Client { place, pid, seed }) => deed::until_killed(&place, pid, seed),
        None => soak(
            options.seconds,
            options.seed.unwrap_or_else(|| fastrand::u64(..)),
        ),
    }
}

fn soak(seconds: u64, seed: u64) -> Result<()> {
    println!("seed: {seed}");
    let all = Duration::from_secs(seconds);
    let server = Server::start()?;
    let mut crowd = Crowd::new(seed);
    // Until everything was done that leaves something for the next: arenas, threads, tables.
    crowd.torment(&server, (all / 6).min(Duration::from_secs(180)))?;
    let mut table = Table::begin(server.at_rest()?);
    let started = Instant::now();
    while started.elapsed() < all {
        let left = all.saturating_sub(started.elapsed());
        let deeds = crowd.torment(&server, left.min(Duration::from_secs(60)).min(all / 8))?;
        table.add(started.elapsed(), deeds, server.at_rest()?);
    }
    table.verdict()
}
