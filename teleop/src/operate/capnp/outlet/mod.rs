//! [`Outlet`]: what waits to be written to the other side, and how much memory it takes.

mod batch;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
    time::Instant,
};

use capnp::message::{Builder, HeapAllocator};
use futures::AsyncWrite;

use self::batch::Batch;
use crate::reactor::{self, Lull};

/// Room for the beginning of a message, in words, and what most take altogether. It is zeroed before it is used,
/// and capnp-rpc asks for eight times as much where it knows no better.
const BEGINNING: u32 = 128;
/// So many messages, or bytes, are not kept waiting for more.
const MOST_MESSAGES: usize = 64;
const MOST_BYTES: usize = 64 << 10;

/// The messages that wait to be written, each with something that is dropped when it is.
///
/// They are written when the thread has nothing else to do, all at once: while it carries out what has come
/// together, what it answers piles up here, and takes one system call.
pub(super) struct Outlet<C> {
    queue: RefCell<VecDeque<Queued<C>>>,
    /// How much memory the queue takes, and what is being written.
    held: Cell<usize>,
    /// Whether it is written at the next lull.
    is_due: Cell<bool>,
    /// `None` before it is written at all, and when it is not any more.
    writing: RefCell<Option<Writing<C>>>,
    /// When the other side last read something, or was given something to read.
    progressed: Cell<Option<Instant>>,
    /// How it is to end, once everything is written.
    ending: RefCell<Option<capnp::Result<()>>>,
    /// Whether nothing is written any more.
    is_over: Cell<bool>,
    writer: RefCell<Option<Waker>>,
    reader: RefCell<Option<Waker>>,
}

/// A message that takes so many words, as far as that is known.
pub(super) fn message_of(words: u32) -> Builder<HeapAllocator> {
    Builder::new(HeapAllocator::new().first_segment_words(words.clamp(1, BEGINNING)))
}

/// A message that waits.
struct Queued<C> {
    message: Rc<Builder<HeapAllocator>>,
    bytes: usize,
    charge: C,
}

struct Writing<C> {
    output: Pin<Box<dyn AsyncWrite>>,
    batch: Batch<C>,
}

