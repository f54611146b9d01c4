//! A program with commands: each returns what it is called with.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{error::Error, io, process};

use serde::{Deserialize, Serialize};
use teleop::Answer;

#[derive(Deserialize, Serialize)]
struct Message {
    message: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let _teleop = teleop::spawn(|services| {
        services.command("same.sync", |message: Message| Answer::Ok(message));
        services.command_async("same.async", async |message: Message| Answer::Ok(message));
    })?;
    println!("pid: {}", process::id());
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
