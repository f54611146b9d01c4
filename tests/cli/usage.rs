//! A command line that is wrong.

use crate::place::Place;

fn refused(arguments: &[&str]) -> String {
    Place::new().teleop(arguments).run().failure(2)
}

#[test]
fn a_process_id_is_a_positive_number() {
    for wrong in [
        "0",
        "-1",
        "-4242",
        "4294967295",
        "99999999999999999999",
        "echo",
        "+1",
        "1.5",
    ] {
        for arguments in [
            &["attach", wrong][..],
            &["list", wrong],
            &["call", wrong, "echo"],
        ] {
            let message = refused(arguments);
            assert!(
                message.contains("a process id is a number from 1 to"),
                "{message}"
            );
            assert!(message.contains(&format!("`{wrong}`")), "{message}");
            assert_eq!(message.lines().count(), 2, "{message}");
        }
    }
    let named = refused(&["attach", "echo"]);
    assert!(named.contains("hint: `name:echo` finds"), "{named}");
    let unset = refused(&["attach", ""]);
    assert!(unset.contains("a variable of the shell"), "{unset}");
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    assert!(refused(&["attach"]).contains("<PID>"));
    assert!(refused(&["call", "42"]).contains("<SERVICE[.METHOD]>"));
    assert!(refused(&["list", "42", "--foo"]).contains("`--foo`"));
    assert!(refused(&["descibe", "42"]).contains("hint: did you mean `describe`?"));
    assert!(refused(&["list", "42", "43"]).contains("`43`"));
    assert!(refused(&["list", "42", "-q", "-v"]).contains("--verbose"));
    assert!(refused(&["call", "42", "echo.", "hi"]).contains("SERVICE.METHOD"));
}

#[test]
fn a_call_that_is_written_in_another_way_is_told_how_it_is_written() {
    let option = refused(&["call", "42", "echo", "--message", "hi"]);
    assert!(
        option.contains("hint: an argument is NAME=VALUE"),
        "{option}"
    );
    let order = refused(&["call", "jobs.list", "42"]);
    assert!(order.contains("hint: the process comes first"), "{order}");
}

#[test]
fn durations_have_a_unit() {
    let message = refused(&["list", "42", "--timeout", "5"]);
    assert!(message.contains("has a unit: `5s`, `5ms`"), "{message}");
    let message = refused(&["list", "42", "--timeout", "soon"]);
    assert!(message.contains("a number with a unit"), "{message}");
    let message = refused(&["list", "42", "--timeout", "0s"]);
    assert!(message.contains("in no time"), "{message}");
    let message = refused(&["call", "42", "echo", "--max", "x"]);
    assert!(message.contains("a number of at least 1"), "{message}");
}

#[test]
fn an_attacher_that_is_not_here_is_said_to_be_elsewhere() {
    let message = refused(&["list", "42", "--attacher", "telepathy"]);
    assert!(
        message.contains("auto, inotify, kqueue, event, unix, dummy"),
        "{message}"
    );
    let elsewhere = if cfg!(target_os = "linux") {
        "kqueue"
    } else {
        "inotify"
    };
    let message = refused(&["list", "42", "--attacher", elsewhere]);
    assert!(
        message.contains("on this platform; there are `auto`"),
        "{message}"
    );
}

#[test]
fn without_a_verb_there_is_help_and_a_failure() {
    let outcome = Place::new().teleop::<&str>([]).run();
    assert_eq!((outcome.status, &*outcome.stdout), (Some(2), ""));
    assert!(outcome.stderr.contains("Usage: teleop"), "{outcome:?}");
}
