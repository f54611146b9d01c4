//! [`Classic`]: crate `teleop` 0.4.1 of the registry.

use std::{path::PathBuf, process::Command};

use anyhow::Result;
use teleop_field::{Programs, Sandbox};

use crate::{peer::Peer, place::Place};

#[derive(Debug)]
pub(crate) struct Classic {
    target: PathBuf,
    library: PathBuf,
    client: PathBuf,
    program: PathBuf,
}

impl Classic {
    pub(crate) fn new(place: &Place, programs: &Programs) -> Result<Self> {
        Ok(Self {
            target: programs.path("classic-server")?.to_owned(),
            library: programs.path("bench-classic-attach")?.to_owned(),
            client: programs.path("bench-client")?.to_owned(),
            program: place.install(programs.path("classic-client")?)?,
        })
    }
}

impl Peer for Classic {
    fn name(&self) -> &'static str {
        "teleop 0.4.1"
    }

    fn outside(&self) -> Option<&'static str> {
        Some("does not find it: looks on the host")
    }

    fn server(&self, sandbox: &Sandbox) -> Command {
        sandbox.target(&self.target)
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

    fn one_of_many(&self, sandbox: &Sandbox, pid: u32) -> Option<Command> {
        let mut command = sandbox.client(&self.client);
        command.args(["classic", &pid.to_string()]);
        Some(command)
    }
}
