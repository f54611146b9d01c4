//! What it costs a process to be attachable while nobody attaches.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use teleop_field::{Running, Sandbox};

use crate::{
    Options,
    figure::row,
    peer::{Peer, Peers},
    place::Place,
    report::{Row, Unit},
    sample::Samples,
};

pub(crate) fn rows(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Row>> {
    let mut rows = watched(options, place, peers)?;
    let parts = [
        ("idle: resident memory added", "Rss:"),
        ("idle: of it, no part of a file", "Anonymous:"),
    ];
    for (figure, part) in parts {
        let memory = memory(options, place, peers, part)?;
        rows.push(row(figure, Unit::Kibibytes, memory));
    }
    Ok(rows)
}

/// What the process does in a while in which a lot happens in its working directory.
fn watched(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Row>> {
    let bare_sandbox = place.sandbox()?;
    let bare = bare(&bare_sandbox, peers)?;
    let mut watched = Vec::new();
    for peer in embeddable(peers) {
        let sandbox = place.sandbox()?;
        let target = peer.target(&sandbox)?;
        watched.push((peer, sandbox, target));
    }

    let directories: Vec<PathBuf> = watched
        .iter()
        .map(|(_, sandbox, _)| sandbox.work())
        .chain([bare_sandbox.work()])
        .collect();
    let before = activities(&watched)?;
    let files = keep_busy(&directories, Duration::from_secs(options.seconds))?;
    let after = activities(&watched)?;

    let without = Activity::of(bare.pid())?;
    let costs: Vec<(&'static str, Activity)> = watched
        .iter()
        .zip(before.iter().zip(&after))
        .map(|((peer, ..), (before, after))| (peer.name(), after.cost(before, &without)))
        .collect();
    let column = |value: fn(&Activity) -> f64| {
        let costs = costs.iter();
        costs.map(move |(peer, cost)| (*peer, Samples::from_iter([value(cost)])))
    };
    let seconds = options.seconds;
    Ok(vec![
        row("idle: threads added", Unit::Count, column(|of| of.threads)),
        row(
            "idle: inotify watches",
            Unit::Count,
            column(|of| of.watches),
        ),
        row(
            "idle: descriptors added",
            Unit::Count,
            column(|of| of.descriptors),
        ),
        row(
            format!("idle: wake-ups in {seconds} s, {files} new files in the working directory"),
            Unit::Count,
            column(|of| of.wakeups),
        ),
        row(
            format!("idle: processor time in those {seconds} s"),
            Unit::Milliseconds,
            column(|of| of.processor),
        ),
    ])
}

/// Resident memory over that of the same program without the peer, a new process each time.
fn memory(
    options: &Options,
    place: &Place,
    peers: &Peers,
    part: &str,
) -> Result<Vec<(&'static str, Samples)>> {
    let sandbox = place.sandbox()?;
    let mut samples: Vec<(&dyn Peer, Samples)> = embeddable(peers)
        .map(|peer| (peer, Samples::default()))
        .collect();
    for _ in 0..options.rounds {
        let without = memory_of(bare(&sandbox, peers)?.pid(), part)?;
        for (peer, samples) in &mut samples {
            let target = peer.target(&sandbox)?;
            samples.push(memory_of(target.pid(), part)? - without);
            target.finish()?;
        }
    }
    let samples = samples.into_iter();
    Ok(samples
        .map(|(peer, samples)| (peer.name(), samples))
        .collect())
}

/// The peers that a program embeds.
fn embeddable(peers: &Peers) -> impl Iterator<Item = &dyn Peer> {
    let peers = peers.all().iter().map(AsRef::as_ref);
    peers.filter(|peer| peer.is_embedded())
}

/// Starts the program that the others are compared with.
fn bare(sandbox: &Sandbox, peers: &Peers) -> Result<Running> {
    let mut bare = Running::start(&mut sandbox.target(peers.bare()?))?;
    bare.line()?;
    Ok(bare)
}

fn activities(watched: &[(&dyn Peer, Sandbox, Running)]) -> Result<Vec<Activity>> {
    watched
        .iter()
        .map(|(_, _, target)| Activity::of(target.pid()))
        .collect()
}

/// Creates and removes a file in each directory, a thousand times a second at most, and says how often.
fn keep_busy(directories: &[PathBuf], duration: Duration) -> io::Result<u64> {
    let end = Instant::now() + duration;
    let mut files = 0;
    while Instant::now() < end {
        for directory in directories {
            let file = directory.join(format!("file-{files}"));
            fs::write(&file, "")?;
            fs::remove_file(&file)?;
        }
        files += 1;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(files)
}

/// What `/proc` tells of a process.
#[derive(Debug)]
struct Activity {
    threads: f64,
    watches: f64,
    descriptors: f64,
    wakeups: f64,
    /// In milliseconds.
    processor: f64,
}

impl Activity {
    /// What there is more of than `without`, and what it has done since `before`.
    fn cost(&self, before: &Self, without: &Self) -> Self {
        Self {
            threads: self.threads - without.threads,
            watches: self.watches - without.watches,
            descriptors: self.descriptors - without.descriptors,
            wakeups: self.wakeups - before.wakeups,
            processor: self.processor - before.processor,
        }
    }

    fn of(pid: u32) -> Result<Self> {
        let proc = PathBuf::from(format!("/proc/{pid}"));
        let mut activity = Self {
            threads: 0.0,
            watches: 0.0,
            descriptors: 0.0,
            wakeups: 0.0,
            processor: 0.0,
        };
        for thread in fs::read_dir(proc.join("task"))? {
            let thread = thread?.path();
            activity.threads += 1.0;
            activity.wakeups += field(&thread.join("status"), "voluntary_ctxt_switches:")?;
            // Its first number: nanoseconds on a processor.
            activity.processor += field(&thread.join("schedstat"), "")? / 1e6;
        }
        for descriptor in fs::read_dir(proc.join("fdinfo"))? {
            activity.descriptors += 1.0;
            let text = fs::read_to_string(descriptor?.path())?;
            let watches = text.lines().filter(|line| line.starts_with("inotify "));
            activity.watches += watches.count() as f64;
        }
        Ok(activity)
    }
}

/// In KiB.
pub(super) fn resident(pid: u32) -> Result<f64> {
    memory_of(pid, "Rss:")
}

/// A part of its memory, in KiB. From the map of it, since the counters in `status` lag behind.
pub(super) fn memory_of(pid: u32, part: &str) -> Result<f64> {
    field(Path::new(&format!("/proc/{pid}/smaps_rollup")), part)
}

/// The number that follows `name` at the beginning of a line.
pub(crate) fn field(path: &Path, name: &str) -> Result<f64> {
    let text = fs::read_to_string(path)?;
    text.lines()
        .find_map(|line| {
            let rest = line.strip_prefix(name)?;
            rest.split_whitespace().next()?.parse().ok()
        })
        .with_context(|| format!("no `{name}` in {}", path.display()))
}
