//! What may come next on a command line. What follows from the grammar, clap knows; what the process
//! offers, the process is asked.

mod argument;
mod candidate;
mod context;
mod line;
mod process;
mod service;
mod session;
mod target;

use std::{env, ffi::OsStr, sync::Arc};

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use crate::{cli::Cli, commands::help};

pub(crate) use candidate::Candidate;
pub(crate) use line::Line;
pub(crate) use session::{Names, in_session};
pub(crate) use target::limit;

use context::Context;

/// What may come next; nothing, where that is not known.
pub(crate) fn candidates(line: &Line) -> Vec<Candidate> {
    let context = Arc::new(Context::of(&line.words));
    let mut words = context.words.clone();
    let index = words.len();
    words.push(line.current.clone().into());
    let here = env::current_dir().ok();
    let found = complete(&mut grammar(&context), words, index, here.as_deref());
    let mut found: Vec<_> = found
        .unwrap_or_default()
        .into_iter()
        .map(Candidate::from)
        .collect();
    // Where no dash was typed, options are not what is looked for; a shell would insert the dashes.
    if line.current.is_empty() {
        found.retain(|it| !it.value.starts_with('-'));
    }
    found
}

/// The grammar, which knows how to find what stands for something of a process.
fn grammar(context: &Arc<Context>) -> clap::Command {
    let complete_with = |find: fn(&Context, &str) -> Vec<Candidate>| {
        let context = context.clone();
        ArgValueCompleter::new(move |current: &OsStr| -> Vec<CompletionCandidate> {
            let found = current.to_str().map(|current| find(&context, current));
            found.into_iter().flatten().map(Into::into).collect()
        })
    };
    Cli::grammar().mut_subcommands(|verb| {
        verb.mut_args(|arg| match arg.get_id().as_str() {
            _ if context::is_process(&arg) => arg.add(complete_with(process::candidates)),
            "service" => arg.add(complete_with(service::candidates)),
            "arguments" | "literal" => arg.add(complete_with(argument::candidates)),
            "subject" => arg.add(complete_with(|_, current| help::subjects(current))),
            _ => arg,
        })
    })
}
