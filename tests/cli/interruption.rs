//! What a signal leaves behind: nothing.

use std::process::Command;

use nix::sys::signal::Signal;

use crate::{
    command::{Outcome, Teleop},
    place::{Place, eventually},
    target::{CALLED, Kind},
};

/// Has a command wait for a target that is stopped, and sends it signals.
fn interrupt(
    kind: Kind,
    signals: &[Signal],
    command: impl FnOnce(&Place, &str) -> Teleop,
) -> Outcome {
    let place = Place::new();
    let target = place.start(kind);
    target.stop();
    let running = command(&place, &target.pid()).spawn();
    eventually("the request is made", || place.requests().len() == 1);
    for &signal in signals {
        running.signal(signal);
    }
    let outcome = running.wait();
    assert_eq!(place.requests(), Vec::<String>::new());
    target.resume();
    outcome
}

fn attach(place: &Place, pid: &str) -> Teleop {
    place.teleop(["attach", pid, "--timeout", "1h"])
}

#[test]
fn ctrl_c_leaves_no_attach_file_behind() {
    for kind in [Kind::Armed, Kind::Classic] {
        let outcome = interrupt(kind, &[Signal::SIGINT], attach);
        assert_eq!((outcome.status, &*outcome.stdout), (Some(130), ""));
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn nor_do_other_signals() {
    for (signal, status) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let outcome = interrupt(Kind::Armed, &[signal], attach);
        assert_eq!(outcome.status, Some(status));
    }
}

#[test]
fn a_signal_that_is_to_be_ignored_is_ignored() {
    let signals = [Signal::SIGHUP, Signal::SIGINT];
    let outcome = interrupt(Kind::Armed, &signals, |place, pid| {
        let mut shell = Command::new("/bin/sh");
        let script = "trap '' HUP; exec \"$0\" attach \"$1\" --timeout 1h";
        shell.args(["-c", script, env!("CARGO_BIN_EXE_teleop"), pid]);
        place.prepare(&mut shell);
        Teleop::new(shell)
    });
    assert_eq!(outcome.status, Some(130));
}

#[test]
fn a_call_that_waits_can_be_interrupted() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let arguments = ["call", &target.pid(), "silent", "hi", "--timeout", "1h"];
    let running = place.teleop(arguments).spawn();
    let called = place.path().join(CALLED);
    eventually("the service is called", || called.exists());
    running.signal(Signal::SIGINT);
    let outcome = running.wait();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(130), ""));
    assert_eq!(place.requests(), Vec::<String>::new());
}

#[test]
fn a_result_that_nobody_reads_can_be_interrupted() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let more_than_a_pipe_holds = "x".repeat(100_000);
    let arguments = ["call", &target.pid(), "echo", &more_than_a_pipe_holds];
    let mut running = place.teleop(arguments).spawn();
    running.read_a_byte();
    running.signal(Signal::SIGINT);
    assert_eq!(running.wait().status, Some(130));
}
