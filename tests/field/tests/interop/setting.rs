//! [`Setting`]: who takes part in a claim, and where.

use std::{ops::Deref, path::Path, process::Command, sync::LazyLock};

use anyhow::{Result, ensure};
use teleop_field::{Finished, Programs, Running, Sandbox};

/// How the field asks for a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attacher {
    #[cfg(feature = "inotify")]
    Inotify,
    Unix,
}

impl Attacher {
    /// The arguments that make our programs use it.
    fn ours(self) -> &'static [&'static str] {
        match self {
            // What they find by themselves.
            #[cfg(feature = "inotify")]
            Self::Inotify => &[],
            Self::Unix => &["--attacher", "unix"],
        }
    }

    /// The argument that makes the field's programs use it.
    fn theirs(self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "inotify")]
            Self::Inotify => None,
            // Their default, where the feature is missing.
            Self::Unix => cfg!(feature = "inotify").then_some("unix"),
        }
    }
}

/// The directories, and the attacher, of one claim.
#[derive(Debug)]
pub(crate) struct Setting {
    sandbox: Sandbox,
    attacher: Attacher,
}

impl Setting {
    pub(crate) fn new(attacher: Attacher) -> Result<Self> {
        let sandbox = Sandbox::new()?;
        Ok(Self { sandbox, attacher })
    }

    /// Starts a server of the field, which waits for requests from then on.
    pub(crate) fn their_server(&self) -> Result<Running> {
        let program = Path::new(env!("CARGO_BIN_EXE_classic-server"));
        let mut server = Running::start(self.sandbox.target(program).args(self.attacher.theirs()))?;
        let line = server.line()?;
        ensure!(line == format!("PID: {}", server.pid()), "it said `{line}`");
        Ok(server)
    }

    /// Starts our example, which serves the classic layout too from then on.
    pub(crate) fn our_server(&self) -> Result<Running> {
        let mut server = Running::start(
            self.sandbox
                .target(OURS.path("server")?)
                .arg("--classic")
                .args(self.attacher.ours()),
        )?;
        let line = server.line()?;
        ensure!(line == format!("pid: {}", server.pid()), "it said `{line}`");
        Ok(server)
    }

    /// Runs the field's client to its end: it attaches to `target` and has it echo `message`.
    pub(crate) fn their_client(&self, target: &Running, message: &str) -> Result<Finished> {
        let program = Path::new(env!("CARGO_BIN_EXE_classic-client"));
        Running::start(
            self.sandbox
                .client(program)
                .args([&target.pid().to_string(), message])
                .args(self.attacher.theirs()),
        )?
        .finish()
    }

    /// Runs our command to its end, as it takes to reach a target with this attacher: `verb`, the id
    /// of `target`, and `rest`.
    pub(crate) fn our_command(
        &self,
        verb: &str,
        target: &Running,
        rest: &[&str],
    ) -> Result<Finished> {
        let mut command = self.command(verb, target, rest)?;
        Running::start(command.args(self.attacher.ours()))?.finish()
    }

    /// The same, without a word on the attacher.
    pub(crate) fn our_plain_command(
        &self,
        verb: &str,
        target: &Running,
        rest: &[&str],
    ) -> Result<Finished> {
        Running::start(&mut self.command(verb, target, rest)?)?.finish()
    }

    fn command(&self, verb: &str, target: &Running, rest: &[&str]) -> Result<Command> {
        let mut command = self.sandbox.client(OURS.path("teleop")?);
        // Longer than a test waits: a command that waits for its deadline does not pass.
        command.args(["--timeout", "10m", verb, &target.pid().to_string()]);
        command.args(rest);
        Ok(command)
    }
}

impl Deref for Setting {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

/// Our command and our example server, as the workspace's default members make them.
static OURS: LazyLock<Programs> = LazyLock::new(|| {
    Programs::build(["--bin", "teleop", "--example", "server"]).expect("they can be built")
});
