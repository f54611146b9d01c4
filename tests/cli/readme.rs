//! The README shows what the command prints.

use std::{fs, path::Path};

use crate::{
    place::Place,
    snapshot,
    target::{Kind, Target},
};

const FENCE: &str = "```console\n";

#[test]
fn the_sessions_in_the_readme_are_real() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let shown = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let place = Place::new();
    let target = place.start(Kind::Server);
    let mut pieces = shown.split(FENCE);
    let mut replayed = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (session, rest) = piece.split_once("```\n").unwrap();
        replayed += &format!("{FENCE}{}```\n{rest}", replay(&place, &target, session));
    }
    snapshot::assert_matches("README.md", &replayed);
}

/// Types every command of a session, and returns the session as it is.
fn replay(place: &Place, target: &Target, session: &str) -> String {
    let typed = session.lines().filter_map(|line| line.strip_prefix("$ "));
    typed.map(|line| run(place, target, line)).collect()
}

/// A command and what it prints, as the README has it.
fn run(place: &Place, target: &Target, line: &str) -> String {
    const PID: &str = "4242";

    let pid = &*target.pid();
    let command = place.shell(pid, &line.replace(PID, "$PID"));
    let outcome = command.env("NO_COLOR", "1").run_on_a_terminal();
    let printed = format!("{}{}", outcome.stdout, outcome.stderr);
    let printed = printed.lines().map(|line| match line {
        started if started.starts_with("started ") => "started   2026-01-31T09:30:00.000Z\n".into(),
        line => format!("{}\n", line.replace(pid, PID)),
    });
    format!("$ {line}\n{}", printed.collect::<String>())
}
