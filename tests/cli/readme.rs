//! The README and the recipes show what the command prints.

use std::{fs, path::Path};

use crate::{
    place::Place,
    snapshot,
    target::{Kind, Target},
};

const FENCE: &str = "```console\n";

#[test]
fn the_sessions_in_the_readme_are_real() {
    check("README.md");
}

#[test]
fn the_recipes_are_real() {
    check("RECIPES.md");
}

#[test]
fn what_the_recipes_call_is_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../RECIPES.md");
    let page = fs::read_to_string(path).unwrap();
    let mut calls = 0;
    for line in page.lines() {
        let mut words = line.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let is_verb = |verb: &&str| verb.chars().all(|it| it.is_ascii_lowercase());
            let Some(verb) = words.next_if(|it| word.ends_with("teleop") && is_verb(it)) else {
                continue;
            };
            let help = Place::new().teleop([verb, "--help"]).run();
            assert_eq!(help.status, Some(0), "{line}");
            for option in words.by_ref().take_while(|word| *word != "|") {
                let is_known = help.stdout.contains(&format!("{option} "));
                assert!(!option.starts_with("--") || is_known, "{line}");
            }
            calls += 1;
        }
    }
    assert!(calls > 10, "{calls}");
}

/// Replays the sessions of a page, with a target of their own.
#[track_caller]
fn check(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let shown = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let place = Place::new();
    let target = place.start(Kind::Server);
    let mut pieces = shown.split(FENCE);
    let mut replayed = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (session, rest) = piece.split_once("```\n").unwrap();
        replayed += &format!("{FENCE}{}```\n{rest}", replay(&place, &target, session));
    }
    snapshot::assert_matches(page, &replayed);
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
    let printed = match line {
        "teleop ps" => settled(&printed),
        _ => printed,
    };
    let printed = printed.lines().map(|line| match line {
        started if started.starts_with("started ") => "started   2026-01-31T09:30:00.000Z\n".into(),
        line => format!("{}\n", line.replace(pid, PID)),
    });
    format!("$ {line}\n{}", printed.collect::<String>())
}

/// The table of processes, with the user and the uptime that pages have.
fn settled(table: &str) -> String {
    let rows = table.lines().enumerate().map(|(index, line)| {
        let mut cells: Vec<_> = line.split_whitespace().collect();
        if index > 0 {
            (cells[3], cells[4]) = ("ann", "3min");
        }
        let [pid, name, version, user, uptime, container, state] = cells[..] else {
            panic!("{line}");
        };
        let pid = if index > 0 { "4242" } else { pid };
        format!("{pid:4}  {name:6}  {version:7}  {user:4}  {uptime:6}  {container:9}  {state}\n")
    });
    rows.collect()
}
