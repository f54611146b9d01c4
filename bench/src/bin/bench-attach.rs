//! Attaches to every process whose id it reads, a line each, and prints how many nanoseconds it took
//! to a connected stream.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{error::Error, io, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut connections = Vec::new();
    for line in io::stdin().lines() {
        let pid: u32 = line?.parse()?;
        let begin = Instant::now();
        connections.push(teleop::block_on(teleop::Attach::new().open(pid))?);
        println!("{}", begin.elapsed().as_nanos());
        // The one before goes only now, so that a target never finds itself without any.
        connections.drain(..connections.len() - 1);
    }
    Ok(())
}
