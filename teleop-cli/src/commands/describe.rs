//! `teleop describe`: what the services of a process understand.

use anyhow::Result;
use clap::Args;
use futures::future;
use serde::Serialize;
use serde_json::Value;
use teleop::{
    Error, Remote,
    operate::dynamic::{Command, Commands, Interface, Method, Template},
};

use crate::{
    address::{Address, Found, choose, choose_command},
    cli::Options,
    given::{Given, SchemaOptions},
    neutral::Neutral,
    output::Output,
    paint::{COMMENT, paint},
    session::{Session, attached},
    target::Selection,
};

#[derive(Args, Debug)]
#[command(after_help = "\
It is shown as Cap'n Proto text, everywhere; with --json the same as data. A
command is shown as it is called, and has its JSON Schema in the data. Without
SERVICE all services are shown.

Examples:
  teleop describe 4242
  teleop describe 4242 jobs.submit
  teleop describe 4242 jobs.submit --template > job.json
  teleop call 4242 jobs.submit @job.json")]
pub(crate) struct Describe {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// What to describe
    #[arg(value_name = "SERVICE[.METHOD]")]
    service: Option<String>,

    /// Show what a call takes, as JSON to be filled in
    #[arg(long, requires = "service")]
    template: bool,
    #[command(flatten)]
    schema: SchemaOptions,
}

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Described {
    All(Vec<Service>),
    Interface(Interface),
    Method(Method),
    Commands(Commands),
    Command(Command),
    Template(Template),
}

/// One of all services. As JSON this is a contract: every key is always there.
#[derive(Debug, Serialize)]
pub(crate) struct Service {
    service: String,
    /// `None` where it does not describe itself.
    interface: Option<Value>,
    /// What is wrong with how it describes itself.
    problem: Option<String>,
    #[serde(skip)]
    text: String,
}

impl Describe {
    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        let given = self.given()?;
        let ask = async |session: &Session, _: &Output| self.ask(session, given.as_ref()).await;
        attached(
            &self.selection,
            options,
            output,
            ask,
            |described, output| described.show(output),
        )
    }

    /// What is wrong with the words is known before anybody is asked; and the schema that was given.
    pub(crate) fn given(&self) -> Result<Option<Given>> {
        self.service.as_deref().map(Address::parse).transpose()?;
        self.schema.load()
    }

    /// Asks the process.
    pub(crate) async fn ask(&self, session: &Session, given: Option<&Given>) -> Result<Described> {
        let remote = &session.remote;
        match &self.service {
            Some(service) => self.one(Address::parse(service)?, remote, given).await,
            None => Ok(Described::All(all(remote).await?)),
        }
    }

    /// What is described.
    pub(crate) fn address(&self) -> Option<&str> {
        self.service.as_deref()
    }

    async fn one(
        &self,
        address: Address<'_>,
        remote: &Remote,
        given: Option<&Given>,
    ) -> Result<Described> {
        let found = address.find(remote, given).await?;
        if let Some(commands) = found.commands {
            if !self.template && found.method.is_none() {
                return Ok(Described::Commands(commands));
            }
            let command = choose_command(&commands, found.method)?;
            return Ok(match self.template {
                true => Described::Template(command.template()),
                false => Described::Command(command.clone()),
            });
        }
        if self.template {
            return Ok(Described::Template(found.method()?.template()));
        }
        let Found {
            service,
            method,
            interface,
            ..
        } = found;
        Ok(match method {
            Some(name) => Described::Method(choose(&interface, service, Some(name))?),
            None => Described::Interface(interface),
        })
    }
}

/// All services, also those that do not describe themselves.
async fn all(remote: &Remote) -> Result<Vec<Service>, Error> {
    let services = remote.services().await?;
    // All questions go out together.
    let described = services.iter().map(async |service| {
        let interface = match shown(remote, &service.name).await {
            Ok(shown) => Ok(Some(shown)),
            Err(Error::Undescribed { .. }) => Ok(None),
            Err(error @ (Error::BadSchema { .. } | Error::Protocol { .. })) => {
                Err(error.to_string())
            }
            Err(error) => return Err(error),
        };
        Ok(Service::new(&service.name, interface))
    });
    future::try_join_all(described).await
}

/// What a service understands, as text and as data.
async fn shown(remote: &Remote, service: &str) -> Result<(String, Value), Error> {
    if let Some(commands) = remote.commands(service).await? {
        return Ok((paint(&commands.text()), commands.describe()));
    }
    let interface = remote.describe(service).await?;
    Ok((paint(&interface.text()), interface.describe()))
}

impl Service {
    fn new(name: &str, shown: Result<Option<(String, Value)>, String>) -> Self {
        let comment = |line: &str| format!("{COMMENT}# {}{COMMENT:#}\n", Neutral(line));
        let (text, interface, problem) = match shown {
            Ok(Some((text, data))) => {
                let text = comment(&format!("service `{name}`")) + &text;
                (text, Some(data), None)
            }
            Ok(None) => {
                let text = comment(&format!("service `{name}`, which does not describe itself"));
                (text, None, None)
            }
            Err(problem) => {
                let text = comment(&format!("service `{name}`: {problem}"));
                (text, None, Some(problem))
            }
        };
        Self {
            service: name.to_owned(),
            interface,
            problem,
            text,
        }
    }
}

impl Described {
    pub(crate) fn show(&self, output: &Output) -> Result<()> {
        match self {
            Self::Template(template) if output.is_json() => output.json(template),
            Self::Template(template) => output.indented(template),
            described if output.is_json() => output.json(&described.data()),
            described => output.text(&described.text()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::All(services) if services.is_empty() => "# no services\n".to_owned(),
            Self::All(services) => {
                let texts: Vec<_> = services.iter().map(|it| it.text.as_str()).collect();
                texts.join("\n")
            }
            Self::Interface(interface) => paint(&interface.text()),
            Self::Method(method) => paint(&method.text()),
            Self::Commands(commands) => paint(&commands.text()),
            Self::Command(command) => paint(&command.text()),
            Self::Template(template) => template.to_string(),
        }
    }

    fn data(&self) -> Value {
        let data = match self {
            Self::All(services) => serde_json::to_value(services),
            Self::Interface(interface) => Ok(interface.describe()),
            Self::Method(method) => Ok(method.describe()),
            Self::Commands(commands) => Ok(commands.describe()),
            Self::Command(command) => Ok(command.describe()),
            Self::Template(template) => serde_json::to_value(template),
        };
        data.unwrap_or_default()
    }
}
