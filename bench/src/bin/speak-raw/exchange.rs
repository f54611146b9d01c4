//! [`Exchange`]: calls on one connection.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{self, Poll, ready},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use futures::{AsyncRead, AsyncWrite};
use teleop_bench_load::Deadline;

/// Calls on one connection. What is to be sent is written at once, however many messages it is, and answers
/// come in the order of the messages.
pub(crate) struct Exchange<'a, S> {
    stream: &'a mut S,
    frame: usize,
    /// The same message over and over.
    outgoing: Vec<u8>,
    /// How many bytes are to be written still.
    unwritten: usize,
    /// Where in `outgoing` they begin.
    at: usize,
    incoming: Vec<u8>,
    /// How many bytes came of an answer that is not whole.
    partial: usize,
    begun: VecDeque<Instant>,
    nanoseconds: Vec<u128>,
    deadline: Deadline,
}

/// As much as is written or read at once, unless a message is larger.
const CHUNK: usize = 64 << 10;

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Exchange<'a, S> {
    pub(crate) fn new(
        stream: &'a mut S,
        frame: &[u8],
        in_flight: usize,
        deadline: Deadline,
    ) -> Self {
        Self {
            stream,
            frame: frame.len(),
            outgoing: frame.repeat(1 + CHUNK / frame.len()),
            unwritten: frame.len() * in_flight,
            at: 0,
            incoming: vec![0; CHUNK.max(frame.len())],
            partial: 0,
            begun: vec![Instant::now(); in_flight].into(),
            nanoseconds: Vec::new(),
            deadline,
        }
    }

    /// Is ready when the last answer came.
    pub(crate) fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<()>> {
        while !self.begun.is_empty() {
            while self.poll_write(cx)?.is_ready() {}
            ready!(self.poll_read(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// How long each call took.
    pub(crate) fn into_nanoseconds(self) -> Vec<u128> {
        self.nanoseconds
    }

    /// Writes some of what is to be written; pending where there is nothing, too.
    fn poll_write(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<()>> {
        if self.unwritten == 0 {
            return Poll::Pending;
        }
        let end = self.outgoing.len().min(self.at + self.unwritten);
        let buffer = &self.outgoing[self.at..end];
        let written = ready!(Pin::new(&mut *self.stream).poll_write(cx, buffer))?;
        self.unwritten -= written;
        self.at = (self.at + written) % self.frame;
        Poll::Ready(Ok(()))
    }

    /// Reads some answers, and has as many new calls made while there is time.
    fn poll_read(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<()>> {
        let read = ready!(Pin::new(&mut *self.stream).poll_read(cx, &mut self.incoming))?;
        Poll::Ready(self.take(read))
    }

    fn take(&mut self, read: usize) -> Result<()> {
        ensure!(read > 0, "the server closed the connection");
        self.partial += read;
        let now = Instant::now();
        while self.partial >= self.frame {
            let begin = self.begun.pop_front();
            let begin = begin.context("an answer to nothing")?;
            self.partial -= self.frame;
            self.nanoseconds.push((now - begin).as_nanos());
            if !self.deadline.is_over(now) {
                self.begun.push_back(now);
                self.unwritten += self.frame;
            }
        }
        Ok(())
    }
}
