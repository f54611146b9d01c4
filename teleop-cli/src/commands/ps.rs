//! `teleop ps`: the processes that offer Teleop.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use teleop::{
    attach::{Offer, State},
    process::Uid,
};

use super::attach::timestamp;
use crate::{
    cli::Options,
    neutral::Neutral,
    output::Output,
    signal::Heard,
    table::Table,
    target::{Found, survey},
    via::{Question, Via, query},
};

#[derive(Args, Debug)]
#[command(after_help = "\
Nobody is attached to. What you may not see is left out; programs that use the
crate `teleop` up to 0.4.1 are seen while their sockets are open.

STATE is armed (it waits to be asked), open (its socket is open), stopped,
disabled, or stale: what a process left that is dead, or executed another
program.

Examples:
  teleop ps
  teleop ps --name web --json | jq '.[].pid'
  sudo teleop ps --all --prune")]
pub(crate) struct Ps {
    /// Of all users, not of yourself alone
    #[arg(short, long)]
    all: bool,
    /// Only those that `name:NAME` stands for
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// First remove what dead processes have left
    #[arg(long)]
    prune: bool,
}

/// The processes, as they are shown. As JSON this is a contract: every key is always there.
#[derive(Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct Offers(Vec<Row>);

#[derive(Debug, Deserialize, Serialize)]
struct Row {
    pid: u32,
    name: String,
    version: Option<String>,
    /// A number, but on Windows.
    uid: Value,
    user: Option<String>,
    /// As RFC 3339 has it.
    started: Option<String>,
    /// In seconds.
    uptime: Option<u64>,
    container: Option<Container>,
    state: Cow<'static, str>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Container {
    /// The id by which the process knows itself.
    pid: u32,
    name: Option<String>,
}

impl Ps {
    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        if let Some(via) = &options.via {
            return self.show(&self.ask(via, options, output)?, output);
        }
        let survey = survey(self.all);
        let mut offers = survey.offers()?;
        if self.prune {
            let before = stale(&offers);
            survey.prune()?;
            offers = survey.offers()?;
            let removed = before.saturating_sub(stale(&offers));
            output.note(match removed {
                0 => "no dead process has left anything".to_owned(),
                1 => "removed what a dead process had left".to_owned(),
                removed => format!("removed what {removed} dead processes had left"),
            });
        }
        if let Some(name) = &self.name {
            offers = survey.named(name)?;
        }
        let has_stale = stale(&offers) > 0;
        let is_empty = offers.is_empty();
        self.show(&Offers::from(offers), output)?;
        if is_empty && self.name.is_none() && !self.all && output.is_for_people() {
            output.hint("a program offers it by calling `teleop::spawn`; `--all` is of every user");
        }
        if has_stale && !self.prune && output.is_for_people() {
            output.hint("`teleop ps --prune` removes what dead processes have left");
        }
        Ok(())
    }

    fn show(&self, offers: &Offers, output: &Output) -> Result<()> {
        if !output.is_for_people() {
            return output.json(offers);
        }
        match &self.name {
            Some(name) if offers.0.is_empty() => output.text(&format!(
                "no process that offers Teleop is called `{}`\n",
                Neutral(name)
            )),
            _ => output.text(&offers.to_text()),
        }
    }

    /// Has a teleop elsewhere list them.
    fn ask(&self, via: &Via, options: &Options, output: &Output) -> Result<Offers> {
        let name = self.name.as_deref();
        let mut words = words(self.all, name);
        words.extend(self.prune.then(|| "--prune".to_owned()));
        let question = Question::of_words(words, options);
        async_io::block_on(async {
            let mut heard = Heard::listen()?;
            let asking = query(via, &question, options, output, Some(&mut heard));
            let asked = asking.await;
            heard.end_at_once();
            asked?.into_value()
        })
    }
}

/// The processes elsewhere that have a name, of whom nothing can be pinned from here: each is to be attached
/// to at once.
pub(crate) async fn named_there(
    via: &Via,
    name: &str,
    of_all: bool,
    options: &Options,
    output: &Output,
) -> Result<Vec<Found>> {
    let question = Question::of_words(words(of_all, Some(name)), options);
    let asked = query(via, &question, options, output, None).await?;
    let Offers(rows) = asked.into_value()?;
    Ok(rows
        .iter()
        .map(|row| Found::by_id(row.pid.into()))
        .collect())
}

/// The processes elsewhere.
pub(crate) async fn offers_there(options: &Options, output: &Output) -> Result<Offers> {
    let via = options.via.as_ref().context("they are here")?;
    let question = Question::of_words(words(false, None), options);
    query(via, &question, options, output, None)
        .await?
        .into_value()
}

