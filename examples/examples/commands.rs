//! Plain functions that are called by name, with JSON: `teleop call PID sum.add 1 2`.

use std::{error::Error, io};

use serde::Deserialize;
use teleop::Answer;

#[derive(Deserialize)]
struct Add {
    left: i64,
    right: i64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let _teleop = teleop::spawn(|services| {
        services
            .command("sum.add", |Add { left, right }| -> Answer<i64> {
                Ok(left.checked_add(right).ok_or("it is too large")?)
            })
            .doc("Adds two numbers");
        services
            .command_iter("sum.count", |(to,): (u64,)| -> Answer<_> { Ok(1..=to) })
            .doc("Counts, a line for each number");
    })?;

    println!("call my commands: teleop describe {}", std::process::id());
    io::stdin().read_line(&mut String::new())?; // What the program does all day.
    Ok(())
}
