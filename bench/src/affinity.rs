//! [`OneCore`] and [`TwoCores`]: what is on which core.

use anyhow::{Context, Result};
use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};

/// While it lasts, this thread has one core, and so has every process that it starts, for good.
#[derive(Debug)]
pub(crate) struct OneCore {
    before: CpuSet,
}

/// This thread.
const SELF: Pid = Pid::from_raw(0);

impl OneCore {
    pub(crate) fn new() -> Result<Self> {
        let before = sched_getaffinity(SELF)?;
        // The last: interrupts are mostly taken by the first.
        let core = cores(&before).next_back().context("there is a core")?;
        keep(SELF, core)?;
        Ok(Self { before })
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        // It was allowed before.
        let _ = sched_setaffinity(SELF, &self.before);
    }
}

/// Two cores, for what is not to share one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TwoCores {
    first: usize,
    last: usize,
}

impl TwoCores {
    pub(crate) fn new() -> Result<Self> {
        let set = sched_getaffinity(SELF)?;
        let mut cores = cores(&set);
        Ok(Self {
            first: cores.next().context("there is a core")?,
            last: cores.next_back().context("one core here")?,
        })
    }

    /// Has a thread run on the first, for good; with all that it starts.
    pub(crate) fn first(self, thread: Pid) -> Result<()> {
        keep(thread, self.first)
    }

    /// The same on the other.
    pub(crate) fn last(self, thread: Pid) -> Result<()> {
        keep(thread, self.last)
    }
}

fn cores(set: &CpuSet) -> impl DoubleEndedIterator<Item = usize> {
    (0..CpuSet::count()).filter(|&core| set.is_set(core).unwrap_or(false))
}

fn keep(thread: Pid, core: usize) -> Result<()> {
    let mut one = CpuSet::new();
    one.set(core)?;
    Ok(sched_setaffinity(thread, &one)?)
}
