//! [`Reading`]: what a process uses.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// What a process uses.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Memory that is its own, in KiB.
    pub(crate) anonymous: f64,
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
    /// In the directory of its endpoint, and in those of others.
    pub(crate) files: usize,
}

impl Reading {
    pub(crate) fn of(pid: u32, place: &Path) -> Result<Self> {
        let process = Path::new("/proc").join(pid.to_string());
        let mut files = 0;
        for endpoint in fs::read_dir(place)? {
            files += 1 + count(&endpoint?.path())?;
        }
        Ok(Self {
            anonymous: anonymous(&process)?,
            descriptors: count(&process.join("fd"))?,
            threads: count(&process.join("task"))?,
            files,
        })
    }

    /// Whether as much of the system is open.
    pub(crate) fn is_as_open_as(&self, other: &Self) -> bool {
        let open = |it: &Self| (it.descriptors, it.threads, it.files);
        open(self) == open(other)
    }

    /// Whether there is an endpoint, and what it says of itself, and no more.
    pub(crate) fn is_armed(&self) -> bool {
        self.files == 2
    }
}

fn count(directory: &Path) -> Result<usize> {
    let entries = fs::read_dir(directory);
    Ok(entries
        .with_context(|| directory.display().to_string())?
        .count())
}

/// `RssAnon`, from the map of its memory: the counters in `status` lag behind.
fn anonymous(process: &Path) -> Result<f64> {
    let text = fs::read_to_string(process.join("smaps_rollup"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Anonymous:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("it has memory")?.parse()?)
}
