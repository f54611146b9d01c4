//! The verbs that have to do more than attach, where the process is wherever a command leads.

use std::{fs, io::Write, net::Shutdown, process::Stdio};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::{
    bridge::{call_echo, join},
    command::Outcome,
    completion::TIMEOUT,
    place::{Place, eventually},
    target::{Kind, Target},
    unix::path,
    via::by_way_of,
};

/// What is asked about a process elsewhere, with an hour for the answer.
fn doctor(place: &Place, via: &str, pid: &str) -> Outcome {
    let arguments = ["doctor", pid, "--json", "--timeout", "1h"];
    by_way_of(place, via, &arguments).run()
}

/// Each check, and whether it was passed.
fn checks(outcome: &Outcome) -> Vec<(String, Value)> {
    let examination: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let checks = examination["checks"].as_array().unwrap().iter();
    let row = |row: &Value| (row["step"].as_str().unwrap().to_owned(), row["ok"].clone());
    checks.map(row).collect()
}

#[test]
fn the_checks_are_those_of_there_between_those_of_the_way() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let outcome = doctor(&place, "env", &target.pid());
    assert_eq!(outcome.json()["pid"].to_string(), target.pid());
    let checks = checks(&outcome);
    let steps: Vec<_> = checks.iter().map(|(step, _)| &**step).collect();
    assert_eq!(steps[..4], ["teleop", "via", "teleop", "caller"]);
    assert_eq!(steps[steps.len() - 2..], ["answer", "bridge"]);
    assert!(checks.iter().all(|(_, ok)| *ok != json!(false)));

    let by_name = doctor(&place, "env", "name:target").json();
    assert_eq!(by_name["pid"].to_string(), target.pid());
}

#[test]
fn what_fails_there_fails_here_and_so_does_the_way() {
    let place = Place::new();
    let bare = place.start(Kind::Bare);
    let outcome = doctor(&place, "env", &bare.pid());
    assert_eq!(outcome.status, Some(4), "{outcome:?}");
    let examination: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(examination["error"]["code"], "no-endpoint");
    let checks_there = checks(&outcome);
    let failed = checks_there.iter().filter(|(_, ok)| *ok == json!(false));
    assert_eq!(failed.count(), 1);
    assert_eq!(
        checks_there.last().unwrap(),
        &("bridge".to_owned(), json!(null))
    );
    // Nobody is there who could be looked at.
    let here = place.teleop(["doctor", "name:nobody"]).run().failure(3);
    let nobody = ["doctor", "name:nobody"];
    let there = by_way_of(&place, "env", &nobody).run().failure(3);
    assert_eq!(there, here);

    let outcome = doctor(&place, "echo Welcome!", "42");
    assert_eq!(outcome.status, Some(10), "{outcome:?}");
    let ways = [
        ("teleop", json!(true)),
        ("via", json!(false)),
        ("bridge", json!(null)),
    ];
    let ways = ways.map(|(step, ok)| (step.to_owned(), ok));
    assert_eq!(checks(&outcome), ways);
}

#[test]
fn each_process_of_a_name_is_called_there() {
    let place = Place::new();
    let targets = [place.start(Kind::Armed), place.start(Kind::Armed)];
    let mut pids = targets.each_ref().map(Target::pid);
    pids.sort();
    let each = |name: &str| {
        let call = ["call", name, "--each", "echo", "hi", "--timeout", "1h"];
        by_way_of(&place, "env", &call).run()
    };
    let lines = each("name:target").json_lines();
    let mut called: Vec<_> = lines.iter().map(|it| it["pid"].to_string()).collect();
    called.sort();
    assert_eq!(called, pids);
    assert!(
        lines
            .iter()
            .all(|it| it["result"] == json!({"reply": "hi"}))
    );
    assert_eq!(each(&pids[0]).json()["result"], json!({"reply": "hi"}));
    let message = each("name:nobody").failure(3);
    assert!(message.contains("is called `nobody`"), "{message}");
    let odd = each("name:a;b").failure(2);
    assert!(odd.contains("`a;b` cannot be told elsewhere"), "{odd}");
}

#[test]
fn what_fails_in_one_of_them_is_said_of_it() {
    let place = Place::new();
    let _targets = [place.start(Kind::Armed), place.start(Kind::Armed)];
    let call = ["call", "name:target", "--each", "broken", "hi"];
    let outcome = by_way_of(&place, "env", &call).run();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(1), ""));
    for line in outcome.stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["error"]["code"], "call-failed");
        assert_eq!(line["error"]["pid"], line["pid"]);
    }
    assert_eq!(outcome.stdout.lines().count(), 2);
}

