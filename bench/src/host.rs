//! [`Host`]: a process that is called, and has work of its own.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result};
use nix::unistd::Pid;
use teleop_bench_load::Worked;
use teleop_field::Running;

use crate::{affinity::TwoCores, figure::idle::field};

/// A process that is called, and has work of its own, which one of its threads does when it is told to.
#[derive(Debug)]
pub(crate) struct Host {
    running: Running,
    worker: Pid,
}

impl Host {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut running = Running::start(command)?;
        let line = running.line()?;
        let worker = line.strip_prefix("ready ");
        let worker = worker.with_context(|| format!("it said `{line}`, not that it is ready"))?;
        Ok(Self {
            worker: Pid::from_raw(worker.parse()?),
            running,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// Has it work for so long.
    pub(crate) fn begin(&mut self, duration: Duration) -> Result<()> {
        self.running.say(format!("work {}", duration.as_micros()))
    }

    /// How much was done.
    pub(crate) fn worked(&mut self) -> Result<Worked> {
        self.running.line()?.parse()
    }

    /// How often it has allocated memory since it was first asked.
    pub(crate) fn allocations(&mut self) -> Result<f64> {
        self.running.say("count")?;
        Ok(self.running.line()?.parse()?)
    }

    /// For how long its threads have run that do not work, in microseconds.
    pub(crate) fn serving_time(&self) -> Result<f64> {
        let threads = threads(self.pid())?.into_iter();
        let serving = threads.filter(|&thread| thread != self.worker);
        let times = serving.map(|thread| {
            let path = format!("/proc/{}/task/{thread}/schedstat", self.pid());
            // Its first number: nanoseconds on a processor.
            Ok(field(&PathBuf::from(path), "")? / 1e3)
        });
        times.sum()
    }

    /// Gives the thread that works one core, and all others the other, those of the client too.
    pub(crate) fn keep_apart(&self, client: u32) -> Result<()> {
        let cores = TwoCores::new()?;
        for thread in threads(self.pid())?.into_iter().chain(threads(client)?) {
            match thread == self.worker {
                true => cores.first(thread)?,
                false => cores.last(thread)?,
            }
        }
        Ok(())
    }

    /// Gives all its threads one core, and those of the client the other.
    pub(crate) fn part_from(&self, client: u32) -> Result<()> {
        let cores = TwoCores::new()?;
        for thread in threads(self.pid())? {
            cores.first(thread)?;
        }
        for thread in threads(client)? {
            cores.last(thread)?;
        }
        Ok(())
    }

    /// Closes its standard input and waits for its end.
    pub(crate) fn finish(self) -> Result<()> {
        self.running.finish()?;
        Ok(())
    }
}

fn threads(pid: u32) -> Result<Vec<Pid>> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"))?;
    let threads = threads.map(|thread| {
        let name = thread?.file_name();
        Ok(Pid::from_raw(name.to_string_lossy().parse()?))
    });
    threads.collect()
}
