//! `teleop watch`.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::{
    command::{Running, Teleop},
    place::Place,
    target::{Kind, Target},
};

fn watch(place: &Place, target: &Target, words: &[&str]) -> Teleop {
    let pid = target.pid();
    let watch = ["watch", &pid, "--every=100ms"];
    place.teleop([&watch, words].concat())
}

/// The next lines that it prints.
fn lines(running: &mut Running, count: usize) -> Vec<Value> {
    let stdout = running.0.child.stdout.as_mut().unwrap();
    // A line at a time is written, so none is lost that was read ahead.
    let lines = BufReader::with_capacity(1, stdout).lines().take(count);
    lines
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

#[test]
fn each_call_is_a_line_until_the_process_ends() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let mut running = watch(&place, &target, &["echo", "hi"]).spawn();
    for line in lines(&mut running, 3) {
        assert_eq!(line["result"], json!({"reply": "hi"}));
        assert!(line["at"].as_str().unwrap().ends_with('Z'), "{line}");
        assert_eq!(line.as_object().unwrap().len(), 2);
    }
    let pid = target.pid();
    drop(target);
    let outcome = running.wait();
    assert_eq!(outcome.status, Some(3), "{outcome:?}");
    // It may have been buried by the time that it is asked for.
    let known = ["process `{}` ended", "no process has the id `{}`"];
    let is_said = |it: &&str| outcome.stderr.contains(&it.replace("{}", &pid));
    assert_eq!(
        known.iter().filter(|it| is_said(it)).count(),
        1,
        "{outcome:?}"
    );
}

#[test]
fn a_call_that_fails_is_a_line_and_made_again() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let mut running = watch(&place, &target, &["broken", "hi"]).spawn();
    for line in lines(&mut running, 2) {
        assert_eq!(line["error"]["code"], "call-failed");
        let message = line["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("`broken` failed: the disk"), "{line}");
    }
    drop(target);
    assert_eq!(running.wait().status, Some(3));
}

#[test]
fn a_call_that_would_never_work_is_made_but_once() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let refused = |words: &[&str], status| watch(&place, &target, words).run().failure(status);
    let method = refused(&["jobs.lsit"], 7);
    assert!(method.contains("did you mean `list`?"), "{method}");
    let field = refused(&["jobs.submit", "nmae=x"], 8);
    let hint = format!("`teleop describe {} jobs.submit`", target.pid());
    assert!(field.contains("did you mean `name`?") || field.contains(&hint));
    for stream in ["jobs.watch", "cache.list"] {
        assert!(refused(&[stream], 2).contains("reports while it runs"));
    }
    assert!(refused(&["echo", "-"], 2).contains("standard input"));
    assert!(refused(&["echo", "hi", "--each"], 2).contains("`--each`"));
    let often = place.teleop(["watch", "42", "echo", "--every", "99ms"]);
    assert!(often.run().failure(2).contains("100ms"));
}

#[test]
fn who_closes_the_connection_is_attached_to_again() {
    let place = Place::new();
    let target = place.start(Kind::Hasty);
    let mut running = watch(&place, &target, &["echo", "hi", "--verbose"]).spawn();
    for line in lines(&mut running, 4) {
        assert_eq!(line["result"], json!({"reply": "hi"}), "{line}");
    }
    drop(target);
    let outcome = running.wait();
    let attaches = outcome.stderr.matches("attached to process").count();
    assert!(attaches >= 3, "{outcome:?}");
}

#[cfg(unix)]
mod on_a_terminal {
    use anstream::adapter::strip_str;
    use nix::sys::signal::Signal;

    use super::{Kind, Place, watch};
    use crate::{snapshot, target::HOSTILE};

    const LEFT: &str = "\u{1b}[?1049l";

    #[test]
    fn the_last_result_is_shown_until_somebody_quits() {
        let place = Place::new();
        let target = place.start(Kind::Server);
        for (key, status) in [("q", 0), ("\u{3}", 130)] {
            let mut pty = watch(&place, &target, &["process.usage"]).sit_before();
            pty.see("process.usage of ");
            pty.see("calls: 3  errors: 0");
            assert!(!pty.seen().contains(LEFT));
            pty.press(key);
            let (ended, seen) = pty.end();
            assert_eq!(ended, Some(status));
            assert!(seen.contains(LEFT), "{seen}");
            assert!(seen.contains("\"memory\": {"), "{seen}");
        }
    }

    #[test]
    fn what_is_seen_is_as_it_was() {
        let place = Place::new();
        let target = place.start(Kind::Server);
        place
            .teleop(["call", &target.pid(), "jobs.submit", "backup"])
            .run();
        let watch = watch(&place, &target, &["jobs.list"]).env("NO_COLOR", "1");
        let mut pty = watch.sit_before();
        pty.see("calls: 1  ");
        pty.press("q");
        let (_, seen) = pty.end();
        let frame = seen.split("\u{1b}[?2026").nth(1).unwrap();
        // What is cleared is the rest of each line.
        let frame = strip_str(&frame[1..].replace("\u{1b}[K", "\n")).to_string();
        let (_, time) = frame.split_once("  ").unwrap();
        let (time, _) = time.split_once("  ").unwrap();
        let frame = frame.replace(time, "2026-01-31T09:30:00.000Z");
        let frame = frame.replace(&target.pid(), "PID");
        snapshot::assert_matches("tests/cli/snapshots/verb-watch-live.txt", &frame);
    }

    #[test]
    fn whatever_ends_it_puts_the_terminal_right() {
        let place = Place::new();
        let target = place.start(Kind::Server);
        let pty = watch(&place, &target, &["echo", "hi"]).sit_before();
        pty.see("calls: 2");
        pty.signal(Signal::SIGTERM);
        let (status, seen) = pty.end();
        assert_eq!(status, Some(143));
        assert!(seen.contains(LEFT), "{seen}");

        let pty = watch(&place, &target, &["echo", "hi"]).sit_before();
        pty.see("calls: 2");
        let pid = target.pid();
        drop(target);
        let (status, seen) = pty.end();
        assert_eq!(status, Some(3));
        let (_, after) = seen.split_once(LEFT).unwrap();
        assert!(after.contains(&pid), "{seen}");
    }

    #[test]
    fn what_a_target_says_does_nothing_to_it() {
        let place = Place::new();
        let target = place.start(Kind::Armed);
        for call in [&["hostile.echo.echo", HOSTILE][..], &["broken", "hi"]] {
            let mut pty = watch(&place, &target, call).sit_before();
            pty.see("calls: 2");
            pty.press("q");
            let (status, seen) = pty.end();
            assert_eq!(status, Some(0));
            assert!(seen.contains("red \\u"), "{seen}");
            for active in ["\u{1b}[31m", "\u{202e}", "\u{9b}"] {
                assert!(
                    HOSTILE.contains(active) && !seen.contains(active),
                    "{seen:?}"
                );
            }
        }
    }
}
