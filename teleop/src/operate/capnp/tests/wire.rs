//! [`Wire`]: a stream between a server and a client that are on the same thread.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use futures::{AsyncRead, AsyncWrite};

/// What fits into it, on the way to a client that reads nothing.
const ROOM: usize = 4096;

/// The server's end, and the client's.
#[derive(Clone, Default)]
pub(super) struct Wire(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    said: VecDeque<u8>,
    is_closed: bool,
    heard: Vec<u8>,
    /// How much the client takes at the most before it reads on; everything where there is none.
    room: Option<usize>,
    /// How much is read at once.
    piece: usize,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Wire {
    pub(super) fn new(piece: usize) -> Self {
        let wire = Self::default();
        wire.0.borrow_mut().piece = piece;
        wire
    }

    pub(super) fn say(&self, bytes: &[u8]) {
        let mut state = self.0.borrow_mut();
        state.said.extend(bytes);
        wake(&mut state.reader);
    }

    /// The client reads nothing for now.
    pub(super) fn hold(&self) {
        self.0.borrow_mut().room = Some(ROOM);
    }

    /// The client reads everything.
    pub(super) fn read(&self) {
        let mut state = self.0.borrow_mut();
        state.room = None;
        wake(&mut state.writer);
    }

    pub(super) fn close(&self) {
        let mut state = self.0.borrow_mut();
        state.is_closed = true;
        wake(&mut state.reader);
    }

    /// What the client was told.
    pub(super) fn heard(&self) -> Vec<u8> {
        self.0.borrow().heard.clone()
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.0.borrow_mut();
        if state.said.is_empty() && !state.is_closed {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = into.len().min(state.piece).min(state.said.len());
        for (into, byte) in into.iter_mut().zip(state.said.drain(..count)) {
            *into = byte;
        }
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.0.borrow_mut();
        let room = state.room.unwrap_or(usize::MAX).min(bytes.len());
        if room == 0 && !bytes.is_empty() {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.heard.extend(&bytes[..room]);
        state.room = state.room.map(|all| all - room);
        Poll::Ready(Ok(room))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
