//! The same program as `bench-bare`, with Teleop in it.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{error::Error, io, process};

fn main() -> Result<(), Box<dyn Error>> {
    let _teleop = teleop::spawn(|_services| {})?;
    println!("pid: {}", process::id());
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
