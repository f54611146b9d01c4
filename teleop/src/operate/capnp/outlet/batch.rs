//! [`Batch`]: messages that are written together.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use capnp::message::{Builder, HeapAllocator};
use futures::AsyncWrite;

use super::Queued;

/// A message that is no larger is copied behind those before it; a larger one is written from where it is.
const SMALL: usize = 4096;
/// So much is copied together.
const MOST_COPIED: usize = 64 << 10;
/// So much room is kept while there is nothing to be written.
const KEPT: usize = 1024;

/// Messages that are written together: some small ones, and at most one large one behind them.
pub(super) struct Batch<C> {
    copied: Vec<u8>,
    large: Option<Rc<Builder<HeapAllocator>>>,
    /// How much of both there is, and how much of that is written.
    length: usize,
    written: usize,
    /// How much memory they count for.
    bytes: usize,
    charges: Vec<C>,
}

impl<C> Batch<C> {
    pub(super) fn new() -> Self {
        Self {
            copied: Vec::new(),
            large: None,
            length: 0,
            written: 0,
            bytes: 0,
            charges: Vec::new(),
        }
    }

    /// Takes what is to be written next, unless something still is; false where nothing is.
    pub(super) fn fill(&mut self, queue: &mut VecDeque<Queued<C>>) -> bool {
        if self.length == 0 {
            while self.large.is_none() && self.copied.len() < MOST_COPIED {
                let Some(queued) = queue.pop_front() else {
                    break;
                };
                self.add(queued);
            }
        }
        self.length > 0
    }

    fn add(&mut self, queued: Queued<C>) {
        let segments = queued.message.get_segments_for_output();
        let length: usize = segments.iter().map(|segment| segment.len()).sum();
        write_header(&segments, &mut self.copied);
        let is_small = length <= SMALL;
        if is_small {
            for segment in segments.iter() {
                self.copied.extend_from_slice(segment);
            }
        }
        drop(segments);
        self.length = self.copied.len();
        if !is_small {
            self.length += length;
            self.large = Some(queued.message);
        }
        self.bytes += queued.bytes;
        self.charges.push(queued.charge);
    }

    /// Writes some of it. Says how much memory it counted for, once all of it is written.
    pub(super) fn poll_write(
        &mut self,
        output: Pin<&mut dyn AsyncWrite>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<usize>>> {
        let count = match &self.large {
            None => output.poll_write(cx, &self.copied[self.written..]),
            Some(message) => {
                let segments = message.get_segments_for_output();
                let parts = [&self.copied[..]]
                    .into_iter()
                    .chain(segments.iter().copied());
                let mut slices: Vec<_> = parts.map(IoSlice::new).collect();
                let mut rest = &mut slices[..];
                IoSlice::advance_slices(&mut rest, self.written);
                output.poll_write_vectored(cx, rest)
            }
        };
        match ready!(count)? {
            0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            count => self.written += count,
        }
        if self.written < self.length {
            return Poll::Ready(Ok(None));
        }
        self.copied.clear();
        self.copied.shrink_to(KEPT);
        self.charges.clear();
        self.large = None;
        (self.length, self.written) = (0, 0);
        Poll::Ready(Ok(Some(mem::take(&mut self.bytes))))
    }
}

/// What stands before the segments of a message: how many there are, and how long each is, in words.
fn write_header(segments: &[&[u8]], into: &mut Vec<u8>) {
    let word = size_of::<capnp::Word>();
    let begin = into.len();
    let count = segments.len().saturating_sub(1);
    let lengths = segments.iter().map(|segment| segment.len() / word);
    for number in [count].into_iter().chain(lengths) {
        // The memory of a builder has no more than 2³² words.
        into.extend_from_slice(&(number as u32).to_le_bytes());
    }
    let length = (into.len() - begin).next_multiple_of(word);
    into.resize(begin + length, 0);
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn queued(text: &str, first_segment: u32) -> Queued<()> {
        let allocator = HeapAllocator::new().first_segment_words(first_segment);
        let mut message = Builder::new(allocator);
        message.set_root(text).unwrap();
        Queued {
            message: Rc::new(message),
            bytes: 1,
            charge: (),
        }
    }

    /// Takes a few bytes at a time.
    struct Narrow(Vec<u8>, usize);

    impl AsyncWrite for Narrow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let count = bytes.len().min(self.1);
            self.0.extend_from_slice(&bytes[..count]);
            Poll::Ready(Ok(count))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn messages_are_written_as_capnp_writes_them_however_little_there_is_room_for() {
        let texts = [0, 1, 4000, 5000, 3, 100_000, 7].map(|length| "x".repeat(length));
        for (room, first_segment) in [(1, 1), (7, 4), (4096, 16), (usize::MAX, 1 << 10)] {
            let mut queue: VecDeque<_> = texts.iter().map(|it| queued(it, first_segment)).collect();
            let expected: Vec<u8> = queue
                .iter()
                .flat_map(|queued| capnp::serialize::write_message_to_words(&*queued.message))
                .collect();
            let mut output = Narrow(Vec::new(), room);
            let mut batch = Batch::new();
            let mut cx = Context::from_waker(Waker::noop());
            let mut bytes = 0;
            while batch.fill(&mut queue) {
                let Poll::Ready(wrote) =
                    batch.poll_write(Pin::new(&mut output) as Pin<&mut dyn AsyncWrite>, &mut cx)
                else {
                    panic!("it has room");
                };
                bytes += wrote.unwrap().unwrap_or_default();
            }
            assert!(output.0 == expected, "{room}");
            assert_eq!(bytes, texts.len());
        }
    }
}
