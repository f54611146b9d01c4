//! What every verb prints, on a terminal and for scripts, and its commonest errors.

use std::fs;

use crate::{
    place::Place,
    snapshot,
    target::{Kind, Target},
};

/// The verbs, each with what it prints in both forms, and with what goes wrong most often. `PID` is a
/// process, `BARE` one that offers nothing, and `script` a file of lines.
const VERBS: [(&str, &[&str]); 12] = [
    (
        "ps",
        &["ps", "ps --json", "ps 42", "ps --user root", "ps --al"],
    ),
    (
        "attach",
        &[
            "attach PID",
            "attach PID --json",
            "attach",
            "attach BARE",
            "attach server",
            "attach PID --timeout 5",
        ],
    ),
    (
        "list",
        &[
            "list PID",
            "list PID --json",
            "list",
            "list BARE",
            "list name:sevrer",
        ],
    ),
    (
        "describe",
        &[
            "describe PID jobs.list",
            "describe PID jobs.list --json",
            "describe PID jbos",
            "describe PID jobs.lst",
            "describe jobs",
        ],
    ),
    (
        "call",
        &[
            "call PID jobs.submit backup",
            "call PID jobs.submit backup --json",
            "call PID jobs.sumbit backup",
            "call PID jobs.submit name=backup priority=hgih",
            "call PID jobs",
        ],
    ),
    (
        "watch",
        &[
            "watch PID jobs.list --json | head -n 1",
            "watch PID",
            "watch PID jobs.lst",
            "watch PID jobs.list --every 5",
            "watch PID jobs.watch id=1",
        ],
    ),
    (
        "shell",
        &[
            "shell PID < script",
            "shell PID < script --json",
            "shell",
            "shell BARE",
            "shell PID < wrong",
        ],
    ),
    ("bridge", &["bridge", "bridge PID", "bridge server"]),
    (
        "complete",
        &[
            "complete -- teleop cal",
            "complete --json -- teleop cal",
            "complete --index x",
            "complete --line x --index",
            "complete teleop",
        ],
    ),
    (
        "completions",
        &["completions", "completions sh", "completions bash zsh"],
    ),
    ("help", &["help call me", "help cal", "help exit"]),
    ("man", &["man call me", "man cal", "man exit"]),
];

/// What `teleop shell` is told.
const SCRIPT: &str = "# A script.
jobs.submit backup
$j = jobs.open id=1
$j.rename nightly
";

#[test]
fn what_every_verb_prints_is_as_it_was() {
    let place = Place::new();
    let (server, bare) = (place.start(Kind::Server), place.start(Kind::Bare));
    for (name, lines) in [("script", SCRIPT), ("wrong", "echo hi\njobs.lst\n")] {
        fs::write(place.path().join(name), lines).unwrap();
    }
    for (verb, lines) in VERBS {
        let sessions = lines.iter().map(|line| run(&place, &server, &bare, line));
        let session: String = sessions.collect();
        snapshot::assert_matches(&format!("tests/cli/snapshots/verb-{verb}.txt"), &session);
    }
}

/// A line as it is typed, what is printed on a terminal, and the status; of what fails, the same as JSON.
fn run(place: &Place, server: &Target, bare: &Target, line: &str) -> String {
    let typed = line.replace("PID", &server.pid());
    let typed = typed.replace("BARE", &bare.pid());
    let play = |typed: &str| {
        let command = place.shell("", &format!("teleop {typed}"));
        let command = command.env("NO_COLOR", "1");
        let outcome = command.run_on_a_terminal();
        let printed = format!("{}{}", outcome.stdout, outcome.stderr);
        let printed = masked(&printed, &server.pid(), "PID");
        let printed = masked(&printed, &bare.pid(), "BARE");
        (printed, outcome.status.unwrap())
    };
    let (printed, status) = play(&typed);
    let lines: Vec<_> = printed.lines().map(steady).collect();
    let mut session = format!("$ teleop {line}\n{}\n", lines.join("\n"));
    if status != 0 {
        let (error, again) = play(&format!("{typed} --json"));
        assert_eq!(again, status, "{line}");
        session += &format!("$ teleop {line} --json\n{error}");
        session += &format!("# status {status}\n");
    }
    session + "\n"
}

/// A line without what is another one each time.
fn steady(line: &str) -> String {
    if line.starts_with("started ") {
        return "started   2026-01-31T09:30:00.000Z".to_owned();
    }
    // In the table of `ps`: whose it is and since when is another one each time, and so the columns are.
    if line.starts_with("PID ") {
        let cells: Vec<_> = line.split_whitespace().collect();
        return match &cells[..] {
            [pid, name, version, .., state] if *name != "NAME" => {
                format!("{pid} {name} {version} … {state}")
            }
            cells => cells.join(" "),
        };
    }
    let line = without(line, "\"uid\":", ",\"started\"");
    let line = without(&line, "\"at\":\"", "Z\"");
    let line = without(&line, "\"started\":\"", "Z\"");
    without(&line, "\"uptime\":", ",\"container\"")
}

/// A line with dots in the place of what stands between two others.
fn without(line: &str, from: &str, to: &str) -> String {
    let parts = line.split_once(from);
    let parts = parts.and_then(|(before, rest)| Some((before, rest.split_once(to)?.1)));
    match parts {
        Some((before, after)) => format!("{before}{from}…{to}{after}"),
        None => line.to_owned(),
    }
}

/// A text with a word in the place of a number, and of no part of another one.
fn masked(text: &str, number: &str, word: &str) -> String {
    let mut pieces = text.split(number);
    let mut masked = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let is_part = masked.ends_with(|c: char| c.is_ascii_alphanumeric())
            || piece.starts_with(|c: char| c.is_ascii_alphanumeric());
        masked += if is_part { number } else { word };
        masked += piece;
    }
    masked
}
