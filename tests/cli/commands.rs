//! Commands of a target: plain functions, which are called as any other service is.

use std::{fs, time::Duration};

use serde_json::{Value, json};

use crate::{
    command::Outcome,
    place::{Place, eventually},
    services::{CANCELLED, LATE},
    snapshot::assert_matches,
    target::{CALLED, Kind, Target},
};

fn run(place: &Place, target: &Target, verb: &str, words: &[&str]) -> Outcome {
    let pid = &*target.pid();
    let words = [&[verb, pid], words].concat();
    place.teleop(words).run()
}

#[test]
fn a_command_is_called_as_any_other_method_is() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let call = |words: &[&str]| run(&place, &target, "call", words);
    let would = json!({"removed": 1, "left": 3});
    for words in [
        &["cache.clear", "100", "dry_run=true"][..],
        &["cache.clear", "older_than=100", "page", "true"],
        &["cache.clear", r#"{"older_than": 100, "dry_run": true}"#],
        &["cache.clear", "dry_run=true", "--", "100"],
    ] {
        assert_eq!(call(words).json(), would, "{words:?}");
    }
    fs::write(place.path().join("all"), r#"{"older_than": 10}"#).unwrap();
    let outcome = call(&["cache.clear", "@all"]);
    // In the order in which the struct has them.
    assert_eq!(outcome.stdout, "{\"removed\":2,\"left\":1}\n");
    assert_eq!(call(&["cache.warm", "42"]).json(), json!(null));
    assert_eq!(call(&["cache.kind", "42"]).json(), json!("page"));
    assert_eq!(call(&["cache.kind", "42", "--raw"]).stdout, "page");
}

#[test]
fn values_are_lines() {
    let place = Place::new();
    let target = place.start(Kind::Commands);
    let call = |words: &[&str]| run(&place, &target, "call", words);
    let expected: String = (1..=3000).map(|number| format!("{number}\n")).collect();
    assert_eq!(call(&["odd.count", "3000"]).stdout, expected);
    let two = call(&["odd.count", "18446744073709551615", "--max=2"]);
    assert_eq!((two.status, &*two.stdout), (Some(0), "1\n2\n"));
    assert_eq!(call(&["odd.endless", "--max=1"]).stdout, "1\n");
    let cancelled = place.path().join(CANCELLED);
    eventually("the stream is dropped", || cancelled.exists());
    let timeout = format!("{:?}", LATE - Duration::from_millis(300));
    let late = call(&["odd.late", "--timeout", &timeout]);
    assert_eq!((late.status, &*late.stdout), (Some(0), "\"late\"\n"));
    let raw = call(&["odd.late", "--raw"]);
    assert_eq!(raw.stdout, "late");
}

#[test]
fn what_fails_says_why() {
    let place = Place::new();
    let target = place.start(Kind::Commands);
    let call = |words: &[&str]| run(&place, &target, "call", words);
    let failed = call(&["odd.fails"]).failure(1);
    assert!(
        failed.starts_with("teleop: `odd.fails` failed: cannot do it: the disk is "),
        "{failed}"
    );
    assert!(!failed.contains('\u{1b}') && failed.lines().count() == 1);
    let panicked = call(&["odd.panics"]).failure(1);
    assert!(panicked.contains("the service panicked"), "{panicked}");
    let broke = call(&["odd.breaks"]);
    assert_eq!((broke.status, &*broke.stdout), (Some(1), "1\n2\n"));
    assert!(broke.stderr.contains("the service panicked"), "{broke:?}");
    let refused = call(&["odd.refuses", "7"]).failure(8);
    assert!(
        refused.starts_with("teleop: `level`: 7 is too high\nhint: `teleop describe"),
        "{refused}"
    );
    let silent = call(&["odd.silent", "--timeout=2s"]).failure(6);
    assert!(silent.contains("did not answer"), "{silent}");
    assert!(place.path().join(CALLED).exists());
}

#[test]
fn a_slip_is_told_with_what_was_meant() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let call = |words: &[&str]| run(&place, &target, "call", words);
    let method = call(&["cache.claer"]).failure(7);
    assert!(method.contains("`cache` has no method `claer`"), "{method}");
    assert!(method.contains("hint: did you mean `clear`?"), "{method}");
    let service = call(&["cahce.clear"]).failure(7);
    assert!(service.contains("did you mean `cache`?"), "{service}");
    let unnamed = call(&["cache", "clear"]).failure(7);
    assert!(unnamed.contains("did you mean `cache.clear`?"), "{unnamed}");
    let parameter = call(&["cache.clear", "older_then=1"]).failure(8);
    assert!(
        parameter.contains("did you mean `older_than`?"),
        "{parameter}"
    );
    let member = call(&["cache.clear", r#"{"older_then": 1}"#]).failure(8);
    assert!(member.contains("did you mean `older_than`?"), "{member}");
    let ty = call(&["cache.clear", "soon"]).failure(8);
    assert!(
        ty.starts_with("teleop: `older_than`: expected integer, found \"soon\"\nhint: "),
        "{ty}"
    );
    let kind = call(&["cache.clear", "1", "imgae"]).failure(8);
    assert!(kind.contains("did you mean `image`?"), "{kind}");
    // What the command line cannot know, the command says.
    let missing = call(&["cache.clear"]).failure(8);
    assert!(
        missing.starts_with("teleop: `older_than`: it is missing\n"),
        "{missing}"
    );
    let negative = call(&["cache.clear", "-1"]).failure(8);
    assert!(
        negative.starts_with("teleop: `older_than`: invalid value"),
        "{negative}"
    );
    let many = call(&["cache.clear", "1", "page", "true", "x"]).failure(8);
    assert!(many.contains("there are 3 parameters"), "{many}");
}

#[test]
fn what_a_command_cannot_do_is_refused_before_it_is_called() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let call = |words: &[&str]| run(&place, &target, "call", words);
    let max = call(&["cache.clear", "0", "--max=1"]).failure(8);
    assert!(max.contains("`clear` returns one value"), "{max}");
    let raw = call(&["cache.clear", "0", "--raw"]).failure(8);
    assert!(raw.contains("what `clear` returns is no text"), "{raw}");
    let then = call(&["cache.clear", "0", "--then", "info"]).failure(8);
    assert!(
        then.contains("`clear` is a command, and returns no capability"),
        "{then}"
    );
    assert_eq!(call(&["cache.list"]).stdout.lines().count(), 3);
}

#[test]
fn the_only_command_needs_no_name_and_any_json_is_an_argument() {
    let place = Place::new();
    let target = place.start(Kind::Commands);
    let call = |words: &[&str]| run(&place, &target, "call", words).json();
    for name in ["solo", "solo.solo"] {
        assert_eq!(call(&[name, "a=b"]), "a=b");
    }
    assert_eq!(call(&["odd.anything", "[1, \"x\"]"]), json!([1, "x"]));
    assert_eq!(call(&["odd.anything", "hi"]), "hi");
    assert_eq!(
        call(&["odd.anything", "a=1", "b.c=x"]),
        json!({"a": 1, "b": {"c": "x"}})
    );
    assert_eq!(call(&["odd.anything"]), json!({}));
}

#[test]
fn commands_are_listed_and_described() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let shown = |words: &[&str]| {
        let outcome = run(&place, &target, words[0], &words[1..]);
        assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
        outcome.stdout
    };
    for (words, file) in [
        (&["describe", "cache"][..], "describe"),
        (&["describe", "cache.clear", "--json"], "describe-json"),
        (&["describe", "cache.clear", "--template"], "template"),
    ] {
        let file = format!("tests/cli/snapshots/commands-{file}.txt");
        assert_matches(&file, &shown(words));
    }
    let template = shown(&["describe", "cache.clear", "--template"]);
    let called = run(&place, &target, "call", &["cache.clear", &template]);
    assert_eq!(called.json(), json!({"removed": 3, "left": 0}));

    let list: Value = serde_json::from_str(&shown(&["list"])).unwrap();
    assert_eq!(
        list[0],
        json!({"name": "cache", "interface": "command.capnp:Commands",
            "interface_id": "0x8d9b34652ad79656", "doc": "4 commands: clear, kind, list, warm"})
    );
    let all = shown(&["describe"]);
    assert!(all.starts_with("# service `cache`\n# Drops what"), "{all}");
    let all: Value = serde_json::from_str(&shown(&["describe", "--json"])).unwrap();
    assert_eq!(all[0]["interface"]["methods"][0]["name"], "clear");
}

