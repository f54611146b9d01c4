//! `bench-client WAY TARGET`: one of many that attach at once. Says that it is ready, waits until its standard input
//! ends, attaches, has a word come back, and prints when it began and when it had the word: nanoseconds of the clock
//! that all processes share.
//!
//! Its standard output is a socket, as what it prints is read by whoever ends it by closing that.

#![expect(clippy::print_stdout, reason = "a program")]

mod classic;
mod floor;
mod ours;

use std::{
    env,
    error::Error,
    fs::File,
    io,
    os::fd::AsFd,
    panic,
    time::{SystemTime, UNIX_EPOCH},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [way, target] = &arguments[..] else {
        return Err("usage: bench-client WAY TARGET".into());
    };
    let ask = match way.as_str() {
        "teleop" => ours::ask,
        "classic" => classic::ask,
        "floor" => floor::ask,
        other => return Err(format!("no way `{other}`").into()),
    };
    panic::set_hook(Box::new(|_| println!("failed: it panicked")));
    println!("ready");
    io::copy(&mut io::stdin(), &mut io::sink())?;
    let begin = now()?;
    match ask(target) {
        Ok(end) => println!("{begin} {end}"),
        Err(error) => println!("failed: {}", error.to_string().replace('\n', " ")),
    }
    // To end takes the processor from those that still attach.
    let mut printed_to = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    io::copy(&mut printed_to, &mut io::sink())?;
    Ok(())
}

/// Not `Instant`, which another process cannot read.
fn now() -> Result<u128, Box<dyn Error>> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())
}