impl<C: 'static> Outlet<C> {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            queue: RefCell::default(),
            held: Cell::default(),
            is_due: Cell::default(),
            writing: RefCell::default(),
            progressed: Cell::default(),
            ending: RefCell::default(),
            is_over: Cell::default(),
            writer: RefCell::default(),
            reader: RefCell::default(),
        })
    }

    /// Has a message written that takes so many bytes.
    pub(super) fn send(
        self: &Rc<Self>,
        message: Rc<Builder<HeapAllocator>>,
        bytes: usize,
        charge: C,
    ) {
        // What nobody writes any more is not to be kept either.
        if self.is_over.get() || self.ending.borrow().is_some() {
            return;
        }
        if self.held.replace(self.held.get() + bytes) == 0 {
            self.progressed.set(Some(Instant::now()));
        }
        let mut queue = self.queue.borrow_mut();
        queue.push_back(Queued {
            message,
            bytes,
            charge,
        });
        let is_full = queue.len() >= MOST_MESSAGES || self.held.get() >= MOST_BYTES;
        drop(queue);
        if !self.is_due.replace(true) && !reactor::at_lull(self.clone()) {
            wake(&self.writer);
        }
        if is_full {
            reactor::begin_lull();
        }
    }

    /// How many bytes what the other side has not read takes.
    pub(super) fn held(&self) -> usize {
        self.held.get()
    }

    /// Since when the client has read nothing, where there is something to read.
    pub(super) fn stuck_since(&self) -> Option<Instant> {
        self.progressed.get().filter(|_| self.held.get() > 0)
    }

    /// Waits until what waits to be read is no more than so much, which may change meanwhile.
    pub(super) async fn read_down_to(&self, most: impl Fn() -> usize) {
        poll_fn(|cx| {
            if self.held.get() <= most() {
                return Poll::Ready(());
            }
            *self.reader.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Has the writing end, once everything that waits by now is written.
    pub(super) fn finish(&self, result: capnp::Result<()>) {
        self.ending.borrow_mut().get_or_insert(result);
        wake(&self.writer);
    }

    /// Waits until it is told to [finish](Self::finish), once nothing can be written any more.
    pub(super) async fn finished(&self) -> capnp::Result<()> {
        poll_fn(|cx| match self.ending.borrow().clone() {
            Some(ending) => Poll::Ready(ending),
            None => {
                *self.writer.borrow_mut() = Some(cx.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    /// Writes what there is to be written, until it is told to [finish](Self::finish). Dropped, it writes
    /// nothing any more, and has let the output go.
    pub(super) fn write(self: Rc<Self>, output: impl AsyncWrite + 'static) -> Writer<C> {
        self.writing.replace(Some(Writing {
            output: Box::pin(output),
            batch: Batch::new(),
        }));
        Writer(self)
    }

    fn poll_until_finished(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        *self.writer.borrow_mut() = Some(cx.waker().clone());
        ready!(self.poll_write(cx))?;
        if self.ending.borrow().is_none() {
            return Poll::Pending;
        }
        match &mut *self.writing.borrow_mut() {
            Some(writing) => writing.output.as_mut().poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Writes what waits, as far as there is room.
    fn poll_write(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_due.set(false);
        let mut writing = self.writing.borrow_mut();
        let Some(Writing { output, batch }) = &mut *writing else {
            return Poll::Ready(Ok(()));
        };
        while batch.fill(&mut self.queue.borrow_mut()) {
            let written = ready!(batch.poll_write(output.as_mut(), cx))?;
            if let Some(bytes) = written {
                self.held.set(self.held.get() - bytes);
                wake(&self.reader);
            }
            if self.held.get() > 0 {
                self.progressed.set(Some(Instant::now()));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Writes what waits, without waiting for the task that writes. Where there is no room, or something goes
    /// wrong, it is for that to find out.
    fn write_now(&self) {
        let Some(waker) = self.writer.borrow().clone() else {
            return;
        };
        match self.poll_write(&mut Context::from_waker(&waker)) {
            Poll::Ready(Ok(())) | Poll::Pending => {}
            Poll::Ready(Err(_)) => waker.wake(),
        }
    }
}

/// What writes, for as long as it is there.
pub(super) struct Writer<C: 'static>(Rc<Outlet<C>>);

impl<C> Future for Writer<C> {
    type Output = capnp::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<capnp::Result<()>> {
        ready!(self.0.poll_until_finished(cx))?;
        let ending = self.0.ending.borrow().clone();
        Poll::Ready(ending.unwrap_or(Ok(())))
    }
}

impl<C: 'static> Drop for Writer<C> {
    fn drop(&mut self) {
        let outlet = &self.0;
        // What was answered before its connection was dropped is written, as far as there is room. Who waits for
        // room is told to no end.
        if outlet.is_due.get() {
            let _ = outlet.poll_write(&mut Context::from_waker(Waker::noop()));
        }
        // Nobody writes them any more.
        outlet.is_over.set(true);
        drop((outlet.writing.take(), outlet.queue.take()));
        outlet.held.set(0);
        wake(&outlet.reader);
    }
}

impl<C: 'static> Lull for Outlet<C> {
    fn lull(&self) {
        if self.is_due.get() {
            self.write_now();
        }
    }

    fn miss(&self) {
        self.is_due.set(false);
        wake(&self.writer);
    }
}

fn wake(waker: &RefCell<Option<Waker>>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, future};

    use super::*;
    use crate::reactor::block_on;

    /// Counts how often it is written to.
    struct Counted(Rc<Cell<usize>>);

    impl AsyncWrite for Counted {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.0.set(self.0.get() + 1);
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Sends messages, and says how often was written until nothing is left to be written.
    fn writes(messages: usize) -> usize {
        let count = Rc::new(Cell::new(0));
        let outlet = Outlet::new();
        let mut writer = outlet.clone().write(Counted(count.clone()));
        let sent = async {
            // It begins before there is anything to be written.
            assert!((&mut writer).now_or_never().is_none());
            for _ in 0..messages {
                outlet.send(Rc::new(message_of(1)), 1, ());
            }
            outlet.read_down_to(|| 0).await;
        };
        block_on(sent);
        outlet.finish(Ok(()));
        block_on(writer).unwrap();
        count.get()
    }

    #[test]
    fn what_is_sent_together_is_written_together() {
        for messages in [1, 2, MOST_MESSAGES - 1] {
            assert_eq!(writes(messages), 1);
        }
        // A crowd does not wait for all of it to come together, where it is known what comes together.
        let crowded = writes(10 * MOST_MESSAGES + 1);
        assert!(!cfg!(target_os = "linux") || crowded == 11);
    }

    #[test]
    fn what_nobody_writes_any_more_is_not_kept() {
        let outlet = Outlet::new();
        let charge = Rc::new(());
        let send = || outlet.send(Rc::new(message_of(1)), 1, charge.clone());
        let writer = outlet.clone().write(futures::io::sink());
        send();
        drop(writer);
        send();
        assert_eq!(Rc::strong_count(&charge), 1);
    }

    #[test]
    fn it_writes_on_an_executor_that_knows_no_lull() {
        let outlet = Outlet::new();
        let writer = outlet.clone().write(futures::io::sink());
        async_io::block_on(async {
            let send = async {
                outlet.send(Rc::new(message_of(1)), 1, ());
                outlet.read_down_to(|| 0).await;
                outlet.finish(Ok(()));
            };
            let (written, ()) = future::join(writer, send).await;
            written.unwrap();
        });
    }
}
