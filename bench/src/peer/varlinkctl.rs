//! [`Varlinkctl`]: systemd's client of Varlink, and a server by zlink.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};
use teleop_field::{Programs, Sandbox};

use crate::{
    Options,
    peer::{PROFILE, Peer, require},
};

pub(crate) const NAME: &str = "varlinkctl";

/// It is told a socket, and so finds no process by its id.
#[derive(Debug)]
pub(crate) struct Varlinkctl {
    server: PathBuf,
}

impl Varlinkctl {
    /// Builds the server. Fails where there is no `varlinkctl`, which systemd has from version 255 on.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        require(NAME)?;
        ensure!(!options.without_peers, "left out");
        // In a build of its own, as all of that package.
        let package = "--package=teleop-bench-peers";
        let programs = Programs::build(["--profile", PROFILE, package, "--bin=speak-zlink"])?;
        Ok(Self {
            server: programs.path("speak-zlink")?.to_owned(),
        })
    }
}

fn socket(sandbox: &Sandbox) -> PathBuf {
    sandbox.work().join("varlink")
}

impl Peer for Varlinkctl {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_told_where(&self) -> bool {
        true
    }

    fn is_embedded(&self) -> bool {
        false
    }

    fn server(&self, sandbox: &Sandbox) -> Command {
        let mut command = sandbox.target(&self.server);
        command.args(["serve", "typed"]).arg(socket(sandbox));
        command
    }

    fn program(&self, sandbox: &Sandbox, _pid: u32) -> Command {
        let mut command = sandbox.client(Path::new(NAME));
        command.arg("call");
        command.arg(format!("unix:{}", socket(sandbox).display()));
        command.args(["org.example.Echo.Echo", r#"{"message":"hi"}"#]);
        command
    }

    fn answer(&self) -> &'static str {
        "\"hi\""
    }
}
