//! [`unblock`]: work that takes its time, where it keeps nobody waiting.

use async_lock::Semaphore;

use crate::process::without_signals;

/// How much of it is done at once. What comes beyond waits for its turn.
const AT_ONCE: usize = 16;

static TURNS: Semaphore = Semaphore::new(AT_ONCE);

/// Does something that blocks, or takes long, on a thread of its own, and returns what it returns.
///
/// All Cap'n Proto services share one thread: a method that reads a large file, waits for a lock or
/// computes for a while does it here, or no other call is answered meanwhile.
///
/// ```
/// # use std::rc::Rc;
/// # use teleop::{capnp, echo_capnp::echo};
/// struct Motto;
///
/// impl echo::Server for Motto {
///     async fn echo(
///         self: Rc<Self>,
///         _: echo::EchoParams,
///         mut results: echo::EchoResults,
///     ) -> capnp::Result<()> {
///         let motto = teleop::unblock(|| std::fs::read_to_string("/etc/motd")).await?;
///         results.get().set_reply(&motto);
///         Ok(())
///     }
/// }
/// ```
///
/// Sixteen such works are done at once in a process; others wait. The threads are made when they are
/// needed, end soon after, and handle no signals. A panic is passed on to whoever waits. When nobody
/// waits any more, what has begun is done to its end, and what has not is not begun.
pub async fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let turn = TURNS.acquire().await;
    let work = move || {
        // It is over when the work is, not when nobody waits for it.
        let _turn = turn;
        work()
    };
    // Any thread that is started for it comes from this one.
    without_signals(|| blocking::unblock(work)).await
}
