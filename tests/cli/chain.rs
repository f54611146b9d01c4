//! Capabilities: `teleop call … --then …`.

use serde_json::json;

use crate::{place::Place, target::Kind};

#[test]
fn a_capability_is_shown_and_called() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    let call = |words: &str| {
        let words = words.split(' ');
        place.teleop(["call", pid].into_iter().chain(words)).run()
    };
    assert_eq!(call("jobs.submit backup").json(), json!({"id": 1}));
    assert_eq!(
        call("jobs.open 1").json(),
        json!({"job": {"$capability": 0, "interface": "jobs.capnp:Handle"}})
    );
    for chain in [
        "jobs.open id=1 --then rename nightly",
        "jobs.open 1 --then=rename name=nightly --json",
        "jobs.open --json 1 --then job.rename --timeout 1m nightly -q",
    ] {
        assert_eq!(call(chain).json()["job"]["name"], "nightly", "{chain}");
    }
    assert_eq!(
        call("jobs.open 1 --then rename -- --json").json()["job"]["name"],
        "--json"
    );
}

#[test]
fn nothing_is_called_where_a_later_call_does_not_fit() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    let refused = |words: &[&str], status| {
        let command = place.teleop([&["call", pid], words].concat());
        command.run().failure(status)
    };
    // If one were called, it would fail: there is no such job.
    let method = refused(&["jobs.open", "9", "--then", "renam", "x"], 7);
    assert!(method.contains("did you mean `rename`?"), "{method}");
    let field = refused(&["jobs.open", "9", "--then", "rename", "nmae=x"], 8);
    assert!(field.contains("did you mean `name`?"), "{field}");
    let value = refused(&["jobs.open", "9", "--then", "rename", "name={}", "1"], 8);
    assert!(value.contains("one argument too many"), "{value}");
    let path = refused(&["jobs.open", "9", "--then", "jbo.info"], 8);
    assert!(path.contains("did you mean `job`?"), "{path}");
    let none = refused(&["jobs.list", "--then", "info"], 8);
    assert!(none.contains("no capability"), "{none}");
    let raw = refused(&["jobs.open", "9", "--then", "info", "--raw"], 8);
    assert!(raw.contains("`--raw`"), "{raw}");
}

#[test]
fn the_call_that_failed_is_named() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let call = ["call", &target.pid(), "jobs.open", "9", "--then", "info"];
    let message = place.teleop(call).run().failure(1);
    assert_eq!(message, "teleop: `jobs.open` failed: there is no job 9\n");
}

#[test]
fn a_then_that_is_none_is_refused() {
    let place = Place::new();
    let refused = |words: &[&str]| place.teleop(words).run().failure(2);
    let empty = refused(&["call", "42", "echo", "hi", "--then"]);
    assert!(empty.contains("followed by a method"), "{empty}");
    let dot = refused(&["call", "42", "echo", "hi", "--then", ".x"]);
    assert!(dot.contains("PATH.METHOD"), "{dot}");
    let list = refused(&["list", "42", "--then", "x"]);
    assert!(list.contains("belongs to `teleop call`"), "{list}");
    let unknown = refused(&["call", "42", "echo", "--then", "x", "--foo"]);
    assert!(unknown.contains("`--foo`"), "{unknown}");
}
