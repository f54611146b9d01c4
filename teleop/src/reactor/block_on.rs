//! [`block_on`]: a future that this thread drives.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

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
        // Without a descriptor to spare, what wants one says so; async-io would panic.
        Err(_) => rest_on(future),
    }
}

/// Waits on this thread for a future that others drive.
fn rest_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use futures::channel::oneshot;

    use super::rest_on;

    #[test]
    fn what_another_thread_does_is_waited_for_without_a_reactor() {
        let (sender, receiver) = oneshot::channel();
        let other = thread::spawn(move || {
            thread::sleep(Duration::from_millis(5));
            sender.send(7)
        });
        assert_eq!(rest_on(receiver), Ok(7));
        assert_eq!(other.join().unwrap(), Ok(()));
    }
}
