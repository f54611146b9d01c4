//! [`About`]: what an endpoint says of itself, for those who do not attach.

use std::{io::Read, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    directory::Directory,
    error::{Context, Error, Result},
};

/// What an endpoint says of itself, in its file `about.json`.
///
/// It is the target's word, and good for a list and for a message. Who answers on the socket is
/// proven by the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct About {
    /// The version of the protocol.
    pub protocol: u32,
    /// The process, as it sees itself.
    pub pid: u32,
    /// When the process started, in milliseconds since 1970-01-01 00:00 UTC; 0 where it does not know.
    #[serde(default)]
    pub started: u64,
    /// The path of its executable.
    #[serde(default)]
    pub executable: Option<PathBuf>,
    /// The name that the program gives itself.
    pub name: String,
    /// The version that the program gives itself.
    #[serde(default)]
    pub version: Option<String>,
    /// The attacher that waits; `None` where Teleop is turned off.
    pub attacher: Option<String>,
}

impl About {
    pub(super) const FILE: &'static str = "about.json";

    /// More than any honest target says of itself.
    const LONGEST: u64 = 64 << 10;

    pub(super) fn read(directory: &Directory) -> Result<Self> {
        let path = directory.join(Self::FILE);
        let mut text = Vec::with_capacity(1024);
        directory
            .open_file(Self::FILE)?
            .take(Self::LONGEST)
            .read_to_end(&mut text)
            .context("read", &path)?;
        serde_json::from_slice(&text).map_err(|error| Error::Untrusted {
            path,
            finding: format!("it does not describe an endpoint: {error}"),
        })
    }
}
