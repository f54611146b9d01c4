//! A program that does nothing until its standard input ends: what the others are compared with.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{io, process};

fn main() -> io::Result<()> {
    println!("pid: {}", process::id());
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
