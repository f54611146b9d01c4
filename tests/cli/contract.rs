//! What scripts rely on: errors as JSON, and nothing but data on the standard output.

#[cfg(target_os = "linux")]
use std::fs::File;

use serde_json::{Value, json};

use crate::{command::Outcome, place::Place, target::Kind};

/// The only line of a run that failed: an error, which has every key.
#[track_caller]
pub(crate) fn error(outcome: &Outcome) -> Value {
    assert_eq!(outcome.stdout, "", "{outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    let error: Value = serde_json::from_str(&outcome.stderr).unwrap();
    let keys: Vec<_> = outcome
        .stderr
        .split('"')
        .filter(|it| KEYS.contains(it))
        .collect();
    assert_eq!(keys, KEYS, "{outcome:?}");
    assert_eq!(error["status"], json!(outcome.status));
    let message = error["message"].as_str().unwrap();
    assert!(!message.is_empty() && !message.starts_with("teleop:"));
    error
}

const KEYS: [&str; 8] = [
    "code", "status", "message", "hint", "pid", "service", "method", "field",
];

#[test]
fn an_error_is_one_object_and_says_what_it_is_about() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid: u32 = target.pid().parse().unwrap();
    for (words, code, status, service, method, field) in [
        (
            "call PID jobs.sumbit x",
            "no-such-method",
            7,
            json!("jobs"),
            json!("sumbit"),
            json!(null),
        ),
        (
            "call PID jbos.list",
            "no-such-service",
            7,
            json!("jbos"),
            json!("list"),
            json!(null),
        ),
        (
            "call PID jobs",
            "unnamed",
            7,
            json!("jobs"),
            json!(null),
            json!(null),
        ),
        (
            "call PID jobs.submit x hgih",
            "bad-argument",
            8,
            json!("jobs"),
            json!("submit"),
            json!("priority"),
        ),
        (
            "call PID cache.clear x",
            "bad-argument",
            8,
            json!("cache"),
            json!("clear"),
            json!("older_than"),
        ),
        (
            "call PID jobs.open id=7 --then rename x",
            "call-failed",
            1,
            json!("jobs"),
            json!("open"),
            json!(null),
        ),
        (
            "call PID jobs.open id=1 --then rename nmae=x",
            "bad-argument",
            8,
            json!("jobs"),
            json!("rename"),
            json!("nmae"),
        ),
        (
            "describe PID jbos",
            "no-such-service",
            7,
            json!("jbos"),
            json!(null),
            json!(null),
        ),
    ] {
        let words = words.replace("PID", &target.pid()) + " --json";
        let outcome = place.teleop(words.split(' ')).run();
        let error = error(&outcome);
        let about = [&error["service"], &error["method"], &error["field"]];
        assert_eq!(about, [&service, &method, &field], "{words}: {error}");
        assert_eq!(
            (&error["code"], &error["status"], &error["pid"]),
            (&json!(code), &json!(status), &json!(pid)),
            "{words}: {error}"
        );
    }
    let misspelt = place.teleop(["call", &target.pid(), "jobs.sumbit", "--json"]);
    assert_eq!(error(&misspelt.run())["hint"], "did you mean `submit`?");
}

#[test]
fn a_process_that_cannot_be_attached_to_is_an_object() {
    let place = Place::new();
    let (bare, disabled) = (place.start(Kind::Bare), place.start(Kind::Disabled));
    let garbage = place.start(Kind::Garbage);
    for (target, code) in [
        (bare.pid(), "no-endpoint"),
        (disabled.pid(), "disabled"),
        (garbage.pid(), "protocol"),
        ("name:nobody".to_owned(), "no-such-name"),
    ] {
        for verb in ["attach", "list", "describe"] {
            let outcome = place.teleop(["--json", verb, &target]).run();
            let error = error(&outcome);
            assert_eq!(error["code"], code, "{verb}: {error}");
            assert_eq!(error["pid"], json!(target.parse::<u32>().ok()), "{error}");
        }
    }
    let waited = ["list", "name:nobody", "--wait", "1ms", "--json"];
    let waited = error(&place.teleop(waited).run());
    assert_eq!(waited["code"], "waited-in-vain");
}

