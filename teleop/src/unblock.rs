//! [`unblock`]: work that takes its time, where it keeps nobody waiting.

use std::panic::resume_unwind;

use crate::pool::Pool;

/// Does something that blocks, or takes long, on another thread, and returns what it returns.
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
/// Sixteen such works are done at once in a process, commands included; others
/// wait. The threads are made when they are needed, end soon after, and handle no signals. A panic is passed
/// on to whoever waits. When nobody waits any more, what has begun is done to its end, and what has not is
/// not begun.
pub async fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match Pool::shared().run(work).await {
        Ok(outcome) => outcome,
        Err(panic) => resume_unwind(panic),
    }
}
