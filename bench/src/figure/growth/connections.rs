//! Against how many connections are open, each of which has asked once.

use std::{fs, time::Instant};

use anyhow::Result;
use futures::future::{Either, select};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use teleop::{Remote, block_on};

use super::{serving, summary};
use crate::{
    Options,
    figure::{attack::settle, idle::memory_of, milliseconds},
    growth::Growth,
    peer::Peers,
    place::Place,
    report::Unit,
    sample::Samples,
};

const SIZES: [usize; 4] = [1, 10, 100, 1000];
/// Each needs a new target.
const MOST_ROUNDS: usize = 10;

pub(super) fn growths(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Growth>> {
    // Each connection takes one on both sides.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let (mut memory, mut descriptors, mut served) = (Vec::new(), Vec::new(), Vec::new());
    for size in SIZES {
        let (mut added, mut opened, mut took) = <(Samples, Samples, Samples)>::default();
        for _ in 0..options.rounds.min(MOST_ROUNDS) {
            let sandbox = place.sandbox()?;
            let (target, attach) = serving(&sandbox, peers, 1, None)?;
            let pid = target.pid();
            let before = (memory_of(pid, "Anonymous:")?, open(pid)?);
            let begin = Instant::now();
            let streams = (0..size).map(|_| block_on(attach.open(pid)));
            let streams = streams.collect::<teleop::Result<Vec<_>>>()?;
            // All at once: each is answered when the process comes to it.
            let asked = streams.into_iter().map(|attached| async {
                let (remote, connection) = Remote::over(attached.stream);
                let asked = Box::pin(remote.about());
                match select(asked, connection).await {
                    Either::Left((about, connection)) => about.map(|_| Some(connection)),
                    // It says why.
                    Either::Right((_, asked)) => asked.await.map(|_| None),
                }
            });
            let connections = block_on(futures::future::try_join_all(asked))?;
            took.push(milliseconds(begin.elapsed()));
            settle(pid)?;
            added.push(memory_of(pid, "Anonymous:")? - before.0);
            opened.push(open(pid)? - before.1);
            drop(connections);
            target.finish()?;
        }
        memory.push((size, summary(added)?));
        descriptors.push((size, summary(opened)?));
        served.push((size, summary(took)?));
    }
    Ok(vec![
        Growth::new(
            "connections: until all are answered",
            Unit::Milliseconds,
            served,
        ),
        Growth::new("connections: memory added", Unit::Kibibytes, memory),
        Growth::new("connections: descriptors added", Unit::Count, descriptors),
    ])
}

/// How many descriptors a process has open.
fn open(pid: u32) -> Result<f64> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count() as f64)
}
