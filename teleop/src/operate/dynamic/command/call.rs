//! Calls of commands.

use capnp::traits::HasTypeId;
use futures::{Stream, StreamExt, stream};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use teleop_schema::command_capnp::commands;

use super::Commands;
use crate::{
    error::{Error, Result},
    operate::dynamic::{Schema, ordered::Ordered, remote::report, told::told},
};

/// A value that a command returned. Serialized, its objects have their members in the order in which the
/// process wrote them.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(Ordered);

impl Commands {
    /// Calls a command that returns one value.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchMethod`]; [`Error::BadArgument`] where the arguments do not fit; [`Error::Remote`]
    /// where the command failed.
    pub async fn call(&self, name: &str, arguments: &Value) -> Result<Json> {
        let command = self.command(name)?;
        let mut request = self.client.call_request();
        request.get().set_command(&command.name);
        request.get().set_arguments(arguments.to_string());
        let response = request.send().promise.await.map_err(told)?;
        Json::read(response.get()?.get_result()?.as_bytes())
    }

    /// Calls a command: each of the values that it returns, as soon as it is there.
    ///
    /// The command waits for whoever reads the stream. Dropping the stream cancels the call.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchMethod`]; those of [`call`](Self::call), as items.
    pub fn stream(
        &self,
        name: &str,
        arguments: &Value,
    ) -> Result<impl Stream<Item = Result<Json>> + use<>> {
        let command = self.command(name)?;
        let schema = Schema::from_bytes(teleop_schema::COMMAND)?;
        let interface = schema.interface(commands::Client::TYPE_ID)?;
        let method = interface.method("stream").expect("it has it");
        let arguments = json!({"command": command.name, "arguments": arguments.to_string()});
        let items = report(&self.client.client, &method, arguments)?;
        Ok(items.flat_map(|item| {
            stream::iter(match item {
                Ok(mut item) => values(item["json"].take()),
                Err(Error::Remote(error)) => vec![Err(told(error))],
                Err(error) => vec![Err(error)],
            })
        }))
    }
}

/// The values that were handed on together: one, or a list of them.
fn values(json: Value) -> Vec<Result<Json>> {
    let read = |json: &Value| Json::read(json.as_str().unwrap_or_default().as_bytes());
    match &json {
        Value::Array(several) => several.iter().map(read).collect(),
        one => vec![read(one)],
    }
}

impl Json {
    fn read(text: &[u8]) -> Result<Self> {
        let read = serde_json::from_slice(text).map(Self);
        read.map_err(|error| Error::Protocol {
            problem: format!("what a command returned is no JSON: {error}"),
        })
    }

    /// The value; its objects are in no order.
    pub fn to_value(&self) -> Value {
        self.0.to_value()
    }

    /// The text, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Ordered::Value(value) => value.as_str(),
            _ => None,
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
