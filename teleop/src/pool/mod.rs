//! [`Pool`]: threads for what may block.

mod habit;

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

use self::habit::Habit;
use crate::{process::without_signals, reactor};

/// So many threads at a time.
const MOST: usize = 16;
/// For how long a thread waits for more before it ends: a program that nobody calls has none.
const LINGER: Duration = Duration::from_millis(500);
/// For how long it looks for more before it sleeps: whoever has called once, and got an answer, often
/// calls again. It is about as long as it takes to put a thread to sleep and to wake it up, and no longer: of a host
/// that is called ten thousand times a second, more would be most of a processor.
const SPIN: Duration = Duration::from_micros(75);

/// For how long who waits for a job that a thread looks for looks whether it is done, before doing something
/// else. Nobody is served meanwhile, and nobody notices. With both, a short command that is called again and
/// again costs a sixth more than `echo`, and without them twice as much.
const GLANCE: Duration = Duration::from_micros(25);

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
    /// How many jobs could begin: to be seen without the lock.
    ready: AtomicUsize,
    most: usize,
    /// Whether threads [look for more](SPIN), and who waits for a job [looks whether it is done](GLANCE).
    spins: Habit,
    glances: Habit,
}

type Job = Box<dyn FnOnce() + Send>;

/// What a job is known by while it waits.
type Ticket = u64;

/// What a job returned, or what it panicked with.
type Outcome<T> = Result<T, Box<dyn Any + Send>>;

#[derive(Default)]
struct State {
    jobs: VecDeque<(Ticket, Job)>,
    next: Ticket,
    /// Jobs that have their turn.
    begun: usize,
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
    ticket: Ticket,
    until: Until,
    /// `None` when the outcome has been taken.
    pool: Option<Pool>,
    /// Whether it is most likely done at once, and nobody has looked yet.
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
            ready: AtomicUsize::new(0),
            most,
            spins: Habit::default(),
            glances: Habit::default(),
        }))
    }

    /// Has something done, from now on. It has its turn until its outcome is taken: what is done sooner
    /// than it is taken does not pile up.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Running<T> {
        self.start(job, Until::Taken)
    }

    /// Has something done whose outcome takes little memory, and may not be taken for long. It has its
    /// turn until it is done.
    pub(crate) fn run_ahead<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Running<T> {
        self.start(job, Until::Done)
    }

    fn start<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
        until: Until,
    ) -> Running<T> {
        let (sender, receiver) = oneshot::channel();
        let shared = self.0.clone();
        let (ticket, is_fresh) = self.0.push(Box::new(move || {
            let outcome = catch_unwind(AssertUnwindSafe(job));
            if until == Until::Done {
                shared.end_turn();
            }
            // Where nobody waits any more, it is dropped here.
            let _ = sender.send(outcome);
        }));
        Running {
            outcome: receiver,
            ticket,
            until,
            pool: Some(self.clone()),
            is_fresh,
        }
    }
}

/// How long a job has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Done,
    Taken,
}

impl<T> Future for Running<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        let glanced = std::mem::take(&mut self.is_fresh).then(|| self.glance());
        let outcome = match glanced.flatten() {
            Some(outcome) => outcome,
            None => match self.outcome.poll_unpin(cx) {
                Poll::Ready(outcome) => outcome.expect("a job that somebody waits for is done"),
                Poll::Pending => return Poll::Pending,
            },
        };
        self.end();
        Poll::Ready(outcome)
    }
}

impl<T> Running<T> {
    /// Nobody waits for it any more. What has not begun is forgotten, with all that it holds.
    fn end(&mut self) {
        let Some(Pool(shared)) = self.pool.take() else {
            return;
        };
        match shared.forget(self.ticket) {
            // What it holds may be anything.
            Some(job) => drop(catch_unwind(AssertUnwindSafe(|| drop(job)))),
            None if self.until == Until::Taken => shared.end_turn(),
            None => {}
        }
    }

    /// Looks whether it is done, and lets other threads run meanwhile.
    fn glance(&mut self) -> Option<Outcome<T>> {
        let Pool(shared) = self.pool.as_ref()?;
        if !shared.glances.is_due() {
            return None;
        }
        // Who was answered meanwhile does not wait for it.
        reactor::begin_lull();
        let mut outcome = None;
        let is_done = soon(GLANCE, || {
            outcome = self.outcome.try_recv().ok().flatten();
            outcome.is_some()
        });
        shared.glances.tell(is_done);
        outcome
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.end();
    }
}

impl State {
    /// How many jobs could begin.
    fn ready(&self, most: usize) -> usize {
        self.jobs.len().min(most.saturating_sub(self.begun))
    }
}

