//! `teleop bridge`: standard input and output lead to the process.

use std::{
    io::Read,
    net::Shutdown,
    os::{fd::OwnedFd, unix::net::UnixStream},
};

use async_io::{Async, block_on};
use futures::future::{self, Either};
use nix::sys::signal::Signal;
use teleop::{Remote, echo_capnp::echo};

use crate::{
    command::{Running, Teleop},
    place::{Place, eventually},
    target::{Kind, Target},
};

/// A bridge to a target, and the other end of its standard input and output.
fn bridge(place: &Place, target: &Target) -> (Running, UnixStream) {
    join(place.teleop(["bridge", &target.pid()]))
}

/// The same of a command that is still to be run.
pub(crate) fn join(bridge: Teleop) -> (Running, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let bridge = bridge
        .stdin(OwnedFd::from(theirs.try_clone().unwrap()))
        .stdout(OwnedFd::from(theirs));
    (bridge.spawn(), ours)
}

/// Calls `echo`, as any program may that speaks Cap'n Proto.
pub(crate) fn call_echo(stream: &UnixStream, message: &str) {
    let stream = Async::new(stream.try_clone().unwrap()).unwrap();
    let (remote, connection) = Remote::over(stream);
    let calling = async {
        let echo: echo::Client = remote.service("echo");
        let mut request = echo.echo_request();
        request.get().set_message(message);
        let response = request.send().promise.await.unwrap();
        assert_eq!(response.get().unwrap().get_reply().unwrap(), message);
    };
    let calling = std::pin::pin!(calling);
    match block_on(future::select(calling, connection)) {
        Either::Left(((), connection)) => std::mem::forget(connection), // It stays open.
        Either::Right((end, _)) => panic!("{end:?}"),
    }
}

#[test]
fn whoever_speaks_the_protocol_reaches_the_process() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let (bridge, stream) = bridge(&place, &target);
    call_echo(&stream, &"x".repeat(300_000));
    stream.shutdown(Shutdown::Write).unwrap();
    let outcome = bridge.wait();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
    // It is not the process that has ended.
    let call = ["call", &target.pid(), "echo", "hi"];
    place.teleop(call).run().json();
}

#[test]
fn what_the_process_writes_arrives_after_the_standard_input_has_ended() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let (bridge, mut stream) = bridge(&place, &target);
    stream.shutdown(Shutdown::Write).unwrap();
    let mut come = Vec::new();
    stream.read_to_end(&mut come).unwrap();
    // It takes its leave.
    assert!(!come.is_empty());
    let outcome = bridge.wait();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
}

#[test]
fn a_process_that_is_stopped_keeps_it_no_longer_than_the_timeout() {
    let place = Place::new();
    let target = place.start_open();
    target.stop();
    let (bridge, stream) = join(place.teleop(["bridge", &target.pid(), "--timeout", "200ms"]));
    stream.shutdown(Shutdown::Write).unwrap();
    let message = bridge.wait().failure(6);
    assert!(message.contains("kill -CONT"), "{message}");
    target.resume();
}

#[test]
fn a_process_that_closes_the_connection_is_said_to() {
    let place = Place::new();
    let target = place.start(Kind::Garbage);
    let (bridge, mut stream) = bridge(&place, &target);
    let mut come = Vec::new();
    stream.read_to_end(&mut come).unwrap();
    assert_eq!(come, [0x5a; 1024]);
    let message = bridge.wait().failure(1);
    assert!(message.contains("closed the connection"), "{message}");
}

#[test]
fn a_process_that_ends_is_said_to() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let (bridge, stream) = bridge(&place, &target);
    call_echo(&stream, "hi");
    drop(target);
    let message = bridge.wait().failure(1);
    assert!(message.contains("ended before it answered"), "{message}");
}

#[test]
fn it_ends_when_nobody_reads_it() {
    let place = Place::new();
    let target = place.start(Kind::Garbage);
    let (closed, theirs) = UnixStream::pair().unwrap();
    drop(closed);
    let (_open, never_ends) = UnixStream::pair().unwrap();
    let bridge = place.teleop(["bridge", &target.pid()]);
    let bridge = bridge.stdin(OwnedFd::from(never_ends));
    let outcome = bridge.stdout(OwnedFd::from(theirs)).run();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
}

#[test]
fn a_signal_ends_it() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let (bridge, stream) = bridge(&place, &target);
    call_echo(&stream, "hi");
    bridge.signal(Signal::SIGTERM);
    let outcome = bridge.wait();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(143), ""));
}

#[test]
fn what_cannot_be_attached_to_is_told_as_every_verb_tells_it() {
    let place = Place::new();
    let target = place.start(Kind::Bare);
    let pid = &*target.pid();
    let attach = place.teleop(["attach", pid]).run().failure(4);
    assert_eq!(place.teleop(["bridge", pid]).run().failure(4), attach);
    eventually("no request stands", || place.requests().is_empty());
}

#[test]
fn a_terminal_is_refused() {
    let place = Place::new();
    let outcome = place.teleop(["bridge", "42"]).run_on_a_terminal();
    let message = outcome.failure(2);
    assert!(message.contains("are no terminal"), "{message}");
}
