//! How much memory a process takes for those who attack it.

use std::{
    fs,
    io::Write,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use teleop::{
    Attach,
    capnp::{
        any_pointer,
        message::{Builder, HeapAllocator},
        serialize::write_message_to_words,
        traits::HasTypeId,
    },
    capnp_rpc::rpc_capnp::{call, message},
    echo_capnp::echo,
    teleop_capnp::teleop as root,
};

use super::idle::{field, resident};
use crate::{
    Options,
    goal::{Aim, Goal},
    peer::Peers,
    place::Place,
    report::Unit,
    sample::Samples,
};

/// What it may be, in KiB.
const MOST: f64 = 16.0 * 1024.0;
/// More than are served at once.
const CROWD: usize = 100;
/// Each takes seconds, and they hardly differ.
const MOST_ROUNDS: usize = 5;
/// How long the target has to be calm to count as done.
const CALM: Duration = Duration::from_millis(100);
const NEVER: Duration = Duration::from_secs(60);

pub(crate) fn goals(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Goal>> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let attacks: [(&str, usize, Vec<u8>); 6] = [
        ("1000 connections that say nothing", 1000, Vec::new()),
        ("1000 headers that lie", 1000, header(1 << 20)),
        ("1 MiB requests that never end", CROWD, drip()),
        (
            "large answers that nobody reads",
            CROWD,
            echoes(10, 1_000_000),
        ),
        ("small answers that nobody reads", CROWD, echoes(20_000, 2)),
        ("answers that nobody releases", CROWD, unreleased(5_000)),
    ];
    let mut goals = Vec::new();
    for (name, connections, bytes) in attacks {
        let mut samples = Samples::default();
        for _ in 0..options.rounds.min(MOST_ROUNDS) {
            samples.push(added(place, peers, connections, &bytes)?);
        }
        let value = samples.summary().context("no rounds, no figure")?;
        let goal = Goal::new(format!("memory added by {name}"), Unit::Kibibytes, value);
        goals.push(goal.aim(Aim::AtMost(MOST)));
    }
    Ok(goals)
}

/// What a new target takes at the most while so many send this and read nothing, in KiB.
fn added(place: &Place, peers: &Peers, connections: usize, bytes: &[u8]) -> Result<f64> {
    let sandbox = place.sandbox()?;
    let target = peers.ours().target(&sandbox)?;
    let pid = target.pid();
    let endpoints = sandbox.work().with_file_name("endpoints");
    let attach = Attach::new().directory(&endpoints);
    // What it takes to serve anybody is there already.
    async_io::block_on(attach.run(pid, async |process| process.about().await))?;
    let socket = socket(&endpoints, pid)?;
    settle(pid)?;
    let before = resident(pid)?;
    let mut crowd = Vec::new();
    for _ in 0..connections {
        let stream = UnixStream::connect(&socket)?;
        stream.set_nonblocking(true)?;
        crowd.push((stream, 0));
    }
    loop {
        let mut has_sent = false;
        for (stream, sent) in &mut crowd {
            // It is full, or was let go.
            if let Ok(count) = stream.write(&bytes[*sent..]) {
                *sent += count;
                has_sent |= count > 0;
            }
        }
        settle(pid)?;
        if !has_sent {
            break;
        }
    }
    let status = PathBuf::from(format!("/proc/{pid}/status"));
    let most = field(&status, "VmHWM:")?.max(resident(pid)?);
    drop(crowd);
    target.finish()?;
    Ok((most - before).max(0.0))
}

fn socket(endpoints: &Path, pid: u32) -> Result<PathBuf> {
    let of_target = format!("{pid}-");
    let mut names = fs::read_dir(endpoints)?.filter_map(|entry| Some(entry.ok()?.path()));
    let endpoint = names.find(|path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with(&of_target)
    });
    Ok(endpoint.context("it has an endpoint")?.join("socket"))
}

/// Waits until every thread of a process sleeps, and goes on sleeping.
pub(super) fn settle(pid: u32) -> Result<()> {
    let deadline = Instant::now() + NEVER;
    let mut last = None;
    let mut since = Instant::now();
    while since.elapsed() < CALM || last.is_none() {
        let mut now = Some(0.0);
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            let status = task?.path().join("status");
            let sleeps = fs::read_to_string(&status)?.contains("State:\tS");
            let switches = field(&status, "voluntary_ctxt_switches:")?;
            now = now.filter(|_| sleeps).map(|sum| sum + switches);
        }
        if now != last {
            since = Instant::now();
        }
        last = now;
        ensure!(Instant::now() < deadline, "the target does not rest");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// What announces a message of so many bytes.
fn header(bytes: u32) -> Vec<u8> {
    let mut header = vec![0; 4];
    header.extend((bytes / 8).to_le_bytes());
    header
}

/// A message that lacks its last word.
fn drip() -> Vec<u8> {
    let mut bytes = header(1 << 20);
    bytes.resize(1 << 20, 1);
    bytes
}

/// Calls of `echo`, each with so many bytes.
fn echoes(count: u32, bytes: usize) -> Vec<u8> {
    let text = "x".repeat(bytes);
    let mut said = bootstrap(0);
    said.extend(service(1, 0));
    for question in 2..count + 2 {
        said.extend(call(question, 1, echo::Client::TYPE_ID, |params| {
            let mut params: echo::echo_params::Builder<'_> = params.init_as();
            params.set_message(&text);
        }));
    }
    said
}

/// Calls that are answered with a capability each.
fn unreleased(count: u32) -> Vec<u8> {
    let mut said = bootstrap(0);
    for question in 1..count {
        said.extend(service(question, 0));
    }
    said
}

fn bootstrap(question: u32) -> Vec<u8> {
    let mut message = Builder::new(HeapAllocator::new());
    let root: message::Builder<'_> = message.init_root();
    root.init_bootstrap().set_question_id(question);
    write_message_to_words(&message)
}

fn service(question: u32, on: u32) -> Vec<u8> {
    call(question, on, root::Client::TYPE_ID, |params| {
        let mut params: root::service_params::Builder<'_> = params.init_as();
        params.set_name("echo");
    })
}

/// A call of the first method of what answers a question: of its only capability, or, where the question
/// is the first, of the root interface.
fn call(
    question: u32,
    on: u32,
    interface: u64,
    write: impl FnOnce(any_pointer::Builder<'_>),
) -> Vec<u8> {
    let mut message = Builder::new(HeapAllocator::new());
    let root: message::Builder<'_> = message.init_root();
    let mut call: call::Builder<'_> = root.init_call();
    call.set_question_id(question);
    call.set_interface_id(interface);
    let mut target = call.reborrow().init_target().init_promised_answer();
    target.set_question_id(on);
    if on != 0 {
        target.init_transform(1).get(0).set_get_pointer_field(0);
    }
    write(call.init_params().init_content());
    write_message_to_words(&message)
}
