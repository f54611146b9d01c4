//! A program that offers Teleop, built without any feature of it.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{error::Error, io};

fn main() -> Result<(), Box<dyn Error>> {
    let teleop = teleop::spawn(|_| {})?;
    println!("armed: {}, {:?}", teleop.is_armed(), teleop.error());
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}