#[test]
fn a_schema_that_is_given_shows_what_is_behind_commands() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/command.cgr");
    let words = ["cache.commands", "--schema", schema];
    let commands = run(&place, &target, "call", &words).json();
    assert_eq!(commands["commands"][0]["name"], "clear");
    let words = [
        "cache.call",
        "kind",
        r#"{"key": "logo"}"#,
        "--schema",
        schema,
    ];
    let called = run(&place, &target, "call", &words).json();
    assert_eq!(called, json!({"result": "\"image\""}));
}

#[test]
#[cfg(unix)]
fn what_commands_say_does_nothing_to_a_terminal() {
    use crate::target::HOSTILE;

    let place = Place::new();
    let target = place.start(Kind::Commands);
    let pid = &*target.pid();
    let is_active =
        |text: &str| text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}');
    assert!(is_active(HOSTILE));
    for words in [
        &["list"][..],
        &["describe", "solo"],
        &["describe", "--json"],
        &["call", "solo", HOSTILE],
        &["call", "solo", HOSTILE, "--raw"],
        &["call", "odd.fails"],
    ] {
        let all = [&[words[0], pid], &words[1..], &["--color=never"]].concat();
        let outcome = place.teleop(all).run_on_a_terminal();
        assert!(!is_active(&outcome.stdout), "{words:?}: {outcome:?}");
        assert!(!is_active(&outcome.stderr), "{words:?}: {outcome:?}");
    }
    let raw = run(&place, &target, "call", &["solo", HOSTILE, "--raw"]);
    assert_eq!(raw.stdout, HOSTILE);
}
