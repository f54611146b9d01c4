//! `teleop shell`, as somebody has it who sits before a terminal.

use std::{fs, os::unix::fs::PermissionsExt};

use nix::sys::signal::Signal;

use crate::{
    completion::TIMEOUT,
    place::{Place, eventually},
    pty::Pty,
    services::CANCELLED,
    shells::is_there,
    target::{HOSTILE, Kind, Target},
    via::{by_way_of, skip},
};

const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

/// A session that waits for its first line.
fn begin(place: &Place, target: &Target, extra: &[&str]) -> Pty {
    let pid = target.pid();
    let words = [&["shell", &pid, "--color=never"], extra].concat();
    let teleop = place
        .teleop(words)
        .env("XDG_STATE_HOME", place.path().join("state"))
        .env(TIMEOUT.0, TIMEOUT.1);
    let pty = teleop.sit_before();
    pty.see(&format!("{pid}> "));
    pty
}

#[test]
fn ctrl_c_cancels_the_call_and_not_the_session() {
    let place = Place::new();
    let target = place.start(Kind::Slow);
    let mut pty = begin(&place, &target, &[]);
    pty.press("endless.watch\r");
    pty.see("{\"number\":1");
    pty.signal(Signal::SIGINT);
    let cancelled = place.path().join(CANCELLED);
    eventually("the call is cancelled", || cancelled.exists());
    pty.see("teleop: the call was cancelled");
    pty.press("echo still\r");
    pty.see("\"reply\": \"still\"");
    pty.press("exit\r");
    assert_eq!(pty.end().0, Some(0));
}

/// Cancels a call of a session that a command leads to, as somebody does who presses keys.
#[track_caller]
pub(crate) fn cancel_a_call(place: &Place, target: &Target, via: &str) {
    let shell = ["shell", &target.pid(), "--color=never", "--timeout", "1h"];
    let teleop = by_way_of(place, via, &shell).env("XDG_STATE_HOME", place.path());
    let mut pty = teleop.in_its_own_session().sit_before();
    pty.see(&format!("{}> ", target.pid()));
    for calls in 1..=2 {
        pty.press("endless.watch\r");
        pty.see_times("{\"number\":1", calls);
        pty.press(CTRL_C);
        pty.see_times("teleop: the call was cancelled", calls);
    }
    pty.press("echo still\r");
    pty.see("\"reply\": \"still\"");
    pty.press("exit\r");
    assert_eq!(pty.end().0, Some(0));
}

#[test]
fn a_call_that_takes_long_is_seen_to_go_on_and_the_next_one_too() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let mut pty = begin(&place, &target, &["--timeout=1h"]);
    for calls in 1..=2 {
        let spinner = "waiting for its answer";
        let seen = pty.seen().matches(spinner).count();
        pty.press("silent hi\r");
        pty.see_times(spinner, seen + 1);
        pty.signal(Signal::SIGINT);
        pty.see_times("teleop: the call was cancelled", calls);
    }
    pty.press("exit\r");
    assert_eq!(pty.end().0, Some(0));
}

#[test]
fn ctrl_c_does_not_end_what_leads_to_the_process() {
    if !is_there("setsid") {
        return skip("there is no setsid");
    }
    let place = Place::new();
    let target = place.start(Kind::Slow);
    cancel_a_call(&place, &target, "env");
}

#[test]
fn ctrl_d_ends_the_session() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let mut pty = begin(&place, &target, &[]);
    pty.press(CTRL_D);
    assert_eq!(pty.end().0, Some(0));
}

#[test]
fn ctrl_c_clears_the_line_that_is_typed() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let mut pty = begin(&place, &target, &["--json"]);
    pty.press("echo wrong");
    pty.see("wrong");
    let prompt = format!("{}> ", target.pid());
    let prompts = pty.seen().matches(&prompt).count();
    pty.press(CTRL_C);
    pty.see_times(&prompt, prompts + 1);
    pty.press("echo right\r");
    pty.see("{\"reply\":\"right\"}");
    pty.press("exit\r");
    let (status, seen) = pty.end();
    assert_eq!(status, Some(0));
    assert!(!seen.contains("{\"reply\":\"wrong"), "{seen}");
}

#[test]
fn an_error_is_shown_and_the_session_goes_on() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let mut pty = begin(&place, &target, &[]);
    pty.press("jobs.open id=x\r");
    pty.see("hint: `describe jobs.open` shows what it takes");
    pty.press("echo on\r");
    pty.see("\"reply\": \"on\"");
    pty.press("exit\r");
    assert_eq!(pty.end().0, Some(0));
}

#[test]
fn the_end_of_the_process_is_said_while_the_prompt_waits() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let mut pty = begin(&place, &target, &[]);
    pty.press("half a li");
    pty.see("li");
    let ended = format!("teleop: process `{}` ended", target.pid());
    drop(target);
    pty.see(&ended);
    assert_eq!(pty.end().0, Some(3));
}

#[test]
fn a_signal_that_ends_it_leaves_the_terminal_as_it_was() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let pty = begin(&place, &target, &[]);
    pty.signal(Signal::SIGTERM);
    assert_eq!(pty.end().0, Some(143));
}

#[test]
fn a_line_is_completed_over_the_same_connection() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let mut pty = begin(&place, &target, &["--json"]);
    pty.press("jobs.sub\tbackup priority=h\t\r");
    pty.see("{\"id\":1}");
    pty.press("$job = jobs.open 1\r");
    pty.press("$j\t\u{8}.ren\tnew\r");
    pty.see("{\"job\":{\"id\":1,\"name\":\"new\",\"priority\":\"high\"");
    pty.press("exit\r");
    assert_eq!(pty.end().0, Some(0));
}

#[test]
fn lines_are_kept_for_the_user_alone_unless_they_are_not_to_be() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let state = place.path().join("state");
    let type_line = |extra: &[&str]| {
        let mut pty = begin(&place, &target, extra);
        pty.press(" echo hidden\r");
        pty.see("\"reply\": \"hidden\"");
        pty.press("echo kept\r");
        pty.see("\"reply\": \"kept\"");
        pty.press("exit\r");
        assert_eq!(pty.end().0, Some(0));
    };
    type_line(&["--no-history"]);
    assert!(!state.exists());
    type_line(&[]);
    let history = state.join("teleop/history");
    let kept = fs::read_to_string(&history).unwrap();
    assert!(
        kept.contains("echo kept") && !kept.contains("hidden"),
        "{kept}"
    );
    let mode = fs::metadata(&history).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let many: String = (0..2000).map(|it| format!("echo {it}\n")).collect();
    fs::write(&history, format!("#V2\n{many}")).unwrap();
    type_line(&[]);
    assert!(fs::read_to_string(&history).unwrap().lines().count() <= 1001);
}

#[test]
fn what_a_target_says_does_nothing_to_the_terminal() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let mut pty = begin(&place, &target, &[]);
    for (line, end) in [("services", "root"), ("broken hi", "full")] {
        pty.press(&format!("{line}\r"));
        pty.see(end);
    }
    pty.press("exit\r");
    let (status, seen) = pty.end();
    assert_eq!(status, Some(0));
    assert!(seen.contains("red \\u{1b}[31m"), "{seen}");
    for active in ["\u{1b}[31m", "\u{202e}", "\u{9b}"] {
        assert!(
            HOSTILE.contains(active) && !seen.contains(active),
            "{seen:?}"
        );
    }
}
