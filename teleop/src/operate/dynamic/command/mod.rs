//! [`Commands`]: the commands of a service, as whoever calls them sees them.

mod accepts;
mod arguments;
mod call;
mod describe;
mod json_schema;
mod parameter;
mod template;
mod text;

use std::rc::Rc;

use serde_json::Value;
use teleop_schema::command_capnp::{command, commands};

pub use arguments::CommandArguments;
pub use call::Json;

use accepts::Accepts;
use json_schema::JsonSchema;

use crate::error::{Error, Result};

/// The commands of a service: what [`Remote::commands`](crate::Remote::commands) returns.
#[derive(Clone)]
pub struct Commands {
    service: Rc<str>,
    client: commands::Client,
    list: Rc<[Command]>,
}

/// A command of a process, as the process describes it.
///
/// # Security
///
/// All of it is what the process says: names and comments hold whatever their author put there, and
/// a JSON Schema is no more than a hint.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    service: Rc<str>,
    name: String,
    doc: Option<String>,
    parameters: Vec<String>,
    arguments: Option<Value>,
    result: Option<Value>,
    is_streaming: bool,
}

/// More than any honest process has.
const MOST_COMMANDS: u32 = 1 << 16;
const MOST_PARAMETERS: u32 = 1 << 12;

impl Commands {
    pub(super) async fn ask(service: &str, client: commands::Client) -> Result<Self> {
        let response = client.commands_request().send().promise.await?;
        let list = response.get()?.get_commands()?;
        if list.len() > MOST_COMMANDS {
            return Err(Error::Protocol {
                problem: format!("it says that it has {} commands", list.len()),
            });
        }
        let service: Rc<str> = service.into();
        let commands = list.iter().map(|it| Command::read(&service, it));
        Ok(Self {
            list: commands.collect::<Result<_>>()?,
            service,
            client,
        })
    }

    /// The name of the service.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The commands, in the order of their names.
    pub fn list(&self) -> &[Command] {
        &self.list
    }

    /// The command of this name: the last part of its whole name.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchMethod`], with what there is.
    pub fn command(&self, name: &str) -> Result<&Command> {
        let found = self.list.iter().find(|command| command.name == name);
        found.ok_or_else(|| Error::NoSuchMethod {
            service: self.service.to_string(),
            method: name.to_owned(),
            known: self.list.iter().map(|it| it.name.clone()).collect(),
        })
    }
}

impl Command {
    fn read(service: &Rc<str>, reader: command::Reader<'_>) -> Result<Self> {
        let parameters = reader.get_parameters()?;
        if parameters.len() > MOST_PARAMETERS {
            return Err(Error::Protocol {
                problem: format!("a command says that it has {} parameters", parameters.len()),
            });
        }
        let parameters = parameters.iter().map(text);
        Ok(Self {
            service: service.clone(),
            name: text(reader.get_name())?,
            doc: reader
                .has_doc()
                .then(|| text(reader.get_doc()))
                .transpose()?,
            parameters: parameters.collect::<Result<_>>()?,
            arguments: reader
                .has_arguments()
                .then(|| schema(reader.get_arguments()))
                .transpose()?,
            result: reader
                .has_result()
                .then(|| schema(reader.get_result()))
                .transpose()?,
            is_streaming: reader.get_streams(),
        })
    }

    /// Its name: the last part of its whole name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does, in one line.
    pub fn doc(&self) -> Option<&str> {
        self.doc.as_deref()
    }

    /// The members of the object that it takes, in the order in which they are declared. Empty where it
    /// takes no object, or one of any members.
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// A JSON Schema of what it takes, where that is known.
    pub fn arguments(&self) -> Option<&Value> {
        self.arguments.as_ref()
    }

    /// A JSON Schema of what it returns, of each value where there are many; where that is known.
    pub fn result(&self) -> Option<&Value> {
        self.result.as_ref()
    }

    /// Whether it returns many values, one after the other.
    pub fn is_streaming(&self) -> bool {
        self.is_streaming
    }

    /// Whether it may return text, as far as its JSON Schema tells: what `--raw` prints as it is.
    pub fn may_return_text(&self) -> bool {
        let accepts = Accepts::of(self.returns());
        accepts.is_anything() || accepts.takes("string")
    }

    fn takes(&self) -> JsonSchema<'_> {
        JsonSchema::new(self.arguments.as_ref())
    }

    fn returns(&self) -> JsonSchema<'_> {
        JsonSchema::new(self.result.as_ref())
    }
}

fn text(reader: capnp::Result<capnp::text::Reader<'_>>) -> Result<String> {
    Ok(reader?.to_string().map_err(capnp::Error::from)?)
}

fn schema(reader: capnp::Result<capnp::text::Reader<'_>>) -> Result<Value> {
    serde_json::from_slice(reader?.as_bytes()).map_err(|error| Error::BadSchema {
        problem: format!("it is no JSON: {error}"),
    })
}

impl std::fmt::Debug for Commands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.list.iter().map(Command::name);
        f.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
impl Command {
    /// A command that takes this.
    fn taking(parameters: &[&str], arguments: Option<Value>) -> Self {
        Self {
            service: "cache".into(),
            name: "clear".to_owned(),
            doc: None,
            parameters: parameters.iter().map(|&it| it.to_owned()).collect(),
            arguments,
            result: None,
            is_streaming: false,
        }
    }
}
