//! What `bench-attach` does, with crate `teleop` 0.4.1, as that crate's own example does it.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{error::Error, io, time::Instant};

use classic::attach::{attacher::DefaultAttacher, connect};
use futures::executor::LocalPool;

fn main() -> Result<(), Box<dyn Error>> {
    let mut executor = LocalPool::new();
    let mut connections = Vec::new();
    for line in io::stdin().lines() {
        let pid: u32 = line?.parse()?;
        let begin = Instant::now();
        connections.push(executor.run_until(connect::<DefaultAttacher>(pid))?);
        println!("{}", begin.elapsed().as_nanos());
        // The one before goes only now, so that a target never finds itself without any.
        connections.drain(..connections.len() - 1);
    }
    Ok(())
}
