//! [`About`]: who answers.

use crate::error::Result;
use teleop_schema::teleop_capnp::about;

/// Who answers, in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// The version of the protocol that it speaks.
    pub protocol: u32,
    /// The name that the program gives itself.
    pub program: String,
    /// The version that the program gives itself.
    pub version: Option<String>,
    /// The process id, as the process sees itself.
    pub pid: u32,
    /// When the process started, in milliseconds since 1970-01-01 00:00 UTC; 0 where it is not known.
    pub started: u64,
}

impl About {
    pub(super) fn read(reader: about::Reader<'_>) -> Result<Self> {
        Ok(Self {
            protocol: reader.get_protocol(),
            program: text(reader.get_program())?,
            version: reader
                .has_version()
                .then(|| text(reader.get_version()))
                .transpose()?,
            pid: reader.get_pid(),
            started: reader.get_started(),
        })
    }

    pub(super) fn write(&self, mut builder: about::Builder<'_>) {
        builder.set_protocol(self.protocol);
        builder.set_program(&self.program);
        if let Some(version) = &self.version {
            builder.set_version(version);
        }
        builder.set_pid(self.pid);
        builder.set_started(self.started);
    }
}

pub(super) fn text(reader: capnp::Result<capnp::text::Reader<'_>>) -> Result<String> {
    Ok(reader?.to_string().map_err(capnp::Error::from)?)
}
