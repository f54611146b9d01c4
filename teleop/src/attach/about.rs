//! [`About`]: what an endpoint says of itself, for those who do not attach.

use std::{io::Read, time::UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{
    directory::{Directory, Lock},
    error::{Context, Error, Result},
    process::{Pid, Process, Uid},
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
    pub executable: Option<String>,
    /// The name that the program gives itself.
    pub name: String,
    /// The version that the program gives itself.
    #[serde(default)]
    pub version: Option<String>,
    /// The attacher that waits; `None` where Teleop is turned off.
    pub attacher: Option<String>,
}

impl About {
    /// What this process says of itself.
    pub fn this(name: impl Into<String>, version: Option<String>) -> Self {
        let started = Process::pin(Pid::this())
            .ok()
            .and_then(|process| process.started()?.duration_since(UNIX_EPOCH).ok())
            .and_then(|since| u64::try_from(since.as_millis()).ok());
        Self {
            protocol: Self::PROTOCOL,
            pid: Pid::this().as_u32(),
            started: started.unwrap_or(0),
            // A path may be any bytes; this one is to be read by people.
            executable: std::env::current_exe()
                .ok()
                .map(|path| path.to_string_lossy().into_owned()),
            name: name.into(),
            version,
            attacher: None,
        }
    }

    /// The version of the protocol that this crate speaks.
    pub const PROTOCOL: u32 = 1;

    pub(super) const FILE: &'static str = "about.json";

    /// More than any honest target says of itself.
    const LONGEST: u64 = 64 << 10;

    /// Reads what an endpoint says, and whether anybody stands behind it: one file, opened once.
    pub(super) fn read(directory: &Directory, owner: Uid) -> Result<(Self, bool)> {
        let path = directory.join(Self::FILE);
        let file = directory.open_file(Self::FILE, owner)?;
        let mut text = Vec::with_capacity(1024);
        (&file)
            .take(Self::LONGEST)
            .read_to_end(&mut text)
            .context("read", &path)?;
        let about = Self::parse(&text).map_err(|error| Error::Untrusted {
            path: path.clone(),
            finding: format!("it does not describe an endpoint: {error}"),
        })?;
        let is_held = Lock::is_held(file).context("see who locks", path)?;
        Ok((about, is_held))
    }

    pub(super) fn parse(text: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text)
    }
}
