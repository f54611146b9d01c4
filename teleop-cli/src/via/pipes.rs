//! [`Pipes`]: the standard input and output of a child, as one stream.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use async_process::{ChildStdin, ChildStdout};
use futures::{AsyncRead, AsyncWrite, channel::oneshot};

use super::Failure;

/// What a child reads and writes, as one stream of Cap'n Proto.
#[derive(Debug)]
pub(super) struct Pipes {
    from: ChildStdout,
    /// What has come, until it is known to be Cap'n Proto.
    head: Option<Vec<u8>>,
    ends: Rc<Ends>,
}

/// What is known and done of it from outside, while the connection has it.
#[derive(Debug)]
pub(super) struct Ends {
    to: RefCell<Option<ChildStdin>>,
    answered: RefCell<Option<oneshot::Sender<()>>>,
    noise: RefCell<Option<String>>,
}

impl Pipes {
    /// The stream, what is known of it, and what tells that a message begins to come.
    pub(super) fn new(
        to: ChildStdin,
        from: ChildStdout,
    ) -> (Self, Rc<Ends>, oneshot::Receiver<()>) {
        let (tell, answered) = oneshot::channel();
        let ends = Rc::new(Ends {
            to: RefCell::new(Some(to)),
            answered: RefCell::new(Some(tell)),
            noise: RefCell::default(),
        });
        let pipes = Self {
            from,
            head: Some(Vec::new()),
            ends: Rc::clone(&ends),
        };
        (pipes, ends, answered)
    }

    /// Whether the first bytes are no message: a shell that greets, a terminal that echoes.
    fn is_noise(&mut self, come: &[u8]) -> bool {
        let Some(head) = &mut self.head else {
            return false;
        };
        head.extend_from_slice(come);
        if let Some(first) = head.first_chunk() {
            let is_message = u32::from_le_bytes(*first) < MOST_SEGMENTS;
            if is_message {
                self.head = None;
                let tell = self.ends.answered.take();
                let _ = tell.map(|tell| tell.send(())); // Who waits no longer has given up.
            }
            return !is_message;
        }
        // Less than a message has, and no more is to come.
        come.is_empty() && !head.is_empty()
    }

    /// Keeps the first line for who wants to know what was said in place of a message.
    fn keep_noise(&mut self, cx: &mut Context<'_>) {
        let mut head = self.head.take().unwrap_or_default();
        let mut more = [0; 256];
        if let Poll::Ready(Ok(length)) = Pin::new(&mut self.from).poll_read(cx, &mut more) {
            head.extend_from_slice(&more[..length]);
        }
        self.ends.noise.replace(Some(Failure::excerpt(&head)));
    }
}

/// More than a message may have: what begins with text seems to have more.
const MOST_SEGMENTS: u32 = 512;

impl Ends {
    /// The child reads no more.
    pub(super) fn close(&self) {
        self.to.take();
    }

    /// What came in place of the first message.
    pub(super) fn noise(&self) -> Option<String> {
        self.noise.borrow().clone()
    }

    fn with<T>(
        &self,
        poll: impl FnOnce(Pin<&mut ChildStdin>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match &mut *self.to.borrow_mut() {
            Some(to) => poll(Pin::new(to)),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

impl AsyncRead for Pipes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let length = ready!(Pin::new(&mut self.from).poll_read(cx, buffer))?;
        if self.is_noise(&buffer[..length]) {
            self.keep_noise(cx);
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        Poll::Ready(Ok(length))
    }
}

impl AsyncWrite for Pipes {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.ends.with(|to| to.poll_write(cx, buffer))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.ends.with(|to| to.poll_flush(cx))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.ends.close();
        Poll::Ready(Ok(()))
    }
}
