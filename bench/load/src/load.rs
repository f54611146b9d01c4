//! [`Load`]: what a client is told to do.

use std::{fmt, str::FromStr, time::Duration};

use anyhow::{Context, Result, bail};

use crate::{Calls, Paced};

/// What a client is told to do, in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// To call.
    Calls(Calls),
    /// To call so many times in a second.
    Paced(Paced),
    /// To have the server send so many items of so many bytes, and take them.
    Receive {
        /// How many.
        items: usize,
        /// How large each is.
        bytes: usize,
    },
    /// To send so many items of so many bytes, and hear that all of them came.
    Send {
        /// How many.
        items: usize,
        /// How large each is.
        bytes: usize,
    },
}

impl Load {
    /// How many connections it takes.
    pub fn connections(&self) -> usize {
        match self {
            Self::Calls(calls) => calls.connections,
            Self::Paced(_) | Self::Receive { .. } | Self::Send { .. } => 1,
        }
    }

    /// How many bytes each message or item has.
    pub fn bytes(&self) -> usize {
        match *self {
            Self::Calls(Calls { bytes, .. })
            | Self::Paced(Paced { bytes, .. })
            | Self::Receive { bytes, .. }
            | Self::Send { bytes, .. } => bytes,
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(Calls {
                bytes,
                in_flight,
                connections,
                duration,
            }) => {
                let microseconds = duration.as_micros();
                write!(f, "calls {bytes} {in_flight} {connections} {microseconds}")
            }
            Self::Paced(Paced {
                bytes,
                per_second,
                duration,
            }) => {
                let microseconds = duration.as_micros();
                write!(f, "paced {bytes} {per_second} {microseconds}")
            }
            Self::Receive { items, bytes } => write!(f, "receive {items} {bytes}"),
            Self::Send { items, bytes } => write!(f, "send {items} {bytes}"),
        }
    }
}

impl FromStr for Load {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let mut words = line.split_whitespace();
        let what = words.next().context("an empty line")?;
        let numbers: Vec<usize> = words.map(str::parse).collect::<Result<_, _>>()?;
        Ok(match (what, &numbers[..]) {
            ("calls", &[bytes, in_flight, connections, microseconds]) => Self::Calls(Calls {
                bytes,
                in_flight,
                connections,
                duration: Duration::from_micros(microseconds as u64),
            }),
            ("paced", &[bytes, per_second, microseconds]) => Self::Paced(Paced {
                bytes,
                per_second,
                duration: Duration::from_micros(microseconds as u64),
            }),
            ("receive", &[items, bytes]) => Self::Receive { items, bytes },
            ("send", &[items, bytes]) => Self::Send { items, bytes },
            _ => bail!("what is `{line}`?"),
        })
    }
}
