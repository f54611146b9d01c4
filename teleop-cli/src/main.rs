//! The command `teleop`: attach to a running process by its id and call its services, from a shell.
//!
//! Results go to the standard output, and nothing else does; see [`output`]. How it ends is an
//! [`Exit`]; every error is a value until [`Report`] puts it into words.

mod address;
mod argv;
mod callee;
mod chain;
mod cli;
mod clock;
mod code;
mod command;
mod commands;
mod completion;
mod duration;
mod each;
mod examination;
mod exit;
mod given;
mod json;
mod neutral;
mod outcome;
mod output;
mod paint;
mod peer;
mod problem;
mod progress;
mod reader;
mod report;
mod session;
mod shell;
mod signal;
mod sinks;
mod slip;
mod subject;
mod table;
mod target;
mod version;
mod via;
mod wait;
mod watch;
mod words;

use std::{env, ffi::OsString, mem::ManuallyDrop, panic, process};

use clap::{CommandFactory, FromArgMatches, error::ErrorKind};

use argv::Argv;
use cli::Cli;
use exit::Exit;
use output::Output;
use report::Report;
use version::Version;
use watch::Screen;

fn main() {
    // A panic is a bug, and is said to be one. It is the end, whether panics unwind or not.
    let output = Output::of_line(env::args_os());
    panic::set_hook(Box::new(move |panic| {
        Screen::close();
        output.report(&Report::panicked(panic));
        process::exit(Exit::Failed.code());
    }));
    let exit = run(&output);
    // What is still open, the kernel closes quicker than destructors do.
    process::exit(exit.code());
}

fn run(output: &Output) -> Exit {
    let argv = Argv::split(env::args_os());
    let mut cli = match parse(&argv.first) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &argv.first, output),
    };
    let output = Output::of(&cli.options);
    let outcome = cli
        .verb
        .then(argv.then)
        .and_then(|()| commands::run(&cli, &output));
    match outcome {
        Ok(()) => Exit::Done,
        Err(error) => {
            let report = Report::of(&error, &cli.verb);
            output.report(&report);
            report.exit
        }
    }
}

/// Reads the command line. Where its first word is a verb, as it nearly always is, that is all that there needs to be
/// of the grammar: what all verbs understand is copied to each. Whatever is wrong, the whole grammar tells.
fn parse(words: &[OsString]) -> Result<Cli, clap::Error> {
    let verb = words.get(1).and_then(|word| word.to_str());
    if let Some(cli) = verb.and_then(Cli::only).and_then(|it| read(it, words).ok()) {
        return Ok(cli);
    }
    read(Cli::command(), words)
}

/// The grammar is left as it is: to take it apart takes a tenth as long as to parse.
fn read(grammar: clap::Command, words: &[OsString]) -> Result<Cli, clap::Error> {
    let mut grammar = ManuallyDrop::new(grammar);
    let mut matches = grammar.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut grammar))
}

/// Shows the help that was asked for, or says what is wrong with the command line.
fn refuse(error: &clap::Error, words: &[OsString], output: &Output) -> Exit {
    if error.use_stderr() {
        let report = Report::usage(error, words);
        output.report(&report);
        return report.exit;
    }
    let printed = match error.kind() {
        ErrorKind::DisplayVersion if output.is_json() => output.json(&Version::THIS),
        _ => output.page(&error.render().ansi().to_string()),
    };
    match printed {
        Ok(()) => Exit::Done,
        Err(error) => {
            let report = Report::of_no_verb(&error);
            output.report(&report);
            report.exit
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_alone_is_understood_as_the_whole_grammar_has_it() {
        for line in [
            "ps --all",
            "attach 1",
            "list name:web -v --timeout 1s",
            "describe 1 echo.echo --template",
            "call 1 echo hi --raw --max 2 --json -- --help",
            "watch 1 echo hi --every 2s",
            "shell 1 --no-history --color never",
            "bridge 1 --via sudo",
            "doctor 1 --wait 3s",
            "completions bash",
            "complete -- teleop call",
            "man call",
            "help json --quiet",
        ] {
            let words: Vec<_> = ["teleop"].into_iter().chain(line.split(' ')).collect();
            let words: Vec<_> = words.into_iter().map(OsString::from).collect();
            let only = Cli::only(line.split(' ').next().unwrap()).expect("it is a verb");
            let understood = [only, Cli::command()].map(|it| read(it, &words));
            let [only, whole] = understood.map(|cli| format!("{:?}", cli.unwrap()));
            assert_eq!(only, whole);
        }
        for other in ["--json", "calls", ""] {
            assert!(Cli::only(other).is_none(), "{other}");
        }
    }
}
