//! Commands as data: what [`Text`](super::super::Text) says, for programs.

use serde_json::{Value, json};

use super::{Command, Commands};

impl Commands {
    /// The commands as JSON: their names and comments, and what each takes and returns as JSON Schema.
    pub fn describe(&self) -> Value {
        let methods = self.list.iter().map(Command::describe);
        json!({
            "kind": "commands",
            "name": &*self.service,
            "methods": methods.collect::<Value>(),
        })
    }
}

impl Command {
    /// The command as JSON: its name and comment, and what it takes and returns as JSON Schema.
    pub fn describe(&self) -> Value {
        json!({
            "kind": "command",
            "name": self.name,
            "service": &*self.service,
            "doc": self.doc,
            "parameters": self.parameters,
            "arguments": self.arguments,
            "result": self.result,
            "streaming": self.is_streaming,
        })
    }
}
