//! What comes after a call: its results are written as JSON.
//!
//! In processor time, and each size in a process of its own, where the message is read once and all else
//! that is ever allocated shows.

use std::{fs, path::Path, process::Command};

use anyhow::{Result, anyhow};
use capnp::serialize;
use teleop_field::Running;

use super::summary;
use crate::{
    Options,
    figure::in_turn,
    goal::{Aim, Goal},
    peer::Peers,
    place::Place,
    report::Unit,
    sample::{Samples, Summary},
    shop::{SHOP, Shape},
};

const MEGABYTE: usize = 1_000_000;
/// Of the largest there are fewer samples: one takes a second.
const FEW: usize = 10;
/// How much longer a byte may take where there are ten times as many: the caches end somewhere.
const LINEAR: f64 = 1.5;
/// In KiB, whatever the size: buffers, and what the allocator keeps at hand.
const BUFFERS: f64 = 1024.0;

pub(super) fn goals(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Goal>> {
    let sandbox = place.sandbox()?;
    let files = place.directory("results")?;
    fs::write(files.join("schema"), SHOP)?;
    let program = peers.program("bench-decode")?;
    let begin = |what, shape, megabytes| {
        let mut command = sandbox.client(program);
        Decoding::begin(what, shape, megabytes * MEGABYTE, &files, &mut command)
    };
    let mut decodings = [
        begin("1 MB of orders", Shape::Orders, 1)?,
        begin("10 MB of orders", Shape::Orders, 10)?,
        begin("100 MB of orders", Shape::Orders, 100)?,
        begin("10 MB of 64-bit integers", Shape::Numbers, 10)?,
        begin("10 MB of enumerants", Shape::Colours, 10)?,
        begin("10 MB of defaults", Shape::Settings, 10)?,
    ];
    for round in 0..=options.rounds {
        for decoding in in_turn(&mut decodings, round) {
            if round <= FEW || decoding.wire < 50.0 * MEGABYTE as f64 {
                decoding.write(round > 0)?;
            }
        }
    }
    let kept = decodings[1].keep()?;

    let mut goals = Vec::new();
    for decoding in &decodings {
        goals.push(decoding.speed()?);
    }
    let [small, middle, large, ..] = &decodings;
    for (larger, smaller) in [(middle, small), (large, middle)] {
        goals.push(
            Goal::new(
                format!("{}: time for each byte", larger.what),
                Unit::NanosecondsPerByte,
                larger.per_byte()?,
            )
            .beside(smaller.what, smaller.per_byte()?)
            .aim(Aim::TimesAtMost(LINEAR)),
        );
    }
    for decoding in [middle, large] {
        let figure = format!("{}: memory added while written", decoding.what);
        let added = summary(Samples::from_iter([decoding.memory]))?;
        let goal = Goal::new(figure, Unit::Kibibytes, added).aim(Aim::AtMost(BUFFERS));
        goals.push(match decoding.wire == middle.wire {
            true => goal.beside("kept as a value", summary(Samples::from_iter([kept]))?),
            false => goal,
        });
    }
    Ok(goals)
}

/// A process that makes JSON of one result, over and over.
#[derive(Debug)]
struct Decoding {
    what: &'static str,
    /// How many bytes the message has.
    wire: f64,
    /// How many bytes of JSON are written.
    json: f64,
    /// The memory that the first time added, in KiB.
    memory: f64,
    nanoseconds: Vec<f64>,
    process: Running,
}

impl Decoding {
    fn begin(
        what: &'static str,
        shape: Shape,
        bytes: usize,
        files: &Path,
        command: &mut Command,
    ) -> Result<Self> {
        let path = files.join(what);
        serialize::write_message(fs::File::create(&path)?, &shape.message(bytes))?;
        command
            .arg(files.join("schema"))
            .arg(shape.structure())
            .arg(&path);
        Ok(Self {
            what,
            wire: fs::metadata(&path)?.len() as f64,
            json: 0.0,
            memory: 0.0,
            nanoseconds: Vec::new(),
            process: Running::start(command)?,
        })
    }

    /// Has it written once. The first time brings it into the caches, and shows the memory.
    fn write(&mut self, counts: bool) -> Result<()> {
        let [nanoseconds, json, memory] = self.ask("write")?;
        if counts {
            self.nanoseconds.push(nanoseconds);
        } else {
            (self.json, self.memory) = (json, memory);
        }
        Ok(())
    }

    /// The memory that it takes to keep it as a value, in KiB.
    fn keep(&mut self) -> Result<f64> {
        let [.., memory] = self.ask("keep")?;
        Ok(memory)
    }

    fn ask(&mut self, what: &str) -> Result<[f64; 3]> {
        self.process.say(what)?;
        let line = self.process.line()?;
        let numbers = line.split_whitespace().map(str::parse);
        let numbers: Vec<f64> = numbers.collect::<Result<_, _>>()?;
        let numbers = numbers.try_into();
        numbers.map_err(|_| anyhow!("three numbers are in a line, but this is `{line}`"))
    }

    fn speed(&self) -> Result<Goal> {
        let json = self.json / MEGABYTE as f64;
        let figure = format!(
            "{} to {json:.1} MB of JSON, counted in the message",
            self.what
        );
        Ok(
            Goal::new(figure, Unit::MegabytesPerSecond, self.rate(self.wire)?)
                .beside("counted in JSON", self.rate(self.json)?)
                .aim(Aim::AtLeast(100.0)),
        )
    }

    /// In MB/s, where it is so many bytes.
    fn rate(&self, bytes: f64) -> Result<Summary> {
        let took = self.nanoseconds.iter();
        summary(took.map(|nanoseconds| bytes * 1e3 / nanoseconds).collect())
    }

    /// In nanoseconds for each byte of the message.
    fn per_byte(&self) -> Result<Summary> {
        let took = self.nanoseconds.iter();
        summary(took.map(|nanoseconds| nanoseconds / self.wire).collect())
    }
}
