//! [`Usage`]: what this process uses of the machine.

use std::time::Duration;

/// What this process uses of the machine. What the platform does not tell is `None`.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Memory, in bytes.
    pub(crate) resident: Option<u64>,
    pub(crate) peak_resident: Option<u64>,
    pub(crate) virtual_memory: Option<u64>,
    /// That of all threads, and of those that ended.
    pub(crate) cpu: Option<CpuTime>,
    /// How many descriptors are open.
    pub(crate) open_files: Option<u64>,
    /// How many may be.
    pub(crate) open_files_limit: Option<u64>,
    pub(crate) thread_count: Option<u64>,
    /// The threads, but [`MOST_THREADS`](Self::MOST_THREADS) at most.
    pub(crate) threads: Vec<Thread>,
}

impl Usage {
    /// How many threads are looked at: it takes some ten microseconds each.
    pub(crate) const MOST_THREADS: usize = 10_000;
}

/// A thread of this process.
#[derive(Debug)]
pub(crate) struct Thread {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// `None` where it is one that is not known here.
    pub(crate) state: Option<ThreadState>,
    pub(crate) cpu: CpuTime,
    /// The number of the system call in which it waits.
    pub(crate) system_call: Option<i64>,
}

/// What a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThreadState {
    Running,
    Sleeping,
    /// It waits, and no signal wakes it up.
    Blocked,
    Stopped,
    Traced,
    Ended,
}

/// The time that processors have worked for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CpuTime {
    pub(crate) user: Duration,
    pub(crate) system: Duration,
}
