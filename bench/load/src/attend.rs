//! [`attend`]: a server answers who started it.

#![expect(clippy::print_stdout, reason = "what a program says")]

use std::{fs, io, time::Duration};

use crate::{allocations, work::Work};

/// Says that the server is ready, and which thread this is; then does what each line says that it reads: `count` has
/// it say how often the server has allocated memory since the first of them, `work` and a number has it work
/// for so many microseconds, as a host has work of its own, and say how much was done, see [`Worked`](crate::Worked).
/// Returns when nobody asks any more, which is to end the server.
///
/// It blocks its thread.
pub fn attend() -> io::Result<()> {
    // `PID/task/TID`
    let thread = fs::read_link("/proc/thread-self")?;
    let thread = thread.file_name().unwrap_or_default();
    println!("ready {}", thread.to_string_lossy());
    let mut work = None;
    for line in io::stdin().lines() {
        let line = line?;
        if let Some(microseconds) = line.strip_prefix("work ") {
            let microseconds = microseconds.parse().map_err(io::Error::other)?;
            let work = work.get_or_insert_with(Work::new);
            println!("{}", work.carry_on(Duration::from_micros(microseconds))?);
        } else {
            allocations::count();
            println!("{}", allocations::counted());
        }
    }
    Ok(())
}
