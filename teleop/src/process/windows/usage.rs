//! What this process uses, as Windows tells it.

use std::{
    os::windows::io::{AsRawHandle, OwnedHandle},
    time::Duration,
};

use windows_sys::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};

use super::{Process, Uid, times_of};
use crate::process::{CpuTime, Pid, Usage};

impl Usage {
    /// What is used at this moment.
    pub(crate) fn now() -> Self {
        let this = Process::pin(Pid::this()).ok();
        let memory = this.as_ref().and_then(|this| memory(&this.handle));
        let bytes = |count: usize| u64::try_from(count).ok();
        Self {
            resident: memory.and_then(|memory| bytes(memory.WorkingSetSize)),
            peak_resident: memory.and_then(|memory| bytes(memory.PeakWorkingSetSize)),
            cpu: this.and_then(|this| cpu_time(&this.handle)),
            ..Self::default()
        }
    }
}

/// How many threads this process has: Windows tells it but of all processes at once.
pub(crate) fn thread_count() -> Option<u64> {
    None
}

/// How long ago this process started.
pub(crate) fn uptime() -> Option<Duration> {
    Process::pin(Pid::this()).ok()?.started()?.elapsed().ok()
}

/// The name of a user, which may take a server to tell: it is not asked.
pub(crate) fn account_name(_: Uid) -> Option<String> {
    None
}

fn cpu_time(process: &OwnedHandle) -> Option<CpuTime> {
    let [_, _, kernel, user] = times_of(process).ok()?;
    // In tenths of a microsecond.
    Some(CpuTime {
        user: Duration::from_micros(user / 10),
        system: Duration::from_micros(kernel / 10),
    })
}

fn memory(process: &OwnedHandle) -> Option<PROCESS_MEMORY_COUNTERS> {
    let length = size_of::<PROCESS_MEMORY_COUNTERS>() as u32;
    let mut memory = PROCESS_MEMORY_COUNTERS {
        cb: length,
        ..Default::default()
    };
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the handle is open, and the counters are writable and as long as is said.
    let told = unsafe { K32GetProcessMemoryInfo(process.as_raw_handle(), &raw mut memory, length) };
    (told != 0).then_some(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_time_are_told() {
        let usage = Usage::now();
        let (resident, peak) = (usage.resident.unwrap(), usage.peak_resident.unwrap());
        assert!(resident > 1 << 16 && resident <= peak, "{usage:?}");
        assert!(usage.cpu.is_some());
        assert!(uptime().unwrap() < Duration::from_secs(3600));
    }
}
