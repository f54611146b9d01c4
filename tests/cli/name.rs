//! Processes by their names, one or all of them, and waiting for one.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    command::Running,
    place::Place,
    target::{Kind, Target},
};

/// What was printed of each process.
fn lines(printed: &str) -> Vec<Value> {
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Calls both, with all the time that it takes.
#[cfg(unix)]
const CALL_EACH: [&str; 7] = [
    "call",
    "name:target",
    "--each",
    "--timeout",
    "1h",
    "echo",
    "hi",
];

/// Both, in the order of their ids.
fn two(place: &Place, kinds: [Kind; 2]) -> [Target; 2] {
    let mut targets = kinds.map(|kind| place.start(kind));
    targets.sort_by_key(|target| target.pid().parse::<u32>().unwrap());
    targets
}

#[test]
fn every_verb_takes_a_name() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let run = |arguments: &[&str]| place.teleop(arguments).run();
    let attached = run(&["attach", "name:target"]).json();
    assert_eq!(attached["pid"].to_string(), target.pid());
    assert!(run(&["list", "name:target"]).json().is_array());
    let described = run(&["describe", "name:target", "echo", "--json"]).json();
    assert_eq!(described["name"], "Echo");
    let reply = run(&["call", "name:target", "echo", "hi"]).json();
    assert_eq!(reply, json!({"reply": "hi"}));
    // The program, which calls itself otherwise.
    let program = std::env::current_exe().unwrap();
    let program = program.file_stem().unwrap().to_str().unwrap().to_owned();
    if cfg!(unix) {
        let reply = run(&["call", &format!("name:{program}"), "echo", "hi"]).json();
        assert_eq!(reply, json!({"reply": "hi"}));
    }
}

#[test]
fn a_name_that_nobody_has_is_no_process() {
    let place = Place::new();
    let message = place.teleop(["list", "name:target"]).run().failure(3);
    assert!(
        message.starts_with(
            "teleop: no process that offers Teleop is called `target`\nhint: `teleop ps`"
        ),
        "{message}"
    );
    let dead = place.start(Kind::Armed);
    drop(dead);
    place.teleop(["list", "name:target"]).run().failure(3);
    let _living = place.start(Kind::Armed);
    let message = place.teleop(["list", "name:taget"]).run().failure(3);
    assert!(message.contains("did you mean `name:target`?"), "{message}");
}

#[test]
fn a_name_that_several_have_is_nobodys() {
    let place = Place::new();
    let [first, second] = two(&place, [Kind::Armed, Kind::Armed]);
    for arguments in [
        &["list", "name:target"][..],
        &["call", "name:target", "echo", "hi"],
    ] {
        let message = place.teleop(arguments).run().failure(3);
        let processes = format!(
            "`name:target` stands for 2 processes: {}, {}\n",
            first.pid(),
            second.pid()
        );
        assert!(message.contains(&processes), "{message}");
        assert!(message.contains("`--each`"), "{message}");
    }
    // There is no such option.
    let message = place.teleop(["doctor", "name:target"]).run().failure(3);
    assert!(!message.contains("--each"), "{message}");
    assert_eq!(place.requests(), Vec::<String>::new());
}

#[test]
fn each_is_called_and_tells_its_id() {
    let place = Place::new();
    let targets = two(&place, [Kind::Armed, Kind::Armed]);
    let run = |arguments: &[&str]| {
        let outcome = place.teleop(arguments).run();
        assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
        let mut lines = lines(&outcome.stdout);
        lines.sort_by_key(|line| line["pid"].as_u64());
        let pids: Vec<_> = lines.iter().map(|line| line["pid"].to_string()).collect();
        assert_eq!(pids, targets.each_ref().map(Target::pid), "{outcome:?}");
        lines
    };
    for line in run(&["call", "name:target", "--each", "echo", "hi"]) {
        assert_eq!(line["result"], json!({"reply": "hi"}));
    }
    for line in run(&["attach", "name:target", "--each"]) {
        assert_eq!(line["result"]["pid"], line["pid"]);
    }
    for line in run(&["list", "name:target", "--each"]) {
        assert!(line["result"].is_array());
    }
    for line in run(&["describe", "name:target", "echo", "--each"]) {
        assert_eq!(line["result"]["name"], "Echo");
    }
}

#[test]
#[cfg(unix)]
fn each_is_a_line_of_json_on_a_terminal_too() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "--each", "echo", "hi"];
    let printed = place.teleop(call).run_on_a_terminal().stdout;
    let expected = format!(
        "{{\"pid\":{},\"result\":{{\"reply\":\"hi\"}}}}\n",
        target.pid()
    );
    assert_eq!(printed, expected);
}

#[test]
fn what_fails_in_one_process_is_done_in_the_others() {
    let place = Place::new();
    let targets = two(&place, [Kind::Armed, Kind::Disabled]);
    let call = ["call", "name:target", "--each", "echo", "hi"];
    let outcome = place.teleop(call).run();
    assert_eq!(
        (outcome.status, &*outcome.stderr),
        (Some(4), ""),
        "{outcome:?}"
    );
    let lines = lines(&outcome.stdout);
    assert_eq!(lines.len(), 2, "{outcome:?}");
    let of = |target: &Target| {
        let is_its = |line: &&Value| line["pid"].as_u64() == target.pid().parse().ok();
        lines.iter().find(is_its).unwrap()
    };
    let (mut done, mut failed) = (of(&targets[0]), of(&targets[1]));
    if done["result"].is_null() {
        (done, failed) = (failed, done);
    }
    assert_eq!(done["result"], json!({"reply": "hi"}));
    assert_eq!(failed["error"]["code"], "disabled");
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.contains("has Teleop disabled"), "{message}");
}

