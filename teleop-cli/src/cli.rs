//! [`Cli`]: the grammar of the command line.

use std::{ffi::OsString, time::Duration};

use anyhow::Result;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::{
    commands::{
        attach, bridge, call, complete, completions, describe, doctor, help, list, man, ps, shell,
        watch,
    },
    duration,
    exit::Usage,
    target::{Selection, Targets},
    via::{Program, Via},
    words::Words,
};

/// Attach to a running process by its id and call its services
#[derive(Debug, Parser)]
#[command(
    name = "teleop",
    // As it is everywhere else in the help, and not `teleop.exe`.
    bin_name = "teleop",
    version,
    max_term_width = 80,
    disable_help_subcommand = true,
    disable_help_flag = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Results go to standard output: tables and coloured JSON on a terminal, one line
of JSON anywhere else. Everything else goes to standard error.

Examples:
  teleop ps                    the processes that offer Teleop
  teleop attach 4242           who answers, and what it offers
  teleop describe 4242 jobs    what a service understands
  teleop call 4242 echo hi     call a service

For scripts: `teleop help exit-status` and `teleop help json`. See also
`teleop help security` and `teleop help containers`"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// What a verb understands is not known before it is found on the command line, or the grammar is [whole](Cli::grammar):
/// to know it of all takes a fifth of the time of a call.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Verb {
    /// List the processes that offer Teleop
    Ps(ps::Ps),
    /// Attach to a process, and show who answers and what it offers
    Attach(attach::Attach),
    /// List the services of a process
    List(list::List),
    /// Show what a service understands: its methods and their types
    Describe(describe::Describe),
    /// Call a method of a service, and print its result
    Call(call::Call),
    /// Call a method again and again, and show its result as it changes
    Watch(watch::Watch),
    /// Talk to a process: calls, one after another, over one connection
    Shell(shell::Shell),
    /// Attach to a process, and join standard input and output to it
    Bridge(bridge::Bridge),
    /// Show every check of an attach to a process, for a bug report
    Doctor(doctor::Doctor),
    /// Print what makes a shell complete this command
    Completions(completions::Completions),
    /// Print what may come next on a command line: a word on each line, and what it is after a tab
    #[command(hide = true)]
    Complete(complete::Complete),
    /// Print a manual page: of the command, of a verb, or on a topic
    #[command(hide = true)]
    Man(man::Man),
    /// Print help for a verb, or on a topic: exit-status, json, errors, security, containers
    Help(help::Help),
}

/// What every verb understands, before it and after it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Options {
    /// How long the attach and the call together may take, such as `500ms`
    #[arg(
        long,
        global = true,
        value_name = "DURATION",
        default_value = "5s",
        value_parser = duration::limit
    )]
    pub(crate) timeout: Duration,

    /// Wait so long for a process that does not offer Teleop yet, such as `10s`
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::duration)]
    pub(crate) wait: Option<Duration>,

    /// How to tell the process: auto, inotify, kqueue, event, unix (sends it
    /// SIGQUIT) or dummy
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) attacher: AttacherName,

    /// Attach by way of a command that runs teleop elsewhere, such as
    /// `ssh host`, `docker exec -i name` or `sudo -n`
    #[arg(long, global = true, value_name = "COMMAND", value_parser = Via::parse)]
    pub(crate) via: Option<Via>,

    /// What teleop is called there
    #[arg(
        long,
        global = true,
        value_name = "PROGRAM",
        default_value = "teleop",
        hide_default_value = true,
        value_parser = Program::parse
    )]
    pub(crate) via_program: Program,

    /// Print one line of JSON, also on a terminal; so is an error
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// When to use colours: auto, always, never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) color: Color,

    /// Print results and errors alone: no notes, no hints
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Say how the attach came about
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    /// Print help
    #[arg(short, long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// Every attacher of every platform; which of them there are here, the library knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AttacherName {
    Auto,
    Inotify,
    Kqueue,
    Event,
    Unix,
    Dummy,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Cli {
    /// The whole grammar: of every verb, what it understands.
    pub(crate) fn grammar() -> clap::Command {
        let mut grammar = Self::command();
        grammar.build();
        grammar
    }

    /// The grammar of a command line that begins with a verb, and is right.
    pub(crate) fn only(verb: &str) -> Option<clap::Command> {
        let verbs = Verb::augment_subcommands(clap::Command::new("teleop"));
        let verb = verbs.find_subcommand(verb)?.clone();
        let grammar = clap::Command::new("teleop")
            .disable_help_flag(true)
            .disable_help_subcommand(true);
        Some(Options::augment_args(grammar).subcommand(verb))
    }
}

impl Options {
    /// The words by which a line of a session knows what every line of it has in common.
    pub(crate) fn words(&self) -> Vec<String> {
        let timeout = humantime::format_duration(self.timeout);
        let color = self.color.to_possible_value();
        let color = color.map(|it| format!("--color={}", it.get_name()));
        let flags = [
            ("--json", self.json),
            ("--quiet", self.quiet),
            ("--verbose", self.verbose),
        ];
        let flags = flags.into_iter().filter(|(_, is_given)| *is_given);
        [format!("--timeout={timeout}")]
            .into_iter()
            .chain(color)
            .chain(flags.map(|(flag, _)| flag.to_owned()))
            .collect()
    }
}

impl Verb {
    /// What of the process it is about, where that is a method that takes arguments.
    pub(crate) fn callee(&self) -> Option<&str> {
        match self {
            Self::Call(call) => call.callee(),
            Self::Watch(watch) => Some(watch.service()),
            _ => None,
        }
    }

    /// What a method is called with, where it is one that is called.
    pub(crate) fn words(&self) -> Option<&Words> {
        match self {
            Self::Call(call) => Some(call.words()),
            Self::Watch(watch) => Some(watch.words()),
            _ => None,
        }
    }

    /// What of the process it is about, as the command line names it.
    pub(crate) fn address(&self) -> Option<&str> {
        match self {
            Self::Call(call) => Some(call.service()),
            Self::Watch(watch) => Some(watch.service()),
            Self::Describe(describe) => describe.address(),
            _ => None,
        }
    }

    /// Adds the calls that follow the first, each after a `--then`.
    pub(crate) fn then(&mut self, links: Vec<Vec<OsString>>) -> Result<()> {
        match self {
            Self::Call(call) => call.then(links),
            _ if links.is_empty() => Ok(()),
            _ => Err(Usage("`--then` belongs to `teleop call`".to_owned()).into()),
        }
    }

    /// The processes that it is about, where there may be several.
    pub(crate) fn selection(&self) -> Option<&Selection> {
        match self {
            Self::Attach(attach) => Some(&attach.selection),
            Self::List(list) => Some(&list.selection),
            Self::Describe(describe) => Some(&describe.selection),
            Self::Call(call) => Some(&call.selection),
            _ => None,
        }
    }

    /// The process that it is about, as the command line names it.
    pub(crate) fn target(&self) -> Option<&Targets> {
        match self {
            Self::Watch(watch) => Some(&watch.targets),
            Self::Shell(shell) => Some(&shell.targets),
            Self::Bridge(bridge) => Some(&bridge.targets),
            Self::Doctor(doctor) => Some(&doctor.targets),
            _ => self.selection().map(|selection| &selection.targets),
        }
    }
}

impl AttacherName {
    /// The name as it is written.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Inotify => "inotify",
            Self::Kqueue => "kqueue",
            Self::Event => "event",
            Self::Unix => "unix",
            Self::Dummy => "dummy",
        }
    }
}
