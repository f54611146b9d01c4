//! [`SystemCalls`]: how many system calls a process makes.

use std::process::Command;

use anyhow::{Context, Result};
use teleop_field::Running;

/// The system calls of a process, counted by the kernel, which slows it down far less than a tracer would.
#[derive(Debug)]
pub(crate) struct SystemCalls {
    perf: Running,
}

impl SystemCalls {
    /// Begins to count. Fails where there is no `perf`, or this user may not count.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let mut perf = Command::new("perf");
        perf.args(["stat", "-x,", "-e", "raw_syscalls:sys_enter"]);
        // It counts as long as this runs, which therefore is not started before.
        perf.args(["-p", &pid.to_string(), "cat"]);
        let mut perf = Running::start(&mut perf).context("no `perf` here")?;
        perf.say("counting")?;
        perf.line().context("`perf` does not count system calls")?;
        Ok(Self { perf })
    }

    /// How many there were since.
    pub(crate) fn finish(self) -> Result<f64> {
        let counted = self.perf.finish()?.stderr;
        let mut lines = counted.lines();
        let line = lines.find(|line| line.contains("sys_enter"));
        let number = line.and_then(|line| line.split(',').next());
        let number = number.with_context(|| format!("`perf` said {counted:?}"))?;
        Ok(number.parse()?)
    }
}
