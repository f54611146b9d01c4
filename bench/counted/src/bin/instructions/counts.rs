//! [`count`]: the hot paths.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use anyhow::{Context, Result};

use crate::{answers::answers, callgrind::difference, place::Place, steps::Stepped};

/// Instructions, by what they are spent on.
pub(crate) type Counts = BTreeMap<String, u64>;

/// A way of `counted`, and whose instructions are a figure.
struct Way {
    name: &'static str,
    few: u64,
    many: u64,
    figure: &'static str,
    roles: &'static [&'static str],
}

const BOTH: &[&str] = &["client", "server"];
const ALL: &[&str] = &["client", "server", "pool"];

const WAYS: [Way; 6] = [
    Way::new("echo", (100, 1100), "echo", BOTH),
    Way::new("echo-64", (640, 6400), "echo, 64 in flight", BOTH),
    Way::new("dynamic", (100, 1100), "echo, by schema", BOTH),
    // What the pool takes depends on time: it looks for more for a while.
    Way::new("command", (100, 1100), "a command", BOTH),
    Way::new("async-command", (100, 1100), "an async command", BOTH),
    Way::new("items", (2000, 82_000), "an item of `command_iter`", ALL),
];

impl Way {
    const fn new(
        name: &'static str,
        (few, many): (u64, u64),
        figure: &'static str,
        roles: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            few,
            many,
            figure,
            roles,
        }
    }
}

/// Counts them until none is too many, three times at most, and takes the least of each: what comes by chance,
/// a thread that ran sooner than another, only ever adds some.
pub(crate) fn least(place: &Place, is_too_many: impl Fn(&Counts) -> bool) -> Result<Counts> {
    let mut least = count(place)?;
    for _ in 0..2 {
        if !is_too_many(&least) {
            break;
        }
        for (figure, again) in count(place)? {
            let instructions = least.entry(figure).or_insert(again);
            *instructions = again.min(*instructions);
        }
    }
    Ok(least)
}

fn count(place: &Place) -> Result<Counts> {
    let mut counts = Counts::new();
    for way in WAYS {
        let once = difference(place, way.name, way.few, way.many)?;
        for (role, instructions) in way.roles.iter().zip(once) {
            let figure = format!("{}: {role}", way.figure);
            counts.insert(figure, instructions.round() as u64);
        }
    }
    counts.extend(arming(place)?);
    counts.extend(attaching(place)?);
    Ok(counts)
}

fn arming(place: &Place) -> Result<Counts> {
    let mut command = place.command("counted");
    let stepped = Stepped::start(command.args(["arm", "2"]))?;
    stepped.run_to_stop()?;
    let first = stepped.steps()?;
    Ok(Counts::from([("arming".to_owned(), first)]))
}

/// What attaches, in the library and as a whole program.
fn attaching(place: &Place) -> Result<Counts> {
    let target = Target::start(place)?;
    let pid = target.0.id().to_string();
    let mut command = place.command("counted");
    let library = Stepped::start(command.args(["attach", "2", &pid]))?;
    library.run_to_stop()?;
    let (cold, warm) = (library.steps()?, library.steps()?);
    // It is connected still: what follows is warm.
    let mut command = place.command("teleop");
    let whole = Stepped::start(command.args(["--timeout", "10m", "call", &pid, "echo", "hi"]))?;
    let program = whole.steps()?;
    drop(target);
    let target = Target::start(place)?;
    let (answered, again) = answers(target.0.id(), place.path())?;
    Ok(Counts::from([
        ("cold attach, library: server".to_owned(), answered),
        ("warm attach, library: server".to_owned(), again),
        ("cold attach, library: client".to_owned(), cold),
        ("warm attach, library: client".to_owned(), warm),
        ("`teleop call PID echo hi`, warm".to_owned(), program),
    ]))
}

/// What is attached to; it ends when this is dropped.
struct Target(Child);

impl Target {
    fn start(place: &Place) -> Result<Self> {
        let mut command = place.command("counted");
        let command = command
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut target = Self(command.spawn()?);
        let stdout = target.0.stdout.take().context("it is piped")?;
        BufReader::new(stdout).read_line(&mut String::new())?;
        Ok(target)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // Asked to end, it would not get to it where a thread of it is traced.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
