//! [`Frames`]: messages with their lengths in front, as they come.

use std::iter;

/// What came and is not used up, and room for what comes.
#[derive(Debug)]
pub(crate) struct Frames {
    buffer: Vec<u8>,
    filled: usize,
}

/// In bytes: of the length in front of a message.
const HEADER: usize = 4;
/// As much as is read or written at once, unless a message is larger.
pub(crate) const ROOM: usize = 64 << 10;

impl Frames {
    pub(crate) fn new() -> Self {
        Self {
            buffer: vec![0; ROOM],
            filled: 0,
        }
    }

    /// Where to read to. It is not empty.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.filled == self.buffer.len() {
            let size = size(&self.buffer).unwrap_or_default().max(self.filled * 2);
            self.buffer.resize(size, 0);
        }
        &mut self.buffer[self.filled..]
    }

    /// So many bytes were read.
    pub(crate) fn fill(&mut self, bytes: usize) {
        self.filled += bytes;
    }

    /// All messages that came whole, without their headers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.buffer[..self.filled];
        iter::from_fn(move || {
            let (frame, others) = rest.split_at_checked(size(rest)?)?;
            rest = others;
            Some(&frame[HEADER..])
        })
    }

    /// The same, as they came: with their headers, one after the other.
    pub(crate) fn whole(&self) -> &[u8] {
        &self.buffer[..self.iter().map(Self::size_of).sum()]
    }

    /// How many bytes a message takes with its header.
    pub(crate) fn size_of(message: &[u8]) -> usize {
        HEADER + message.len()
    }

    /// So many bytes at the front are used up.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.buffer.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
    }
}

/// A message, its header in front.
pub(crate) fn frame(message: &str) -> Vec<u8> {
    let mut frame = (message.len() as u32).to_le_bytes().to_vec();
    frame.extend_from_slice(message.as_bytes());
    frame
}

/// How long the first frame is, where its header is there.
fn size(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<HEADER>()?;
    Some(HEADER + u32::from_le_bytes(*header) as usize)
}
