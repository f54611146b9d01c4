//! The service `process`, as the command shows it.

use serde_json::{Value, json};

use crate::{place::Place, target::Kind};

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn info_says_what_the_process_is() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "process.info"];
    let info = place.teleop(call).run().json();
    assert_eq!(info["pid"].to_string(), target.pid());
    assert_eq!(info["program"], "target");
    assert_eq!(info["version"], "1.2.3");
    assert_eq!(info["teleop"], env!("CARGO_PKG_VERSION"));
    assert_eq!(info["arguments"][1], "target::serve");
    let directory = info["workingDirectory"].as_str().unwrap();
    assert!(directory.ends_with(place.path().file_name().unwrap().to_str().unwrap()));
    assert!(info["uptime"].as_i64().unwrap() >= 0);
}

#[test]
fn usage_says_what_the_process_uses() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "process.usage"];
    let usage = place.teleop(call).run().json();
    let parts = ["cpu", "files", "memory", "threadCount", "threads"];
    assert_eq!(keys(&usage), parts);
    assert_eq!(
        keys(&usage["memory"]),
        ["peakResident", "resident", "virtual"]
    );
    assert!(usage["memory"]["resident"].as_i64().unwrap() > 1 << 16);
    let threads = usage["threads"].as_array().unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!(usage["threadCount"], threads.len());
        let teleop = threads.iter().find(|it| it["name"] == "teleop").unwrap();
        let parts = ["cpu", "id", "name", "state", "systemCall"];
        assert_eq!(keys(teleop), parts);
    } else {
        assert_eq!((&usage["threadCount"], threads.len()), (&json!(-1), 0));
    }
}

#[test]
fn environment_keeps_what_looks_secret_to_itself_unless_it_is_named() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let pid = &*target.pid();
    let call = |arguments: &[&str]| {
        let call = [&["call", pid, "process.environment"], arguments].concat();
        place.teleop(call).run().json()["variables"].clone()
    };
    let find = |variables: &Value, name: &str| {
        let mut variables = variables.as_array().unwrap().iter();
        variables.find(|it| it["name"] == name).cloned()
    };
    let all = call(&[]);
    let plain = json!({"name": "TERM", "value": "xterm", "redacted": false});
    assert_eq!(find(&all, "TERM"), Some(plain.clone()));
    let secret = json!({"name": "TEST_TOKEN", "value": "<redacted>", "redacted": true});
    assert_eq!(find(&all, "TEST_TOKEN"), Some(secret));

    let named = call(&["names=[\"TEST_TOKEN\", \"TERM\", \"TEST_NONE\"]"]);
    let secret = json!({"name": "TEST_TOKEN", "value": "hunter2", "redacted": false});
    assert_eq!(named, json!([plain, secret]));
}

#[test]
fn what_it_can_be_asked_is_described() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let describe = ["describe", &target.pid(), "process.environment"];
    let text = place.teleop(describe).run().stdout;
    assert!(
        text.contains("environment @2 (names :List(Text)) -> "),
        "{text}"
    );
    assert!(
        text.contains("unless it was asked for by its name."),
        "{text}"
    );
}
