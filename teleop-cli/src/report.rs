//! [`Report`]: an error in words, with the next step where there is one.

use std::{borrow::Cow, panic::PanicHookInfo};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use teleop::{Error, Obstacle, Pid, Step, capnp, operate::dynamic::nearest};

use crate::{
    cli::Verb,
    code::Code,
    exit::{Exit, Failures, Interruption, NoCompiler, Unnamed},
    problem::Problem,
    session::REMOTE,
    subject::Subject,
    target::Unresolved,
    via::Failure,
};

/// What the command says of an error, and what it ends with.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) exit: Exit,
    /// What it is called in JSON.
    pub(crate) code: Cow<'static, str>,
    /// What went wrong, in one line.
    pub(crate) message: String,
    /// Whether the user knows already, and only a script is told.
    pub(crate) is_known: bool,
    /// How the command line goes, where it is that which is wrong.
    pub(crate) usage: Option<String>,
    /// What to do next.
    pub(crate) hint: Option<String>,
    /// What it is about.
    pub(crate) subject: Subject,
}

impl Report {
    /// Puts an error of a verb into words.
    pub(crate) fn of(error: &anyhow::Error, verb: &Verb) -> Self {
        let target = verb.target().map(ToString::to_string);
        let hint = next_step(error, target.as_deref().unwrap_or("PID"), verb.callee());
        Self::new(error, Subject::of_verb(verb), hint)
    }

    /// Puts an error of one of several processes into words.
    pub(crate) fn of_process(error: &anyhow::Error, pid: Pid) -> Self {
        let hint = next_step(error, &pid.to_string(), None);
        Self::new(error, Subject::of_process(pid), hint)
    }

    fn new(error: &anyhow::Error, about: Subject, hint: Option<String>) -> Self {
        let mut report = Self {
            exit: Exit::of(error),
            code: Code::of(error).map_or("", Code::word).into(),
            message: message(error),
            is_known: error.is::<Interruption>() || error.is::<Failures>(),
            usage: None,
            hint,
            subject: about.refined(error),
        };
        if let Some(Failure::Told {
            problem: Some(problem),
            ..
        }) = error.downcast_ref()
        {
            report.adopt(problem);
        }
        report
    }

    /// Takes over what a teleop elsewhere knows of the same error.
    fn adopt(&mut self, problem: &Problem) {
        let Problem {
            code,
            pid,
            service,
            method,
            field,
            ..
        } = problem.clone();
        let subject = &mut self.subject;
        self.code = code.into();
        subject.pid = subject.pid.or(pid);
        subject.service = service.or(subject.service.take());
        subject.method = method.or(subject.method.take());
        subject.field = field;
    }

    /// The same within a session, where the command and the process go without saying.
    pub(crate) fn within_session(error: &anyhow::Error, verb: Option<&Verb>) -> Self {
        let Some(verb) = verb else {
            return Self::new(error, Subject::default(), None);
        };
        let mut report = Self::of(error, verb);
        let target = verb.target().map(ToString::to_string).unwrap_or_default();
        for verb in ["list", "describe", "call"] {
            let long = format!("`teleop {verb} {target}");
            report.hint = report.hint.map(|it| it.replace(&long, &format!("`{verb}")));
        }
        report
    }

    /// What is wrong with the command line, as its parser found.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let rendered = error.render();
        let mut report = Self {
            exit: Exit::Usage,
            code: Code::Usage.word().into(),
            message: "there is no verb".to_owned(),
            is_known: false,
            usage: None,
            hint: None,
            subject: Subject {
                field: argument(error),
                ..Subject::default()
            },
        };
        if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            report.is_known = true;
            report.usage = Some(rendered.ansi().to_string().trim_end().to_owned());
            report.hint = Some("`teleop help` lists what it can do".to_owned());
            return report;
        }
        if let Some(misfit) = Misfit::of(error) {
            report.message = misfit.message();
            report.hint = misfit.hint();
            return report;
        }
        // Names stand in backquotes everywhere else.
        let plain = rendered.to_string().replace('\'', "`");
        let paragraph = |prefix: &str| {
            let mut paragraphs = plain.split("\n\n").map(str::trim);
            let paragraph = paragraphs.find_map(|paragraph| paragraph.strip_prefix(prefix))?;
            Some(paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        let message = paragraph("error:").unwrap_or_else(|| plain.clone());
        let missing = "the following required arguments were not provided";
        report.message = message.replace(missing, "what is missing");
        report.usage = paragraph("Usage:").map(|usage| format!("usage: {usage}"));
        let is_call = plain.contains("teleop call") && error.kind() == ErrorKind::UnknownArgument;
        report.hint = paragraph("tip:").filter(|_| !is_call).or_else(|| {
            if is_call {
                let hint = "an argument is NAME=VALUE; after `--` it may begin with a dash";
                return Some(hint.to_owned());
            }
            let is_verb = error.kind() == ErrorKind::InvalidSubcommand;
            is_verb.then(|| "`teleop help` lists what it can do".to_owned())
        });
        report
    }

    /// A bug of the command.
    pub(crate) fn panicked(panic: &PanicHookInfo<'_>) -> Self {
        let payload = panic.payload();
        let what = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let place = panic.location().map(|location| format!(" ({location})"));
        Self {
            exit: Exit::Failed,
            code: Code::Bug.word().into(),
            message: format!(
                "this is a bug in teleop: {}{}",
                what.unwrap_or("it panicked"),
                place.unwrap_or_default()
            ),
            is_known: false,
            usage: None,
            hint: Some("please report it, with the command line that led to it".to_owned()),
            subject: Subject::default(),
        }
    }
}

