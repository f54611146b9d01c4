//! The verbs, one file each.

pub(crate) mod attach;
pub(crate) mod bridge;
pub(crate) mod call;
pub(crate) mod complete;
pub(crate) mod completions;
pub(crate) mod describe;
pub(crate) mod doctor;
pub(crate) mod help;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod ps;
pub(crate) mod shell;
mod topic;
pub(crate) mod watch;

use anyhow::Result;

use crate::{
    cli::{Cli, Verb},
    output::Output,
};

/// Does what the command line says.
pub(crate) fn run(cli: &Cli, output: &Output) -> Result<()> {
    let options = &cli.options;
    match &cli.verb {
        Verb::Ps(ps) => ps.run(options, output),
        Verb::Attach(attach) => attach.run(options, output),
        Verb::List(list) => list.run(options, output),
        Verb::Call(call) => call.run(options, output),
        Verb::Watch(watch) => watch.run(options, output),
        Verb::Shell(shell) => shell.run(options, output),
        Verb::Bridge(bridge) => bridge.run(options, output),
        Verb::Describe(describe) => describe.run(options, output),
        Verb::Doctor(doctor) => doctor.run(&cli.verb, options, output),
        Verb::Completions(completions) => completions.run(output),
        Verb::Complete(complete) => complete.run(output),
        Verb::Man(man) => man.run(output),
        Verb::Help(help) => help.run(output),
    }
}
