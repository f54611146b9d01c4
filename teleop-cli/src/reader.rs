//! Whoever reads what the command prints.

use std::{io, pin::pin};

use anyhow::Result;
use futures::future::{self, Either};

/// Runs what prints from time to time to its end, unless before that nobody reads any more: who is told so
/// only by what is printed next might wait for that forever, as `log.tail | head -n 1` would.
pub(crate) async fn while_read<T>(printing: impl Future<Output = Result<T>>) -> Result<T> {
    match future::select(pin!(printing), pin!(gone())).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
    }
}

/// Waits until nobody reads the standard output; forever where that is not to be known, as of a file. That of a
/// terminal is, by a signal.
#[cfg(unix)]
async fn gone() {
    use std::io::IsTerminal;

    use async_io::Async;

    let stdout = io::stdout();
    if stdout.is_terminal() {
        return future::pending().await;
    }
    // It stays blocking: others may have it, too.
    if let Ok(watched) = Async::new_nonblocking(stdout) {
        // An error that is no answer is answered below.
        let _ = watched.readable().await;
        if is_closed(watched.get_ref()) {
            return;
        }
    }
    // A socket may be readable for what it is sent.
    future::pending::<()>().await;
}

#[cfg(unix)]
fn is_closed(stdout: &io::Stdout) -> bool {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    let mut polled = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    let is_polled = poll(&mut polled, PollTimeout::ZERO).is_ok();
    let closed = PollFlags::POLLERR | PollFlags::POLLHUP;
    is_polled && polled[0].revents().is_some_and(|it| it.intersects(closed))
}

/// It is known by what is printed next.
#[cfg(not(unix))]
async fn gone() {
    future::pending::<()>().await;
}
