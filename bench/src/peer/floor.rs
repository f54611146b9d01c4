//! [`Floor`]: a program that connects to a socket and has a word come back, and does nothing else.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use teleop_field::{Programs, Sandbox};

use crate::{peer::Peer, place::Place};

pub(crate) const IN_C: &str = "connect only, C";
const IN_RUST: &str = "connect only, Rust";

/// What no program that asks another one can fall below. It finds nobody, and checks nobody.
#[derive(Debug)]
pub(crate) struct Floor {
    name: &'static str,
    server: PathBuf,
    program: PathBuf,
    /// One of many that do the same at once.
    client: Option<PathBuf>,
}

impl Floor {
    /// In the language of the others.
    pub(crate) fn in_rust(place: &Place, programs: &Programs) -> Result<Self> {
        let server = programs.path("bench-floor")?.to_owned();
        Ok(Self {
            name: IN_RUST,
            program: place.install(&server)?,
            server,
            client: Some(programs.path("bench-client")?.to_owned()),
        })
    }

    /// Compiles it. Fails where there is no `cc`.
    pub(crate) fn in_c(place: &Place, programs: &Programs) -> Result<Self> {
        let built = place.directory("compiled")?.join("floor");
        let compiled = Command::new("cc")
            .args(["-O2", "-o"])
            .arg(&built)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("floor.c"))
            .status()
            .context("no `cc` here")?;
        ensure!(compiled.success(), "`cc` failed");
        Ok(Self {
            name: IN_C,
            server: programs.path("bench-floor")?.to_owned(),
            program: place.install(&built)?,
            client: None,
        })
    }

    fn socket(&self, sandbox: &Sandbox) -> PathBuf {
        sandbox.work().join(self.name)
    }
}

impl Peer for Floor {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_embedded(&self) -> bool {
        false
    }

    fn server(&self, sandbox: &Sandbox) -> Command {
        let mut command = sandbox.target(&self.server);
        command.arg("serve").arg(self.socket(sandbox));
        command
    }

    fn program(&self, sandbox: &Sandbox, _pid: u32) -> Command {
        let mut command = sandbox.client(&self.program);
        command.arg(self.socket(sandbox));
        command
    }

    fn answer(&self) -> &'static str {
        "hi"
    }

    fn one_of_many(&self, sandbox: &Sandbox, _pid: u32) -> Option<Command> {
        let mut command = sandbox.client(self.client.as_ref()?);
        command.arg("floor").arg(self.socket(sandbox));
        Some(command)
    }
}
