//! [`Speakers`]: who speaks with another process in this run.

use std::path::Path;

use anyhow::{Result, anyhow};
use teleop_field::Programs;

use crate::{
    Options,
    peer::{PROFILE, Peers},
    speaker::{OTHERS, OURS, Speaker},
};

/// Who speaks with another process in this run, ready to be measured.
#[derive(Debug)]
pub(crate) struct Speakers<'a> {
    peers: &'a Peers,
    /// The programs of the package that has the other ways to speak; nothing where it was not built.
    others: Option<Programs>,
    all: Vec<Speaker>,
    /// Which ones are not here, and why.
    missing: Vec<(&'static str, String)>,
}

impl<'a> Speakers<'a> {
    /// Builds what they need besides the programs of this package.
    pub(crate) fn ready(options: &Options, peers: &'a Peers) -> Self {
        let wanted = |speakers: &[Speaker]| -> Vec<Speaker> {
            let who = &options.who;
            let is_wanted = |speaker: &Speaker| {
                who.is_empty() || who.iter().any(|who| speaker.name.starts_with(&**who))
            };
            speakers.iter().copied().filter(is_wanted).collect()
        };
        let mut speakers = Self {
            all: wanted(&OURS),
            ..Self::without_others(peers)
        };
        let others = wanted(&OTHERS);
        if others.is_empty() {
            return speakers;
        }
        // Not in the build of the others: Cargo would add the features that they ask of crates that Teleop stands
        // on.
        let built = match options.without_peers {
            true => Err(anyhow!("left out")),
            false => Programs::build(["--profile", PROFILE, "--package=teleop-bench-peers"]),
        };
        match built {
            Ok(built) => {
                speakers.others = Some(built);
                speakers.all.extend(others);
            }
            Err(why) => {
                let missing = others.iter().map(|it| (it.name, format!("{why:#}")));
                speakers.missing.extend(missing);
            }
        }
        speakers
    }

    /// Those of this package alone, all of them; nothing has to be built.
    pub(crate) fn without_others(peers: &'a Peers) -> Self {
        Self {
            peers,
            others: None,
            all: OURS.to_vec(),
            missing: Vec::new(),
        }
    }

    pub(crate) fn all(&self) -> &[Speaker] {
        &self.all
    }

    /// Those that are not here, each with why.
    pub(crate) fn missing(&self) -> &[(&'static str, String)] {
        &self.missing
    }

    /// A program, by its name.
    pub(crate) fn program(&self, name: &str) -> Result<&Path> {
        let others = self.others.as_ref();
        match others.and_then(|others| others.path(name).ok()) {
            Some(path) => Ok(path),
            None => self.peers.program(name),
        }
    }
}
