//! [`Report`]: an error in words, with the next step where there is one.

use std::{borrow::Cow, env, ffi::OsString, panic::PanicHookInfo};

use clap::{CommandFactory, error::ErrorKind};
use teleop::{Error, Obstacle, Pid, Step, capnp, operate::dynamic::nearest};

use crate::{
    cli::{Cli, Verb},
    code::Code,
    exit::{Exit, Failures, Interruption, NoCompiler, Unnamed},
    problem::Problem,
    session::REMOTE,
    slip::Slip,
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
        let hint = match verb.words() {
            Some(words) if is_misfit(error) && words.have_lost_quotes() => Some(QUOTES.to_owned()),
            _ => next_step(error, target.as_deref().unwrap_or("PID"), Some(verb)),
        };
        Self::new(error, Subject::of_verb(verb), hint)
    }

    /// Puts an error into words that comes before there is a verb.
    pub(crate) fn of_no_verb(error: &anyhow::Error) -> Self {
        Self::new(error, Subject::default(), None)
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
            return Self::of_no_verb(error);
        };
        let mut report = Self::of(error, verb);
        let target = verb.target().map(ToString::to_string).unwrap_or_default();
        for verb in ["list", "describe", "call"] {
            let long = format!("`teleop {verb} {target}");
            report.hint = report.hint.map(|it| it.replace(&long, &format!("`{verb}")));
        }
        if let Some(Error::NoSuchService { name, .. }) = error.downcast_ref() {
            if Cli::command().find_subcommand(name).is_some() || name == "exit" {
                report.hint = Some("`help` shows what there is in a session".to_owned());
            }
        }
        report
    }

    /// What is wrong with the command line, as its parser found.
    pub(crate) fn usage(error: &clap::Error, words: &[OsString]) -> Self {
        let mut report = Self {
            exit: Exit::Usage,
            code: Code::Usage.word().into(),
            message: "there is no verb".to_owned(),
            is_known: false,
            usage: None,
            hint: None,
            subject: Subject::default(),
        };
        if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            report.is_known = true;
            report.usage = Some(error.render().ansi().to_string().trim_end().to_owned());
            report.hint = Some("`teleop help` lists what it can do".to_owned());
            return report;
        }
        let Slip {
            message,
            usage,
            hint,
            field,
        } = Slip::of(error, words);
        report.subject.field = field;
        Self {
            message,
            usage,
            hint,
            ..report
        }
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

/// Whether it is an argument that does not fit.
fn is_misfit(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::BadArgument { .. }))
}

const QUOTES: &str = "the shell has taken the quotes of the JSON away: put all of the word between single ones, \
                      as 'steps=[{\"command\": \"tar\"}]'";

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
fn next_step(error: &anyhow::Error, pid: &str, verb: Option<&Verb>) -> Option<String> {
    if let Some(error) = error.downcast_ref() {
        return match (error, verb.and_then(Verb::callee)) {
            (Error::BadArgument { field, .. }, _) if field.starts_with('@') => {
                Some(format!("`@{field}` stands for the text `{field}`"))
            }
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
        return Some(unresolved.hint(verb.is_some_and(|verb| verb.selection().is_some())));
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
            Obstacle::Elsewhere { .. } if env::var_os("TELEOP_DIR").is_some() => {
                "TELEOP_DIR is set here: it is looked for there, and nowhere else".to_owned()
            }
            Obstacle::NeedsSignal => "add `--attacher unix`, which sends SIGQUIT".to_owned(),
            Obstacle::NotOpen | Obstacle::SignalNotHandled { .. } => "leave `--attacher` out".to_owned(),
            Obstacle::Abandoned => "start it again, from the program that offers it".to_owned(),
            Obstacle::Thread { process } => format!("use `{process}` instead"),
            _ => return None,
        },
        Error::NotPermitted { caller, .. } if caller.id() == "0" => {
            "root has not all rights here: run it in the outermost container, or in one that was started \
             with `--cap-add SYS_PTRACE`"
                .to_owned()
        }
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
