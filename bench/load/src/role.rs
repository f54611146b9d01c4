//! [`Role`]: which half of a pair a program is.

use std::{env, path::PathBuf};

use anyhow::{Context, Result, bail};

/// Which half of a pair a program is: `serve WAY SOCKET` or `call WAY SOCKET PID`.
#[derive(Debug)]
pub enum Role {
    /// It answers.
    Server {
        /// In which of the ways that it knows.
        way: String,
        /// Where it listens, unless there is another place for what it speaks.
        socket: PathBuf,
    },
    /// It asks.
    Client {
        /// In which of the ways that it knows.
        way: String,
        /// Where the server listens.
        socket: PathBuf,
        /// The process of the server.
        pid: u32,
    },
}

impl Role {
    /// The one of this process.
    pub fn of_this_process() -> Result<Self> {
        let mut arguments = env::args().skip(1);
        let mut next = |what| arguments.next().with_context(|| format!("no {what}"));
        match &*next("role")? {
            "serve" => Ok(Self::Server {
                way: next("way")?,
                socket: next("socket")?.into(),
            }),
            "call" => Ok(Self::Client {
                way: next("way")?,
                socket: next("socket")?.into(),
                pid: next("process")?.parse()?,
            }),
            other => bail!("`{other}` is neither `serve` nor `call`"),
        }
    }
}
