//! A thread and its reactor.

mod lull;

use std::{
    future::poll_fn,
    io::{Read, Write},
    os::unix::net::UnixStream,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use futures::{
    FutureExt, StreamExt,
    channel::oneshot,
    future::{self, Either},
    stream::FuturesUnordered,
};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};

use super::*;
use crate::reactor::{Async, Timer};

const NEVER: Duration = Duration::from_secs(10);
const SOON: Duration = Duration::from_millis(5);

fn reactor() -> Reactor {
    Reactor::new().unwrap()
}

/// Drives a future to its end, which is to come soon.
fn drive<T>(reactor: &Reactor, future: impl Future<Output = T>) -> T {
    reactor.block_on(async {
        match future::select(pin!(future), Timer::after(NEVER)).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => panic!("nobody woke it"),
        }
    })
}

fn pair() -> (Async<UnixStream>, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    (Async::new(here), there)
}

async fn read(from: &Async<UnixStream>, room: usize) -> Vec<u8> {
    let mut buffer = vec![0; room];
    let count = poll_fn(|cx| from.poll_read(cx, room, |mut stream| stream.read(&mut buffer)));
    let count = count.await.unwrap();
    buffer.truncate(count);
    buffer
}

/// How many descriptors and alarms it waits for.
fn waits_for(reactor: &Reactor) -> (usize, usize) {
    (reactor.inner.sources.count(), reactor.inner.alarms.count())
}

#[test]
fn timers_are_over_in_their_order_and_not_before_their_time() {
    let reactor = reactor();
    let began = Instant::now();
    drive(&reactor, async {
        let later = Timer::after(20 * SOON);
        // The sooner one is looked at first: on a busy machine, both may be over when it wakes up.
        match future::select(Timer::after(SOON), later).await {
            Either::Left(((), later)) => {
                assert!(began.elapsed() >= SOON);
                later.await;
            }
            Either::Right(_) => panic!("the later one came first"),
        }
    });
    assert!(began.elapsed() >= 20 * SOON);
    assert_eq!(waits_for(&reactor), (0, 0));
}

#[test]
fn who_always_has_something_to_do_hears_of_a_timer_too() {
    let began = Instant::now();
    drive(&reactor(), async {
        let mut over = Timer::after(SOON);
        while let Either::Right(_) = future::select(&mut over, future::ready(())).await {
            assert!(began.elapsed() < NEVER, "nobody looks at the clock");
        }
    });
    assert!(began.elapsed() >= SOON);
}

#[test]
fn what_is_over_long_from_now_is_not_waited_for_when_it_is_dropped() {
    let reactor = reactor();
    drive(&reactor, async {
        let never = Timer::after(NEVER);
        future::select(never, Timer::after(SOON)).await;
        assert!(Timer::after(Duration::MAX).now_or_never().is_none());
    });
    assert_eq!(waits_for(&reactor), (0, 0));
}

#[test]
fn who_waits_as_a_reactor_goes_waits_with_the_next_one() {
    let (here, mut there) = pair();
    // Each is polled again when it is woken, and not before.
    let mut waiting = FuturesUnordered::new();
    waiting.push(read(&here, 1).map(|_| "read").boxed_local());
    waiting.push(Timer::after(4 * SOON).map(|()| "rang").boxed_local());
    drive(&reactor(), async {
        assert!(waiting.next().now_or_never().is_none());
    });
    assert_eq!(drive(&reactor(), waiting.next()), Some("rang"));
    there.write_all(b"a").unwrap();
    assert_eq!(drive(&reactor(), waiting.next()), Some("read"));
}

#[test]
fn another_thread_wakes_it() {
    let (sender, receiver) = oneshot::channel();
    let (asks, asked) = mpsc::channel();
    let other = thread::spawn(move || {
        asked.recv_timeout(NEVER).unwrap();
        thread::sleep(SOON);
        sender.send(7).unwrap();
    });
    let told = drive(&reactor(), async {
        asks.send(()).unwrap();
        receiver.await
    });
    assert_eq!(told, Ok(7));
    other.join().unwrap();
}

