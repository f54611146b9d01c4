//! What ends the command before it is done: Ctrl-C and its like.

#[cfg(not(unix))]
#[path = "other.rs"]
mod platform;
#[cfg(unix)]
#[path = "unix.rs"]
mod platform;

use std::{
    fs,
    mem::ManuallyDrop,
    pin::pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result};
use futures::{
    future::{self, Either},
    stream::{self, LocalBoxStream, StreamExt},
};

use self::platform::Signals;
use crate::exit::{Exit, Interruption};

/// How the signals that are heard would end the command.
#[cfg(unix)]
const EXITS: &[Exit] = &[Exit::Interrupted, Exit::Terminated, Exit::Hangup];
#[cfg(not(unix))]
const EXITS: &[Exit] = &[Exit::Interrupted];

/// The signals that would end the command, heard from the time that this is made.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Never dropped: its handlers would stay, and nobody would hear them.
    signals: ManuallyDrop<Signals>,
    heeded: Vec<Exit>,
}

impl Heard {
    pub(crate) fn listen() -> Result<Self> {
        let ignored = ignored();
        let mut heeded = EXITS.to_vec();
        heeded.retain(|exit| ignored & bit(*exit) == 0);
        let signals = Signals::of(&heeded)
            .context("cannot listen for the signals that would end the command")?;
        Ok(Self {
            signals: ManuallyDrop::new(signals),
            heeded,
        })
    }

    /// How the next one would end the command.
    pub(crate) async fn next(&mut self) -> Exit {
        self.signals.next().await
    }

    /// Runs a future to its end, or drops it when a signal arrives: whatever it has created, it takes
    /// away.
    pub(crate) async fn during<T>(&mut self, future: impl Future<Output = Result<T>>) -> Result<T> {
        // The signal first: a child that Ctrl-C ends, too, did not fail.
        match future::select(pin!(self.next()), pin!(future)).await {
            Either::Right((outcome, _)) => outcome,
            Either::Left((exit, _)) => Err(Interruption(exit).into()),
        }
    }

    /// From now on a signal ends the command at once.
    pub(crate) fn end_at_once(self) {
        end_at_once(self.signals, self.heeded.into_iter());
    }
}

/// Runs a future to its end, or drops it when a signal arrives. From then on a signal ends the command at
/// once.
pub(crate) async fn until_interrupted<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut heard = Heard::listen()?;
    let outcome = heard.during(future).await;
    heard.end_at_once();
    outcome
}

/// Starts a child that Ctrl-C does not end: what is blocked here while it starts, it has blocked.
///
/// In a process group of its own it would be out of reach, too, but of the terminal as well: it would be stopped
/// where it asks for a password. And to ignore a signal, even for a moment, is to miss it here.
#[cfg(unix)]
pub(crate) fn without_interrupts<T>(start: impl FnOnce() -> T) -> T {
    use nix::sys::signal::{SigSet, SigmaskHow, Signal};

    let interrupts = SigSet::from(Signal::SIGINT);
    let before = interrupts.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let started = start();
    if let Ok(before) = before {
        let _ = before.thread_set_mask(); // It is what was there.
    }
    started
}

/// A console tells all who share it.
#[cfg(not(unix))]
pub(crate) fn without_interrupts<T>(start: impl FnOnce() -> T) -> T {
    start()
}

/// An item whenever the terminal has another size.
#[cfg(unix)]
pub(crate) fn resizes() -> Result<LocalBoxStream<'static, ()>> {
    let signals = Signals::of_size().context("cannot listen for another size")?;
    let resizes = stream::unfold(signals, |mut signals| async {
        signals.next().await;
        Some(((), signals))
    });
    Ok(resizes.boxed_local())
}

/// Nobody says so.
#[cfg(not(unix))]
pub(crate) fn resizes() -> Result<LocalBoxStream<'static, ()>> {
    Ok(stream::pending().boxed_local())
}

/// From now on a signal ends the process: nothing is left that would have to be taken away.
#[cfg(unix)]
fn end_at_once(_: ManuallyDrop<Signals>, exits: impl Iterator<Item = Exit>) {
    for exit in exits {
        let signal = exit.code() - 128;
        let condition = Arc::clone(&AT_ONCE);
        // Where it fails, the command cannot be interrupted while it writes, and nothing worse.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, exit.code(), condition);
    }
}

/// Whether a signal that comes after the attach ends the process at once.
static AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Says whether a signal that comes after the attach ends the process at once; else somebody
/// [hears](Heard) them.
pub(crate) fn end_at_once_is(wanted: bool) {
    AT_ONCE.store(wanted, Ordering::SeqCst);
}

/// The same. What has been registered stays registered, and hides the signal from whoever else would
/// end the process: so this does.
#[cfg(not(unix))]
fn end_at_once(signals: ManuallyDrop<Signals>, mut exits: impl Iterator<Item = Exit>) {
    let mut signals = ManuallyDrop::into_inner(signals);
    let Some(exit) = exits.next() else {
        return;
    };
    // Where it fails, the command cannot be interrupted any more, and nothing worse.
    let _ = std::thread::Builder::new().spawn(move || {
        async_io::block_on(signals.next());
        crate::progress::end();
        std::process::exit(exit.code());
    });
}

/// The signals that whoever started the command has told it to ignore, as `nohup` does and a shell for
/// what it puts in the background. They are to stay ignored.
fn ignored() -> u64 {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let mask = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok()
        })
        .unwrap_or(0)
}

fn bit(exit: Exit) -> u64 {
    1 << (exit.code() - 128 - 1)
}
