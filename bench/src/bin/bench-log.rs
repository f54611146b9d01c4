//! `bench-log SUBSCRIBER`: installs a subscriber that does not log `debug`, with the layer of Teleop or
//! without it, and logs that as often as it reads a line. It prints for each line how many nanoseconds an
//! event took.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{env, error::Error, hint::black_box, io, time::Instant};

use tracing::debug;
use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt, prelude::*, registry};

const EVENTS: u32 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let filter = || EnvFilter::new("info");
    let layer = teleop::log::layer;
    match env::args().nth(1).as_deref() {
        Some("filter") => registry().with(fmt::layer()).with(filter()).init(),
        Some("layer as filter") => {
            let layer = layer().or("info")?;
            registry().with(fmt::layer()).with(layer).init();
        }
        Some("layer beside filter") => registry()
            .with(fmt::layer())
            .with(filter())
            .with(layer())
            .init(),
        Some("single filter") => {
            let write = fmt::layer().with_filter(LevelFilter::INFO);
            registry().with(write).init();
        }
        Some("layer beside single filter") => {
            let write = fmt::layer().with_filter(LevelFilter::INFO);
            registry().with(write).with(layer()).init();
        }
        other => return Err(format!("what subscriber is {other:?}?").into()),
    }
    let _teleop = teleop::spawn(|_services| {})?;
    for line in io::stdin().lines() {
        line?;
        let begin = Instant::now();
        for number in 0..EVENTS {
            debug!(number = black_box(number), "not logged");
        }
        println!("{}", begin.elapsed().as_nanos() as f64 / f64::from(EVENTS));
    }
    Ok(())
}
