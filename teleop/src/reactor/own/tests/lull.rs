//! When a thread has nothing else to do.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use super::*;
use crate::reactor::Lull;

/// Says when it has been done.
#[derive(Default)]
pub(super) struct Done(RefCell<Option<oneshot::Sender<()>>>);

impl Lull for Done {
    fn lull(&self) {
        self.0.take().unwrap().send(()).unwrap();
    }

    /// Who waits is told so.
    fn miss(&self) {
        self.0.take();
    }
}

fn at_next_lull() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    assert!(at_lull(Rc::new(Done(RefCell::new(Some(sender))))));
    receiver
}

#[test]
fn what_waits_for_a_lull_is_done_before_it_sleeps_and_not_before() {
    drive(&reactor(), async {
        for turns in 0..TURNS {
            let mut due = at_next_lull();
            for _ in 0..turns {
                assert!((&mut due).now_or_never().is_none());
                let mut has_waited = false;
                poll_fn(|cx| {
                    cx.waker().wake_by_ref();
                    match mem::replace(&mut has_waited, true) {
                        true => Poll::Ready(()),
                        false => Poll::Pending,
                    }
                })
                .await;
            }
            due.await.unwrap();
        }
    });
    assert!(!at_lull(Rc::new(Done::default())));
}

#[test]
fn what_waits_for_a_lull_is_done_when_the_future_is_and_told_where_that_panics() {
    let mut due = None;
    drive(&reactor(), async { due = Some(at_next_lull()) });
    assert_eq!(due.unwrap().try_recv(), Ok(Some(())));
    let (sender, mut due) = oneshot::channel();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        drive(&reactor(), async {
            assert!(at_lull(Rc::new(Done(RefCell::new(Some(sender))))));
            resume_unwind(Box::new("by design"));
        });
    }));
    assert!(outcome.is_err());
    assert!(due.try_recv().is_err());
}

#[test]
fn what_wakes_itself_does_not_put_off_a_lull_for_ever() {
    let restless = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    let due = poll_fn({
        let mut due = None;
        move |cx| due.get_or_insert_with(at_next_lull).poll_unpin(cx)
    });
    let first = drive(&reactor(), future::select(due, restless));
    assert!(matches!(first, Either::Left((Ok(()), _))));
}

#[test]
fn what_wakes_itself_and_takes_its_time_has_fewer_turns() {
    let (here, mut there) = pair();
    let mut turns = 0;
    let restless = poll_fn(|cx| {
        turns += 1;
        there.write_all(b"a").unwrap();
        thread::sleep(SOON);
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    let read = pin!(read(&here, 1));
    drive(&reactor(), future::select(read, restless));
    assert!(turns < TURNS, "{turns} turns");
}