impl Shared {
    /// A panic of a job is caught, and so nothing here is ever left half done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a job done, and tells what it is known by, and whether a thread is there that looks for one.
    fn push(self: &Arc<Self>, job: Job) -> (Ticket, bool) {
        let mut state = self.lock();
        let ticket = state.next;
        state.next += 1;
        state.jobs.push_back((ticket, job));
        (ticket, self.attend(state))
    }

    /// Sees to it that a thread comes to each job that could begin. Whether one looks for it already.
    fn attend(self: &Arc<Self>, mut state: MutexGuard<'_, State>) -> bool {
        let ready = self.count(&state);
        if ready <= state.spinning {
            return ready > 0;
        }
        if ready <= state.spinning + state.sleeping {
            self.wake.notify_one();
        } else if state.threads < self.most {
            state.threads += 1;
            let shared = self.clone();
            let thread = thread::Builder::new().name("teleop-pool".to_owned());
            // It handles no signals of the program's, whoever starts it.
            if without_signals(|| thread.spawn(move || shared.work())).is_err() {
                state.threads -= 1;
                if state.threads == 0 {
                    // Nobody would ever come to them. A process that has all the threads that it may have
                    // is one that somebody asks about: they are done here.
                    drop(self.carry_out_all(state));
                }
            }
        }
        false
    }

    /// Does what could begin, until there is nothing more.
    fn carry_out_all<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        while state.ready(self.most) > 0 {
            let job = state.jobs.pop_front();
            state.begun += 1;
            self.count(&state);
            drop(state);
            job.into_iter().for_each(|(_, job)| carry_out(job));
            state = self.lock();
        }
        state
    }

    /// Takes a job back, if it waits still.
    fn forget(&self, ticket: Ticket) -> Option<Job> {
        let mut state = self.lock();
        let position = state.jobs.iter().position(|(it, _)| *it == ticket)?;
        let (_, job) = state.jobs.remove(position)?;
        self.count(&state);
        Some(job)
    }

    /// Lets another job begin in the place of one that had.
    fn end_turn(self: &Arc<Self>) {
        let mut state = self.lock();
        state.begun = state.begun.saturating_sub(1);
        // Its thread may have ended long ago.
        self.attend(state);
    }

    /// Says how many jobs could begin.
    fn count(&self, state: &State) -> usize {
        let ready = state.ready(self.most);
        self.ready.store(ready, Ordering::Relaxed);
        ready
    }

    /// What a thread does.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            state = self.carry_out_all(state);
            if self.spins.is_due() {
                state.spinning += 1;
                drop(state);
                let has_come = soon(SPIN, || self.ready.load(Ordering::Relaxed) > 0);
                self.spins.tell(has_come);
                state = self.lock();
                state.spinning -= 1;
                if state.ready(self.most) > 0 {
                    continue;
                }
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
}

/// Looks for so long whether something is so, and lets other threads run meanwhile. False also where it is, but
/// those took longer.
fn soon(longest: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    loop {
        let is_so = is_so();
        let is_late = started.elapsed() >= longest;
        if is_so || is_late {
            return is_so && !is_late;
        }
        thread::yield_now();
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

    use async_io::{Timer, block_on};
    use futures::future::{self, Either, join_all};

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
    fn what_is_done_sooner_than_it_is_taken_does_not_pile_up() {
        let pool = Pool::new(2);
        let begun = Arc::new(AtomicUsize::new(0));
        let jobs: Vec<_> = (0..10)
            .map(|_| {
                let begun = begun.clone();
                pool.run(move || begun.fetch_add(1, Ordering::SeqCst))
            })
            .collect();
        until("as many are done as may be", || {
            let state = pool.0.lock();
            begun.load(Ordering::SeqCst) == 2 && state.sleeping == state.threads
        });
        for (taken, job) in (1..).zip(jobs) {
            block_on(job).unwrap();
            assert!(begun.load(Ordering::SeqCst) <= 2 + taken);
        }
        // One that is ahead of whoever takes it keeps nobody waiting.
        let ahead: Vec<_> = (0..10)
            .map(|number| pool.run_ahead(move || number))
            .collect();
        assert_eq!(block_on(pool.run(|| 7)).unwrap(), 7);
        let ahead = block_on(join_all(ahead)).into_iter().map(Result::unwrap);
        assert!(ahead.eq(0..10));
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
    fn what_waits_for_a_turn_has_one_though_all_threads_have_ended() {
        let pool = Pool::new(1);
        let first = pool.run(|| 1);
        until("its thread ends", || threads(&pool) == 0);
        let second = pool.run(|| 2);
        assert_eq!(
            threads(&pool),
            0,
            "the first has its turn until it is taken"
        );
        assert_eq!(block_on(first).unwrap(), 1);
        let both = async { future::select(second, Timer::after(NEVER)).await };
        assert!(matches!(block_on(both), Either::Left((Ok(2), _))));
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
