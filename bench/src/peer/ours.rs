//! [`Ours`]: Teleop, as this workspace has it.

use std::{path::PathBuf, process::Command};

use anyhow::Result;
use teleop_field::{Programs, Sandbox};

use crate::{peer::Peer, place::Place};

#[derive(Debug)]
pub(crate) struct Ours {
    target: PathBuf,
    library: PathBuf,
    client: PathBuf,
    program: PathBuf,
}

impl Ours {
    pub(crate) fn new(
        place: &Place,
        programs: &Programs,
        embedded: &Programs,
        shipped: &Programs,
    ) -> Result<Self> {
        Ok(Self {
            target: embedded.path("bench-embedded")?.to_owned(),
            library: programs.path("bench-attach")?.to_owned(),
            client: programs.path("bench-client")?.to_owned(),
            program: place.install(shipped.path("teleop")?)?,
        })
    }
}

impl Peer for Ours {
    fn name(&self) -> &'static str {
        "Teleop"
    }

    fn outside(&self) -> Option<&'static str> {
        Some("does not get in")
    }

    fn server(&self, sandbox: &Sandbox) -> Command {
        sandbox.target(&self.target)
    }

    fn library(&self, sandbox: &Sandbox) -> Option<Command> {
        Some(sandbox.client(&self.library))
    }

    fn program(&self, sandbox: &Sandbox, pid: u32) -> Command {
        let mut command = sandbox.client(&self.program);
        command.args(["call", &pid.to_string(), "echo", "hi"]);
        command
    }

    fn answer(&self) -> &'static str {
        "{\"reply\":\"hi\"}"
    }

    fn one_of_many(&self, sandbox: &Sandbox, pid: u32) -> Option<Command> {
        let mut command = sandbox.client(&self.client);
        command.args(["teleop", &pid.to_string()]);
        Some(command)
    }
}
