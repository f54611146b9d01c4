//! [`Statement`]: one line of a session, taken apart.

use std::ffi::OsString;

use anyhow::Result;
use clap::Parser;
use shlex::Shlex;

use crate::{
    argv::Argv,
    cli::{Cli, Options, Verb},
    exit::Usage,
    output::Output,
    report::Report,
    target::Targets,
};

/// What one line says.
#[derive(Debug)]
pub(super) enum Statement {
    /// A blank line, or a comment.
    Nothing,
    Help,
    Exit,
    /// `$NAME`
    Show(String),
    /// What the command does, too. The result is bound to a name where there is one.
    Verb {
        name: Option<String>,
        cli: Box<Cli>,
    },
    /// Help that was asked for.
    Page(String),
}

/// The verbs that a line may begin with; with anything else begins a call.
const VERBS: [&str; 5] = ["attach", "list", "services", "describe", "call"];

impl Statement {
    /// Reads a line; options that are not given are those of the session.
    pub(super) fn parse(line: &str, targets: &Targets, options: &Options) -> Result<Self> {
        let mut shlex = Shlex::new(line);
        let mut words: Vec<_> = shlex.by_ref().collect();
        if shlex.had_error {
            return Err(Usage("a quote is not closed, or a `\\` is the last".to_owned()).into());
        }
        let name = bound(&mut words)?;
        let Some(first) = words.first() else {
            return match name {
                Some(name) => {
                    let problem = format!("after `${name} =` there is no call");
                    Err(Usage(problem).into())
                }
                None => Ok(Self::Nothing),
            };
        };
        if name.is_none() && matches!(first.as_str(), "help" | "?") {
            return Ok(Self::Help);
        }
        if let (None, 1) = (&name, words.len()) {
            match first.as_str() {
                "exit" | "quit" => return Ok(Self::Exit),
                shown if shown.starts_with('$') && !shown.contains('.') => {
                    return Ok(Self::Show(shown[1..].to_owned()));
                }
                _ => {}
            }
        }
        let verb = match VERBS.contains(&first.as_str()) {
            true => words.remove(0),
            false => "call".to_owned(),
        };
        let verb = if verb == "services" { "list" } else { &verb };
        if name.is_some() && verb != "call" {
            let problem = format!("`{verb}` is no call, whose result could be bound to a name");
            return Err(Usage(problem).into());
        }
        Self::of_words(name, verb, words, targets, options)
    }

    fn of_words(
        name: Option<String>,
        verb: &str,
        words: Vec<String>,
        targets: &Targets,
        options: &Options,
    ) -> Result<Self> {
        let line = ["teleop".to_owned()].into_iter().chain(options.words());
        let line = line
            .chain([verb.to_owned(), targets.to_string()])
            .chain(words);
        let Argv { first, then } = Argv::split(line.map(OsString::from));
        let mut cli = match Cli::try_parse_from(&first) {
            Ok(cli) => cli,
            Err(error) if error.use_stderr() => {
                let Report { message, hint, .. } = Report::usage(&error, &first);
                let hint = hint.map(|hint| format!(" ({})", within(&hint, targets)));
                let hint = hint.unwrap_or_default();
                return Err(Usage(message + &hint).into());
            }
            Err(error) => return Ok(Self::Page(error.render().ansi().to_string())),
        };
        cli.verb.then(then)?;
        check(&cli)?;
        Ok(Self::Verb {
            name,
            cli: Box::new(cli),
        })
    }
}

/// A next step, without the command and the process: they go without saying.
fn within(hint: &str, targets: &Targets) -> String {
    let hint = hint.replace("`teleop ", "`");
    hint.replace(&format!(" {targets}`"), "`")
}