#[test]
#[cfg(unix)]
fn one_that_does_not_answer_keeps_none_waiting() {
    let place = Place::new();
    let [first, second] = two(&place, [Kind::Armed, Kind::Armed]);
    first.stop();
    let mut running = place.teleop(CALL_EACH).spawn();
    // The one answers while the other is waited for.
    let stdout = running.0.child.stdout.take().unwrap();
    let mut answers = BufReader::new(stdout).lines();
    let mut next = || lines(&answers.next().unwrap().unwrap()).remove(0);
    assert_eq!(next()["pid"].to_string(), second.pid());
    first.resume();
    assert_eq!(next()["pid"].to_string(), first.pid());
    assert_eq!(running.wait().status, Some(0));
}

#[test]
#[cfg(unix)]
fn an_interruption_ends_all_of_them_and_leaves_nothing() {
    use nix::sys::signal::Signal;

    let place = Place::new();
    let [first, second] = two(&place, [Kind::Armed, Kind::Armed]);
    first.stop();
    second.stop();
    let running = place.teleop(CALL_EACH).spawn();
    crate::place::eventually("both are asked", || place.requests().len() == 2);
    running.signal(Signal::SIGINT);
    assert_eq!(running.wait().status, Some(130));
    assert_eq!(place.requests(), Vec::<String>::new());
    first.resume();
    second.resume();
}

#[test]
fn what_each_cannot_do_is_refused() {
    let place = Place::new();
    let refused = |arguments: &[&str]| place.teleop(arguments).run().failure(2);
    let input = refused(&["call", "name:target", "--each", "echo", "-"]);
    assert!(input.contains("standard input"), "{input}");
    let input = refused(&["call", "name:target", "--each", "echo", "message=-"]);
    assert!(input.contains("standard input"), "{input}");
    let raw = refused(&["call", "name:target", "--each", "--raw", "echo", "hi"]);
    assert!(raw.contains("--raw") && raw.contains("--each"), "{raw}");
    let all = refused(&["list", "42", "--all"]);
    assert!(all.contains("`--all` belongs to `name:NAME`"), "{all}");
    let empty = refused(&["list", "name:"]);
    assert!(empty.contains("followed by the name"), "{empty}");
}

#[test]
fn a_process_that_starts_later_is_waited_for_by_its_name() {
    let place = Place::new();
    let running = waiting(&place, "name:target");
    let _target = place.start(Kind::Armed);
    assert_eq!(running.wait().json(), json!({"reply": "hi"}));
}

#[test]
#[cfg(unix)]
fn a_process_that_arms_later_is_waited_for_by_its_id() {
    let place = Place::new();
    // A shell at first; then, under the same id, a target.
    let shell = ["/bin/sh", "-c", "read go; exec \"$@\"", "sh"];
    let mut shell = Target::begin(&place, Kind::Armed, &shell);
    let running = waiting(&place, &shell.pid());
    shell.tell("go");
    assert_eq!(running.wait().json(), json!({"reply": "hi"}));
}

/// A call that waits already.
fn waiting(place: &Place, process: &str) -> Running {
    let call = ["-v", "call", process, "--wait", "1h", "echo", "hi"];
    let mut running = place.teleop(call).spawn();
    let stderr = running.0.child.stderr.take().unwrap();
    let mut said = String::new();
    BufReader::new(stderr).read_line(&mut said).unwrap();
    let expected = format!("teleop: waiting for process `{process}`: ");
    assert!(said.starts_with(&expected), "{said}");
    running
}

#[test]
fn a_wait_in_vain_says_what_it_waited_for() {
    let place = Place::new();
    let target = place.start(Kind::Bare);
    let attach = ["attach", &target.pid(), "--wait", "20ms"];
    let message = place.teleop(attach).run().failure(6);
    let expected = format!(
        "teleop: waited 20ms in vain for process `{0}`: cannot attach to process `{0}`: it does not \
         offer Teleop\nhint: ",
        target.pid()
    );
    assert!(message.starts_with(&expected), "{message}");
    let named = ["attach", "name:nobody", "--wait", "20ms"];
    let message = place.teleop(named).run().failure(6);
    let expected = "waited 20ms in vain for process `name:nobody`: no process that offers Teleop";
    assert!(message.contains(expected), "{message}");
    let each = ["attach", "name:nobody", "--wait", "20ms", "--each"];
    place.teleop(each).run().failure(6);
}

#[test]
fn what_does_not_pass_is_not_waited_for() {
    let place = Place::new();
    let mut ended = Command::new(env!("CARGO_BIN_EXE_teleop"))
        .arg("--help")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    ended.wait().unwrap();
    let wait = |process: &str, status: i32| {
        let list = ["list", process, "--wait", "1h"];
        place.teleop(list).run().failure(status);
    };
    wait(&ended.id().to_string(), 3);
    let [first, _second] = two(&place, [Kind::Disabled, Kind::Disabled]);
    wait("name:target", 3);
    wait(&first.pid(), 4);
}
