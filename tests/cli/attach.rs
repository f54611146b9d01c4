//! `teleop attach` and `teleop list`.

use serde_json::{Value, json};

use crate::{
    place::Place,
    target::{HOSTILE, Kind},
};

const NAMES: [&str; 9] = [
    "broken",
    "doomed",
    "echo",
    "hostile",
    "hostile.echo",
    "log",
    "process",
    "root",
    "silent",
];

fn names(services: &Value) -> Vec<&str> {
    let services = services.as_array().unwrap();
    services
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect()
}

#[test]
fn attach_says_who_answers_and_what_it_offers() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let answer = place.teleop(["attach", &target.pid()]).run().json();
    assert_eq!(answer["pid"].to_string(), target.pid());
    assert_eq!(
        answer["program"],
        json!({"name": "target", "version": "1.2.3"})
    );
    assert_eq!(answer["protocol"], 1);
    let started = answer["started"].as_str().unwrap();
    assert!(
        started.starts_with("20") && started.ends_with('Z'),
        "{started}"
    );
    assert_eq!(names(&answer["services"]), NAMES);
}

#[test]
fn list_prints_the_services_and_every_key_of_them() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let services = place.teleop(["list", &target.pid()]).run().json();
    assert_eq!(names(&services), NAMES);
    let [_, _, echo, hostile, ..] = services.as_array().unwrap().as_slice() else {
        panic!("{services}");
    };
    let keys: Vec<_> = echo.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["doc", "interface", "interface_id", "name"]);
    assert_eq!(echo["interface_id"], "0xd36a86369fa1a198");
    let doc = echo["doc"].as_str().unwrap();
    assert!(doc.starts_with("Answers with what it is sent"), "{doc}");
    assert_eq!(hostile["doc"], HOSTILE);
}

#[test]
fn both_layouts_are_found_without_being_asked_for() {
    let place = Place::new();
    let target = place.start(Kind::Classic);
    let services = place.teleop(["list", &target.pid()]).run().json();
    assert_eq!(names(&services), NAMES);
}

#[test]
fn an_old_target_is_attached_to_and_cannot_be_listed() {
    let place = Place::new();
    let target = place.start(Kind::Old);
    let attached = place.teleop(["attach", &target.pid()]).run();
    assert_eq!(attached.status, Some(0));
    assert!(attached.stderr.contains("predates listing"), "{attached:?}");
    assert!(attached.stderr.contains("\nhint: "), "{attached:?}");
    let answer: Value = serde_json::from_str(&attached.stdout).unwrap();
    assert_eq!(
        (&answer["services"], &answer["protocol"]),
        (&Value::Null, &json!(0))
    );
    assert!(answer["program"]["name"].is_string() && answer["started"].is_string());

    let listed = place.teleop(["list", &target.pid()]).run().failure(7);
    assert!(listed.contains("the target predates listing"), "{listed}");
    assert!(listed.contains("\nhint: "), "{listed}");
}

#[test]
fn verbose_says_how_the_attach_came_about_and_quiet_says_less() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let said = |flag: &str| {
        let outcome = place.teleop(["list", &target.pid(), flag]).run();
        assert_eq!(outcome.status, Some(0));
        outcome.stderr
    };
    let first = said("-v");
    assert!(first.contains("asked to open its socket"), "{first}");
    let second = said("--verbose");
    assert!(second.contains("its socket was open already"), "{second}");
    assert_eq!(said("-q"), "");

    let failed = place
        .teleop(["-q", "call", &target.pid(), "ehco", "hi"])
        .run();
    assert_eq!(failed.failure(7).lines().count(), 1, "{failed:?}");
}

#[test]
#[cfg(unix)]
fn a_stale_socket_is_replaced_and_verbose_says_so() {
    use std::{fs, os::unix::net::UnixListener};

    let place = Place::new();
    let target = place.start(Kind::Classic);
    let socket = place.path().join(format!(".teleop_pid_{}", target.pid()));
    drop(UnixListener::bind(&socket).unwrap());
    assert!(fs::exists(&socket).unwrap());
    let outcome = place.teleop(["-v", "list", &target.pid()]).run();
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains("stale"), "{outcome:?}");
}
