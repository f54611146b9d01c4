//! [`obey`]: a client does what it is told.

#![expect(clippy::print_stdout, reason = "what a program says")]

use std::{io, time::Instant};

use anyhow::{Result, ensure};

use crate::{Connection, Figures, Load, allocations};

/// Carries out each load of the standard input, until it ends, over connections of this peer. A line `count` has
/// allocations counted from then on.
///
/// A load that fails is said to have failed, and why; what comes next is given new connections.
pub async fn obey<C: Connection>(mut connect: impl AsyncFnMut() -> Result<C>) -> Result<()> {
    let mut connections = Vec::new();
    obey_with(async |load| {
        while connections.len() < load.connections() {
            connections.push(connect().await?);
        }
        let outcome = carry_out(load, &connections).await;
        if outcome.is_err() {
            connections.clear();
        }
        outcome
    })
    .await
}

/// The same, where the peer has its own way to carry out a load.
pub async fn obey_with(mut carry_out: impl AsyncFnMut(&Load) -> Result<Figures>) -> Result<()> {
    // Nothing is in flight while this blocks.
    for line in io::stdin().lines() {
        let line = line?;
        if line == "count" {
            allocations::count();
            continue;
        }
        let before = allocations::counted();
        match carry_out(&line.parse()?).await {
            Ok(mut figures) => {
                figures.allocations = allocations::counted() - before;
                println!("{figures}");
            }
            Err(error) => println!("failed: {}", format!("{error:#}").replace('\n', " ")),
        }
    }
    Ok(())
}

async fn carry_out<C: Connection>(load: &Load, connections: &[C]) -> Result<Figures> {
    let begin = Instant::now();
    let (items, bytes, came) = match *load {
        Load::Calls(calls) => return calls.make(connections).await,
        Load::Paced(paced) => {
            let connection = &connections[0];
            return paced
                .make(async |message| connection.echo(message).await)
                .await;
        }
        Load::Receive { items, bytes } => {
            (items, bytes, connections[0].receive(items, bytes).await?)
        }
        Load::Send { items, bytes } => (items, bytes, connections[0].send(items, bytes).await?),
    };
    let figures = Figures::of_items(items, begin.elapsed());
    ensure!(
        came == (items, items * bytes),
        "{items} items of {bytes} bytes, and {came:?} came"
    );
    Ok(figures)
}