#[test]
fn each_is_waited_for_there() {
    let place = Place::new();
    let call = "call name:target --each --wait 1m echo hi".split(' ');
    let waiting = by_way_of(&place, "env", &call.collect::<Vec<_>>()).spawn();
    let target = place.start(Kind::Armed);
    let line = waiting.wait().json();
    assert_eq!(line["pid"].to_string(), target.pid());
}

#[test]
fn a_signal_ends_what_was_run_for_each() {
    let place = Place::new();
    let way = place.path().join("way");
    let script = "echo $$ >$$.new; mv $$.new pid; exec sleep 1000\n";
    fs::write(&way, script).unwrap();
    let way = format!("/bin/sh {}", way.display());
    let call = ["call", "42", "--each", "echo", "hi", "--timeout", "1h"];
    let running = by_way_of(&place, &way, &call).spawn();
    let pid = place.path().join("pid");
    eventually("it runs", || pid.exists());
    running.signal(Signal::SIGTERM);
    assert_eq!(running.wait().status, Some(143));
    let pid = fs::read_to_string(pid).unwrap();
    let pid = nix::unistd::Pid::from_raw(pid.trim().parse().unwrap());
    eventually("it has ended", || {
        nix::sys::signal::kill(pid, None).is_err()
    });
}

#[test]
fn a_bridge_may_lead_over_another() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let pid = &*target.pid();
    let (bridge, stream) = join(by_way_of(&place, "env", &["bridge", pid]));
    call_echo(&stream, &"x".repeat(300_000));
    stream.shutdown(Shutdown::Write).unwrap();
    let outcome = bridge.wait();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));

    let bare = place.start(Kind::Bare);
    let arguments = ["bridge", &bare.pid()];
    let here = place.teleop(arguments).run().failure(4);
    let there = by_way_of(&place, "env", &arguments).run().failure(4);
    assert_eq!(there, here);
    let missing = by_way_of(&place, "no-such-program", &arguments).run();
    assert!(missing.failure(10).contains("cannot run"), "{missing:?}");
}

#[test]
fn a_session_and_a_watch_lead_there() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let mut shell = by_way_of(&place, "env", &["shell", &target.pid()]);
    shell.0.stdin(Stdio::piped());
    let mut running = shell.spawn();
    let mut stdin = running.0.child.stdin.take().unwrap();
    let script = b"jobs.submit backup\n$j = jobs.open 1\n$j.rename nightly\n";
    stdin.write_all(script).unwrap();
    drop(stdin);
    let lines = running.wait().json_lines();
    assert_eq!(lines[1]["job"]["name"], "nightly");

    let mut watching = by_way_of(&place, "env", &["watch", &target.pid(), "jobs.list"]).spawn();
    watching.read_a_byte();
    drop(target);
    let outcome = watching.wait();
    assert_eq!(outcome.status, Some(3), "{outcome:?}");
    let line = outcome.stdout.lines().next().unwrap();
    assert!(line.contains("\"result\":{\"jobs\":"), "{line}");
}

#[test]
fn a_word_is_completed_there_where_the_user_says_so() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    let complete = |words: &[&str], is_wanted: bool| {
        let line = ["complete", "--", "teleop", "--via", "env"];
        let mut teleop = place.teleop([&line, words].concat()).env("PATH", path());
        teleop = teleop.env(TIMEOUT.0, TIMEOUT.1);
        if is_wanted {
            teleop = teleop.env("TELEOP_COMPLETE_VIA", "1");
        }
        let outcome = teleop.run();
        assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
        outcome.stdout
    };
    for (words, found) in [
        (&["attach", ""][..], format!("{pid}\tserver\n")),
        (&["attach", "na"], format!("name:server\t{pid}\n")),
        (
            &["call", pid, "jobs.o"],
            "jobs.open\tGives access to one job.\n".to_owned(),
        ),
        (
            &["call", "name:server", "jobs.submit", "priority=h"],
            "priority=high\t\n".to_owned(),
        ),
    ] {
        assert_eq!(complete(words, true), found, "{words:?}");
        // It might ask for a password.
        assert_eq!(complete(words, false), "", "{words:?}");
    }
}
