//! A program whose log is turned up while it runs, and read: it logs what it reads.
//!
//! `teleop call PID log.setFilter debug 60` has it log more for a minute, `teleop call PID log.tail trace`
//! shows all of it elsewhere.

use std::{error::Error, io};

use tracing_subscriber::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(io::stderr))
        .with(teleop::log::layer().or("info")?)
        .init();
    let _teleop = teleop::spawn(|_| {})?;

    println!("pid: {}", std::process::id());
    for line in io::stdin().lines() {
        let line = line?;
        tracing::debug!(length = line.len(), "reads `{line}`");
        tracing::info!("has read {} words", line.split_whitespace().count());
    }
    Ok(())
}
