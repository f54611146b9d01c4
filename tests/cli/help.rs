//! The help, the manual pages, and the scripts for shells.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::Path,
    process::Command,
};

use clap::ValueEnum;
use clap_complete::Shell;

use crate::{place::Place, snapshot};

fn printed(arguments: &[&str]) -> String {
    let outcome = Place::new().teleop(arguments).run();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
    outcome.stdout
}

/// What a shell would complete a line to.
fn completed(line: &[&str]) -> Vec<String> {
    let lines = printed(&[&["complete", "--", "teleop"], line, &[""]].concat());
    let words = lines.lines().map(|line| line.split('\t').next().unwrap());
    words.map(str::to_owned).collect()
}

fn verbs() -> Vec<String> {
    completed(&[])
}

fn topics() -> Vec<String> {
    let mut subjects = completed(&["help"]);
    let verbs = verbs();
    subjects.retain(|subject| !verbs.contains(subject));
    subjects
}

#[test]
fn help_is_as_it_was_and_fits_a_terminal() {
    let mut pages = vec![("teleop".to_owned(), printed(&["--help"]))];
    pages.extend(verbs().into_iter().map(|verb| {
        let page = printed(&[&verb, "--help"]);
        assert!(page.contains("\nExamples:\n"), "{verb}");
        (verb, page)
    }));
    pages.extend(topics().into_iter().map(|topic| {
        let page = printed(&["help", &topic]);
        (topic, page)
    }));
    for (name, page) in pages {
        for line in page.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        snapshot::assert_matches(&format!("tests/cli/snapshots/help-{name}.txt"), &page);
    }
}

#[test]
fn all_ways_to_ask_for_help_say_the_same() {
    assert_eq!(printed(&["help"]), printed(&["--help"]));
    assert_eq!(printed(&["-h"]), printed(&["--help"]));
    for verb in verbs() {
        assert_eq!(printed(&["help", &verb]), printed(&[&verb, "--help"]));
        assert_eq!(printed(&[&verb, "-h"]), printed(&[&verb, "--help"]));
    }
}

#[test]
fn help_on_what_is_not_there_names_what_is() {
    let outcome = Place::new().teleop(["help", "exit-statsu"]).run();
    let message = outcome.failure(2);
    assert!(message.contains(&verbs().join(", ")), "{message}");
    // What is for scripts alone is not for people.
    assert!(!message.contains("complete,"), "{message}");
    assert!(message.contains("did you mean `exit-status`?"), "{message}");
}

#[test]
fn the_scripts_for_shells_are_fresh() {
    for shell in Shell::value_variants() {
        let file = clap_complete::Generator::file_name(shell, "teleop");
        let script = printed(&["completions", &shell.to_string()]);
        snapshot::assert_matches(&format!("completions/{file}"), &script);
    }
}

#[test]
fn the_manual_pages_are_fresh() {
    let mut pages = vec![("teleop.1".to_owned(), printed(&["man"]))];
    for (section, subjects) in [(1, verbs()), (7, topics())] {
        pages.extend(subjects.into_iter().map(|subject| {
            let page = printed(&["man", &subject]);
            (format!("teleop-{subject}.{section}"), page)
        }));
    }
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../man");
    for (file, page) in &pages {
        snapshot::assert_matches(&format!("man/{file}"), page);
        check(&directory.join(file));
    }
    let expected: BTreeSet<_> = pages.into_iter().map(|(file, _)| file).collect();
    let entries = fs::read_dir(directory).unwrap();
    let found = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(found.collect::<BTreeSet<_>>(), expected);
}

/// Has a manual page looked at by who knows their language, where he is there.
fn check(page: &Path) {
    let Ok(lint) = Command::new("mandoc")
        .args(["-Tlint", "-Werror"])
        .arg(page)
        .output()
    else {
        let _ = writeln!(io::stderr(), "skipped: there is no mandoc here");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&lint.stdout), "");
}