#[test]
fn what_wakes_itself_keeps_nobody_else_waiting() {
    let (here, mut there) = pair();
    let mut turns = 0_u64;
    let restless = poll_fn(|cx| {
        turns += 1;
        if turns == 3 * TURNS as u64 {
            there.write_all(b"a").unwrap();
        }
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    // Nothing but the kernel says that there is something to be read.
    let read = pin!(read(&here, 1));
    let first = drive(&reactor(), future::select(read, restless));
    assert!(matches!(first, Either::Left((read, _)) if read == b"a"));
}

#[test]
fn who_waits_to_read_is_woken_each_time_and_at_the_end() {
    let (here, mut there) = pair();
    let (turn, turns) = mpsc::channel();
    let other = thread::spawn(move || {
        for text in [&b"a"[..], b"bcd", b"ef"] {
            turns.recv_timeout(NEVER).unwrap();
            thread::sleep(SOON);
            there.write_all(text).unwrap();
        }
    });
    drive(&reactor(), async {
        let next = || turn.send(()).unwrap();
        next();
        assert_eq!(read(&here, 16).await, b"a");
        next();
        // Less room than there is to be read: there is more at once.
        assert_eq!(read(&here, 2).await, b"bc");
        assert_eq!(read(&here, 2).await, b"d");
        next();
        assert_eq!(read(&here, 16).await, b"ef");
        assert_eq!(read(&here, 16).await, b"");
        assert_eq!(read(&here, 16).await, b"");
    });
    other.join().unwrap();
}

#[test]
fn an_end_that_was_told_before_the_last_bytes_were_read_is_found() {
    let (here, mut there) = pair();
    drive(&reactor(), async {
        there.write_all(b"a").unwrap();
        assert_eq!(read(&here, 16).await, b"a");
        there.write_all(b"b").unwrap();
        drop(there);
        // The kernel tells of both at once, and of neither again.
        Timer::after(SOON).await;
        assert_eq!(read(&here, 16).await, b"b");
        assert_eq!(read(&here, 16).await, b"");
    });
}

#[test]
fn more_than_there_is_room_for_is_written_and_read_at_once() {
    const LENGTH: usize = 8 << 20;

    let (here, there) = pair();
    there.set_nonblocking(true).unwrap();
    let there = Async::new(there);
    let reactor = reactor();
    drive(&reactor, async {
        let write = async {
            let mut rest = LENGTH;
            while rest > 0 {
                let some = vec![1; rest.min(1 << 20)];
                let wrote = poll_fn(|cx| here.poll_write(cx, |mut stream| stream.write(&some)));
                rest -= wrote.await.unwrap();
            }
        };
        let read = async {
            let mut rest = LENGTH;
            while rest > 0 {
                rest -= read(&there, 1 << 16).await.len();
            }
        };
        future::join(write, read).await;
    });
    drop((here, there));
    assert_eq!(waits_for(&reactor), (0, 0));
}

#[test]
fn of_two_that_wait_for_the_same_both_are_woken() {
    let (here, mut there) = pair();
    drive(&reactor(), async {
        // Each has a waker of its own.
        let both = [read(&here, 1), read(&here, 1)];
        let both = both.into_iter().collect::<FuturesUnordered<_>>();
        let write = async {
            Timer::after(SOON).await;
            there.write_all(b"ab").unwrap();
        };
        let (both, ()) = future::join(both.collect::<Vec<_>>(), write).await;
        assert_eq!(both.concat().len(), 2);
    });
}

#[test]
fn it_is_waited_for_wherever_it_is_polled() {
    let (here, mut there) = pair();
    let mut wait = async |text: &[u8]| {
        let write = async {
            Timer::after(SOON).await;
            there.write_all(text).unwrap();
        };
        future::join(read(&here, 16), write).await.0
    };
    let first = reactor();
    assert_eq!(drive(&first, wait(b"by the first")), b"by the first");
    assert_eq!(drive(&reactor(), wait(b"by another")), b"by another");
    assert_eq!(waits_for(&first), (0, 0));
    assert_eq!(async_io::block_on(wait(b"by none")), b"by none");
    assert_eq!(drive(&first, wait(b"and back")), b"and back");
}

#[test]
fn what_is_done_aside_may_block_until_it_is_done() {
    let (here, mut there) = pair();
    drive(&reactor(), async {
        let read = aside(|| {
            assert!(!at_lull(Rc::new(lull::Done::default())));
            async_io::block_on(async {
                let write = async {
                    Timer::after(SOON).await;
                    there.write_all(b"a").unwrap();
                };
                future::join(read(&here, 16), write).await.0
            })
        });
        assert_eq!(read, b"a");
        assert!(is_driven());
    });
    assert!(!is_driven());
}

#[test]
fn a_thread_that_is_awake_is_woken_without_a_system_call() {
    let alert = Alert::new().unwrap();
    let waker = Waker::from(alert.clone());
    let told = || alert.event().read();
    waker.wake_by_ref();
    assert_eq!(told(), Err(nix::Error::EAGAIN));
    assert!(alert.rest().is_due());
    alert.begin_turn();
    let rest = alert.rest();
    assert!(!rest.is_due());
    waker.wake_by_ref();
    waker.wake_by_ref();
    assert_eq!(told(), Ok(1));
    drop(rest);
    assert!(alert.is_raised());
}

#[test]
fn of_two_that_wait_on_different_threads_both_are_woken() {
    let (here, mut there) = pair();
    let here = Arc::new(here);
    let readers = [(); 2].map(|()| {
        let here = here.clone();
        let reactor = reactor();
        let (waits, is_waiting) = mpsc::channel();
        let reader = thread::spawn(move || {
            let mut read = pin!(read(&here, 1));
            let read = poll_fn(|cx| {
                let polled = read.as_mut().poll(cx);
                let _ = waits.send(()); // Only the first time is of interest.
                polled
            });
            drive(&reactor, read)
        });
        is_waiting.recv_timeout(NEVER).unwrap();
        reader
    });
    there.write_all(b"ab").unwrap();
    let written = Instant::now();
    for reader in readers {
        assert_eq!(reader.join().unwrap().len(), 1);
    }
    assert!(
        written.elapsed() < NEVER / 2,
        "it was its timer that woke it"
    );
}

#[test]
fn a_waker_that_drops_what_waits_itself_is_dropped() {
    /// What holds a timer, as the task of a simple executor does.
    struct Task(#[expect(dead_code, reason = "it is dropped")] Timer);

    impl std::task::Wake for Task {
        fn wake(self: Arc<Self>) {}
    }

    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        let reactor = reactor();
        reactor.enter(|| {
            let waits = |timer: &mut Timer, waker: &Waker| {
                let polled = std::pin::Pin::new(timer).poll(&mut Context::from_waker(waker));
                assert!(polled.is_pending());
            };
            let mut timer = Timer::after(NEVER);
            let mut another = Timer::after(NEVER);
            waits(&mut another, Waker::noop());
            let task = Waker::from(Arc::new(Task(another)));
            waits(&mut timer, &task);
            drop(task);
            waits(&mut timer, Waker::noop());
            assert_eq!(waits_for(&reactor).1, 1);
        });
        done.send(()).unwrap();
    });
    is_done
        .recv_timeout(NEVER)
        .expect("it does not stand still");
}

#[test]
fn a_descriptor_that_the_program_has_closed_costs_it_no_processor() {
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
        let time = usage.user_time() + usage.system_time();
        Duration::from_micros(time.num_microseconds().unsigned_abs())
    };
    let mut reactor = reactor();
    let (something_else, _there) = UnixStream::pair().unwrap();
    let inner = Arc::get_mut(&mut reactor.inner).unwrap();
    nix::unistd::dup2(&something_else, &mut inner.epoll.0).unwrap();
    let (sender, receiver) = oneshot::channel();
    let other = thread::spawn(move || {
        thread::sleep(20 * SOON);
        sender.send(7).unwrap();
    });
    let before = used();
    assert_eq!(drive(&reactor, receiver), Ok(7));
    drive(&reactor, Timer::after(20 * SOON));
    assert!(used() - before < 10 * SOON);
    other.join().unwrap();
}
