//! A program that offers Teleop: `echo`, which every program has, two services of its own, `jobs` and
//! `everything`, and commands for its `cache`. What it logs is read by `teleop call PID log.tail`, and nowhere else.
//!
//! It prints its process id and runs until it is interrupted.

use std::{error::Error, io};

use clap::{Parser, ValueEnum};
use teleop::{
    Config,
    attach::{Attacher, Layout, attacher},
};
use teleop_examples::{
    Cache, EVERYTHING, Everything, JOBS, Jobs, everything_capnp::everything, jobs_capnp::jobs,
};
use tracing_subscriber::prelude::*;

#[derive(Parser)]
struct Arguments {
    /// Serve the classic layout, too
    #[arg(long)]
    classic: bool,

    /// How to learn that somebody wants to attach
    #[arg(long, value_enum, default_value_t)]
    attacher: Name,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Name {
    #[default]
    Auto,
    Dummy,
    #[cfg(target_os = "linux")]
    Inotify,
    #[cfg(unix)]
    Unix,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let log = tracing_subscriber::registry().with(teleop::log::layer());
    log.init();
    let mut config = Config::new()
        .name(env!("CARGO_BIN_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .attacher(arguments.attacher.attacher());
    if arguments.classic {
        config = config.layouts([Layout::Private, Layout::Classic]);
    }

    let teleop = config.spawn(|services| {
        services
            .offer("jobs", || -> jobs::Client {
                teleop::new_client(Jobs::default())
            })
            .schema(JOBS);
        services
            .offer("everything", || -> everything::Client {
                teleop::new_client(Everything)
            })
            .schema(EVERYTHING);
        Cache::new().offer(services);
    })?;
    if let Some(error) = teleop.error() {
        eprintln!("running without Teleop: {error}");
    }

    let interrupt = interrupt()?;
    println!("pid: {}", std::process::id());
    async_io::block_on(interrupt);
    Ok(())
}

impl Name {
    fn attacher(self) -> Box<dyn Attacher> {
        match self {
            Self::Auto => Box::new(attacher::Auto),
            Self::Dummy => Box::new(attacher::Dummy),
            #[cfg(target_os = "linux")]
            Self::Inotify => Box::new(attacher::Inotify),
            #[cfg(unix)]
            Self::Unix => Box::new(attacher::Unix),
        }
    }
}

/// Resolves when the program is to end. It is heard of from now on.
#[cfg(unix)]
fn interrupt() -> io::Result<impl Future> {
    use async_signal::{Signal, Signals};
    use futures::StreamExt;

    let mut signals = Signals::new([Signal::Int, Signal::Term])?;
    Ok(async move { signals.next().await })
}

#[cfg(not(unix))]
fn interrupt() -> io::Result<impl Future> {
    // Until the standard input is closed.
    Ok(async { io::copy(&mut io::stdin(), &mut io::sink()) })
}
