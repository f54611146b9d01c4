//! [`Version`]: which teleop this is, and how it prints JSON.

use serde::Serialize;

/// What `teleop --version --json` prints. This is a contract: every key is always there.
#[derive(Debug, Serialize)]
pub(crate) struct Version {
    name: &'static str,
    version: &'static str,
    /// Which version of the shape all JSON has: another one where a key has gone, or means another thing.
    format: u32,
}

impl Version {
    pub(crate) const THIS: Self = Self {
        name: "teleop",
        version: env!("CARGO_PKG_VERSION"),
        format: FORMAT,
    };
}

/// The version of the shape of all that is printed as JSON.
pub(crate) const FORMAT: u32 = 1;