/// The argument of the command line that is wrong, by its name.
fn argument(error: &clap::Error) -> Option<String> {
    let named = match error.get(ContextKind::InvalidArg)? {
        ContextValue::String(name) => name,
        ContextValue::Strings(names) => names.first()?,
        _ => return None,
    };
    let name = named.split([' ', '=']).next()?;
    let positional = name.strip_prefix('<').and_then(|it| it.strip_suffix('>'));
    Some(positional.unwrap_or(name).to_owned())
}

/// A value that is none of those that its argument takes.
#[derive(Debug)]
struct Misfit<'a> {
    value: &'a str,
    argument: &'a str,
    problem: String,
}

impl<'a> Misfit<'a> {
    fn of(error: &'a clap::Error) -> Option<Self> {
        let text = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.as_str()),
            _ => None,
        };
        Some(Self {
            value: text(ContextKind::InvalidValue)?,
            argument: text(ContextKind::InvalidArg)?,
            problem: std::error::Error::source(error)?.to_string(),
        })
    }

    /// What is wrong with it, in the words of what reads it.
    fn message(&self) -> String {
        let Self {
            value,
            argument,
            problem,
        } = self;
        format!("`{value}` does not fit `{argument}`: {problem}")
    }

    /// Where a name stands for the process, how to find its id.
    fn hint(&self) -> Option<String> {
        let is_address = self
            .value
            .split('.')
            .all(|it| it.starts_with(|c: char| c.is_alphabetic()));
        if self.argument == "<PID>" && self.value.contains('.') && is_address {
            return Some("the process comes first, then what is meant of it".to_owned());
        }
        let is_name = self.value.starts_with(|c: char| c.is_ascii_alphabetic())
            && self
                .value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        (self.argument == "<PID>" && is_name)
            .then(|| format!("`name:{}` finds a process by its name", self.value))
    }
}

/// The error and what caused it, each said once.
pub(crate) fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain() {
        let is_remote = matches!(cause.downcast_ref(), Some(Error::Remote(_)));
        if is_remote && !message.is_empty() {
            continue; // Which call failed has been said; what the process said follows.
        }
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
        capnp::ErrorKind::Disconnected => "the process closed the connection".to_owned(),
        _ if text.is_empty() => error.kind.to_string(),
        _ => text.to_owned(),
    }
}

/// The next step after any error.
fn next_step(error: &anyhow::Error, pid: &str, callee: Option<&str>) -> Option<String> {
    if let Some(error) = error.downcast_ref() {
        return match (error, callee) {
            (Error::BadArgument { field, problem }, Some(callee))
                if !field.starts_with("--") && !problem.contains("did you mean") =>
            {
                Some(format!(
                    "`teleop describe {pid} {callee}` shows what it takes"
                ))
            }
            _ => hint(error, pid),
        };
    }
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.hint();
    }
    if let Some(unresolved) = error.downcast_ref::<Unresolved>() {
        return Some(unresolved.hint());
    }
    if let Some(Unnamed { service, meant, .. }) = error.downcast_ref() {
        return Some(match meant {
            Some(method) => format!("did you mean `{service}.{method}`?"),
            None => format!("`teleop describe {pid} {service}` shows them"),
        });
    }
    error.is::<NoCompiler>().then(|| {
        "install it (Debian's package is `capnproto`), or give the compiled form: what `capnp \
         compile -o- FILE.capnp` prints"
            .to_owned()
    })
}

/// The next step after an error of the library, where there is one that its message does not name.
fn hint(error: &Error, pid: &str) -> Option<String> {
    let hint = match error {
        Error::NoSuchProcess { .. } => "`teleop ps` lists those that offer Teleop".to_owned(),
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
        Error::NotPermitted { .. } => {
            "run it as root; in a container, one that was started with `--cap-add SYS_PTRACE`"
                .to_owned()
        }
        Error::Disabled { .. } => {
            "start it without TELEOP_DISABLE=1 in its environment, unless it is the program that \
             turns it off"
                .to_owned()
        }
        Error::TimedOut {
            pid, stopped: true, ..
        } => format!("`kill -CONT {pid}` continues it"),
        Error::TimedOut {
            step: Step::Answer, ..
        } => "`--timeout 1m` waits longer; it may be busy, or serve as many as it does at once"
            .to_owned(),
        Error::TimedOut { .. } => "`--timeout 1m` waits longer".to_owned(),
        Error::NoSuchService { name, known } => {
            match nearest(name, known.iter().map(String::as_str)) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None if known.is_empty() => "it is too old to list its services".to_owned(),
                None => format!("`teleop list {pid}` shows the services"),
            }
        }
        Error::NoSuchMethod { method, known, .. } => {
            let known = known.iter().map(String::as_str);
            format!("did you mean `{}`?", nearest(method, known)?)
        }
        Error::Undescribed { .. }
        | Error::Predates {
            feature: "describing services",
        } => "`--schema FILE.capnp` says what it understands".to_owned(),
        Error::Predates { .. } => format!("`teleop call {pid} echo hi` calls one of them"),
        _ => return None,
    };
    Some(hint)
}
