//! The help, and the scripts for shells.

use clap::ValueEnum;
use clap_complete::Shell;

use crate::{place::Place, snapshot};

const VERBS: [&str; 7] = [
    "ps",
    "attach",
    "list",
    "describe",
    "call",
    "completions",
    "help",
];
const TOPICS: [&str; 2] = ["exit-status", "json"];

fn printed(arguments: &[&str]) -> String {
    let outcome = Place::new().teleop(arguments).run();
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""));
    outcome.stdout
}

#[test]
fn help_is_as_it_was_and_fits_a_terminal() {
    let mut pages = vec![("teleop".to_owned(), printed(&["--help"]))];
    pages.extend(VERBS.map(|verb| (verb.to_owned(), printed(&[verb, "--help"]))));
    pages.extend(TOPICS.map(|topic| (topic.to_owned(), printed(&["help", topic]))));
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
    for verb in VERBS {
        assert_eq!(printed(&["help", verb]), printed(&[verb, "--help"]));
        assert_eq!(printed(&[verb, "-h"]), printed(&[verb, "--help"]));
    }
}

#[test]
fn help_on_what_is_not_there_names_what_is() {
    let outcome = Place::new().teleop(["help", "exit-statsu"]).run();
    let message = outcome.failure(2);
    assert!(
        message.contains("ps, attach, list, describe, call"),
        "{message}"
    );
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
