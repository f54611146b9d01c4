//! [`Words`]: a Cap'n Proto message of one segment, written in safe code.
//!
//! `capnp`'s own untyped builders do not check their offsets, and here they come from a schema that
//! anybody may have sent: so words are laid out by hand, where a wrong offset is a panic at worst, and
//! handed over as a message to be copied.

use capnp::{
    Word, any_pointer,
    capability::DynClientHook,
    message::{Reader, ReaderOptions, SegmentArray},
    traits::Imbue as _,
};

/// As much as a peer accepts by default, in words.
const MOST_WORDS: usize = (64 << 20) / 8;
/// What the count of a list has room for.
pub(super) const LONGEST_LIST: usize = (1 << 29) - 1;

pub(super) struct Words {
    words: Vec<Word>,
    capabilities: Vec<Option<Box<DynClientHook>>>,
}

/// The message would be larger than a peer accepts.
#[derive(Debug)]
pub(super) struct TooLarge;

/// How a list pointer says what its elements are.
#[derive(Clone, Copy)]
pub(super) enum ElementSize {
    /// Of so many bits: 0, 1, 8, 16, 32 or 64.
    Bits(u32),
    Pointer,
}

impl Words {
    /// A message that has nothing but its root pointer, at word 0.
    pub(super) fn new() -> Self {
        Self {
            words: Word::allocate_zeroed_vec(1),
            capabilities: Vec::new(),
        }
    }

    /// Room for so many words, all zero: the first of them.
    pub(super) fn allocate(&mut self, words: usize) -> Result<usize, TooLarge> {
        let start = self.words.len();
        let end = start.checked_add(words).filter(|end| *end <= MOST_WORDS);
        self.words
            .resize(end.ok_or(TooLarge)?, capnp::word(0, 0, 0, 0, 0, 0, 0, 0));
        Ok(start)
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        Word::words_to_bytes_mut(&mut self.words)
    }

    /// Writes the lowest `bits` (8, 16, 32 or 64) at the byte `at`.
    pub(super) fn write(&mut self, at: usize, value: u64, bits: u32) {
        let length = (bits / 8) as usize;
        self.bytes_mut()[at..at + length].copy_from_slice(&value.to_le_bytes()[..length]);
    }

    /// Flips the bit `bit` counted from the byte `at`.
    pub(super) fn flip(&mut self, at: usize, bit: usize) {
        self.bytes_mut()[at + bit / 8] ^= 1 << (bit % 8);
    }

    /// Makes the pointer at word `at` one to a new struct, and returns its first word.
    pub(super) fn strukt(
        &mut self,
        at: usize,
        data_words: u16,
        pointers: u16,
    ) -> Result<usize, TooLarge> {
        let size = usize::from(data_words) + usize::from(pointers);
        let start = self.allocate(size)?;
        // An empty struct points at itself: an offset of 0 would make it a null pointer.
        let target = if size == 0 { at } else { start };
        self.point(at, target, 0, struct_size(data_words, pointers));
        Ok(start)
    }

    /// Makes the pointer at word `at` one to a new list, and returns its first word.
    pub(super) fn list(
        &mut self,
        at: usize,
        size: ElementSize,
        count: usize,
    ) -> Result<usize, TooLarge> {
        let (code, bits) = match size {
            ElementSize::Bits(0) => (0, 0),
            ElementSize::Bits(1) => (1, 1),
            ElementSize::Bits(8) => (2, 8),
            ElementSize::Bits(16) => (3, 16),
            ElementSize::Bits(32) => (4, 32),
            ElementSize::Bits(_) => (5, 64),
            ElementSize::Pointer => (6, 64),
        };
        if count > LONGEST_LIST {
            return Err(TooLarge);
        }
        let start = self.allocate((count * bits).div_ceil(64))?;
        self.point(at, start, 1, code | (count as u64) << 3);
        Ok(start)
    }

    /// Makes the pointer at word `at` one to a new list of structs, and returns the first word of the
    /// first.
    pub(super) fn struct_list(
        &mut self,
        at: usize,
        data_words: u16,
        pointers: u16,
        count: usize,
    ) -> Result<usize, TooLarge> {
        let size = usize::from(data_words) + usize::from(pointers);
        if count > LONGEST_LIST {
            return Err(TooLarge);
        }
        let words = count.checked_mul(size).ok_or(TooLarge)?;
        let tag = self.allocate(words.checked_add(1).ok_or(TooLarge)?)?;
        self.point(at, tag, 1, 7 | (words as u64) << 3);
        let count = (count as u64) << 2;
        self.write(tag * 8, count | struct_size(data_words, pointers) << 32, 64);
        Ok(tag + 1)
    }

    /// Makes the pointer at word `at` one to these bytes.
    pub(super) fn blob(&mut self, at: usize, bytes: &[u8], is_text: bool) -> Result<(), TooLarge> {
        let count = bytes.len() + usize::from(is_text);
        let start = self.list(at, ElementSize::Bits(8), count)? * 8;
        self.bytes_mut()[start..start + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    /// Makes the pointer at word `at` this capability.
    pub(super) fn capability(&mut self, at: usize, hook: Box<DynClientHook>) {
        let index = self.capabilities.len() as u64;
        self.capabilities.push(Some(hook));
        self.write(at * 8, 3 | index << 32, 64);
    }

    /// Makes the pointer at word `at` what the root of another message is, which is one segment and has
    /// no capabilities.
    pub(super) fn graft(&mut self, at: usize, segment: &[u8]) -> Result<(), TooLarge> {
        let start = self.allocate(segment.len() / 8)?;
        self.bytes_mut()[start * 8..].copy_from_slice(segment);
        let Some(root) = segment
            .first_chunk::<8>()
            .map(|root| u64::from_le_bytes(*root))
        else {
            return Ok(());
        };
        // Pointers are relative: only the root's, which is written elsewhere, is to be moved.
        let moved = (root as u32).wrapping_add((start as u32).wrapping_sub(at as u32) << 2);
        let is_empty = root >> 32 == 0;
        let lower = if is_empty { root as u32 } else { moved };
        self.write(at * 8, root >> 32 << 32 | u64::from(lower), 64);
        Ok(())
    }

    /// Lets `read` see the root.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(any_pointer::Reader<'_>) -> capnp::Result<T>,
    ) -> capnp::Result<T> {
        let segments = [Word::words_to_bytes(&self.words)];
        let mut options = ReaderOptions::new();
        // It was written here, and is never larger than what was written.
        options.traversal_limit_in_words(None).nesting_limit(1024);
        let message = Reader::new(SegmentArray::new(&segments), options);
        let mut root: any_pointer::Reader<'_> = message.get_root()?;
        root.imbue(&self.capabilities);
        read(root)
    }

    fn point(&mut self, at: usize, target: usize, kind: u64, upper: u64) {
        // Wrapping gives -1 for an empty struct, as it must be; 30 bits are far more than `MOST_WORDS`.
        let offset = (target as u32).wrapping_sub(at as u32).wrapping_sub(1) << 2;
        self.write(at * 8, u64::from(offset) | kind | upper << 32, 64);
    }
}

fn struct_size(data_words: u16, pointers: u16) -> u64 {
    u64::from(data_words) | u64::from(pointers) << 16
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Words")
            .field("words", &self.words.len())
            .field("capabilities", &self.capabilities.len())
            .finish()
    }
}
