//! The command `teleop`: attach to a running process by its id and call its services, from a shell.
//!
//! Results go to the standard output, and nothing else does; see [`output`]. How it ends is an
//! [`Exit`]; every error is a value until [`Report`] puts it into words.

mod address;
mod argv;
mod chain;
mod cli;
mod clock;
mod code;
mod command;
mod commands;
mod completion;
mod duration;
mod each;
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
mod report;
mod session;
mod shell;
mod signal;
mod sinks;
mod subject;
mod table;
mod target;
mod version;
mod via;
mod wait;
mod watch;
mod words;

use std::{env, panic, process};

use clap::{Parser, error::ErrorKind};

use argv::Argv;
use cli::Cli;
use exit::Exit;
use output::Output;
use report::Report;
use version::Version;
use watch::Screen;

fn main() {
    // A panic is a bug, and is said to be one.
    let output = Output::of_line(env::args_os());
    panic::set_hook(Box::new(move |panic| {
        Screen::close();
        output.report(&Report::panicked(panic));
    }));
    let exit = panic::catch_unwind(move || run(&output)).unwrap_or(Exit::Failed);
    // What is still open, the kernel closes quicker than destructors do.
    process::exit(exit.code());
}

fn run(output: &Output) -> Exit {
    let argv = Argv::split(env::args_os());
    let mut cli = match Cli::try_parse_from(argv.first) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, output),
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

/// Shows the help that was asked for, or says what is wrong with the command line.
fn refuse(error: &clap::Error, output: &Output) -> Exit {
    if error.use_stderr() {
        let report = Report::usage(error);
        output.report(&report);
        return report.exit;
    }
    let printed = match error.kind() {
        ErrorKind::DisplayVersion if output.is_json() => output.json(&Version::THIS),
        _ => output.text(&error.render().ansi().to_string()),
    };
    match printed {
        Ok(()) => Exit::Done,
        Err(error) => Exit::of(&error),
    }
}
