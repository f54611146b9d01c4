//! A process that says nonsense of its commands, or answers with it.

use std::rc::Rc;

use async_io::block_on;
use futures::TryStreamExt;
use serde_json::json;
use teleop_schema::command_capnp::commands;

use super::super::{Command, CommandArguments, Commands};
use crate::{Error, Result};

/// What it says, whatever it is asked.
struct Liar {
    schema: String,
    answer: String,
}

impl commands::Server for Liar {
    async fn commands(
        self: Rc<Self>,
        _: commands::CommandsParams,
        mut results: commands::CommandsResults,
    ) -> capnp::Result<()> {
        let mut list = results.get().init_commands(2);
        for (index, name) in ["one", "many"].iter().enumerate() {
            let mut command = list.reborrow().get(index as u32);
            command.set_name(name);
            command.set_doc("\u{1b}[31m");
            command.set_streams(index == 1);
            command.set_arguments(&*self.schema);
            command.set_result(&*self.schema);
            let mut names = command.init_parameters(2);
            names.set(0, "a");
            names.set(1, "a");
        }
        Ok(())
    }

    async fn call(
        self: Rc<Self>,
        _: commands::CallParams,
        mut results: commands::CallResults,
    ) -> capnp::Result<()> {
        results.get().set_result(&*self.answer);
        Ok(())
    }

    async fn stream(
        self: Rc<Self>,
        params: commands::StreamParams,
        _: commands::StreamResults,
    ) -> capnp::Result<()> {
        let items = params.get()?.get_items()?;
        for json in ["1", &self.answer] {
            let mut request = items.item_request();
            request.get().set_json(json);
            request.send().await?;
        }
        Ok(())
    }
}

fn ask(schema: &str, answer: &str) -> Result<Commands> {
    let client = capnp_rpc::new_client(Liar {
        schema: schema.to_owned(),
        answer: answer.to_owned(),
    });
    block_on(Commands::ask("cache", client))
}

/// Does with a command whatever can be done without calling it.
fn look_at(command: &Command) {
    let _ = command.text().to_string();
    let _ = command.describe().to_string();
    let _ = command.template().to_string();
    let _ = command.may_return_text();
    for words in [
        &["1", "2"][..],
        &["a=x"],
        &["a.b.c=1"],
        &["{}"],
        &["b=1"],
        &["[1]"],
    ] {
        let mut arguments = CommandArguments::new(command);
        let _ = words.iter().try_for_each(|word| arguments.word(word));
        let _ = arguments.into_value();
    }
}

#[test]
fn a_schema_that_is_nonsense_does_no_harm() {
    let tower = format!("{}1{}", r#"{"items":"#.repeat(120), "}".repeat(120));
    for schema in [
        "1",
        "null",
        "[]",
        r##"{"$ref": "#"}"##,
        r##"{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}"##,
        r##"{"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}"##,
        r##"{"type": "array", "items": {"$ref": "#"}}"##,
        r##"{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a", "b", 1]}"##,
        r##"{"type": "array", "prefixItems": [{"$ref": "#"}, {"$ref": "#"}]}"##,
        r#"{"type": [], "enum": [], "properties": 1, "required": {}, "anyOf": {}}"#,
        r#"{"type": "object", "properties": {"a": {"default": {"b": 1}}}}"#,
        &tower,
    ] {
        let commands = ask(schema, "1").unwrap();
        let _ = commands.text().to_string();
        commands.list().iter().for_each(look_at);
    }
    for schema in ["", "{", &"[".repeat(1 << 20)] {
        assert!(matches!(ask(schema, "1"), Err(Error::BadSchema { .. })));
    }
}

#[test]
fn an_answer_that_is_no_json_makes_no_sense() {
    for answer in ["", "nonsense", "1 2", &"[".repeat(1 << 20)] {
        let commands = ask("{}", answer).unwrap();
        let called = block_on(commands.call("one", &json!({})));
        assert!(matches!(called, Err(Error::Protocol { .. })), "{answer}");
        let mut values = Box::pin(commands.stream("many", &json!({})).unwrap());
        assert_eq!(block_on(values.try_next()).unwrap().unwrap().to_value(), 1);
        let second = block_on(values.try_next());
        assert!(matches!(second, Err(Error::Protocol { .. })), "{answer}");
    }
}
