//! [`Aside`]: what takes its time, away from the thread that all services share.

use std::{sync::Arc, thread};

use capnp::Error;
use futures::{channel::oneshot, lock::Mutex};

use crate::process::without_signals;

/// Where a service does what takes its time: on a thread that ends with it, one after the other.
///
/// Not on the pool of the crate blocking, whose threads stay, and wake up twice a second.
#[derive(Clone, Debug, Default)]
pub(super) struct Aside(Arc<Mutex<()>>);

impl Aside {
    /// Does it, and returns what it returns. Whoever does not wait for it any more has it done to the end
    /// before the next.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Fn() -> T + Send + Sync + 'static,
    ) -> capnp::Result<T> {
        let turn = Arc::clone(&self.0).lock_owned().await;
        let (tell, told) = oneshot::channel();
        let work = Arc::new(work);
        let shared = Arc::clone(&work);
        let worker = move || {
            let _ = tell.send(shared()); // Nobody may wait for it any more.
            drop(turn);
        };
        let name = "teleop-aside".to_owned();
        match without_signals(|| thread::Builder::new().name(name).spawn(worker)) {
            Ok(_) => told
                .await
                .map_err(|_| Error::failed("the service panicked".to_owned())),
            // A process that has all the threads that it may have is one that somebody asks about.
            Err(_) => Ok(work()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
        time::Duration,
    };

    use futures::{
        FutureExt,
        future::{Either, select},
    };

    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        async_io::block_on(async {
            let late = async_io::Timer::after(Duration::from_secs(60));
            match select(pin!(future), late).await {
                Either::Left((output, _)) => output,
                Either::Right(_) => panic!("it takes for ever"),
            }
        })
    }

    #[test]
    fn it_is_done_on_another_thread() {
        let thread = run(Aside::default().run(|| thread::current().id()));
        assert_ne!(thread.unwrap(), thread::current().id());
    }

    #[test]
    fn one_that_is_given_up_keeps_its_turn() {
        let aside = Aside::default();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let may_go_on = std::sync::Mutex::new(may_go_on);
        let done = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&done);
        let given_up = aside.run(move || {
            let _ = may_go_on.lock().unwrap().recv();
            counter.fetch_add(1, Ordering::SeqCst);
        });
        assert!(given_up.boxed().as_mut().now_or_never().is_none());
        assert!(aside.0.try_lock().is_none());

        drop(go_on);
        let next = aside.run(move || done.load(Ordering::SeqCst));
        assert_eq!(run(next).unwrap(), 1);
    }

    #[test]
    fn a_panic_fails_it_and_not_the_next() {
        let aside = Aside::default();
        assert!(run(aside.run(|| panic!("as it is done"))).is_err());
        assert_eq!(run(aside.run(|| 7)).unwrap(), 7);
    }
}
