//! [`Peer`]: something that attaches to a process. One file each.

mod classic;
mod jattach;
mod ours;

use std::{fmt::Debug, path::Path, process::Command};

use anyhow::Result;
use teleop_field::{Programs, Running, Sandbox};

use self::{classic::Classic, jattach::Jattach, ours::Ours};
use crate::place::Place;

/// Something that attaches to a process.
pub(crate) trait Peer: Debug {
    /// What a column of the table is called.
    fn name(&self) -> &'static str;

    /// Whether starting a target takes so long that there will be few samples that need a new one.
    fn is_slow_to_start(&self) -> bool {
        false
    }

    /// Starts a process that can be attached to, and has nothing bound yet.
    ///
    /// It prints a line once it waits for requests, and ends when its standard input does.
    fn target(&self, sandbox: &Sandbox) -> Result<Running>;

    /// A program that attaches, by the peer's library, to every process whose id it reads, and prints
    /// the nanoseconds. It stays connected to the last one. Nothing where the peer is no library.
    fn library(&self, sandbox: &Sandbox) -> Option<Command>;

    /// A program that attaches to the process `pid`, has a question answered and ends.
    fn program(&self, sandbox: &Sandbox, pid: u32) -> Command;

    /// What that program then prints, among other things.
    fn answer(&self) -> &'static str;
}

/// The peers, ready to be measured.
#[derive(Debug)]
pub(crate) struct Peers {
    programs: Programs,
    /// Teleop first: the others are compared with it.
    all: Vec<Box<dyn Peer>>,
    /// Which ones are not here, and why.
    pub(crate) missing: Vec<(&'static str, String)>,
}

impl Peers {
    /// Builds what they need, in the profile in which this program was built.
    pub(crate) fn ready(place: &Place) -> Result<Self> {
        let profile = if cfg!(debug_assertions) {
            "dev"
        } else {
            "release"
        };
        let programs = Programs::build([
            "--profile",
            profile,
            "--package=teleop-cli",
            "--package=teleop-field",
            "--package=teleop-bench",
            "--bins",
        ])?;
        let mut peers = Self {
            all: vec![
                Box::new(Ours::new(&programs)?),
                Box::new(Classic::new(&programs)?),
            ],
            missing: Vec::new(),
            programs,
        };
        match Jattach::new(place) {
            Ok(jattach) => peers.all.push(Box::new(jattach)),
            Err(why) => peers.missing.push((jattach::NAME, format!("{why:#}"))),
        }
        Ok(peers)
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

    /// A program of this package, by its name.
    pub(crate) fn program(&self, name: &str) -> Result<&Path> {
        self.programs.path(name)
    }
}
