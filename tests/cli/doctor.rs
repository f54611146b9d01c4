//! `teleop doctor`.

use serde_json::{Value, json};

use crate::{
    command::{Outcome, Teleop},
    place::Place,
    target::{Kind, Target},
};
#[cfg(target_os = "linux")]
use crate::{snapshot, wrong_target::as_another_user};

/// What is asked about a process, with an hour for the answer.
fn doctor(place: &Place, pid: &str, more: &[&str]) -> Teleop {
    place.teleop([&["doctor", pid, "--timeout", "1h"], more].concat())
}

/// What was found at a step, in the order in which it was looked at.
fn found<'a>(examination: &'a Value, step: &str) -> Vec<(&'a str, &'a Value)> {
    let checks = examination["checks"].as_array().unwrap();
    let checks = checks.iter().filter(|check| check["step"] == step);
    checks
        .map(|check| (check["found"].as_str().unwrap(), &check["ok"]))
        .collect()
}

/// The JSON of a command that fails, too.
fn examination(outcome: &Outcome) -> Value {
    assert_eq!(outcome.stdout.lines().count(), 1, "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// What is the same on every machine: of who asks, and where, nothing is; of the rest all but ids, paths
/// and times.
#[cfg(target_os = "linux")]
fn stable(text: &str, pid: &str, place: &Place) -> String {
    const OF_THE_MACHINE: [&str; 6] = ["teleop", "caller", "process", "namespaces", "user", "root"];

    let place = place.path().display().to_string();
    let mut stable = String::new();
    for line in text.lines() {
        let untimed = match line.rsplit_once(" (") {
            Some((line, time)) if time.ends_with(" µs)") => line,
            _ => line,
        };
        let words: Vec<_> = untimed.split_whitespace().collect();
        let line = match words[..] {
            ["ok", step, ..] if OF_THE_MACHINE.contains(&step) => format!("ok    {step:10}  …"),
            // Its mode is that of whoever runs the test.
            ["ok", "place", ..] => {
                let (place_alone, _) = untimed.split_once(", mode").unwrap();
                format!("{}, …", place_alone.replace(&place, "PLACE"))
            }
            _ => untimed.replace(&place, "PLACE"),
        };
        stable += &format!("{line}\n");
    }
    // When it started is part of its endpoint's name.
    let name = format!("/{pid}-");
    let mut parts = stable.split(&name);
    let mut named = parts.next().unwrap().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        named += &format!("/PID-START{rest}");
    }
    named.replace(pid, "PID")
}

/// Who asks, and about whose process, depends on who runs the test.
#[cfg(target_os = "linux")]
fn without_owner(text: &str) -> String {
    let line = |line: &str| match line.split_once("belongs to") {
        Some((before, _)) => format!("{before}belongs to …\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// The users by whom a snapshot is taken differ.
#[cfg(target_os = "linux")]
fn without_user(text: &str) -> String {
    let user = nix::unistd::geteuid();
    let name = nix::unistd::User::from_uid(user).unwrap();
    let user = match name {
        Some(known) => format!("`{}` (uid {user})", known.name),
        None => format!("uid {user}"),
    };
    text.replace(&user, "USER")
}

#[test]
#[cfg(target_os = "linux")]
fn every_check_is_shown_as_it_was() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let outcome = doctor(&place, &target.pid(), &[]).run();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
    let text = without_user(&stable(&outcome.stdout, &target.pid(), &place));
    snapshot::assert_matches("tests/cli/snapshots/doctor.txt", &text);
    assert_eq!(place.requests(), Vec::<String>::new());
}

#[test]
#[cfg(target_os = "linux")]
fn every_check_is_json_as_it_was() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let pid = target.pid();
    let mut examination = doctor(&place, &pid, &["--json"]).run().json();
    for check in examination["checks"].as_array_mut().unwrap() {
        let (step, found) = (&check["step"], &check["found"]);
        let (step, found) = (step.as_str().unwrap(), found.as_str().unwrap());
        let stable = stable(&format!("ok    {step:10}  {found}"), &pid, &place);
        check["found"] = json!(without_user(stable[18..].trim_end()));
        check["took_us"] = json!(0);
    }
    examination["pid"] = json!(4242);
    let text = serde_json::to_string_pretty(&examination).unwrap() + "\n";
    snapshot::assert_matches("tests/cli/snapshots/doctor-json.txt", &text);
}

#[test]
#[cfg(target_os = "linux")]
fn the_commonest_errors_are_shown_as_they_were() {
    let place = Place::new();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let bare = place.start(Kind::Bare);
    let (other, by_another) = as_another_user(&place, &["doctor"]);
    let cases = [
        ("no-such-process", child.id().to_string(), 3, None),
        ("not-attachable", bare.pid(), 4, None),
        ("refused", other, 5, Some(by_another)),
    ];
    for (name, pid, status, command) in cases {
        let is_own = command.is_none();
        let outcome = command.unwrap_or_else(|| doctor(&place, &pid, &[])).run();
        assert_eq!(outcome.status, Some(status), "{outcome:?}");
        let mut shown = outcome.stdout + &outcome.stderr;
        if is_own {
            // Of the same as JSON, the error; where another user asks, he would have to be one more.
            shown += &doctor(&place, &pid, &["--json"]).run().stderr;
        }
        let text = stable(&shown, &pid, &place);
        let text = without_owner(&without_user(&text));
        snapshot::assert_matches(&format!("tests/cli/snapshots/doctor-{name}.txt"), &text);
    }
}

#[test]
fn as_json_every_key_is_there() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let examination = doctor(&place, &target.pid(), &["--json"]).run().json();
    let keys: Vec<_> = examination.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["checks", "error", "pid"]);
    assert_eq!(examination["pid"].to_string(), target.pid());
    assert_eq!(examination["error"], Value::Null);
    for check in examination["checks"].as_array().unwrap() {
        let keys: Vec<_> = check.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["found", "ok", "step", "took_us"]);
        assert!(check["took_us"].is_u64() && check["ok"] != json!(false));
    }
    let [(endpoint, ok)] = found(&examination, "endpoint")[..] else {
        panic!("{examination}");
    };
    assert!(
        endpoint.contains("says: target 1.2.3, protocol 1"),
        "{endpoint}"
    );
    assert_eq!(ok, &json!(true));
    let [(answer, ok)] = found(&examination, "answer")[..] else {
        panic!("{examination}");
    };
    assert!(answer.starts_with("target 1.2.3, protocol"), "{answer}");
    assert_eq!(ok, &json!(true));
    // From now on its socket is open, and nothing is asked of it.
    let again = doctor(&place, &target.pid(), &["--json"]).run().json();
    assert_eq!(found(&examination, "request").len(), 1);
    assert_eq!(found(&again, "request"), []);
}

