//! What a method is called with; and which method of what it returns.

use std::ffi::OsStr;

use anyhow::{Context as _, Result};
use clap_complete::engine::{PathCompleter, ValueCompleter};
use serde_json::Value;
use teleop::{
    Remote,
    operate::dynamic::{Arguments, CommandArguments, Interface, Method},
};

use super::{Candidate, Context, service::of_interface, target::ask};
use crate::{
    address::{Address, choose, choose_command},
    words::Collect,
};

/// The names of parameters that are not given yet, the values of the next one, and files.
pub(super) fn candidates(context: &Context, current: &str) -> Vec<Candidate> {
    if let Some(files) = files(current) {
        return files;
    }
    ask(context, async |remote| {
        offered(remote, context, current).await
    })
    .unwrap_or_default()
}

/// `@FILE` and `NAME=@FILE`.
pub(super) fn files(current: &str) -> Option<Vec<Candidate>> {
    let at = current.find('@')?;
    let (before, path) = current.split_at(at + 1);
    if !(at == 0 || before.ends_with("=@")) || path.starts_with('@') {
        return None;
    }
    let found = PathCompleter::any().complete(OsStr::new(path));
    let found = found
        .into_iter()
        .map(|it| Candidate::from(it.add_prefix(before)));
    Some(found.collect())
}

/// The same, of a process that can be asked.
pub(super) async fn offered(
    remote: &Remote,
    context: &Context,
    current: &str,
) -> Result<Vec<Candidate>> {
    let service = context.service.as_deref().context("no service")?;
    let found = Address::parse(service)?.find(remote, None).await?;
    if let Some(commands) = &found.commands {
        let command = choose_command(commands, found.method)?;
        let arguments = CommandArguments::new(command);
        return Ok(following(arguments, &context.arguments, current));
    }
    of_method(found.method()?, context, current)
}

/// What a method is called with, and what it returns.
pub(super) fn of_method(
    mut method: Method,
    context: &Context,
    current: &str,
) -> Result<Vec<Candidate>> {
    let mut words = &context.arguments[..];
    for (index, link) in context.then.iter().enumerate() {
        let Some((target, rest)) = link.split_first() else {
            // The last one: an empty one is no call.
            let is_last = index + 1 == context.then.len();
            return Ok(if is_last {
                callable(&method)
            } else {
                Vec::new()
            });
        };
        method = called(&method, target)?;
        words = rest;
    }
    let mut arguments = Arguments::new(&method);
    // These the command plays itself.
    for (parameter, interface) in method.params().capabilities() {
        if interface.is_some() {
            let _ = arguments.json(parameter, Value::Null); // It is given but once.
        }
    }
    Ok(following(arguments, words, current))
}

/// What may follow these words.
fn following(mut arguments: impl Collect, words: &[String], current: &str) -> Vec<Candidate> {
    words.iter().for_each(|word| arguments.skip(word));
    let mut found = match current.split_once('=') {
        Some((name, _)) => {
            let choices = arguments
                .choices(Some(name))
                .into_iter()
                .map(|it| Candidate::new(it, ""));
            let plain = choices.filter(Candidate::is_plain);
            plain
                .map(|it| Candidate::new(format!("{name}={}", it.value), ""))
                .collect()
        }
        None => {
            let choices = arguments.choices(None).into_iter();
            let mut found: Vec<_> = choices.map(|it| Candidate::new(it, "")).collect();
            let missing = arguments.missing();
            let names = missing.iter().filter(|it| is_name(&it.name));
            found.extend(names.map(|it| Candidate::new(format!("{}=", it.name), &it.doc)));
            found
        }
    };
    found.retain(Candidate::is_plain);
    found
}

/// Whether it would be read as the name of a parameter.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.chars().all(is_part)
}

/// The methods of the capabilities that a method returns, as they stand after a `--then`.
fn callable(method: &Method) -> Vec<Candidate> {
    let Some(results) = method.results() else {
        return Vec::new();
    };
    let offer = |before: &str, interface: &Interface| -> Vec<_> {
        let methods = of_interface(interface).into_iter();
        let offered = methods.map(|(name, doc)| Candidate::new(format!("{before}{name}"), &doc));
        offered.filter(Candidate::is_plain).collect()
    };
    if let Ok(Some(only)) = results.capability(None) {
        return offer("", &only);
    }
    let several = results.capabilities().into_iter();
    let several =
        several.filter_map(|(name, interface)| Some(offer(&format!("{name}."), &interface?)));
    several.flatten().collect()
}

/// The method that `METHOD` or `PATH.METHOD` stands for, of what a method returns.
fn called(method: &Method, target: &str) -> Result<Method> {
    let (path, name) = match target.rsplit_once('.') {
        Some((path, name)) => (Some(path), name),
        None => (None, target),
    };
    let results = method.results().context("it returns nothing")?;
    let interface = results
        .capability(path)?
        .context("nobody knows what it is")?;
    choose(&interface, interface.name(), Some(name))
}