/// Takes `$NAME =` from the words.
fn bound(words: &mut Vec<String>) -> Result<Option<String>, Usage> {
    if let Some((name, call)) = words.first().and_then(|word| word.split_once('=')) {
        if name.starts_with('$') {
            let problem =
                format!("a result is bound with blanks around the `=`: `{name} = {call}`");
            return Err(Usage(problem));
        }
    }
    if words.get(1).is_none_or(|word| word != "=") {
        return Ok(None);
    }
    let target = words[0].clone();
    let name = target.strip_prefix('$').filter(|name| is_name(name));
    let Some(name) = name else {
        let problem = format!("`{target}` is no name: a result is bound by `$NAME = CALL`");
        return Err(Usage(problem));
    };
    words.drain(..2);
    Ok(Some(name.to_owned()))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Refuses what belongs to the session, and not to one line of it.
fn check(cli: &Cli) -> Result<(), Usage> {
    let is_attached = [
        ("--each", cli.verb.selection().is_some_and(|it| it.each)),
        ("--wait", cli.options.wait.is_some()),
        ("--via", cli.options.via.is_some()),
    ];
    if let Some((option, _)) = is_attached.iter().find(|(_, is_given)| *is_given) {
        let problem = format!("a session is with one process: `{option}` is not for a line of it");
        return Err(Usage(problem));
    }
    match &cli.verb {
        Verb::Call(call) if call.reads_input() => Err(Usage(
            "`-` is not understood here: the standard input is the session's own".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// What a line may be.
pub(super) fn help(output: &Output) -> Result<()> {
    output.text(
        "\
services                     what there is to call
describe [SERVICE[.METHOD]]  what it understands
SERVICE[.METHOD] [ARG]...    call it, as `teleop call` does
$NAME = SERVICE.METHOD ...   bind the result to a name
$NAME                        show what is bound to it
$NAME[.PATH].METHOD ...      call the capability in a result
attach                       who answers, and what it offers
help, exit                   this; the end (or Ctrl-D)

Ctrl-C cancels a call. A call that a verb hides begins with `call`.
",
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Statement;
    use crate::cli::{Cli, Verb};

    fn parse(line: &str) -> anyhow::Result<Statement> {
        let session = Cli::parse_from(["teleop", "list", "42", "--timeout", "9s"]);
        Statement::parse(line, session.verb.target().unwrap(), &session.options)
    }

    #[track_caller]
    fn call(line: &str) -> (Option<String>, String) {
        match parse(line).unwrap() {
            Statement::Verb { name, cli } => match cli.verb {
                Verb::Call(call) => (name, call.service().to_owned()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_line_is_a_call_unless_it_begins_with_a_verb() {
        assert_eq!(call("echo 'hi there'"), (None, "echo".to_owned()));
        assert_eq!(call("call list.x"), (None, "list.x".to_owned()));
        assert_eq!(
            call("$f = files.open path=/x"),
            (Some("f".to_owned()), "files.open".to_owned())
        );
        assert_eq!(call("$f.read length=10"), (None, "$f.read".to_owned()));
        for help in ["help", "help call", "?"] {
            assert!(matches!(parse(help).unwrap(), Statement::Help));
        }
        assert!(matches!(parse("exit").unwrap(), Statement::Exit));
        assert!(matches!(parse("  # a").unwrap(), Statement::Nothing));
        assert!(matches!(parse("$f").unwrap(), Statement::Show(name) if name == "f"));
    }

    #[test]
    fn the_options_are_those_of_the_session_unless_a_line_has_its_own() {
        let limit = |line: &str| match parse(line).unwrap() {
            Statement::Verb { cli, .. } => cli.options.timeout.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!(limit("echo hi"), 9);
        assert_eq!(limit("echo hi --timeout 2s"), 2);
    }

    #[test]
    fn what_no_line_can_be_is_refused() {
        for wrong in [
            "echo 'hi",
            "x = echo hi",
            "$ = echo hi",
            "$x =",
            "$x=echo hi",
            "$x = services",
            "echo -",
            "echo message=-",
            "echo hi --each",
            "echo hi --via ssh",
            "echo hi --wait 1s",
            "echo hi --what",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