#[test]
fn the_message_the_hint_and_the_status_are_those_of_an_attach() {
    let place = Place::new();
    let bare = place.start(Kind::Bare);
    let disabled = place.start(Kind::Disabled);
    let garbage = place.start(Kind::Garbage);
    let statuses = [(&bare, 4), (&disabled, 4), (&garbage, 9)];
    let check = |(target, status): (&Target, i32)| {
        let pid = target.pid();
        let list = place.teleop(["list", &pid]).run();
        assert_eq!(list.status, Some(status));
        for form in [&[][..], &["--json"]] {
            let outcome = doctor(&place, &pid, form).run();
            let list = place.teleop([&["list", &*pid], form].concat()).run();
            assert_eq!((outcome.status, outcome.stderr), (list.status, list.stderr));
        }
        let examination = examination(&doctor(&place, &pid, &["--json"]).run());
        let error = &examination["error"];
        let message = error["message"].as_str().unwrap();
        assert!(list.stderr.starts_with(&format!("teleop: {message}")));
        if let Some(hint) = error["hint"].as_str() {
            assert!(list.stderr.contains(&format!("hint: {hint}")));
        }
        let checks = examination["checks"].as_array().unwrap();
        let failed: Vec<_> = checks
            .iter()
            .filter(|it| it["ok"] == json!(false))
            .collect();
        assert_eq!(failed.len(), 1, "{examination}");
        assert_eq!(checks.last().unwrap()["step"], "answer");
    };
    statuses.into_iter().for_each(check);
}

