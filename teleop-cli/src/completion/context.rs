//! [`Context`]: what was said before the word that is to be completed.

use std::ffi::OsString;

use clap::{Arg, ArgMatches, CommandFactory, FromArgMatches};

use super::target::may_ask_there;
use crate::{
    argv::Argv,
    cli::{Cli, Options},
    target::Targets,
};

/// What was said before the word that is to be completed. Any of it may be missing, or wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    /// The words, as the parser is to see them.
    pub(super) words: Vec<OsString>,
    pub(super) verb: String,
    /// Whether the process is elsewhere.
    pub(super) is_elsewhere: bool,
    /// How it is asked there, where the user says that it may be: it may take a password.
    pub(super) there: Option<Options>,
    /// The process that is meant, where it can be asked.
    pub(super) targets: Option<Targets>,
    pub(super) service: Option<String>,
    /// What the method is called with, so far.
    pub(super) arguments: Vec<String>,
    /// The words after each `--then`.
    pub(super) then: Vec<Vec<String>>,
}

impl Context {
    /// Reads what there is.
    pub(super) fn of(words: &[String]) -> Self {
        let Argv { first, then } = Argv::split(words.iter().map(Into::into));
        let mut context = Self {
            words: first,
            then: then.iter().map(|link| texts(link)).collect(),
            ..Self::default()
        };
        let parser = Cli::command().ignore_errors(true);
        let Ok(matches) = parser.try_get_matches_from(&context.words) else {
            return context; // Help was asked for.
        };
        let Some((verb, matches)) = matches.subcommand() else {
            return context;
        };
        verb.clone_into(&mut context.verb);
        let grammar = Cli::grammar();
        let verb = grammar.find_subcommand(verb);
        context.is_elsewhere = !given(matches, "via").is_empty();
        if context.is_elsewhere && may_ask_there() {
            context.there = Options::from_arg_matches(matches).ok();
        }
        let can_be_asked = !context.is_elsewhere || context.there.is_some();
        if can_be_asked && verb.is_some_and(|verb| verb.get_positionals().any(is_process)) {
            context.targets = Targets::from_arg_matches(matches).ok();
        }
        context.service = given(matches, "service").pop();
        context.arguments = given(matches, "arguments");
        context.arguments.extend(given(matches, "literal"));
        context
    }
}

/// Whether an argument says which process is meant.
pub(super) fn is_process(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().any(|name| name == "PID")
}

/// What was given for an argument, as it stands there; nothing, where the verb has none of that name.
fn given(matches: &ArgMatches, name: &str) -> Vec<String> {
    let raw = matches.try_get_raw(name).ok().flatten();
    raw.into_iter()
        .flatten()
        .map(|it| it.to_string_lossy().into_owned())
        .collect()
}

fn texts(words: &[OsString]) -> Vec<String> {
    let words = words.iter().filter(|word| *word != "--");
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Context;

    fn context(line: &str) -> Context {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        Context::of(&words)
    }

    #[test]
    fn what_is_there_is_read_though_the_rest_is_missing() {
        let found = context("teleop --json call 42");
        assert_eq!((&*found.verb, found.targets.is_some()), ("call", true));
        assert_eq!(found.service, None);
        let found = context("teleop call 42 a.b x --timeout");
        assert_eq!(found.arguments, ["x"]);
        let found = context("teleop describe 42 a");
        assert_eq!(found.service.as_deref(), Some("a"));
        assert!(context("teleop attach 0").targets.is_none());
        assert_eq!(context("teleop").verb, "");
        let elsewhere = context("teleop --via sudo call 42");
        assert!(elsewhere.is_elsewhere && elsewhere.targets.is_none());
    }

    #[test]
    fn each_call_of_a_chain_has_its_own_words() {
        let found = context("teleop call 42 a.b x --then c y --json --then d -- -z");
        assert_eq!(found.arguments, ["x"]);
        assert_eq!(found.then, [vec!["c", "y"], vec!["d", "-z"]]);
    }
}
