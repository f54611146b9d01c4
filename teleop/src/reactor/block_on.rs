//! [`block_on`]: a future that this thread drives.

use super::Reactor;

/// Waits on this thread until a future is done, and lets it wait in the cheapest way there is.
///
/// What Teleop does needs no runtime, and any will do. Where there is none, this is what costs least: on Linux
/// it starts no other thread, and a call takes as few system calls as it can. What the future waits for besides
/// goes on as it would on any other executor.
///
/// ```no_run
/// teleop::block_on(teleop::attach(4242, async |process| {
///     println!("{:?}", process.about().await?);
///     Ok(())
/// }))?;
/// # Ok::<(), teleop::Error>(())
/// ```
///
/// What runs in it must not block the thread until something else of Teleop's on this thread is done: as with
/// every executor, nobody would drive that.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    match Reactor::new() {
        Ok(reactor) => reactor.block_on(future),
        // Without a descriptor to spare, what wants one says so.
        Err(_) => async_io::block_on(future),
    }
}
