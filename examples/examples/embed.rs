//! The least that a program does to offer Teleop.

use std::{error::Error, io};

fn main() -> Result<(), Box<dyn Error>> {
    let _teleop = teleop::spawn(|_| {})?;

    println!("attach to me: teleop attach {}", std::process::id());
    io::stdin().read_line(&mut String::new())?; // What the program does all day.
    Ok(())
}
