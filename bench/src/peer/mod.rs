//! [`Peer`]: something that attaches to a process. One file each.

mod busctl;
mod classic;
mod floor;
mod java;
mod java_client;
mod ours;
mod varlinkctl;

use std::{
    fmt::Debug,
    path::Path,
    process::{Command, Stdio},
    rc::Rc,
};

use anyhow::{Context, Error, Result};
use teleop_field::{Programs, Running, Sandbox};

pub(crate) use self::java_client::JATTACH;
use self::{
    busctl::Busctl,
    classic::Classic,
    floor::Floor,
    java::Java,
    java_client::{JCMD, JavaClient},
    ours::Ours,
    varlinkctl::Varlinkctl,
};
use crate::{Kind, Options, place::Place};

/// Something that attaches to a process.
pub(crate) trait Peer: Debug {
    /// What a column of the table is called.
    fn name(&self) -> &'static str;

    /// Whether starting a target takes so long that there will be few samples that need a new one.
    fn is_slow_to_start(&self) -> bool {
        false
    }

    /// Whether asking takes so long that there will be few samples of it at all.
    fn is_slow_to_ask(&self) -> bool {
        false
    }

    /// Whether it is told a socket on which its target listens from the start. Such a one finds no process by its
    /// id, and can be compared with others only where they are warm.
    fn is_told_where(&self) -> bool {
        false
    }

    /// Whether it is something that a program embeds; a language's run time is not.
    fn is_embedded(&self) -> bool {
        true
    }

    /// What is said of it where it does not get into a container; nothing where it is not tried.
    fn outside(&self) -> Option<&'static str> {
        None
    }

    /// A program that can be attached to, and has nothing bound at first.
    ///
    /// It prints a line once it waits for requests, and ends when its standard input does.
    fn server(&self, sandbox: &Sandbox) -> Command;

    /// Starts it, and waits until it waits.
    fn target(&self, sandbox: &Sandbox) -> Result<Running> {
        let mut target = Running::start(&mut self.server(sandbox))?;
        target.line()?;
        Ok(target)
    }

    /// A program that attaches, by the peer's library, to every process whose id it reads, and prints
    /// the nanoseconds. It stays connected to the last one. Nothing where the peer is no library.
    fn library(&self, _sandbox: &Sandbox) -> Option<Command> {
        None
    }

    /// A program that attaches to the process `pid`, has a question answered and ends.
    fn program(&self, sandbox: &Sandbox, pid: u32) -> Command;

    /// What that program then prints, among other things.
    fn answer(&self) -> &'static str;

    /// A `bench-client`: one of many that attach to the process `pid` at once. Nothing where it is not tried.
    fn one_of_many(&self, _sandbox: &Sandbox, _pid: u32) -> Option<Command> {
        None
    }
}

/// In which this program was built, and others are.
pub(crate) const PROFILE: &str = if cfg!(debug_assertions) {
    "dev"
} else {
    "release"
};

/// In which the command is shipped.
const SHIPPED: &str = if cfg!(debug_assertions) {
    "dev"
} else {
    "dist"
};

/// The peers, ready to be measured.
#[derive(Debug)]
pub(crate) struct Peers {
    programs: Programs,
    /// What is built with the default features of Teleop alone.
    embedded: Programs,
    /// The command.
    shipped: Programs,
    /// Teleop first: the others are compared with it.
    all: Vec<Box<dyn Peer>>,
    /// Which ones are not here, and why.
    pub(crate) missing: Vec<(&'static str, String)>,
}

impl Peers {
    /// Builds what they need.
    pub(crate) fn ready(options: &Options, place: &Place) -> Result<Self> {
        let programs = Programs::build([
            "--profile",
            PROFILE,
            "--package=teleop-field",
            "--package=teleop-bench",
            "--bins",
        ])?;
        // In a build of its own: Cargo would add the features that the others ask for.
        let embedded = Programs::build(["--profile", PROFILE, "--package=teleop-bench-embedded"])?;
        let shipped = Programs::build(["--profile", SHIPPED, "--package=teleop-cli"])?;
        let mut peers = Self {
            all: vec![
                Box::new(Ours::new(place, &programs, &embedded, &shipped)?),
                Box::new(Classic::new(place, &programs)?),
            ],
            missing: Vec::new(),
            programs,
            embedded,
            shipped,
        };
        peers
            .all
            .push(Box::new(Floor::in_rust(place, &peers.programs)?));
        peers.add(floor::IN_C, Floor::in_c(place, &peers.programs));
        peers.add_whole_programs(options, place);
        Ok(peers)
    }

    /// Those of which there are only whole programs, where these are wanted.
    fn add_whole_programs(&mut self, options: &Options, place: &Place) {
        let kinds = [Kind::Program, Kind::Container];
        if !kinds.into_iter().any(|kind| options.wants(kind)) {
            return;
        }
        let java = Java::new(place).map(Rc::new);
        let java = java.map_err(|why| why.to_string());
        let java = || java.clone().map_err(Error::msg);
        let client = |program| java().and_then(|java| JavaClient::new(program, java));
        self.add(JATTACH.name, client(JATTACH));
        if options.wants(Kind::Program) {
            self.add(JCMD.name, client(JCMD));
            self.add(busctl::NAME, Busctl::new());
            self.add(varlinkctl::NAME, Varlinkctl::new(options));
        }
    }

    fn add(&mut self, name: &'static str, peer: Result<impl Peer + 'static>) {
        match peer {
            Ok(peer) => self.all.push(Box::new(peer)),
            Err(why) => self.missing.push((name, why.to_string())),
        }
    }

    pub(crate) fn all(&self) -> &[Box<dyn Peer>] {
        &self.all
    }

    /// A program that is like the targets, and cannot be attached to.
    pub(crate) fn bare(&self) -> Result<&Path> {
        self.programs.path("bench-bare")
    }

    /// Teleop itself.
    pub(crate) fn ours(&self) -> &dyn Peer {
        self.all[0].as_ref()
    }

    /// A program of this workspace, by its name.
    pub(crate) fn program(&self, name: &str) -> Result<&Path> {
        let special = [&self.embedded, &self.shipped];
        let mut found = special.iter().flat_map(|programs| programs.path(name));
        found.next().map_or_else(|| self.programs.path(name), Ok)
    }
}

/// Fails where there is no such program.
fn require(program: &str) -> Result<()> {
    // Each says something, and ends.
    let mut command = Command::new(program);
    command.arg("--help").stdin(Stdio::null());
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.with_context(|| format!("no `{program}` here"))?;
    Ok(())
}
