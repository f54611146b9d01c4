//! The same program as `bench-bare`, with Teleop in it, and its default features alone.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{error::Error, io, process, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let _teleop = teleop::spawn(|_services| {})?;
    let took = started.elapsed();
    println!("pid: {}", process::id());
    // In milliseconds.
    println!("{}", took.as_secs_f64() * 1e3);
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