#[test]
fn an_answer_that_makes_no_sense_is_where_it_fails() {
    let place = Place::new();
    let target = place.start(Kind::Garbage);
    let outcome = doctor(&place, &target.pid(), &["--color=never"]).run();
    assert_eq!(outcome.status, Some(9));
    let failed = |line: &&str| line.starts_with("FAIL");
    let failed: Vec<_> = outcome.stdout.lines().filter(failed).collect();
    let [line] = failed[..] else {
        panic!("{outcome:?}");
    };
    assert!(line.starts_with("FAIL  answer "), "{line}");
}

#[test]
fn what_is_not_looked_at_takes_no_time_and_a_place_that_is_not_given_is_not_shown() {
    let place = Place::new();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let outcome = doctor(&place, &child.id().to_string(), &[])
        .env("TELEOP_DIR", "")
        .run();
    assert!(outcome.stdout.contains("TELEOP_DIR is not set"));
    let skipped = |line: &&str| line.starts_with("skip");
    let skipped: Vec<_> = outcome.stdout.lines().filter(skipped).collect();
    assert!(!skipped.is_empty());
    assert!(skipped.iter().all(|it| it.ends_with("  not looked at")));
}

#[test]
#[cfg(unix)]
fn a_target_of_the_classic_layout_is_told_from_one_that_offers_nothing() {
    let place = Place::new();
    for (kind, tells) in [
        (Kind::Classic, "target 1.2.3, protocol 1, "),
        (
            Kind::Old,
            "too old to say who it is, too old to list its services",
        ),
    ] {
        let target = place.start(kind);
        let examination = doctor(&place, &target.pid(), &["--json"]).run().json();
        let classic = "it can be asked in the classic layout";
        assert_eq!(
            found(&examination, "classic"),
            [(classic, &json!(true))],
            "{kind:?}"
        );
        let [(answer, ok)] = found(&examination, "answer")[..] else {
            panic!("{examination}");
        };
        assert!(answer.contains(tells), "{answer}");
        assert_eq!(ok, &json!(true));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_place_that_is_not_there_is_no_failure_and_one_that_is_no_directory_is() {
    let place = Place::new();
    let target = place.start(Kind::Bare);
    let at = |path: &std::path::Path| {
        let command = doctor(&place, &target.pid(), &["--json"]).env("TELEOP_DIR", path);
        examination(&command.run())
    };
    let nowhere = at(&place.path().join("nowhere"));
    let [(absent, ok)] = found(&nowhere, "place")[..] else {
        panic!("{nowhere}");
    };
    assert!(absent.starts_with("there is no `/"), "{absent}");
    assert_eq!(ok, &Value::Null);

    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let no_directory = at(&file);
    let [(failed, ok)] = found(&no_directory, "place")[..] else {
        panic!("{no_directory}");
    };
    assert!(failed.contains("ot a directory"), "{failed}");
    assert_eq!(ok, &json!(false));
}

#[test]
#[cfg(target_os = "linux")]
#[allow(clippy::print_stderr, reason = "a test may say why it is skipped")]
fn namespaces_that_are_not_shown_are_no_failure_and_those_that_differ_are_named() {
    let place = Place::new();
    let (_, by_another) = as_another_user(&place, &["doctor", "--json"]);
    let hidden = examination(&by_another.run());
    let [(namespaces, ok)] = found(&hidden, "namespaces")[..] else {
        panic!("{hidden}");
    };
    assert!(namespaces.contains("not shown: "), "{namespaces}");
    assert_eq!(ok, &json!(true));

    let mut unshare = std::process::Command::new("unshare");
    if !unshare
        .args(["--net", "true"])
        .status()
        .is_ok_and(|it| it.success())
    {
        eprintln!("skipped: `namespaces_that_differ` needs root");
        return;
    }
    let target = Target::start_by(&place, Kind::Armed, &["unshare", "--net", "--"]);
    let examination = doctor(&place, &target.pid(), &["--json"]).run().json();
    let expected = format!(
        "its own: net; it is process {} of uid 0 there",
        target.pid()
    );
    assert_eq!(
        found(&examination, "namespaces"),
        [(&*expected, &json!(true))]
    );
}

#[test]
#[cfg(unix)]
fn a_process_that_is_stopped_is_said_to_be_at_its_check() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    target.stop();
    // By then it has been looked for anew, of which nothing is told.
    let arguments = ["doctor", &target.pid(), "--json", "--timeout", "250ms"];
    let outcome = place.teleop(arguments).run();
    assert_eq!(outcome.status, Some(6));
    let examination = examination(&outcome);
    assert_eq!(found(&examination, "endpoint").len(), 1, "{examination}");
    let [(connection, ok)] = found(&examination, "connection")[..] else {
        panic!("{examination}");
    };
    assert!(connection.contains("it is stopped"), "{connection}");
    assert_eq!(ok, &json!(false));
    assert_eq!(
        found(&examination, "peer"),
        [("not looked at", &Value::Null)]
    );
    assert_eq!(place.requests(), Vec::<String>::new());
    target.resume();
}

#[test]
#[cfg(unix)]
fn what_a_target_says_does_not_steer_a_terminal_and_is_bounded() {
    use std::fs;

    use crate::target::HOSTILE;

    let place = Place::new();
    let target = place.start(Kind::Armed);
    let endpoint = fs::read_dir(place.endpoints()).unwrap().next().unwrap();
    let about = endpoint.unwrap().path().join("about.json");
    let mut said: Value = serde_json::from_slice(&fs::read(&about).unwrap()).unwrap();
    said["name"] = json!(HOSTILE.to_owned() + &"x".repeat(10_000));
    // Written over, not anew: the lock is on this file.
    fs::write(&about, said.to_string()).unwrap();
    let outcome = doctor(&place, &target.pid(), &["--color=never"]).run();
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let line = outcome
        .stdout
        .lines()
        .find(|it| it.contains("says: red"))
        .unwrap();
    assert!(
        line.contains(r"red \u{1b}[31m, back \u{202e}, \u{9b}2J"),
        "{line}"
    );
    assert!(line.chars().count() < 1200, "{line}");
    assert!(!outcome.stdout.contains(['\u{1b}', '\u{202e}', '\u{9b}']));
}

#[test]
fn no_variable_is_shown_but_the_one_that_matters() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let command = doctor(&place, &target.pid(), &[]).env("TEST_SECRET", "swordfish");
    let outcome = command.run();
    assert!(outcome.stdout.contains("TELEOP_DIR is `"), "{outcome:?}");
    assert!(!outcome.stdout.contains("swordfish"));
    assert!(!outcome.stdout.contains("hunter2"));
}

