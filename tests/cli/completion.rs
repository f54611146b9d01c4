//! What may come next on a command line: what the scripts for shells ask.

use crate::{
    place::Place,
    services::{ACTIVE, OBEYED},
    target::{Kind, Target},
};

/// The time that a busy machine may need.
pub(crate) const TIMEOUT: (&str, &str) = ("TELEOP_COMPLETE_TIMEOUT", "60s");

/// What is printed for a line that ends where the cursor is; `$PID` is the process.
fn complete(place: &Place, target: &Target, line: &str) -> Vec<String> {
    let line = line.replace("$PID", &target.pid());
    let words = ["complete", "--", "teleop"]
        .into_iter()
        .chain(line.split(' '));
    let outcome = place.teleop(words).env(TIMEOUT.0, TIMEOUT.1).run();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
    outcome.stdout.lines().map(str::to_owned).collect()
}

/// The words alone.
fn words(place: &Place, target: &Target, line: &str) -> Vec<String> {
    let lines = complete(place, target, line).into_iter();
    lines
        .map(|line| line.split_once('\t').unwrap().0.to_owned())
        .collect()
}

#[test]
fn what_the_grammar_has_needs_no_process() {
    let place = Place::new();
    let target = place.start(Kind::Bare);
    let words = |line: &str| words(&place, &target, line);
    assert_eq!(words("cal"), ["call"]);
    assert!(!words("").contains(&"complete".to_owned()));
    assert_eq!(words("--json call 42 --col"), ["--color"]);
    assert_eq!(words("call --color "), ["auto", "always", "never"]);
    assert_eq!(words("call --color=n"), ["--color=never"]);
    assert!(words("help ").contains(&"exit-status".to_owned()));
    assert_eq!(words("completions z"), ["zsh"]);
    assert!(words("call $PID ").is_empty());
}

#[test]
fn processes_are_found_that_would_answer() {
    let place = Place::new();
    let target = place.start(Kind::Patient);
    let _disabled = place.start(Kind::Disabled);
    let pid = target.pid();
    for verb in ["attach", "list", "describe", "call"] {
        let lines = complete(&place, &target, &format!("{verb} "));
        assert_eq!(lines, [format!("{pid}\ttarget")]);
    }
    assert!(words(&place, &target, "call x").is_empty());

    let lines = complete(&place, &target, "call na");
    assert_eq!(lines, [format!("name:target\t{pid}")]);
    place.teleop(["call", &pid, "echo", "hi"]).run().json();
    let methods = words(&place, &target, "call name:target jobs.s");
    assert_eq!(methods, ["jobs.submit"]);
    assert!(words(&place, &target, "call name:nobody jobs.s").is_empty());
}

#[test]
fn a_process_whose_socket_is_open_is_asked() {
    let place = Place::new();
    let target = place.start_open();
    let words = |line: &str| words(&place, &target, line);
    let services = words("call $PID ");
    for service in ["cache.", "echo", "jobs.", "process."] {
        assert!(services.iter().any(|it| it == service), "{services:?}");
    }
    assert_eq!(words("call $PID jobs.s"), ["jobs.submit"]);
    assert_eq!(words("call $PID cache.c"), ["cache.clear"]);
    assert_eq!(words("describe $PID jo"), ["jobs"]);
    assert!(words("describe $PID jobs").contains(&"jobs.open".to_owned()));
    assert_eq!(
        words("call $PID jobs.submit "),
        ["name=", "priority=", "steps="]
    );
    assert_eq!(words("call $PID jobs.submit steps=[] n"), ["name="]);
    let positional = ["low", "normal", "high", "priority=", "steps="];
    assert_eq!(words("call $PID jobs.submit backup "), positional);
    assert_eq!(words("call $PID jobs.submit priority=h"), ["priority=high"]);
    assert_eq!(words("call $PID cache.clear 5 p"), ["page"]);
    assert_eq!(
        words("call $PID cache.clear dry_run="),
        ["dry_run=true", "dry_run=false"]
    );
    // The command plays the capability itself.
    assert_eq!(words("call $PID jobs.watch "), ["id="]);
    assert!(words("call $PID jobs.sumbit ").is_empty());
}

#[test]
fn what_a_call_returns_can_be_called() {
    let place = Place::new();
    let target = place.start_open();
    let words = |line: &str| words(&place, &target, line);
    assert_eq!(words("call $PID jobs.open 1 --then "), ["info", "rename"]);
    assert_eq!(words("call $PID jobs.open 1 --then r"), ["rename"]);
    assert_eq!(words("call $PID jobs.open 1 --then rename "), ["name="]);
    assert!(words("call $PID jobs.open 1 --then nothing ").is_empty());
    assert!(words("call $PID jobs.list --then ").is_empty());
}

