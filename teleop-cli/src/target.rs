//! [`Targets`]: the processes that are meant, by an id or by a name.

use std::fmt;

use anyhow::Result;
use clap::Args;
use teleop::{
    Error, Pid,
    attach::{Offer, Survey},
    operate::dynamic::nearest,
    process::{Process, Start},
};

use crate::exit::Usage;

// Which process a verb is about.
//
// No doc comment: clap would take it for the help of the verb.
#[derive(Args, Clone, Debug)]
pub(crate) struct Targets {
    /// The process: its id, or name:NAME as `teleop ps` lists it
    #[arg(value_name = "PID", value_parser = parse, allow_negative_numbers = true)]
    target: Target,
    /// Also processes of other users may have the name
    #[arg(long)]
    all: bool,
}

// The same, for a verb that can be carried out for several.
#[derive(Args, Clone, Debug)]
pub(crate) struct Selection {
    #[command(flatten)]
    pub(crate) targets: Targets,
    /// Every process of that name, at once: each prints lines of JSON
    #[arg(long)]
    pub(crate) each: bool,
}

/// A process, as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Pid(Pid),
    Name(String),
}

/// A process that is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) pid: Pid,
    /// When the one started that was found by its name: another is not meant.
    pub(crate) start: Option<Start>,
}

impl Found {
    /// The one that has an id, whenever it started.
    pub(crate) fn by_id(pid: Pid) -> Self {
        Self { pid, start: None }
    }

    /// Fails where the name was that of a process which is no more, and whose id another has.
    pub(crate) fn check(self, process: &Process) -> Result<(), Error> {
        let Self { pid, start } = self;
        if start.is_some_and(|start| process.start().ok() != Some(start)) {
            return Err(Error::NoSuchProcess { pid });
        }
        Ok(())
    }
}

/// A name that does not lead to one process.
#[derive(Debug)]
pub(crate) enum Unresolved {
    Nobody {
        name: String,
        /// A name that there is, and that may be meant.
        nearest: Option<String>,
    },
    Several {
        name: String,
        processes: Vec<String>,
    },
}

/// Of whom processes are looked for.
pub(crate) fn survey(of_all: bool) -> Survey {
    match of_all {
        true => Survey::new().every_user(),
        false => Survey::new(),
    }
}

impl Targets {
    /// One process, by its id.
    pub(crate) fn one_of(pid: Pid) -> Self {
        Self {
            target: Target::Pid(pid),
            all: false,
        }
    }

    /// The id, where it is by that that it is meant.
    pub(crate) fn pid(&self) -> Option<Pid> {
        match self.target {
            Target::Pid(pid) => Some(pid),
            Target::Name(_) => None,
        }
    }

    /// The name, where it is by that that it is meant.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.target {
            Target::Pid(_) => None,
            Target::Name(name) => Some(name),
        }
    }

    /// Whether the processes of every user are looked at.
    pub(crate) fn is_of_all(&self) -> bool {
        self.all
    }

    /// The words by which another teleop knows the same process.
    pub(crate) fn words(&self) -> Vec<String> {
        let all = self.all.then(|| "--all".to_owned());
        [self.target.to_string()].into_iter().chain(all).collect()
    }

    /// The processes that are meant.
    pub(crate) fn all(&self) -> Result<Vec<Found>> {
        let offers = match &self.target {
            Target::Pid(_) if self.all => {
                return Err(Usage("`--all` belongs to `name:NAME`".to_owned()).into());
            }
            Target::Pid(pid) => return Ok(vec![Found::by_id(*pid)]),
            Target::Name(name) => self.named(name)?,
        };
        Ok(offers.iter().map(Found::from).collect())
    }

    /// The process that is meant.
    pub(crate) fn one(&self) -> Result<Found> {
        match (&self.target, &self.all()?[..]) {
            (_, [found]) => Ok(*found),
            (target, found) => Err(Unresolved::Several {
                name: target.to_string(),
                processes: found.iter().map(|it| it.pid.to_string()).collect(),
            }
            .into()),
        }
    }

    /// Those that have the name: at least one.
    fn named(&self, name: &str) -> Result<Vec<Offer>> {
        let survey = survey(self.all);
        let offers = survey.named(name)?;
        if !offers.is_empty() {
            return Ok(offers);
        }
        let known = survey.offers()?;
        let nearest = nearest(name, known.iter().map(|offer| &*offer.name));
        Err(Unresolved::Nobody {
            name: name.to_owned(),
            nearest: nearest.map(str::to_owned),
        }
        .into())
    }
}

impl From<&Offer> for Found {
    fn from(offer: &Offer) -> Self {
        Self {
            pid: offer.pid,
            start: offer.start,
        }
    }
}

impl fmt::Display for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pid(pid) => pid.fmt(f),
            Self::Name(name) => write!(f, "name:{name}"),
        }
    }
}

/// Reads what names a process. The kernel would take zero and negative numbers for whole groups of
/// processes.
fn parse(text: &str) -> Result<Target, String> {
    const LARGEST: u32 = i32::MAX as u32;

    if let Some(name) = text.strip_prefix("name:") {
        return match name {
            "" => Err("`name:` is followed by the name of a program".to_owned()),
            name => Ok(Target::Name(name.to_owned())),
        };
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(pid @ 1..=LARGEST) if is_number => Ok(Target::Pid(Pid::from(pid))),
        _ => Err(format!("a process id is a number from 1 to {LARGEST}")),
    }
}

impl Unresolved {
    /// What to do next; `all` of a name can be meant by some verbs.
    pub(crate) fn hint(&self, all: bool) -> String {
        match self {
            Self::Nobody {
                nearest: Some(name),
                ..
            } => format!("did you mean `name:{name}`?"),
            Self::Nobody { .. } => {
                "`teleop ps` lists those that do, with `--all` of every user; `--wait 10s` waits for one"
                    .to_owned()
            }
            Self::Several { .. } if all => {
                "give the id of one (`teleop ps` tells more), or `--each` for all of them"
                    .to_owned()
            }
            Self::Several { .. } => "give the id of one: `teleop ps` tells more".to_owned(),
        }
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody { name, .. } => {
                write!(f, "no process that offers Teleop is called `{name}`")
            }
            Self::Several { name, processes } => {
                let count = processes.len();
                let processes = processes.join(", ");
                write!(f, "`{name}` stands for {count} processes: {processes}")
            }
        }
    }
}

impl std::error::Error for Unresolved {}

#[cfg(test)]
mod tests {
    use super::{Target, parse};

    #[test]
    fn a_process_is_named_by_its_id_or_after_a_prefix() {
        assert_eq!(parse("42"), Ok(Target::Pid(42.into())));
        let named = |name: &str| Ok(Target::Name(name.to_owned()));
        assert_eq!(parse("name:web"), named("web"));
        assert_eq!(parse("name:42"), named("42"));
        assert_eq!(parse("name:a:b c"), named("a:b c"));
        for wrong in ["name:", "name", "web", "0", "-1", "+1", "", "4294967296"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
