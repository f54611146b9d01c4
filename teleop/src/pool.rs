//! [`Pool`]: threads for what may block.

use std::{
    any::Any,
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use futures::{FutureExt, channel::oneshot};

use crate::process::without_signals;

/// So many threads at a time.
const MOST: usize = 16;
/// For how long a thread waits for more before it ends: a program that nobody calls has none.
const LINGER: Duration = Duration::from_millis(500);
/// For how long it looks for more before it sleeps: whoever has called once, and got an answer, often
/// calls again.
const SPIN: Duration = Duration::from_micros(200);

/// For how long who waits for a job that a thread can begin at once looks whether it is done, before
/// doing something else: as long as it takes to wake two threads up. Nobody is served meanwhile, and
/// nobody notices. With it a short command costs a third more than `echo`, and without it twice as much.
const GLANCE: Duration = Duration::from_micros(50);

/// Threads for what may block: made when there is something to do, and gone when there was nothing for a
/// while. What is begun is done to its end.
///
/// It is not the pool of the crate `blocking`, which is that of the program: what fills the one does not
/// keep the other from its work. And once that has threads, they never end, and wake up twice a second.
#[derive(Clone, Debug)]
pub(crate) struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    /// How many jobs wait: to be seen without the lock.
    waiting: AtomicUsize,
    most: usize,
}

type Job = Box<dyn FnOnce() + Send>;

/// What a job returned, or what it panicked with.
type Outcome<T> = Result<T, Box<dyn Any + Send>>;

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    /// Threads that look for a job.
    spinning: usize,
    /// Threads that sleep until there is one.
    sleeping: usize,
}

/// What is being done on the pool. Dropped, it is not begun, if it was not; its result is dropped if it
/// was.
#[derive(Debug)]
#[must_use = "dropping it may cancel it"]
pub(crate) struct Running<T> {
    outcome: oneshot::Receiver<Outcome<T>>,
    /// Whether it is begun at once, and nobody has looked yet.
    is_fresh: bool,
}

impl Pool {
    /// The pool of this process.
    pub(crate) fn shared() -> Self {
        static SHARED: LazyLock<Pool> = LazyLock::new(|| Pool::new(MOST));

        SHARED.clone()
    }

    /// A pool of so many threads.
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            waiting: AtomicUsize::new(0),
            most,
        }))
    }

    /// Has something done, from now on.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Running<T> {
        let (sender, receiver) = oneshot::channel();
        let is_fresh = self.0.push(Box::new(move || {
            if sender.is_canceled() {
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(job));
            // Where nobody waits any more, it is dropped here.
            let _ = sender.send(outcome);
        }));
        Running {
            outcome: receiver,
            is_fresh,
        }
    }
}

impl<T> Future for Running<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        if std::mem::take(&mut self.is_fresh) {
            if let Some(outcome) = self.glance() {
                return Poll::Ready(outcome);
            }
        }
        let outcome = self.outcome.poll_unpin(cx);
        outcome.map(|outcome| outcome.expect("a job that somebody waits for is done"))
    }
}

impl<T> Running<T> {
    /// Looks whether it is done, and lets other threads run meanwhile.
    fn glance(&mut self) -> Option<Outcome<T>> {
        let started = Instant::now();
        while started.elapsed() < GLANCE {
            if let Ok(Some(outcome)) = self.outcome.try_recv() {
                return Some(outcome);
            }
            thread::yield_now();
        }
        None
    }
}

impl Shared {
    /// A panic of a job is caught, and so nothing here is ever left half done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a job done, and tells whether a thread is there that has nothing else to do.
    fn push(self: &Arc<Self>, job: Job) -> bool {
        let mut state = self.lock();
        state.jobs.push_back(job);
        let waiting = state.jobs.len();
        self.waiting.store(waiting, Ordering::Relaxed);
        if waiting <= state.spinning + state.sleeping {
            if waiting > state.spinning {
                self.wake.notify_one();
            }
            return true;
        }
        if state.threads < self.most {
            state.threads += 1;
            let shared = self.clone();
            let thread = thread::Builder::new().name("teleop-pool".to_owned());
            // It handles no signals of the program's, whoever starts it.
            if without_signals(|| thread.spawn(move || shared.work())).is_err() {
                state.threads -= 1;
                if state.threads == 0 {
                    // Nobody would ever come to it. A process that has all the threads that it may have
                    // is one that somebody asks about: it is done here.
                    let job = state.jobs.pop_back();
                    self.waiting.store(state.jobs.len(), Ordering::Relaxed);
                    drop(state);
                    job.into_iter().for_each(carry_out);
                }
            }
        }
        false
    }

