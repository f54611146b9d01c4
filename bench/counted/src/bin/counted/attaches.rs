//! Arming, and attaching, with a stop before each time: who counts steps begins anew there.

use anyhow::Result;
use nix::sys::signal::{Signal, raise};
use teleop::Attach;

/// Arms, and takes it back once it was counted.
pub(crate) fn arm(count: usize) -> Result<()> {
    raise(Signal::SIGSTOP)?;
    for _ in 0..count {
        let teleop = teleop::spawn(|_| {})?;
        raise(Signal::SIGSTOP)?;
        drop(teleop);
    }
    Ok(())
}

/// Attaches to a process, and again while it is connected still.
pub(crate) fn attach(pid: u32, count: usize) -> Result<()> {
    let attach = Attach::new();
    let mut connections = Vec::new();
    raise(Signal::SIGSTOP)?;
    for _ in 0..count {
        connections.push(teleop::block_on(attach.open(pid))?);
        raise(Signal::SIGSTOP)?;
    }
    Ok(())
}
