//! `--via COMMAND`: the process is wherever the command leads.

use std::fs;

use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};

use crate::{
    command::{Outcome, Teleop},
    place::{Place, eventually},
    target::{HOSTILE, Kind},
    unix::path,
};

/// A command that attaches by way of another, which finds the command in its PATH.
pub(crate) fn by_way_of(place: &Place, via: &str, arguments: &[&str]) -> Teleop {
    let arguments = [&["--via", via], arguments].concat();
    place.teleop(arguments).env("PATH", path())
}

/// What comes of it where a script stands between.
fn through(script: &str, arguments: &[&str]) -> (Outcome, Place) {
    let place = Place::new();
    let way = write_script(&place, script);
    let outcome = by_way_of(&place, &way, arguments).run();
    (outcome, place)
}

fn write_script(place: &Place, script: &str) -> String {
    let path = place.path().join("way");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    format!("/bin/sh {}", path.display())
}

const CALL: [&str; 6] = ["call", "42", "echo", "hi", "--timeout", "1h"];

#[test]
fn every_verb_says_the_same_as_here() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    fs::write(place.path().join("message"), "from a file").unwrap();
    let job = r#"{"name": "backup", "steps": [{"command": "tar"}, {"command": "sync"}]}"#;
    place.teleop(["call", pid, "jobs.submit", job]).run();
    for arguments in [
        &["attach", pid][..],
        &["list", pid],
        &["describe", pid, "--json"],
        &["describe", pid, "jobs.submit"],
        &["call", pid, "echo", "@message"],
        &["call", pid, "cache.kind", "page"],
        &["call", pid, "jobs.watch", "1"],
        &["call", pid, "jobs.open", "1", "--then", "rename", "nightly"],
        &["call", pid, "jobs.sumbit"],
        &["call", pid, "jobs.open", "77"],
        &["call", pid, "nothing"],
    ] {
        let here = place.teleop(arguments).run();
        let there = by_way_of(&place, "env", arguments).run();
        assert_eq!(format!("{there:?}"), format!("{here:?}"));
    }
}

#[test]
fn what_a_shell_would_take_apart_anew_arrives_as_it_is() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let joining = write_script(&place, "eval \"$*\"");
    let call = ["call", &target.pid(), "echo", "a; b 'c' $d"];
    let outcome = by_way_of(&place, &joining, &call).run();
    assert_eq!(outcome.json()["reply"], "a; b 'c' $d");
    // As ssh would ask the shell at the other end to run it.
    let spaces = place.path().join("a b");
    let refused = [&["--via-program", spaces.to_str().unwrap()], &call[..]].concat();
    let message = by_way_of(&place, &joining, &refused).run().failure(2);
    assert!(message.contains("reach every other end"), "{message}");
}

#[test]
fn what_the_other_end_refuses_is_told_as_if_it_were_here() {
    let place = Place::new();
    for (kind, status) in [(Kind::Bare, 4), (Kind::Disabled, 4)] {
        let target = place.start(kind);
        let arguments = ["list", &target.pid()];
        let here = place.teleop(arguments).run().failure(status);
        let there = by_way_of(&place, "env", &arguments).run().failure(status);
        assert_eq!(there, here);
    }
}

#[test]
fn a_process_that_ends_meanwhile_is_said_to() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let arguments = ["call", &target.pid(), "doomed", "hi"];
    let message = by_way_of(&place, "env", &arguments).run().failure(1);
    assert!(message.contains("ended before it answered"), "{message}");
}

#[test]
fn a_command_that_does_not_lead_there_is_said_to_with_the_next_step() {
    for (script, message, hint) in [
        (
            "exit 127",
            "ended with status 127",
            "is teleop installed there",
        ),
        (
            "exit 255",
            "ended with status 255",
            "teleop --version` has to work",
        ),
        (
            "exit 0",
            "ended with status 0",
            "teleop --version` has to work",
        ),
        (
            "kill -9 $$",
            "was ended by a signal",
            "teleop --version` has",
        ),
        ("exec >&-; exec sleep 1000", "closed its output", ""),
        (
            "echo 'Welcome!'; exec cat",
            "says `Welcome!`, and",
            "without a terminal",
        ),
        ("printf hi", "says `hi`, and", "without a terminal"),
        (
            "echo 'teleop: unknown `bridge`' >&2; exit 2",
            "is another version",
            "this is ",
        ),
    ] {
        let (outcome, place) = through(script, &CALL);
        let said = outcome.failure(10);
        assert!(said.contains(message), "{script}: {said}");
        assert!(said.contains(hint), "{script}: {said}");
        let way = format!("{}/way teleop", place.path().display());
        assert!(said.contains(&way), "{script}: {said}");
    }
    let message = by_way_of(&Place::new(), "no-such-program", &CALL).run();
    let message = message.failure(10);
    assert!(
        message.contains("cannot run `no-such-program`"),
        "{message}"
    );
}

#[test]
fn a_command_that_hangs_is_given_up_in_time() {
    let script = "echo $$ >pid; exec sleep 1000";
    let mut arguments = CALL;
    arguments[5] = "300ms";
    let (outcome, place) = through(script, &arguments);
    let message = outcome.failure(6);
    assert!(message.contains("did not answer within 300ms"), "{message}");
    assert!(is_gone(&place));
}

