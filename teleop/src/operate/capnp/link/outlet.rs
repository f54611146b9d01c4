//! [`Outlet`]: what waits to be written to a client, and how much memory it takes.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    io::{self, IoSlice},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use capnp::message::{Builder, HeapAllocator};
use futures::{AsyncWrite, AsyncWriteExt, channel::oneshot};

use super::budget::Charge;

/// How many messages are written by one system call, at most.
const BATCH: usize = 16;

/// The messages that wait to be written.
#[derive(Default)]
pub(super) struct Outlet {
    queue: RefCell<VecDeque<Queued>>,
    /// How much memory the queue takes, and what is being written.
    held: Cell<usize>,
    /// When the client last read something, or was given something to read.
    progressed: Cell<Option<Instant>>,
    /// How it is to end, once everything is written.
    ending: RefCell<Option<capnp::Result<()>>>,
    writer: RefCell<Option<Waker>>,
    reader: RefCell<Option<Waker>>,
}

/// A message that waits.
struct Queued {
    message: Rc<Builder<HeapAllocator>>,
    bytes: usize,
    written: oneshot::Sender<()>,
    _charge: Rc<Charge>,
}

impl Outlet {
    /// Has a message written. What is returned resolves when it is; dropping it changes nothing.
    pub(super) fn send(
        &self,
        message: Rc<Builder<HeapAllocator>>,
        charge: Rc<Charge>,
    ) -> oneshot::Receiver<()> {
        let (written, receiver) = oneshot::channel();
        // What nobody writes any more is not to be kept either.
        if self.ending.borrow().is_some() {
            return receiver;
        }
        let bytes = charge.bytes();
        if self.held.replace(self.held.get() + bytes) == 0 {
            self.progressed.set(Some(Instant::now()));
        }
        self.queue.borrow_mut().push_back(Queued {
            message,
            bytes,
            written,
            _charge: charge,
        });
        wake(&self.writer);
        receiver
    }

    /// How many bytes what the client has not read takes.
    pub(super) fn held(&self) -> usize {
        self.held.get()
    }

    /// Since when the client has read nothing, where there is something to read.
    pub(super) fn stuck_since(&self) -> Option<Instant> {
        self.progressed.get().filter(|_| self.held.get() > 0)
    }

    /// Waits until what waits for the client is no more than so much, which may change meanwhile.
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

    /// Writes what there is to be written, until it is told to [finish](Self::finish).
    pub(super) async fn write(self: Rc<Self>, output: impl AsyncWrite) -> capnp::Result<()> {
        let mut output = pin!(output);
        let mut batch = Vec::new();
        while poll_fn(|cx| self.poll_batch(cx, &mut batch)).await {
            self.write_batch(output.as_mut(), &batch).await?;
            for queued in batch.drain(..) {
                self.held.set(self.held.get() - queued.bytes);
                let _ = queued.written.send(()); // Mostly nobody wants to know.
            }
            wake(&self.reader);
        }
        output.flush().await?;
        let ending = self.ending.borrow().clone();
        ending.unwrap_or(Ok(()))
    }

    /// Takes what is to be written next; false where nothing is, nor will be.
    fn poll_batch(&self, cx: &mut Context<'_>, batch: &mut Vec<Queued>) -> Poll<bool> {
        let mut queue = self.queue.borrow_mut();
        if queue.is_empty() {
            if self.ending.borrow().is_some() {
                return Poll::Ready(false);
            }
            *self.writer.borrow_mut() = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = queue.len().min(BATCH);
        batch.extend(queue.drain(..count));
        Poll::Ready(true)
    }

    async fn write_batch(
        &self,
        mut output: Pin<&mut impl AsyncWrite>,
        batch: &[Queued],
    ) -> io::Result<()> {
        let segments: Vec<_> = batch
            .iter()
            .map(|queued| queued.message.get_segments_for_output())
            .collect();
        let headers: Vec<_> = segments.iter().map(|segments| header(segments)).collect();
        let mut slices = Vec::with_capacity(2 * batch.len());
        for (header, segments) in headers.iter().zip(&segments) {
            slices.push(IoSlice::new(header));
            slices.extend(segments.iter().map(|segment| IoSlice::new(segment)));
        }
        let mut rest = &mut slices[..];
        while !rest.is_empty() {
            let written = poll_fn(|cx| output.as_mut().poll_write_vectored(cx, rest)).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut rest, written);
            self.progressed.set(Some(Instant::now()));
        }
        Ok(())
    }
}

/// What stands before the segments of a message: how many there are, and how long each is, in words.
fn header(segments: &[&[u8]]) -> Vec<u8> {
    let word = size_of::<capnp::Word>();
    let numbers = [segments.len().saturating_sub(1)];
    let lengths = segments.iter().map(|segment| segment.len() / word);
    let mut header: Vec<u8> = numbers
        .into_iter()
        .chain(lengths)
        // The memory of a builder has no more than 2³² words.
        .flat_map(|number| (number as u32).to_le_bytes())
        .collect();
    header.resize(header_bytes(segments.len()), 0);
    header
}

fn header_bytes(segments: usize) -> usize {
    (segments / 2 + 1) * size_of::<capnp::Word>()
}

fn wake(waker: &RefCell<Option<Waker>>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}
