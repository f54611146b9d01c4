//! What a target says does nothing to a terminal.

use crate::{
    place::Place,
    target::{HOSTILE, Kind},
};

fn is_active(text: &str) -> bool {
    let is_active = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    text.contains(is_active)
}

#[test]
#[cfg(unix)]
fn what_a_target_says_does_nothing_to_a_terminal() {
    assert!(is_active(HOSTILE));
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let pid = &*target.pid();
    for arguments in [
        vec!["attach", pid],
        vec!["list", pid],
        vec!["list", pid, "--json"],
        vec!["call", pid, "hostile.echo.echo", HOSTILE],
        vec!["call", pid, "broken", "hi"],
        vec!["call", pid, HOSTILE],
    ] {
        let command = place.teleop([&*arguments, &["--color", "never"]].concat());
        let outcome = command.run_on_a_terminal();
        assert!(!is_active(&outcome.stdout), "{arguments:?}: {outcome:?}");
        assert!(!is_active(&outcome.stderr), "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn json_escapes_it_and_says_the_same() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "hostile.echo.echo", HOSTILE];
    let outcome = place.teleop(call).run();
    assert!(!is_active(&outcome.stdout), "{outcome:?}");
    assert_eq!(outcome.json()["reply"], HOSTILE);
}

#[test]
fn a_target_that_describes_itself_with_nonsense_is_said_to() {
    let place = Place::new();
    let target = place.start(Kind::Liar);
    let pid = &*target.pid();
    for verb in ["call", "describe"] {
        let message = place.teleop([verb, pid, "nonsense"]).run().failure(9);
        assert!(message.contains("schema cannot be used"), "{message}");
    }
    let all = place.teleop(["describe", pid]).run();
    assert_eq!((all.status, &*all.stderr), (Some(0), ""));
    assert!(all.stdout.contains("# service `lies`\ninterface Echo"));
    assert!(all.stdout.contains("# service `nonsense`: the schema"));
}

#[test]
fn an_answer_that_is_not_what_was_described_is_no_result() {
    let place = Place::new();
    let target = place.start(Kind::Liar);
    let pid = &*target.pid();
    for extra in [&[][..], &["--raw"]] {
        let call = [&["call", pid, "lies", "hi"], extra].concat();
        place.teleop(call).run().failure(9);
    }
}
