//! What ends the command before it is done: Ctrl-C and its like.

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
use async_signal::{Signal, Signals};
use futures::{
    StreamExt,
    future::{self, Either},
    stream::LocalBoxStream,
};

use crate::exit::{Exit, Interruption};

#[cfg(unix)]
const SIGNALS: [(Signal, Exit); 3] = [
    (Signal::Int, Exit::Interrupted),
    (Signal::Term, Exit::Terminated),
    (Signal::Hup, Exit::Hangup),
];
#[cfg(not(unix))]
const SIGNALS: [(Signal, Exit); 1] = [(Signal::Int, Exit::Interrupted)];

/// The signals that would end the command, heard from the time that this is made.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Never dropped: its handlers would stay, and nobody would hear them.
    signals: ManuallyDrop<Signals>,
    heeded: Vec<(Signal, Exit)>,
}

impl Heard {
    /// It is to be called within `block_on`: the reactor begins with its first source, and to begin there
    /// keeps its helper thread asleep.
    pub(crate) fn listen() -> Result<Self> {
        let ignored = ignored();
        let mut heeded = SIGNALS.to_vec();
        heeded.retain(|(_, exit)| ignored & bit(*exit) == 0);
        let signals = Signals::new(heeded.iter().map(|(signal, _)| *signal))
            .context("cannot listen for the signals that would end the command")?;
        Ok(Self {
            signals: ManuallyDrop::new(signals),
            heeded,
        })
    }

    /// How the next one would end the command.
    pub(crate) async fn next(&mut self) -> Exit {
        let signal = self.signals.next().await;
        let mut heeded = self.heeded.iter();
        let exit = heeded.find(|(known, _)| matches!(&signal, Some(Ok(it)) if it == known));
        exit.map_or(Exit::Interrupted, |(_, exit)| *exit)
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
        end_at_once(self.signals, self.heeded.into_iter().map(|(_, exit)| exit));
    }
}

/// Runs a future to its end, or drops it when a signal arrives. From then on a signal ends the command at
/// once. It is to be called within `block_on`, as [`Heard::listen`] is.
pub(crate) async fn until_interrupted<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut heard = Heard::listen()?;
    let outcome = heard.during(future).await;
    heard.end_at_once();
    outcome
}

/// An item whenever the terminal has another size.
#[cfg(unix)]
pub(crate) fn resizes() -> Result<LocalBoxStream<'static, ()>> {
    let signals = Signals::new([Signal::Winch]).context("cannot listen for another size")?;
    Ok(signals.map(|_| ()).boxed_local())
}

/// Nobody says so.
#[cfg(not(unix))]
pub(crate) fn resizes() -> Result<LocalBoxStream<'static, ()>> {
    Ok(futures::stream::pending().boxed_local())
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
        if async_io::block_on(signals.next()).is_some() {
            crate::progress::end();
            std::process::exit(exit.code());
        }
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