#[test]
fn a_command_that_heeds_no_signal_is_killed() {
    let script = "trap '' TERM; echo $$ >pid; exec sleep 1000";
    let mut arguments = CALL;
    arguments[5] = "300ms";
    let (outcome, place) = through(script, &arguments);
    outcome.failure(6);
    assert!(is_gone(&place));
}

#[test]
fn a_signal_ends_what_was_run() {
    let place = Place::new();
    let way = write_script(&place, "echo $$ >pid.new; mv pid.new pid; exec sleep 1000");
    let running = by_way_of(&place, &way, &CALL).spawn();
    let pid = place.path().join("pid");
    eventually("it runs", || pid.exists());
    running.signal(Signal::SIGTERM);
    let outcome = running.wait();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(143), ""));
    assert!(is_gone(&place));
}

/// Whether the process that has written its id into a file is gone.
fn is_gone(place: &Place) -> bool {
    let pid = fs::read_to_string(place.path().join("pid")).unwrap();
    let pid = Pid::from_raw(pid.trim().parse().unwrap());
    signal::kill(pid, None).is_err()
}

#[test]
fn what_was_run_has_ended_when_the_command_has() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let way = write_script(&place, "echo $$ >pid; exec \"$@\"");
    let arguments = ["call", &target.pid(), "echo", "hi"];
    by_way_of(&place, &way, &arguments).run().json();
    assert!(is_gone(&place));
}

#[test]
fn what_it_says_is_passed_on_and_does_nothing_to_a_terminal() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    fs::write(place.path().join("hostile"), format!("{HOSTILE}\n")).unwrap();
    let way = write_script(&place, "cat hostile >&2; printf end >&2; exec \"$@\"");
    let arguments = ["call", &target.pid(), "echo", "hi"];
    let outcome = by_way_of(&place, &way, &arguments).run();
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let expected = r"red \u{1b}[31m, back \u{202e}, \u{9b}2J";
    assert_eq!(outcome.stderr, format!("{expected}\nend\n"));
}

#[test]
fn what_cannot_be_split_into_words_is_refused() {
    let place = Place::new();
    for wrong in ["", "ssh 'host"] {
        by_way_of(&place, wrong, &CALL).run().failure(2);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn nsenter_leads_to_the_first_process_of_a_container() {
    if !nix::unistd::geteuid().is_root() {
        return skip("nsenter needs root");
    }
    let place = Place::new();
    let unshare = crate::target::Target::start_by(
        &place,
        Kind::Armed,
        &["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"],
    );
    let pid = unshare.pid();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let way = format!("nsenter --all --target {}", children.unwrap().trim());
    let call = ["call", "1", "echo", "hi"];
    let outcome = by_way_of(&place, &way, &call).run();
    assert_eq!(outcome.json()["reply"], "hi");
}

/// Says why a test claims nothing here.
#[allow(clippy::print_stderr, reason = "a test may say why it is skipped")]
pub(crate) fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

#[test]
fn the_processes_there_are_listed_and_found_by_their_names() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let listed = by_way_of(&place, "env", &["ps"]).run().json();
    assert_eq!(listed[0]["pid"].to_string(), target.pid());
    assert_eq!(listed[0]["state"], "armed");
    let call = ["call", "name:target", "echo", "hi"];
    let called = by_way_of(&place, "env", &call).run();
    assert_eq!(called.json()["reply"], "hi");
    let attached = by_way_of(&place, "env", &["attach", "name:target"]).run();
    assert_eq!(attached.json()["pid"].to_string(), target.pid());

    let misspelt = ["list", "name:tarket"];
    let here = place.teleop(misspelt).run().failure(3);
    let there = by_way_of(&place, "env", &misspelt).run().failure(3);
    assert_eq!(there, here);
    let odd = by_way_of(&place, "env", &["list", "name:a;b"])
        .run()
        .failure(2);
    assert!(odd.contains("`name:a;b` cannot be told elsewhere"), "{odd}");
}

#[test]
fn what_cannot_be_listed_is_said_to() {
    for (script, message, status, timeout) in [
        ("echo 'Welcome!'", "says `Welcome!`", 10, "1h"),
        ("exit 127", "ended with status 127", 10, "1h"),
        (
            "echo $$ >pid; exec sleep 1000",
            "did not answer within 300ms",
            6,
            "300ms",
        ),
    ] {
        let (outcome, place) = through(script, &["ps", "--timeout", timeout]);
        let said = outcome.failure(status);
        assert!(said.contains(message), "{script}: {said}");
        let way = format!("{}/way teleop ps`", place.path().display());
        assert!(said.contains(&way), "{script}: {said}");
        assert!(status != 6 || is_gone(&place));
    }
}

#[test]
fn who_waits_waits_there() {
    let place = Place::new();
    let call = ["call", "name:target", "echo", "hi", "--wait", "1m"];
    let waiting = by_way_of(&place, "env", &call).spawn();
    let _target = place.start(Kind::Armed);
    assert_eq!(waiting.wait().json()["reply"], "hi");
}
