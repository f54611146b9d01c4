//! What this process has used, and what it may use, as every Unix tells it.

use std::time::Duration;

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::{TimeVal, TimeValLike},
};
use rustix::process::{Resource, getrlimit};

use super::CpuTime;

/// The processor time of this process.
pub(super) fn cpu_time() -> Option<CpuTime> {
    let used = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let duration = |time: TimeVal| {
        let micros = u64::try_from(time.num_microseconds()).ok()?;
        Some(Duration::from_micros(micros))
    };
    Some(CpuTime {
        user: duration(used.user_time())?,
        system: duration(used.system_time())?,
    })
}

/// How many descriptors this process may have open.
pub(super) fn open_files_limit() -> u64 {
    // `None` is no limit.
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
