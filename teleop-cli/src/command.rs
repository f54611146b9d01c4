//! [`Ready`]: a command of the target, made ready to be called.

use std::pin::pin;

use anyhow::Result;
use futures::StreamExt;
use serde_json::Value;
use teleop::{
    Error,
    operate::dynamic::{Command, CommandArguments, Commands, Json},
};

use crate::{
    address::choose_command, outcome::Outcome, output::Output, reader::while_read,
    session::Session, words::Words,
};

/// A command of the target, with what it is called with.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    commands: &'a Commands,
    command: &'a Command,
    arguments: Value,
}

/// How what it returns is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Text as it is.
    pub(crate) is_raw: bool,
    /// So many values.
    pub(crate) most: Option<u64>,
}

impl<'a> Ready<'a> {
    /// Reads the words. Where no command is named, it is the only one.
    pub(crate) async fn new(
        session: &Session,
        commands: &'a Commands,
        name: Option<&str>,
        words: &Words,
    ) -> Result<Self> {
        let command = choose_command(commands, name).map_err(|error| match error.downcast() {
            Ok(unnamed) => words.explain(unnamed).into(),
            Err(error) => error,
        })?;
        session.calls(commands.service(), Some(command.name()));
        let mut arguments = CommandArguments::new(command);
        words.add_to(&mut arguments, &session.clock).await?;
        Ok(Self {
            commands,
            command,
            arguments: arguments.into_value(),
        })
    }

    /// The name of the command.
    pub(crate) fn name(&self) -> &str {
        self.command.name()
    }

    /// Whether it returns many values.
    pub(crate) fn is_streaming(&self) -> bool {
        self.command.is_streaming()
    }

    /// Calls it. Where it returns many values, they are printed.
    pub(crate) async fn run(
        &self,
        session: &Session,
        manner: Manner,
        output: &Output,
    ) -> Result<Outcome> {
        self.check(manner)?;
        let name = self.name();
        if !self.is_streaming() {
            let value = self.commands.call(name, &self.arguments).await?;
            return Ok(Outcome::Json(value));
        }
        let most = usize::try_from(manner.most.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let values = self.commands.stream(name, &self.arguments)?;
        // Nobody knows when there is a value.
        session.clock.stop();
        let mut values = pin!(values.take(most));
        while_read(async {
            while let Some(value) = values.next().await {
                let value: Json = value?;
                match value.as_str() {
                    Some(text) if manner.is_raw => output.raw(text.as_bytes())?,
                    _ => output.line(&value)?,
                }
            }
            Ok(Outcome::Printed)
        })
        .await
    }

    /// Whether what is to be printed can be: before anything is called that may do something.
    fn check(&self, manner: Manner) -> Result<(), Error> {
        let name = self.name();
        let misfit = |option: &str, problem| Error::BadArgument {
            field: option.to_owned(),
            problem,
        };
        if manner.most.is_some() && !self.command.is_streaming() {
            let problem = format!("`{name}` returns one value, and no stream of them");
            return Err(misfit("--max", problem));
        }
        if manner.is_raw && !self.command.may_return_text() {
            let problem = format!("what `{name}` returns is no text");
            return Err(misfit("--raw", problem));
        }
        Ok(())
    }
}
