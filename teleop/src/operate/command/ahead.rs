//! [`Ahead`]: values that are made, and that nobody has taken yet.

use std::sync::atomic::{AtomicUsize, Ordering};

/// So many bytes of them there may be, of all streams together. Beyond that, each stream is one value ahead.
const MOST: usize = 4 << 20;
/// What a value takes besides its text.
const VALUE: usize = 64;

static ALL: AtomicUsize = AtomicUsize::new(0);

/// The values of one stream that are counted, until this is dropped.
#[derive(Debug, Default)]
pub(super) struct Ahead(AtomicUsize);

impl Ahead {
    /// Counts a value that has so many bytes.
    pub(super) fn add(&self, bytes: usize) {
        let bytes = VALUE + bytes;
        self.0.fetch_add(bytes, Ordering::Relaxed);
        ALL.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether there are as many of all streams as there may be.
    pub(super) fn is_too_much() -> bool {
        ALL.load(Ordering::Relaxed) >= MOST
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        ALL.fetch_sub(*self.0.get_mut(), Ordering::Relaxed);
    }
}