fn words(of_all: bool, name: Option<&str>) -> Vec<String> {
    let all = of_all.then_some("--all");
    let name = name.map(|name| ["--name", name]);
    ["ps"]
        .into_iter()
        .chain(all)
        .chain(name.into_iter().flatten())
        .map(str::to_owned)
        .collect()
}

fn stale(offers: &[Offer]) -> usize {
    let stale = offers.iter().filter(|it| it.state == State::Stale);
    stale.count()
}

impl Offers {
    /// Those that would answer, by their ids and names.
    pub(crate) fn ready(&self) -> impl Iterator<Item = (u32, &str)> {
        let ready = self
            .0
            .iter()
            .filter(|row| matches!(&*row.state, "armed" | "open"));
        ready.map(|row| (row.pid, &*row.name))
    }

    fn to_text(&self) -> String {
        if self.0.is_empty() {
            return "no process offers Teleop\n".to_owned();
        }
        let heading = [
            "PID",
            "NAME",
            "VERSION",
            "USER",
            "UPTIME",
            "CONTAINER",
            "STATE",
        ];
        let mut table = Table::new(heading);
        for row in &self.0 {
            let user = row.user.clone();
            let container = row.container.as_ref().map(Container::to_text);
            table.row([
                &row.pid.to_string(),
                &cut(&row.name),
                &cut(row.version.as_deref().unwrap_or("-")),
                &user.unwrap_or_else(|| row.uid.to_string().replace('"', "")),
                &row.uptime.map_or("-".to_owned(), short),
                container.as_deref().unwrap_or("-"),
                &row.state,
            ]);
        }
        table.to_string()
    }
}

impl From<Vec<Offer>> for Offers {
    fn from(offers: Vec<Offer>) -> Self {
        let mut names: Vec<(Uid, Option<String>)> = Vec::new();
        let mut name_of = |user: Uid| {
            let known = names.iter().find(|(known, _)| *known == user);
            if let Some((_, name)) = known {
                return name.clone();
            }
            let name = user.name();
            names.push((user, name.clone()));
            name
        };
        let now = SystemTime::now();
        let row = |offer: Offer| Row {
            pid: offer.pid.as_u32(),
            user: name_of(offer.user),
            uid: match offer.user.id() {
                id if id.bytes().all(|byte| byte.is_ascii_digit()) => {
                    id.parse::<u32>().map_or(Value::Null, Value::from)
                }
                id => Value::String(id),
            },
            name: offer.name,
            version: offer.version,
            started: offer.started.and_then(timestamp),
            uptime: offer.started.map(|started| {
                // A clock that was set back makes nobody older than himself.
                now.duration_since(started).unwrap_or_default().as_secs()
            }),
            container: offer.container.map(|container| Container {
                pid: container.pid.as_u32(),
                name: container.name,
            }),
            state: Cow::Borrowed(match offer.state {
                State::Armed => "armed",
                State::Open => "open",
                State::Stopped => "stopped",
                State::Disabled => "disabled",
                State::Stale => "stale",
                _ => "unknown",
            }),
        };
        Self(offers.into_iter().map(row).collect())
    }
}

impl Container {
    fn to_text(&self) -> String {
        let pid = format!("pid {}", self.pid);
        match &self.name {
            Some(name) => format!("{}, {pid}", abbreviated(name)),
            None => pid,
        }
    }
}

/// A name for a column of a table.
fn cut(text: &str) -> String {
    const LONGEST: usize = 32;

    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The name of a container, with its id as `docker ps` shows it.
fn abbreviated(name: &str) -> String {
    const ID: usize = 64;
    const SHOWN: usize = 12;

    let (runtime, id) = match name.rsplit_once('-') {
        Some((runtime, id)) => (format!("{runtime}-"), id),
        None => (String::new(), name),
    };
    match id.len() == ID && id.is_ascii() {
        true => format!("{runtime}{}", &id[..SHOWN]),
        false => cut(name),
    }
}

/// How long something has lasted, in its two largest units.
pub(crate) fn short(seconds: u64) -> String {
    let whole = humantime::format_duration(Duration::from_secs(seconds)).to_string();
    let units: Vec<_> = whole.split(' ').take(2).collect();
    units.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_cut_for_a_table() {
        let id = "4f0c1a2b3c4d".to_owned() + &"0".repeat(52);
        assert_eq!(abbreviated(&format!("docker-{id}")), "docker-4f0c1a2b3c4d");
        assert_eq!(abbreviated(&id), "4f0c1a2b3c4d");
        assert_eq!(abbreviated("lxc.payload.web"), "lxc.payload.web");
        assert_eq!(cut(&"é".repeat(33)).chars().count(), 33);
        assert_eq!(short(0), "0s");
        assert_eq!(short(90_061), "1day 1h");
    }
}
