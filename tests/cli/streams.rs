//! Capabilities that the command implements, and prints what they are called with.

use std::time::Duration;

use serde_json::json;

use crate::{
    place::{Place, eventually},
    services::{CANCELLED, LATE},
    target::Kind,
};

#[test]
fn reports_are_lines_and_the_result_is_the_last() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    let submit = r#"{"name": "backup", "steps": [{"command": "tar"}, {"command": "sync"}]}"#;
    place.teleop(["call", pid, "jobs.submit", submit]).run();
    let watch = ["call", pid, "jobs.watch", "1"];
    let watched = place.teleop(watch).run().json_lines();
    let [first, second, result] = &watched[..] else {
        panic!("{watched:?}");
    };
    assert_eq!(
        (&first["step"]["command"], &second["number"]),
        (&json!("tar"), &json!(2))
    );
    assert_eq!(*result, json!({"steps": 2}));

    #[cfg(unix)]
    {
        let on_a_terminal = place.teleop([&watch[..], &["--color=never"]].concat());
        assert_eq!(on_a_terminal.run_on_a_terminal().stdout.lines().count(), 3);
    }
    let one = place.teleop([&watch[..], &["--max", "1"]].concat()).run();
    assert_eq!(one.json_lines(), watched[..1]);
}

#[test]
fn a_method_without_result_ends_with_its_last_report() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let count = ["call", &target.pid(), "everything.count", "to=3000"];
    let counted = place.teleop(count).run().json_lines();
    let expected: Vec<_> = (1..=3000).map(|number| json!({"number": number})).collect();
    assert_eq!(counted, expected);
}

#[test]
fn several_methods_and_several_sinks_are_told_apart() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let greet = ["call", &target.pid(), "everything.greet"];
    let expected = [
        json!({"left": {"hello": {"word": "bonjour"}}}),
        json!({"right": {"hello": {"word": "hello"}}}),
        json!({"right": {"goodbye": {}}}),
        json!({"said": 3}),
    ];
    assert_eq!(place.teleop(greet).run().json_lines(), expected);
}

#[test]
#[cfg(unix)]
fn ctrl_c_cancels_the_call() {
    use nix::sys::signal::Signal;

    let place = Place::new();
    let target = place.start(Kind::Slow);
    let watch = ["call", &target.pid(), "endless.watch"];
    let mut running = place.teleop(watch).spawn();
    running.read_a_byte();
    running.signal(Signal::SIGINT);
    let outcome = running.wait();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(130), ""));
    let cancelled = place.path().join(CANCELLED);
    eventually("the call is cancelled", || cancelled.exists());
}

#[test]
fn so_does_max() {
    let place = Place::new();
    let target = place.start(Kind::Slow);
    let watch = ["call", &target.pid(), "endless.watch", "--max=1"];
    let expected = json!({"number": 1});
    assert_eq!(place.teleop(watch).run().json(), expected);
    let cancelled = place.path().join(CANCELLED);
    eventually("the call is cancelled", || cancelled.exists());
}

#[test]
fn a_stream_may_be_quiet_for_longer_than_the_timeout() {
    let place = Place::new();
    let target = place.start(Kind::Slow);
    let timeout = format!("{:?}", LATE - Duration::from_millis(300));
    let watch = ["call", &target.pid(), "slow.watch", "--timeout", &timeout];
    let expected = [json!({"number": 1}), json!({"steps": 1})];
    assert_eq!(place.teleop(watch).run().json_lines(), expected);
}

#[test]
#[cfg(unix)]
fn who_does_not_read_is_waited_for() {
    use std::{
        fs::File,
        io::Read,
        os::{fd::OwnedFd, unix::net::UnixStream},
    };

    let place = Place::new();
    let target = place.start(Kind::Server);
    let (reader, writer) = UnixStream::pair().unwrap();
    let count = ["call", &target.pid(), "everything.count", "to=100000"];
    let command = place.teleop(count).stdout(OwnedFd::from(writer));
    let running = command.spawn();
    let mut reader = File::from(OwnedFd::from(reader));
    let mut seen = [0; 13];
    reader.read_exact(&mut seen).unwrap();
    assert_eq!(&seen, b"{\"number\":1}\n");
    // Whoever reads has read enough: the command ends, and that is no failure.
    drop(reader);
    let outcome = running.wait();
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
}

#[test]
#[cfg(unix)]
fn who_has_read_enough_is_not_waited_for() {
    // Of neither comes anything more, so that by printing it is not to be known.
    for (kind, stream, first) in [
        (Kind::Slow, "endless.watch", json!({"number": 1})),
        (Kind::Commands, "odd.endless", json!(1)),
    ] {
        let place = Place::new();
        let target = place.start(kind);
        let script = format!("teleop call $PID {stream} | head -n 1");
        let outcome = place.shell(&target.pid(), &script).run();
        assert_eq!(outcome.json(), first);
        let cancelled = place.path().join(CANCELLED);
        eventually("the call is cancelled", || cancelled.exists());
    }
}

#[test]
fn max_is_for_what_reports() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let list = ["call", &target.pid(), "jobs.list", "--max", "1"];
    let message = place.teleop(list).run().failure(8);
    assert!(message.contains("`list` reports nothing"), "{message}");
    let zero = place.teleop(["call", "42", "echo", "--max", "0"]).run();
    assert!(zero.failure(2).contains("--max"));
}