#[test]
fn a_command_line_that_is_wrong_is_an_object() {
    for (words, field) in [
        ("attach --json", json!("PID")),
        ("--json atach 42", json!(null)),
        ("call 42 --json", json!("SERVICE[.METHOD]")),
        ("list echo --json", json!("PID")),
        ("list 42 --timeout 5 --json", json!("--timeout")),
        ("list 42 --foo --json", json!("--foo")),
        ("help nowhere --json", json!(null)),
        ("man nowhere --json", json!(null)),
        ("completions csh --json", json!("SHELL")),
        ("bridge 42 --each --json", json!("--each")),
        ("--json", json!(null)),
    ] {
        let error = error(&Place::new().teleop(words.split(' ')).run());
        assert_eq!(error["code"], "usage", "{words}: {error}");
        assert_eq!(error["field"], field, "{words}: {error}");
    }
    // There, it is an argument.
    let literal = Place::new().teleop(["attach", "--", "--json"]).run();
    literal.failure(2);
}

#[test]
fn there_are_no_notes_beside_json() {
    let place = Place::new();
    let target = place.start(Kind::Old);
    let attach = ["attach", &target.pid()];
    let noted = place.teleop(attach).run();
    assert!(noted.stderr.contains("predates"), "{noted:?}");
    let attached = place.teleop([&attach[..], &["--json"]].concat()).run();
    assert_eq!(attached.json()["services"], json!(null));
}

#[test]
fn what_there_is_nothing_of_is_an_empty_list() {
    let place = Place::new();
    assert_eq!(place.teleop(["ps", "--json"]).run().stdout, "[]\n");
}

#[test]
fn a_page_of_text_is_one_object() {
    let place = Place::new();
    for words in [
        "help",
        "help json",
        "call --help",
        "man",
        "man call",
        "man json",
        "completions bash",
    ] {
        let run = |words: &str| place.teleop(words.split(' ')).run();
        let text = run(words).stdout;
        let page = run(&format!("{words} --json")).json();
        assert_eq!(page, json!({ "text": text }), "{words}");
    }
    let next = place.teleop(["complete", "--json", "--", "teleop", "cal"]);
    let help = "Call a method of a service, and print its result";
    assert_eq!(next.run().json(), json!([{"word": "call", "help": help}]));
    let nothing = place.teleop(["complete", "--json", "--", "teleop", "x"]);
    assert_eq!(nothing.run().stdout, "[]\n");
}

#[test]
fn each_process_tells_its_error_in_the_same_way() {
    let place = Place::new();
    let target = place.start(Kind::Disabled);
    let list = ["list", "name:target", "--each", "--json"];
    let outcome = place.teleop(list).run();
    let line: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(line["error"]["code"], "disabled");
    assert_eq!(line["error"]["pid"].to_string(), target.pid());
    assert_eq!(line["error"].as_object().unwrap().len(), KEYS.len());
    let whole: Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(
        (&whole["code"], &whole["status"]),
        (&json!("some-failed"), &json!(4))
    );
}

#[test]
#[cfg(unix)]
fn an_error_at_a_distance_is_the_same_object() {
    let place = Place::new();
    let target = place.start(Kind::Disabled);
    let program = env!("CARGO_BIN_EXE_teleop");
    let way = ["--via", "env", "--via-program", program, "--json"];
    let list = ["list", &target.pid()];
    let here = place.teleop([&list[..], &["--json"]].concat()).run();
    let there = place.teleop([&list[..], &way].concat()).run();
    assert_eq!(error(&there), error(&here));
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_is_no_failure_of_any_verb() {
    use std::os::{fd::OwnedFd, unix::net::UnixStream};

    let place = Place::new();
    let target = place.start(Kind::Server);
    for words in [
        "ps",
        "attach PID",
        "list PID --json",
        "describe PID",
        "describe PID --json",
        "describe PID jobs.submit --template",
        "call PID echo hi",
        "call PID echo hi --raw",
        "call PID everything.count to=3000",
        "call PID --each echo hi",
        "help",
        "help errors",
        "call --help",
        "completions bash",
        "complete -- teleop",
        "man",
        "--version",
        "--version --json",
    ] {
        let (reader, writer) = UnixStream::pair().unwrap();
        drop(reader);
        let words = words.replace("PID", &target.pid());
        let command = place.teleop(words.split(' '));
        let outcome = command.stdout(OwnedFd::from(writer)).run();
        assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""), "{words}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_said_to_be_the_output() {
    let place = Place::new();
    for words in ["ps", "help", "--help", "--version", "completions bash"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let command = place.teleop(words.split(' ')).stdout(full);
        let message = command.spawn().wait().failure(1);
        let expected =
            "teleop: cannot write to standard output: No space left on device (os error 28)\n";
        assert_eq!(message, expected, "{words}");
    }
}
