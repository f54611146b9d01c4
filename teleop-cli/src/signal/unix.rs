//! [`Signals`], on Unix: what a handler writes into a pipe.

use std::{
    future, io,
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::AsyncReadExt;
use signal_hook::{consts::SIGWINCH, flag, low_level::pipe};
use teleop::channel::Stream;

use crate::exit::Exit;

/// Signals that are heard, from the time that this is made.
#[derive(Debug)]
pub(super) struct Signals {
    /// Whether each has come.
    raised: Vec<(Arc<AtomicBool>, Exit)>,
    /// Something to be read whenever one has.
    told: Stream,
}

impl Signals {
    /// Those that would end the command so.
    pub(super) fn of(exits: &[Exit]) -> io::Result<Self> {
        let signals = exits.iter().map(|&exit| (exit.code() - 128, exit));
        Self::listen(signals)
    }

    /// That the terminal has another size.
    pub(super) fn of_size() -> io::Result<Self> {
        // How it would end the command is of no interest: it would not.
        Self::listen([(SIGWINCH, Exit::Done)])
    }

    fn listen(signals: impl IntoIterator<Item = (i32, Exit)>) -> io::Result<Self> {
        let (told, tells) = UnixStream::pair()?;
        let mut raised = Vec::new();
        for (signal, exit) in signals {
            let flag = Arc::new(AtomicBool::new(false));
            // In this order: who is told finds it raised.
            flag::register(signal, Arc::clone(&flag))?;
            pipe::register(signal, tells.try_clone()?)?;
            raised.push((flag, exit));
        }
        Ok(Self {
            raised,
            told: told.try_into()?,
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Exit {
        loop {
            let mut raised = self.raised.iter();
            if let Some((_, exit)) = raised.find(|(flag, _)| flag.swap(false, Ordering::SeqCst)) {
                return *exit;
            }
            // It does not end while the handlers are there. Where it cannot be waited for, none is heard.
            if !matches!(self.told.read(&mut [0; 16]).await, Ok(1..)) {
                future::pending::<()>().await;
            }
        }
    }
}
