//! A program under tokio, on all its threads, that offers Teleop: `teleop call PID ticks`.
//!
//! The services have a thread of their own, and tokio goes on undisturbed.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use teleop::Answer;
use tokio::io::{copy, sink, stdin};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let ticks = Arc::new(AtomicU64::new(0));
    let counted = ticks.clone();
    let _teleop = teleop::spawn(|services| {
        services
            .command("ticks", move |()| -> Answer<u64> {
                Ok(counted.load(Ordering::Relaxed))
            })
            .doc("How often it has ticked");
    })?;
    println!("pid: {}", std::process::id());

    let ticking = tokio::spawn(tick(ticks));
    copy(&mut stdin(), &mut sink()).await?; // What the program does all day.
    ticking.abort();
    Ok(())
}

async fn tick(ticks: Arc<AtomicU64>) {
    let mut interval = tokio::time::interval(Duration::from_millis(10));
    loop {
        interval.tick().await;
        ticks.fetch_add(1, Ordering::Relaxed);
    }
}
