//! What shows on a terminal that the command lives, where something takes longer than a second.
//!
//! There is one standard error, and so there is one of it. Nothing is begun before that second is over;
//! and from the first result on, which itself shows that it lives, there is none.

use std::{
    pin::{Pin, pin},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use futures::{
    AsyncRead, AsyncWrite,
    future::{self, Either},
    io,
};
use indicatif::{HumanBytes, ProgressBar, ProgressState, ProgressStyle};

use teleop::Timer;

use crate::{output::Output, signal};

/// How long the command may take before it shows that it lives.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it shows so.
const BEAT: Duration = Duration::from_millis(100);

/// Less than this is no large result, and is not counted aloud.
const LARGE: u64 = 64 << 10;

static STATE: Mutex<State> = Mutex::new(State {
    step: String::new(),
    due: None,
    is_due: false,
    is_over: false,
    is_attached: false,
    is_heard: false,
    hidden: 0,
    bar: None,
});

/// What has been read of the answers.
static READ: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
struct State {
    /// What is waited for.
    step: String,
    /// When it is to be seen.
    due: Option<Instant>,
    is_due: bool,
    is_over: bool,
    /// Whether the connection stands: signals end the command at once.
    is_attached: bool,
    /// Whether they do so after the line is cleared.
    is_heard: bool,
    /// How many want it not to be seen.
    hidden: u32,
    bar: Option<ProgressBar>,
}

/// Waits for a future. What takes longer than anybody waits in silence is shown to go on.
pub(crate) async fn during<T>(output: &Output, future: impl Future<Output = T>) -> T {
    if !output.shows_progress() {
        return future.await;
    }
    let _over = Over;
    let due = Instant::now() + PATIENCE;
    change(|state| {
        state.due = Some(due);
        // A session has one after another.
        (state.is_due, state.is_over) = (false, false);
    });
    match future::select(pin!(future), Timer::at(due)).await {
        Either::Left((value, _)) => value,
        Either::Right((_, future)) => {
            change(|state| state.is_due = true);
            future.await
        }
    }
}

/// Waits for what may itself want the terminal: a user who types, a command that asks for a password.
pub(crate) async fn hidden_during<T>(future: impl Future<Output = T>) -> T {
    struct Hidden;

    impl Drop for Hidden {
        fn drop(&mut self) {
            change(|state| state.hidden -= 1);
        }
    }

    change(|state| state.hidden += 1);
    let _hidden = Hidden;
    future.await
}

/// Waits for a future over a connection that stands, where a signal ends the command at once: what is
/// shown is gone by then.
pub(crate) async fn cleared_by_signals<T>(future: impl Future<Output = T>) -> T {
    let due = state().due;
    let Some(due) = due else {
        return future.await;
    };
    change(|state| state.is_attached = true);
    let ending = async {
        Timer::at(due).await;
        let Ok(mut signals) = signal::Heard::listen() else {
            return future::pending().await;
        };
        change(|state| state.is_heard = true);
        let exit = signals.next().await;
        end();
        std::process::exit(exit.code())
    };
    match future::select(pin!(future), pin!(ending)).await {
        Either::Left((value, _)) => value,
        Either::Right((never, _)) => never,
    }
}

/// Says what is waited for.
pub(crate) fn step(step: impl Into<String>) {
    let mut state = state();
    state.step = step.into();
    if let Some(bar) = &state.bar {
        bar.set_message(state.step.clone());
    }
}

/// Does something to the terminal beside what is shown.
pub(crate) fn beside<T>(act: impl FnOnce() -> T) -> T {
    let state = state();
    match &state.bar {
        Some(bar) => bar.suspend(act),
        None => act(),
    }
}

/// From now on nothing is shown.
pub(crate) fn end() {
    change(|state| state.is_over = true);
}

/// What is shown, is gone when this is dropped.
struct Over;

impl Drop for Over {
    fn drop(&mut self) {
        end();
    }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn change(how: impl FnOnce(&mut State)) {
    let mut state = state();
    how(&mut state);
    let is_cleared = !state.is_attached || state.is_heard;
    let is_shown = state.is_due && is_cleared && !state.is_over && state.hidden == 0;
    if is_shown {
        // Who clears the line ends the command, too.
        signal::end_at_once_is(false);
        if state.bar.is_none() {
            state.bar = Some(bar(&state.step));
        }
        return;
    }
    if let Some(bar) = state.bar.take() {
        bar.finish_and_clear();
    }
    signal::end_at_once_is(true);
}

fn bar(step: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {msg}{read}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
    bar.set_style(style.tick_chars("-\\|/ ").with_key("read", read));
    bar.set_message(step.to_owned());
    // It has a thread of its own: whatever keeps this one, it goes on.
    bar.enable_steady_tick(BEAT);
    bar
}

fn read(_: &ProgressState, text: &mut dyn std::fmt::Write) {
    let _ = text.write_str(&amount(READ.load(Ordering::Relaxed))); // It is for memory.
}

/// So much has been read, where that is much.
fn amount(read: u64) -> String {
    match read {
        LARGE.. => format!(", {} read", HumanBytes(read)),
        _ => String::new(),
    }
}

/// A stream of which what is read is counted.
#[derive(Debug)]
pub(crate) struct Counted<S>(pub(crate) S);

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let length = ready!(Pin::new(&mut self.0).poll_read(cx, buffer))?;
        READ.fetch_add(length as u64, Ordering::Relaxed);
        Poll::Ready(Ok(length))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, buffers)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use futures::AsyncReadExt;

    use super::{Counted, READ, amount};

    #[test]
    fn what_is_read_is_counted_and_told_where_it_is_much() {
        let before = READ.load(Ordering::Relaxed);
        let mut stream = Counted(futures::io::Cursor::new(vec![0; 300_000]));
        let mut read = Vec::new();
        async_io::block_on(stream.read_to_end(&mut read)).unwrap();
        assert_eq!(READ.load(Ordering::Relaxed) - before, 300_000);
        assert_eq!(amount(300_000), ", 292.97 KiB read");
        assert_eq!(amount(300), "");
    }
}
