//! When colours are printed, and who says so.

use crate::{
    place::Place,
    target::{Kind, Target},
};

/// What is in the environment.
type Variables = &'static [(&'static str, &'static str)];

/// What is in the environment, what is said with `--color`, and whether a terminal then sees colours.
const ON_A_TERMINAL: [(Variables, &[&str], bool); 13] = [
    (&[], &[], true),
    (&[("NO_COLOR", "1")], &[], false),
    // Whoever sets it to nothing has not set it.
    (&[("NO_COLOR", "")], &[], true),
    (&[("CLICOLOR", "0")], &[], false),
    (&[("CLICOLOR", "1")], &[], true),
    (&[("CLICOLOR_FORCE", "1")], &[], true),
    (&[("CLICOLOR_FORCE", "0")], &[], true),
    (&[("CLICOLOR", "0"), ("CLICOLOR_FORCE", "1")], &[], true),
    (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &[], false),
    (&[("TERM", "dumb")], &[], false),
    (&[("NO_COLOR", "1")], &["--color=always"], true),
    (&[("CLICOLOR", "0")], &["--color=always"], true),
    (&[("CLICOLOR_FORCE", "1")], &["--color=never"], false),
];

#[test]
fn a_terminal_gets_them_unless_a_variable_or_the_user_says_otherwise() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let pid = &*target.pid();
    // JSON, text with styles, and what clap prints.
    let lines = [
        &["call", pid, "echo", "hi"][..],
        &["list", pid],
        &["--help"],
    ];
    for (variables, said, is_colored) in ON_A_TERMINAL {
        for line in lines {
            // Who asks for help has not been understood yet in all that was said.
            if line == ["--help"] && !said.is_empty() {
                continue;
            }
            let mut teleop = place.teleop([line, said].concat());
            for (name, value) in variables {
                teleop = teleop.env(name, value);
            }
            let shown = teleop.run_on_a_terminal().stdout;
            let claim = format!("{variables:?} {said:?} {line:?}: {shown:?}");
            assert_eq!(shown.contains("\u{1b}["), is_colored, "{claim}");
        }
    }
}

/// What goes to the standard error is a pipe here.
fn error(place: &Place, target: &Target, variables: &[(&str, &str)], said: &[&str]) -> String {
    let list = ["call", &target.pid(), "nothing", "hi"];
    let mut teleop = place.teleop([&list, said].concat());
    for (name, value) in variables {
        teleop = teleop.env(name, value);
    }
    teleop.run().stderr
}

#[test]
fn a_pipe_gets_an_error_without_them_unless_they_are_forced() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let error = |variables, said| error(&place, &target, variables, said);
    for plain in [
        error(&[], &[]),
        error(&[("CLICOLOR", "1")], &[]),
        error(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &[]),
        error(&[("CLICOLOR_FORCE", "1")], &["--color=never"]),
        // Nobody parses colours, whatever is forced.
        error(&[("CLICOLOR_FORCE", "1")], &["--json"]),
        error(&[], &["--json", "--color=always"]),
    ] {
        assert!(!plain.contains('\u{1b}'), "{plain:?}");
    }
    for colored in [
        error(&[("CLICOLOR_FORCE", "1")], &[]),
        error(&[], &["--color=always"]),
    ] {
        assert!(colored.contains("\u{1b}["), "{colored:?}");
    }
}
