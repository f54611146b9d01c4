//! [`Classic`]: crate `teleop` 0.4.1 of the registry.

use std::{path::PathBuf, process::Command};

use anyhow::Result;
use teleop_field::{Programs, Running, Sandbox};

use crate::peer::Peer;

#[derive(Debug)]
pub(crate) struct Classic {
    target: PathBuf,
    library: PathBuf,
    program: PathBuf,
}

impl Classic {
    pub(crate) fn new(programs: &Programs) -> Result<Self> {
        Ok(Self {
            target: programs.path("classic-server")?.to_owned(),
            library: programs.path("bench-classic-attach")?.to_owned(),
            program: programs.path("classic-client")?.to_owned(),
        })
    }
}

impl Peer for Classic {
    fn name(&self) -> &'static str {
        "teleop 0.4.1"
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
        command.args([&pid.to_string(), "hi"]);
        command
    }

    fn answer(&self) -> &'static str {
        "hi"
    }
}
