//! What is printed on a terminal, and what is not printed elsewhere.

use std::{fs::File, os::unix::net::UnixStream};

use std::os::fd::OwnedFd;

use crate::{place::Place, target::Kind};

#[test]
fn a_terminal_gets_a_table_in_line() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let arguments = ["attach", &target.pid(), "--color=never"];
    let outcome = place.teleop(arguments).run_on_a_terminal();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
    let (facts, table) = outcome.stdout.split_once("\n\n").unwrap();
    let facts: Vec<_> = facts.lines().collect();
    assert_eq!(facts[0], format!("process   {}", target.pid()));
    assert_eq!(facts[1], "program   target 1.2.3");
    assert!(facts[2].starts_with("started   20"), "{facts:?}");
    assert_eq!(facts[3], "protocol  1");

    let column = |line: &str, word: &str| line.find(word).unwrap();
    let rows: Vec<_> = table.lines().collect();
    let doc = column(rows[0], "WHAT IT IS FOR");
    assert_eq!(rows[0].find("SERVICE"), Some(0));
    assert!(rows[3].starts_with("echo "), "{table}");
    assert_eq!(column(rows[3], "Answers with what it is sent"), doc);
    assert_eq!(column(rows[1], "Fails"), doc);
}

#[test]
fn a_terminal_gets_a_result_in_colours_and_indented() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "echo", "hi"];
    let printed = |extra: &[&str]| {
        let command = place.teleop([&call, extra].concat());
        command.run_on_a_terminal().stdout
    };
    let plain = "{\n  \"reply\": \"hi\"\n}\n";
    assert!(printed(&[]).contains("\u{1b}["));
    assert_eq!(without_colours(&printed(&[])), plain);
    assert_eq!(printed(&["--color", "never"]), plain);
    assert_eq!(printed(&["--json"]), "{\"reply\":\"hi\"}\n");

    let command = place.teleop(call).env("NO_COLOR", "1");
    assert_eq!(command.run_on_a_terminal().stdout, plain);
}

/// Text without escape sequences that set colours.
pub(crate) fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').unwrap().1)
}

#[test]
fn a_pipe_gets_colours_from_nothing_but_being_asked() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "echo", "hi"];
    let forced = place.teleop(call).env("CLICOLOR_FORCE", "1").run();
    assert_eq!(forced.stdout, "{\"reply\":\"hi\"}\n");
    let asked = place.teleop([&call[..], &["--color", "always"]].concat());
    assert!(asked.run().stdout.contains("\u{1b}["));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    for arguments in [vec!["list", &*target.pid()], vec!["--help"]] {
        let (reader, writer) = UnixStream::pair().unwrap();
        drop(reader);
        let outcome = place.teleop(arguments).stdout(OwnedFd::from(writer)).run();
        assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
    }
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return; // Not on every system.
    };
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let command = place.teleop(["list", &target.pid()]).stdout(full);
    let message = command.run().failure(1);
    assert!(message.contains("No space left"), "{message}");
}