    /// What a thread does.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            while let Some(job) = state.jobs.pop_front() {
                self.waiting.store(state.jobs.len(), Ordering::Relaxed);
                drop(state);
                carry_out(job);
                state = self.lock();
            }
            state.spinning += 1;
            drop(state);
            self.look_for_more();
            state = self.lock();
            state.spinning -= 1;
            if !state.jobs.is_empty() {
                continue;
            }
            state.sleeping += 1;
            let (woken, slept) = self
                .wake
                .wait_timeout(state, LINGER)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.sleeping -= 1;
            if slept.timed_out() && state.jobs.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }

    /// Looks whether something is to be done, and lets others run meanwhile.
    fn look_for_more(&self) {
        let started = Instant::now();
        while self.waiting.load(Ordering::Relaxed) == 0 && started.elapsed() < SPIN {
            thread::yield_now();
        }
    }
}

/// Does a job. Also as it is dropped, what is not ours may panic.
fn carry_out(job: Job) {
    let _ = catch_unwind(AssertUnwindSafe(job));
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("jobs", &self.jobs.len())
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier,
        atomic::{AtomicBool, AtomicUsize},
        mpsc,
    };

    use async_io::block_on;
    use futures::future::join_all;

    use super::*;

    const NEVER: Duration = Duration::from_secs(60);

    fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let started = Instant::now();
        while !holds() {
            assert!(started.elapsed() < NEVER, "never happened: {what}");
            thread::yield_now();
        }
    }

    fn threads(pool: &Pool) -> usize {
        pool.0.lock().threads
    }

    #[test]
    fn as_many_run_at_a_time_as_there_may_be_threads_and_no_more() {
        let pool = Pool::new(3);
        let together = Arc::new(Barrier::new(3));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs: Vec<_> = (0..30)
            .map(|_| {
                let (together, now, most) = (together.clone(), now.clone(), most.clone());
                pool.run(move || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    together.wait();
                    now.fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        let done = block_on(join_all(jobs));
        assert!(done.iter().all(Result::is_ok));
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn threads_end_when_there_is_nothing_to_do() {
        let pool = Pool::new(8);
        assert_eq!(threads(&pool), 0);
        block_on(pool.run(|| ())).unwrap();
        assert_eq!(threads(&pool), 1);
        until("its thread ends", || threads(&pool) == 0);
        assert_eq!(block_on(pool.run(|| 7)).unwrap(), 7);
    }

    #[test]
    fn a_panic_is_the_outcome_of_its_job_alone() {
        let pool = Pool::new(1);
        let panics = pool.run(|| -> () { std::panic::resume_unwind(Box::new("by design")) });
        let after = pool.run(|| 7);
        let panic = block_on(panics).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"by design"));
        assert_eq!(block_on(after).unwrap(), 7);
        assert_eq!(threads(&pool), 1);
    }

    #[test]
    fn what_nobody_waits_for_any_more_is_done_to_its_end_or_never_begun() {
        let pool = Pool::new(1);
        let (begin, begun) = mpsc::channel();
        let (open, gate) = mpsc::channel::<()>();
        let first = pool.run(move || {
            begin.send(()).unwrap();
            gate.recv().is_err()
        });
        begun.recv_timeout(NEVER).unwrap();
        drop(first);

        let began = Arc::new(AtomicBool::new(false));
        let second = began.clone();
        drop(pool.run(move || second.store(true, Ordering::SeqCst)));
        let mut third = pool.run(|| 7);
        assert!(
            (&mut third).now_or_never().is_none(),
            "the first has its turn"
        );
        drop(open);
        assert_eq!(block_on(third).unwrap(), 7);
        assert!(!began.load(Ordering::SeqCst));
    }
}
