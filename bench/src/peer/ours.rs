//! [`Ours`]: Teleop, as this workspace has it.

use std::{path::PathBuf, process::Command};

use anyhow::Result;
use teleop_field::{Programs, Running, Sandbox};

use crate::peer::Peer;

#[derive(Debug)]
pub(crate) struct Ours {
    target: PathBuf,
    library: PathBuf,
    program: PathBuf,
}

impl Ours {
    pub(crate) fn new(programs: &Programs) -> Result<Self> {
        Ok(Self {
            target: programs.path("bench-embedded")?.to_owned(),
            library: programs.path("bench-attach")?.to_owned(),
            program: programs.path("teleop")?.to_owned(),
        })
    }
}

impl Peer for Ours {
    fn name(&self) -> &'static str {
        "Teleop"
    }

    fn target(&self, sandbox: &Sandbox) -> Result<Running> {
        let mut target = Running::start(&mut sandbox.target(&self.target))?;
        target.line()?;
        Ok(target)
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
}
