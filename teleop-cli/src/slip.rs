//! [`Slip`]: what is wrong with a command line, as its parser found, and what to do next.

use std::ffi::OsString;

use clap::{
    CommandFactory,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::cli::Cli;

/// What is wrong with a command line.
#[derive(Debug, Default)]
pub(crate) struct Slip {
    pub(crate) message: String,
    pub(crate) usage: Option<String>,
    pub(crate) hint: Option<String>,
    /// The argument that is wrong.
    pub(crate) field: Option<String>,
}

impl Slip {
    /// Puts into words what the parser found in a line.
    pub(crate) fn of(error: &clap::Error, words: &[OsString]) -> Self {
        let line = Line::of(words);
        let mut slip = match error.kind() {
            ErrorKind::MissingRequiredArgument => Self::missing(error, &line),
            ErrorKind::InvalidSubcommand => Self::verb(error),
            ErrorKind::MissingSubcommand => Self::no_verb(),
            ErrorKind::UnknownArgument => Self::unknown(error, &line),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => Self::misfit(error, &line),
            ErrorKind::InvalidUtf8 => Self::garbled(words),
            _ => Self::of_parser(error),
        };
        slip.field = argument(error);
        slip
    }

    fn missing(error: &clap::Error, line: &Line) -> Self {
        let missing = texts(error, ContextKind::InvalidArg);
        let names: Vec<_> = missing.iter().map(|it| format!("`{it}`")).collect();
        let are = if names.len() == 1 { "is" } else { "are" };
        let hint = match missing.first().map(|it| &**it) {
            Some("<PID>") => "`teleop ps` lists the processes that offer Teleop".to_owned(),
            Some("<SERVICE[.METHOD]>") => {
                let target = line.target.as_deref().unwrap_or("PID");
                format!("`teleop list {target}` shows the services")
            }
            _ => line.examples(),
        };
        Self {
            message: format!("{} {are} missing", names.join(" and ")),
            usage: usage(error),
            hint: Some(hint),
            field: None,
        }
    }

    fn no_verb() -> Self {
        Self {
            message: "there is no verb".to_owned(),
            hint: Some(VERBS.to_owned()),
            ..Self::default()
        }
    }

    fn verb(error: &clap::Error) -> Self {
        let verb = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
        let hint = match suggested(error, ContextKind::SuggestedSubcommand) {
            _ if is_process(&verb) => format!("the verb comes first: `teleop attach {verb}`"),
            Some(hint) => hint,
            None if is_address(&verb) => format!("to call it: `teleop call PID {verb}`"),
            None => VERBS.to_owned(),
        };
        Self {
            message: format!("there is no verb `{verb}`"),
            hint: Some(hint),
            ..Self::default()
        }
    }

    fn unknown(error: &clap::Error, line: &Line) -> Self {
        let word = text(error, ContextKind::InvalidArg).unwrap_or_default();
        if !word.starts_with('-') {
            let hint = match line.verb.as_deref() {
                Some("ps") => match word.strip_prefix("name:") {
                    Some(name) => format!("`teleop ps --name {name}` lists those of that name"),
                    None => format!("`teleop attach {word}` tells about one process"),
                },
                Some("describe") => "a method stands after a dot: SERVICE.METHOD".to_owned(),
                _ => line.examples(),
            };
            return Self {
                message: format!("`{word}` is one word too many"),
                usage: usage(error),
                hint: Some(hint),
                field: None,
            };
        }
        let hint = match suggested(error, ContextKind::SuggestedArg) {
            _ if word == "--each" => EACH.to_owned(),
            hint if line.takes_arguments() => {
                let hint = hint.map(|hint| format!("{hint} ")).unwrap_or_default();
                format!("{hint}an argument is NAME=VALUE; after `--` it may begin with a dash")
            }
            Some(hint) => hint,
            None => line.examples(),
        };
        Self {
            message: format!("there is no option `{word}`"),
            hint: Some(hint),
            ..Self::default()
        }
    }

    fn misfit(error: &clap::Error, line: &Line) -> Self {
        let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
        let argument = text(error, ContextKind::InvalidArg).unwrap_or_default();
        let problem = std::error::Error::source(error).map(ToString::to_string);
        let known = texts(error, ContextKind::ValidValue);
        let (message, hint) = match problem {
            None if value.is_empty() => (
                format!("after `{}` there is nothing", option(&argument)),
                Some(line.examples()),
            ),
            _ if value.is_empty() => (
                format!("`{argument}` is empty"),
                Some("is a variable of the shell not set?".to_owned()),
            ),
            problem => {
                let known = || format!("it is one of {}", known.join(", "));
                let problem = problem.unwrap_or_else(known);
                let message = format!("`{value}` does not fit `{argument}`: {problem}");
                let hint = suggested(error, ContextKind::SuggestedValue);
                let is_process = argument == "<PID>";
                let process = is_process.then(|| line.process(&value)).flatten();
                (message, hint.or(process))
            }
        };
        Self {
            message,
            hint,
            ..Self::default()
        }
    }

    fn garbled(words: &[OsString]) -> Self {
        let garbled = words.iter().find(|word| word.to_str().is_none());
        let word = garbled.map(|word| word.to_string_lossy());
        Self {
            message: format!("`{}` is not UTF-8", word.unwrap_or_default()),
            hint: Some("`NAME=@FILE` passes what a file has, as it is".to_owned()),
            ..Self::default()
        }
    }

    fn of_parser(error: &clap::Error) -> Self {
        Self {
            message: paragraph(error, "error:").unwrap_or_else(|| plain(error)),
            ..Self::default()
        }
    }
}

const EACH: &str = "several processes are for `attach`, `list`, `describe` and `call`";
const VERBS: &str = "`teleop help` lists what it can do";

/// What was understood of the line all the same.
#[derive(Debug)]
struct Line {
    verb: Option<String>,
    /// The process that is meant.
    target: Option<String>,
}

impl Line {
    fn of(words: &[OsString]) -> Self {
        let grammar = Cli::command();
        let mut words = words.iter().skip(1).map(|it| it.to_string_lossy());
        let verb = words.find(|word| grammar.find_subcommand(&**word).is_some());
        let target = words.find(|word| is_process(word));
        Self {
            verb: verb.map(Into::into),
            target: target.map(Into::into),
        }
    }

    fn examples(&self) -> String {
        match &self.verb {
            Some(verb) => format!("`teleop {verb} --help` has examples"),
            None => "`teleop --help` has examples".to_owned(),
        }
    }

    /// Whether a method is called.
    fn takes_arguments(&self) -> bool {
        matches!(self.verb.as_deref(), Some("call" | "watch"))
    }

    /// How the process is found where something else stands for it.
    fn process(&self, value: &str) -> Option<String> {
        if is_address(value) {
            return Some("the process comes first, then what is meant of it".to_owned());
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !value.starts_with(|c: char| c.is_alphabetic()) || !value.chars().all(is_plain) {
            return Some("`teleop ps` lists the processes that offer Teleop".to_owned());
        }
        let named = format!("`name:{value}` finds a process by its name");
        Some(match self.takes_arguments() {
            true => format!("the process comes first, as `teleop ps` lists it; {named}"),
            false => named,
        })
    }
}

/// Whether a word reads as SERVICE.METHOD.
fn is_address(word: &str) -> bool {
    let is_part = |it: &str| it.starts_with(|c: char| c.is_alphabetic());
    word.contains('.') && word.split('.').all(is_part)
}

/// Whether a word can but mean a process.
fn is_process(word: &str) -> bool {
    let is_pid = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    is_pid || word.starts_with("name:")
}

/// The argument that is wrong, by its name.
fn argument(error: &clap::Error) -> Option<String> {
    let named = texts(error, ContextKind::InvalidArg);
    let name = option(named.first()?);
    let positional = name.strip_prefix('<').and_then(|it| it.strip_suffix('>'));
    Some(positional.unwrap_or(name).to_owned())
}

/// An option without what stands for its value.
fn option(argument: &str) -> &str {
    argument.split([' ', '=']).next().unwrap_or(argument)
}

fn suggested(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let nearest = texts(error, kind).pop()?; // The last is the nearest.
    Some(format!("did you mean `{nearest}`?"))
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    texts(error, kind).into_iter().next()
}

/// What the parser noted of an error.
fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

fn usage(error: &clap::Error) -> Option<String> {
    paragraph(error, "Usage:").map(|usage| format!("usage: {usage}"))
}

/// One of the paragraphs that the parser would print, on one line.
fn paragraph(error: &clap::Error, prefix: &str) -> Option<String> {
    let plain = plain(error);
    let mut paragraphs = plain.split("\n\n").map(str::trim);
    let paragraph = paragraphs.find_map(|paragraph| paragraph.strip_prefix(prefix))?;
    Some(paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Names stand in backquotes everywhere else.
fn plain(error: &clap::Error) -> String {
    error.render().to_string().replace('\'', "`")
}
