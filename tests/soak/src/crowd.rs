//! [`Crowd`]: the clients, some at a time.

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use fastrand::Rng;

use crate::{deed::Deed, server::Server};

/// How many are there at a time, besides those that are killed.
const AT_ONCE: usize = 6;
/// How long those live that are killed, at the longest.
const LIFE: u64 = 30_000; // µs

/// The clients.
pub(crate) struct Crowd {
    random: Vec<Rng>,
}

/// How much was done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deeds {
    pub(crate) done: u64,
    /// Those that were refused, or came to nothing in another way: many ask for just that.
    pub(crate) failed: u64,
    pub(crate) killed: u64,
}

impl Crowd {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        Self {
            random: (0..=AT_ONCE).map(|_| random.fork()).collect(),
        }
    }

    /// Has them do what they like for so long.
    pub(crate) fn torment(&mut self, server: &Server, time: Duration) -> Result<Deeds> {
        let until = Instant::now() + time;
        let Some((killer, others)) = self.random.split_first_mut() else {
            return Ok(Deeds::default());
        };
        thread::scope(|scope| {
            let others: Vec<_> = others
                .iter_mut()
                .map(|random| scope.spawn(move || act(server, random, until)))
                .collect();
            let mut deeds = kill(server, killer, until)?;
            for other in others {
                let other = other.join().expect("it does not panic");
                deeds.done += other.done;
                deeds.failed += other.failed;
            }
            Ok(deeds)
        })
    }
}

fn act(server: &Server, random: &mut Rng, until: Instant) -> Deeds {
    let mut deeds = Deeds::default();
    while Instant::now() < until {
        let deed = Deed::any(random);
        deeds.done += 1;
        let outcome = async_io::block_on(deed.act(server.place(), server.pid(), random));
        deeds.failed += u64::from(outcome.is_err());
    }
    deeds
}

/// Starts clients, and kills them soon.
fn kill(server: &Server, random: &mut Rng, until: Instant) -> Result<Deeds> {
    let mut deeds = Deeds::default();
    while Instant::now() < until {
        let mut client = client(server, random.u64(..))?;
        thread::sleep(Duration::from_micros(random.u64(..LIFE)));
        client.kill()?;
        client.wait()?;
        deeds.killed += 1;
    }
    Ok(deeds)
}

fn client(server: &Server, seed: u64) -> Result<Child> {
    Ok(Command::new(std::env::current_exe()?)
        .arg("client")
        .arg(server.place())
        .args([server.pid().to_string(), seed.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?)
}