#[test]
fn a_word_says_what_it_is() {
    let place = Place::new();
    let target = place.start_open();
    let lines = complete(&place, &target, "call $PID jobs.");
    assert!(
        lines.contains(&"jobs.open\tGives access to one job.".to_owned()),
        "{lines:?}"
    );
    let lines = complete(&place, &target, "call $PID cache.clear d");
    assert_eq!(lines, ["dry_run=\tsays what it would do, and does nothing"]);
}

#[test]
fn files_are_found_where_one_is_read() {
    let place = Place::new();
    let target = place.start(Kind::Bare);
    std::fs::write(place.path().join("job.json"), "{}").unwrap();
    let words = |line: &str| words(&place, &target, line);
    assert_eq!(words("call $PID echo @jo"), ["@job.json"]);
    assert_eq!(words("call $PID echo message=@jo"), ["message=@job.json"]);
    assert!(words("call $PID echo @@jo").is_empty());
}

#[test]
fn nothing_is_asked_of_a_process_whose_socket_is_closed() {
    let place = Place::new();
    let target = place.start(Kind::Patient);
    let endpoint = || {
        let mut entries = std::fs::read_dir(place.endpoints()).unwrap();
        let endpoint = entries.next().unwrap().unwrap().path();
        std::fs::read_dir(endpoint).unwrap().count()
    };
    let before = endpoint();
    assert!(words(&place, &target, "call $PID ").is_empty());
    assert_eq!(endpoint(), before);

    // Unless the user says so.
    let line = ["complete", "--", "teleop", "call", &target.pid(), "ec"];
    let told = place.teleop(line).env("TELEOP_COMPLETE_ATTACH", "1");
    let told = told.env(TIMEOUT.0, TIMEOUT.1).run();
    assert_eq!(told.stdout, "echo\tAnswers with what it is sent.\n");
    assert!(endpoint() > before);
    assert!(place.requests().is_empty());
}

#[test]
fn whatever_fails_is_passed_over_in_silence() {
    let place = Place::new();
    for kind in [
        Kind::Bare,
        Kind::Disabled,
        Kind::Liar,
        Kind::Garbage,
        Kind::Old,
    ] {
        let target = place.start(kind);
        for line in [
            "call $PID x",
            "call $PID nonsense.",
            "call $PID lies.x ",
            "call 0 ",
            "call x ",
        ] {
            let line = line.replace("$PID", &target.pid());
            let words = ["complete", "--", "teleop"]
                .into_iter()
                .chain(line.split(' '));
            let outcome = place.teleop(words).env("TELEOP_COMPLETE_ATTACH", "1").run();
            let all = (outcome.status, &*outcome.stdout, &*outcome.stderr);
            assert_eq!(all, (Some(0), "", ""), "{kind:?}: {line}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_process_that_does_not_answer_is_waited_for_no_longer_than_that() {
    let place = Place::new();
    let target = place.start_open();
    target.stop();
    let line = ["complete", "--", "teleop", "call", &target.pid(), ""];
    // It would hang, and be killed.
    let outcome = place.teleop(line).run();
    assert_eq!(
        (outcome.status, &*outcome.stdout, &*outcome.stderr),
        (Some(0), "", "")
    );
}

#[test]
fn what_a_shell_or_the_command_would_obey_is_not_offered_as_it_is() {
    let place = Place::new();
    let target = place.start_open();
    let offered = words(&place, &target, "call $PID ");
    for name in OBEYED {
        assert!(offered.iter().any(|it| it == name), "{name}: {offered:?}");
    }
    for name in ACTIVE {
        let first = name.split(['\n', '\u{1b}']).next().unwrap();
        assert!(
            !offered.iter().any(|it| it.starts_with(first)),
            "{offered:?}"
        );
    }
    let lines = complete(&place, &target, "call $PID evil").concat();
    assert!(!lines.contains('\u{1b}'), "{lines:?}");
}

#[test]
fn of_a_line_the_shell_is_told_what_follows_its_last_break() {
    let place = Place::new();
    let target = place.start_open();
    let line = format!("teleop call {} jobs.submit 'a b' priority=h", target.pid());
    let complete = ["complete", "--line", &line, "--breaks", "=:"];
    let outcome = place.teleop(complete).env(TIMEOUT.0, TIMEOUT.1).run();
    assert_eq!(outcome.stdout, "high\t\n");
}
