//! [`JavaClient`]: the clients of Java's Attach API.

use std::{path::Path, process::Command, rc::Rc};

use anyhow::Result;
use teleop_field::{Running, Sandbox};

use crate::peer::{Peer, java::Java, require};

/// The smallest one.
pub(crate) const JATTACH: Program = Program {
    name: "jattach",
    words: &["jcmd", "VM.uptime"],
    answer: "JVM response code = 0",
    is_slow_to_ask: false,
    outside: Some("does not get in"),
};

/// The one that comes with Java, and is written in it.
pub(crate) const JCMD: Program = Program {
    name: "jcmd",
    words: &["VM.uptime"],
    // It says for how many seconds the machine has run.
    answer: " s\n",
    is_slow_to_ask: true,
    outside: None,
};

/// A client, as a program; see [`Peer`].
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// What it is asked, behind the id of the process.
    words: &'static [&'static str],
    answer: &'static str,
    is_slow_to_ask: bool,
    outside: Option<&'static str>,
}

/// A client, and what it attaches to.
#[derive(Debug)]
pub(crate) struct JavaClient {
    program: Program,
    java: Rc<Java>,
}

impl JavaClient {
    /// Fails where there is no such program.
    pub(super) fn new(program: Program, java: Rc<Java>) -> Result<Self> {
        require(program.name)?;
        Ok(Self { program, java })
    }
}

impl Peer for JavaClient {
    fn name(&self) -> &'static str {
        self.program.name
    }

    fn is_slow_to_start(&self) -> bool {
        true
    }

    fn is_slow_to_ask(&self) -> bool {
        self.program.is_slow_to_ask
    }

    fn is_embedded(&self) -> bool {
        false
    }

    fn outside(&self) -> Option<&'static str> {
        self.program.outside
    }

    fn server(&self, sandbox: &Sandbox) -> Command {
        self.java.server(sandbox)
    }

    fn target(&self, sandbox: &Sandbox) -> Result<Running> {
        self.java.start(sandbox)
    }

    fn program(&self, sandbox: &Sandbox, pid: u32) -> Command {
        let mut command = sandbox.client(Path::new(self.program.name));
        command.arg(pid.to_string()).args(self.program.words);
        command
    }

    fn answer(&self) -> &'static str {
        self.program.answer
    }
}
