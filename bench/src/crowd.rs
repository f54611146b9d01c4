//! [`Crowd`]: processes that do nothing.

use std::{
    fmt,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

/// Processes that do nothing but be there; gone on drop.
#[derive(Debug)]
pub(crate) struct Crowd {
    children: Vec<Child>,
    /// The other end of their common standard input, which they read. The kernel closes it when this
    /// process ends, even if it is killed, and that ends them.
    end: Option<UnixStream>,
}

impl Crowd {
    pub(crate) fn gather(size: usize) -> Result<Self> {
        let (end, input) = UnixStream::pair()?;
        let mut crowd = Self {
            children: Vec::with_capacity(size),
            end: Some(end),
        };
        for _ in 0..size {
            let input = OwnedFd::from(input.try_clone()?);
            let child = Command::new("cat")
                .stdin(Stdio::from(input))
                .stdout(Stdio::null())
                .spawn()
                .context("could not start `cat`")?;
            crowd.children.push(child);
        }
        Ok(crowd)
    }
}

/// What is added to the name of a figure.
impl fmt::Display for Crowd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.children.len() {
            0 => Ok(()),
            size => write!(f, ", beside {size} idle processes"),
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        drop(self.end.take());
        for child in &mut self.children {
            // It has nothing left to read, and nobody to tell if that does not end it.
            let _ = child.wait();
        }
    }
}
