//! [`Report`]: an error in words, with the next step where there is one.

use std::any::Any;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use teleop::{Error, Obstacle, Pid, capnp, operate::dynamic::nearest};

use crate::{
    exit::{Exit, Interruption},
    session::REMOTE,
};

/// What the command says of an error, and what it ends with.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) exit: Exit,
    /// What went wrong, in one line; nothing where the user knows already.
    pub(crate) message: Option<String>,
    /// How the command line goes, where it is that which is wrong.
    pub(crate) usage: Option<String>,
    /// What to do next.
    pub(crate) hint: Option<String>,
}

impl Report {
    /// Puts an error into words; `pid` is the process that the command is about.
    pub(crate) fn of(error: &anyhow::Error, pid: Option<Pid>) -> Self {
        let exit = Exit::of(error);
        let is_silent = exit == Exit::Done || error.is::<Interruption>();
        Self {
            exit,
            message: (!is_silent).then(|| message(error)),
            usage: None,
            hint: error.downcast_ref().and_then(|error| {
                hint(error, &pid.map_or("PID".to_owned(), |pid| pid.to_string()))
            }),
        }
    }

    /// What is wrong with the command line, as its parser found.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let rendered = error.render();
        if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Self {
                exit: Exit::Usage,
                message: None,
                usage: Some(rendered.ansi().to_string().trim_end().to_owned()),
                hint: None,
            };
        }
        if let Some(message) = misfit(error) {
            return Self {
                exit: Exit::Usage,
                message: Some(message),
                usage: None,
                hint: None,
            };
        }
        // Names stand in backquotes everywhere else.
        let plain = rendered.to_string().replace('\'', "`");
        let paragraph = |prefix: &str| {
            let paragraphs = plain.split("\n\n").map(str::trim);
            paragraphs
                .filter_map(|paragraph| paragraph.strip_prefix(prefix))
                .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
                .next()
        };
        Self {
            exit: Exit::Usage,
            message: paragraph("error:").or_else(|| Some(plain.clone())),
            usage: paragraph("Usage:").map(|usage| format!("usage: {usage}")),
            hint: paragraph("tip:").or_else(|| Some("`--help` says more".to_owned())),
        }
    }

    /// A bug of the command.
    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let what = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned());
        let what = what.unwrap_or_else(|| "it panicked".to_owned());
        Self {
            exit: Exit::Failed,
            message: Some(format!("this is a bug in teleop: {what}")),
            usage: None,
            hint: Some("please report it, with the command line that led to it".to_owned()),
        }
    }
}

/// What is wrong with a value, in the words of what reads it.
fn misfit(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    };
    let problem = std::error::Error::source(error)?;
    let value = text(ContextKind::InvalidValue)?;
    let argument = text(ContextKind::InvalidArg)?;
    Some(format!("`{value}` does not fit `{argument}`: {problem}"))
}

/// The error and what caused it, each said once.
fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain() {
        let text = match cause.downcast_ref::<capnp::Error>() {
            Some(error) => remote(error),
            None => cause.to_string(),
        };
        if message.is_empty() {
            message = text;
        } else if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
    }
    message
}

/// What a process reported, without the words that Cap'n Proto wraps around it.
fn remote(error: &capnp::Error) -> String {
    let text = error.extra.trim_start_matches(REMOTE);
    let text = text.trim_start_matches("Failed: ");
    match error.kind {
        capnp::ErrorKind::Disconnected => "it closed the connection".to_owned(),
        _ if text.is_empty() => error.kind.to_string(),
        _ => text.to_owned(),
    }
}

/// The next step after an error, where there is one that its message does not name.
fn hint(error: &Error, pid: &str) -> Option<String> {
    let hint = match error {
        Error::NoSuchProcess { .. } => "`pgrep -a NAME` finds a process by its name".to_owned(),
        Error::NotAttachable { obstacle, .. } => match obstacle {
            Obstacle::NoEndpoint => {
                "a program offers Teleop by calling `teleop::spawn`; is this the right process?"
                    .to_owned()
            }
            Obstacle::NeedsSignal => "add `--attacher unix`, which sends SIGQUIT".to_owned(),
            Obstacle::SignalNotHandled { .. } => "leave `--attacher` out".to_owned(),
            Obstacle::Abandoned => "start it again, from the program that offers it".to_owned(),
            Obstacle::Thread { process } => format!("use `{process}` instead"),
            _ => return None,
        },
        Error::Disabled { .. } => {
            "start it without TELEOP_DISABLE=1 in its environment, unless it is the program that \
             turns it off"
                .to_owned()
        }
        Error::TimedOut { stopped: true, .. } => format!("`kill -CONT {pid}` continues it"),
        Error::TimedOut { .. } => "`--timeout 1m` waits longer".to_owned(),
        Error::NoSuchService { name, known } => {
            match nearest(name, known.iter().map(String::as_str)) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("`teleop list {pid}` shows the services"),
            }
        }
        Error::NoSuchMethod { method, known, .. } => {
            let known = known.iter().map(String::as_str);
            format!("did you mean `{}`?", nearest(method, known)?)
        }
        Error::Predates { .. } => format!("`teleop call {pid} echo hi` calls one of them"),
        _ => return None,
    };
    Some(hint)
}
