//! [`Speaker`]: a way for two processes to speak with each other.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use teleop_bench_load::{Figures, Load};
use teleop_field::{Running, Sandbox};

use crate::{host::Host, place::Place, speakers::Speakers};

/// A way for two processes to speak with each other: a program, which is server and client in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speaker {
    /// What a line of the table is called.
    pub(crate) name: &'static str,
    program: &'static str,
    /// One of those that the program knows.
    way: &'static str,
}

pub(crate) const TELEOP: Speaker = Speaker::new("Teleop", "speak-teleop", "typed");
pub(crate) const DYNAMIC: Speaker = Speaker::new("Teleop, by schema", "speak-teleop", "dynamic");
pub(crate) const COMMAND: Speaker = Speaker::new("Teleop, a command", "speak-teleop", "command");
pub(crate) const ASYNC: Speaker =
    Speaker::new("Teleop, async command", "speak-teleop", "async command");
pub(crate) const CLASSIC: Speaker = Speaker::new("teleop 0.4.1", "speak-classic", "typed");
pub(crate) const BLOCKING: Speaker = Speaker::new("raw, blocking", "speak-raw", "blocking");
pub(crate) const SMOL: Speaker = Speaker::new("raw, smol", "speak-raw", "smol");
pub(crate) const REACTOR: Speaker = Speaker::new("raw, Teleop's reactor", "speak-raw", "reactor");
pub(crate) const ZBUS: Speaker = Speaker::new("zbus", "speak-zbus", "typed");
pub(crate) const TARPC: Speaker = Speaker::new("tarpc", "speak-tarpc", "typed");
pub(crate) const TONIC: Speaker = Speaker::new("tonic", "speak-tonic", "typed");
pub(crate) const ZLINK: Speaker = Speaker::new("zlink", "speak-zlink", "typed");

/// The server of Teleop without Teleop. Nobody can speak with it.
pub(crate) const ALONE: Speaker = Speaker::new("nothing", "speak-teleop", "alone");

/// Those of this package.
pub(crate) const OURS: [Speaker; 8] = [
    TELEOP, DYNAMIC, COMMAND, ASYNC, CLASSIC, BLOCKING, SMOL, REACTOR,
];

/// Those of the package of the other peers.
pub(crate) const OTHERS: [Speaker; 4] = [ZBUS, TARPC, TONIC, ZLINK];

impl Speaker {
    const fn new(name: &'static str, program: &'static str, way: &'static str) -> Self {
        Self { name, program, way }
    }

    /// Starts its server alone.
    pub(crate) fn serve(&self, sandbox: &Sandbox, speakers: &Speakers<'_>) -> Result<Host> {
        let mut server = sandbox.target(speakers.program(self.program)?);
        server.args(["serve", self.way]).arg(socket(sandbox));
        Host::start(&mut server)
    }
}

/// Where the two of a pair meet.
fn socket(sandbox: &Sandbox) -> PathBuf {
    sandbox.work().join("socket")
}

/// Two processes that speak with each other.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) speaker: Speaker,
    pub(crate) server: Host,
    pub(crate) client: Running,
    /// Whether the client did not answer, and is gone.
    is_stuck: bool,
    /// Where the two meet.
    _sandbox: Sandbox,
}

impl Pair {
    pub(crate) fn start(speaker: Speaker, place: &Place, speakers: &Speakers<'_>) -> Result<Self> {
        let sandbox = place.sandbox()?;
        let server = speaker.serve(&sandbox, speakers)?;
        let mut client = sandbox.client(speakers.program(speaker.program)?);
        client.args(["call", speaker.way]).arg(socket(&sandbox));
        client.arg(server.pid().to_string());
        Ok(Self {
            speaker,
            client: Running::start(&mut client)?,
            server,
            is_stuck: false,
            _sandbox: sandbox,
        })
    }

    /// Has the client carry out a load. Fails where it cannot, and says why; where it does not answer, as often
    /// as it is told anything.
    pub(crate) fn carry_out(&mut self, load: Load) -> Result<Figures> {
        self.begin(load)?;
        self.figures()
    }

    /// Has the client begin with a load.
    pub(crate) fn begin(&mut self, load: Load) -> Result<()> {
        ensure!(!self.is_stuck, "stuck before");
        self.client.say(load)
    }

    /// What the client says of the load that it was told to begin with.
    pub(crate) fn figures(&mut self) -> Result<Figures> {
        match self.client.line() {
            Ok(line) => line.parse(),
            Err(why) => {
                self.is_stuck = true;
                Err(why)
            }
        }
    }

    /// Has both count from now on how often they allocate memory.
    pub(crate) fn count_allocations(&mut self) -> Result<()> {
        self.client.say("count")?;
        self.server.allocations()?;
        Ok(())
    }

    /// Ends both.
    pub(crate) fn finish(self) -> Result<()> {
        if self.is_stuck {
            return Ok(()); // The rest is killed as it is dropped.
        }
        self.client.finish()?;
        self.server.finish()?;
        Ok(())
    }
}
