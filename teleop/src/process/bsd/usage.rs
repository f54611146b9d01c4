//! What this process uses, as macOS and FreeBSD tell it: neither its threads nor its descriptors.

use std::time::Duration;

use sysinfo::ProcessRefreshKind;

use super::look;
use crate::process::{
    Pid, Process, Usage,
    resources::{cpu_time, open_files_limit},
};

impl Usage {
    /// What is used at this moment.
    pub(crate) fn now() -> Self {
        let system = look(Pid::this(), ProcessRefreshKind::nothing().with_memory());
        let facts = system
            .as_ref()
            .and_then(|system| system.process(sysinfo::Pid::from_u32(Pid::this().as_u32())));
        Self {
            resident: facts.map(sysinfo::Process::memory),
            virtual_memory: facts.map(sysinfo::Process::virtual_memory),
            cpu: cpu_time(),
            open_files_limit: Some(open_files_limit()),
            ..Self::default()
        }
    }
}

/// How many threads this process has: sysinfo does not tell.
pub(crate) fn thread_count() -> Option<u64> {
    None
}

/// How long ago this process started.
pub(crate) fn uptime() -> Option<Duration> {
    Process::pin(Pid::this()).ok()?.started()?.elapsed().ok()
}
