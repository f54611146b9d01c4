//! `teleop ps`.

#[cfg(unix)]
use std::fs;

use serde_json::{Value, json};

#[cfg(unix)]
use crate::target::HOSTILE;
use crate::{
    place::Place,
    target::{Kind, Target},
};

/// What of the targets is known by its state.
fn states(place: &Place) -> Vec<(String, String)> {
    let offers = place.teleop(["ps"]).run().json();
    let state = |offer: &Value| {
        let state = offer["state"].as_str().unwrap().to_owned();
        (offer["pid"].to_string(), state)
    };
    offers.as_array().unwrap().iter().map(state).collect()
}

fn state(target: &Target, state: &str) -> (String, String) {
    (target.pid(), state.to_owned())
}

#[test]
fn nobody_is_an_empty_list_and_no_failure() {
    let place = Place::new();
    let outcome = place.teleop(["ps"]).run();
    assert_eq!(outcome.json(), json!([]));
    assert_eq!(outcome.stdout, "[]\n");
}

#[test]
fn every_key_is_there_and_nobody_is_attached_to() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let offers = place.teleop(["ps"]).run().json();
    let [offer] = offers.as_array().unwrap().as_slice() else {
        panic!("{offers}");
    };
    let keys: Vec<_> = offer.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "container",
            "name",
            "pid",
            "started",
            "state",
            "uid",
            "uptime",
            "user",
            "version"
        ]
    );
    assert_eq!(offer["pid"].to_string(), target.pid());
    assert_eq!(
        (&offer["name"], &offer["version"]),
        (&json!("target"), &json!("1.2.3"))
    );
    assert_eq!(
        (&offer["state"], &offer["container"]),
        (&json!("armed"), &Value::Null)
    );
    assert!(offer["uptime"].is_u64());
    let started = offer["started"].as_str().unwrap();
    assert!(
        started.starts_with("20") && started.ends_with('Z'),
        "{started}"
    );
    // A second look finds what the first one found.
    assert_eq!(states(&place), [state(&target, "armed")]);
    assert_eq!(place.requests(), Vec::<String>::new());
    place
        .teleop(["call", &target.pid(), "echo", "hi"])
        .run()
        .json();
    assert_eq!(states(&place), [state(&target, "open")]);
}

#[test]
fn what_is_left_of_the_dead_is_told_and_pruned() {
    let place = Place::new();
    let living = place.start(Kind::Disabled);
    let dead = place.start(Kind::Armed);
    let pid = dead.pid();
    drop(dead);
    let mut expected = [state(&living, "disabled"), (pid, "stale".to_owned())];
    expected.sort_by_key(|(pid, _)| pid.parse::<u32>().unwrap());
    assert_eq!(states(&place), expected);
    let pruned = place.teleop(["ps", "--prune"]).run();
    assert_eq!(pruned.status, Some(0));
    assert_eq!(
        pruned.stderr,
        "teleop: removed what a dead process had left\n"
    );
    let left: Value = serde_json::from_str(&pruned.stdout).unwrap();
    assert_eq!(left[0]["pid"].to_string(), living.pid());
    assert_eq!(states(&place), [state(&living, "disabled")]);
    let again = place.teleop(["ps", "--prune"]).run();
    assert!(again.stderr.contains("no dead process"), "{again:?}");
}

#[test]
#[cfg(unix)]
fn a_process_that_is_stopped_is_said_to_be() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    target.stop();
    assert_eq!(states(&place), [state(&target, "stopped")]);
    target.resume();
}

#[test]
#[cfg(unix)]
fn a_terminal_gets_a_table_that_nobody_steers() {
    let place = Place::new();
    let shown = || {
        let command = place.teleop(["ps", "--color=never"]);
        let outcome = command.run_on_a_terminal();
        assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
        outcome.stdout
    };
    let target = place.start(Kind::Armed);
    let table = shown();
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = table.lines().collect();
    assert_eq!(
        words(rows[0]),
        [
            "PID",
            "NAME",
            "VERSION",
            "USER",
            "UPTIME",
            "CONTAINER",
            "STATE"
        ]
    );
    let row = words(rows[1]);
    assert_eq!(row[..3], [&*target.pid(), "target", "1.2.3"]);
    assert_eq!(row.last().unwrap(), "armed");

    let endpoint = fs::read_dir(place.endpoints()).unwrap().next().unwrap();
    let about = endpoint.unwrap().path().join("about.json");
    let text = fs::read_to_string(&about).unwrap();
    let hostile = serde_json::to_string(HOSTILE).unwrap();
    fs::write(&about, text.replace("\"target\"", &hostile)).unwrap();
    assert!(
        !shown().contains(['\u{1b}', '\u{9b}', '\u{202e}']),
        "{}",
        shown()
    );
    let json = place.teleop(["ps"]).run();
    assert!(!json.stdout.contains(['\u{9b}', '\u{202e}']), "{json:?}");
    assert_eq!(json.json()[0]["name"], HOSTILE);
}

#[test]
fn a_name_lists_those_that_it_stands_for() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let _other = place.start(Kind::Server);
    let listed = |name| place.teleop(["ps", "--name", name]).run().json();
    let rows = listed("target");
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(rows[0]["pid"].to_string(), target.pid());
    assert_eq!(listed("nobody"), serde_json::json!([]));
    #[cfg(unix)]
    {
        let command = place.teleop(["ps", "--name", "nobody"]);
        let outcome = command.run_on_a_terminal();
        assert!(outcome.stdout.contains("is called `nobody`"), "{outcome:?}");
        assert_eq!(outcome.stderr, "");
    }
}
