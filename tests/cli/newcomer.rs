//! The wrong turns that a newcomer takes: each is answered in one line, with the next step.

use crate::{
    place::Place,
    target::{Kind, Target},
};

/// What is typed, as a shell would read it; the status; and what the next step has in it. `PID` is a process,
/// `BARE` one without Teleop, `DEAD` one that has ended.
const TURNS: [(&str, i32, &str); 34] = [
    // No process, or another thing in its place.
    ("attach", 2, "`teleop ps` lists"),
    ("call", 2, "`teleop ps` lists"),
    ("call echo hi", 2, "the process comes first"),
    ("call jobs.list PID", 2, "the process comes first"),
    ("attach server", 2, "`name:server` finds"),
    ("attach ''", 2, "a variable of the shell"),
    ("attach 0", 2, "`teleop ps` lists"),
    ("attach DEAD", 3, "`teleop ps` lists"),
    ("attach BARE", 4, "calling `teleop::spawn`"),
    ("call name:servr echo hi", 3, "did you mean `name:server`?"),
    ("call name:soon echo hi --wait 20ms", 6, "`teleop ps` lists"),
    // No verb.
    ("PID", 2, "`teleop attach PID`"),
    ("name:server", 2, "`teleop attach name:server`"),
    ("jobs.list PID", 2, "`teleop call PID jobs.list`"),
    ("atach PID", 2, "did you mean `attach`?"),
    // Words that are missing, or too many.
    ("call PID", 2, "`teleop list PID` shows the services"),
    ("call PID jobs", 7, "`teleop describe PID jobs` shows"),
    ("call PID jobs list", 7, "did you mean `jobs.list`?"),
    ("describe PID jobs list", 2, "SERVICE.METHOD"),
    ("ps name:server", 2, "`teleop ps --name server`"),
    ("ps PID", 2, "`teleop attach PID`"),
    // Names that are misspelt.
    ("call PID jbos.list", 7, "did you mean `jobs`?"),
    ("call PID jobs.lst", 7, "did you mean `list`?"),
    ("call PID echo --message hi", 2, "an argument is NAME=VALUE"),
    ("list PID --jsn", 2, "did you mean `--json`?"),
    ("list PID --color nevr", 2, "did you mean `never`?"),
    // Arguments that do not fit.
    ("call PID echo hi there", 8, "`teleop describe PID echo`"),
    (
        "call PID cache.clear",
        8,
        "`teleop describe PID cache.clear`",
    ),
    (
        "call PID jobs.open id=x",
        8,
        "`teleop describe PID jobs.open`",
    ),
    (
        "call PID jobs.submit {name: mail}",
        8,
        "between single ones",
    ),
    (
        "call PID jobs.submit backup steps=[{\"command\": \"tar\"}]",
        8,
        "between single ones",
    ),
    (
        "call PID jobs.submit '{\"name\": \"mail\"'",
        8,
        "`teleop describe PID jobs.submit`",
    ),
    ("call PID echo @nothing", 8, "`@@nothing` stands for"),
    ("list PID --timeout", 2, "`teleop list --help` has examples"),
];

#[test]
fn every_wrong_turn_is_answered_with_the_next_step() {
    let place = Place::new();
    let (server, bare) = (place.start(Kind::Server), place.start(Kind::Bare));
    let mut dead = std::process::Command::new("true").spawn().unwrap();
    dead.wait().unwrap();
    let processes = |text: &str| {
        let text = text.replace("PID", &server.pid());
        let text = text.replace("DEAD", &dead.id().to_string());
        text.replace("BARE", &bare.pid())
    };
    for (line, status, step) in TURNS {
        let typed = format!("teleop {}", processes(line));
        let said = place.shell("", &typed).run().failure(status);
        let (message, rest) = said.split_once('\n').unwrap();
        let hint = rest.lines().last().unwrap_or_default();
        assert!(message.len() < 160, "{line}: {said}");
        assert!(hint.starts_with("hint: "), "{line}: {said}");
        // `PID` may stand for any process there, too.
        let is_step = hint.contains(step) || hint.contains(&processes(step));
        assert!(is_step, "{line}: {said}");
    }
    let listed = place.teleop(["call", &server.pid(), "jobs.list"]).run();
    assert_eq!(
        listed.stdout, "{\"jobs\":[]}\n",
        "nothing was done by a slip"
    );
}

#[test]
fn a_misspelt_name_in_an_object_is_no_text() {
    let place = Place::new();
    let target: Target = place.start(Kind::Server);
    let submit = |word: &str| {
        let call = ["call", &target.pid(), "jobs.submit", word];
        place.teleop(call).run()
    };
    let misspelt = submit("{\"nmae\": \"mail\"}").failure(8);
    assert!(misspelt.contains("did you mean `name`?"), "{misspelt}");
    // Whoever wants that for a name may say so.
    assert_eq!(submit("name={\"nmae\": 1}").json()["id"], 1);
    let echo = ["call", &target.pid(), "echo", "{\"a\": 1}"];
    assert_eq!(place.teleop(echo).run().json()["reply"], "{\"a\": 1}");
}

#[test]
fn where_nobody_offers_it_a_terminal_is_told_how_to() {
    let place = Place::new();
    let shown = place.teleop(["ps"]).run_on_a_terminal();
    assert_eq!(shown.stdout, "no process offers Teleop\n");
    assert!(shown.stderr.contains("`teleop::spawn`"), "{shown:?}");
}