#[test]
fn a_process_is_meant_by_its_name_and_what_makes_no_sense_is_said() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let examination = doctor(&place, "name:target", &["--json"]).run().json();
    assert_eq!(examination["pid"].to_string(), target.pid());
    let message = doctor(&place, "name:target", &["--each"]).run().failure(2);
    assert!(
        message.contains("several processes are for `attach`, `list`, `describe` and `call`"),
        "{message}"
    );
}

#[test]
fn who_waits_sees_what_kept_it_from_attaching_at_last() {
    let place = Place::new();
    let bare = place.start(Kind::Bare);
    let arguments = ["doctor", &bare.pid(), "--wait", "20ms", "--json"];
    let outcome = place.teleop(arguments).run();
    assert_eq!(outcome.status, Some(6), "{outcome:?}");
    let examination = examination(&outcome);
    assert_eq!(examination["error"]["code"], "waited-in-vain");
    let checks = examination["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["ok"] == json!(false)));
    // Of whom nobody knows, nothing is seen.
    let nobody = ["doctor", "name:target", "--wait", "20ms"];
    place.teleop(nobody).run().failure(6);

    let waiting = doctor(&place, "name:target", &["--wait", "1m", "--json"]).spawn();
    let target = place.start(Kind::Armed);
    let examination = waiting.wait().json();
    assert_eq!(examination["pid"].to_string(), target.pid());
}
