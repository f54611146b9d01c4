//! How often this process allocates memory, from when that is wanted.

#![expect(
    unsafe_code,
    reason = "an allocator is unsafe to implement; it hands all on to that of the system"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// From now on each is counted. What is timed is not to be slowed down by it.
pub(crate) fn count() {
    ALLOCATOR.is_counting.store(true, Relaxed);
}

/// How many were counted so far.
pub(crate) fn counted() -> u64 {
    ALLOCATOR.count.load(Relaxed)
}

#[global_allocator]
static ALLOCATOR: Counting = Counting {
    is_counting: AtomicBool::new(false),
    count: AtomicU64::new(0),
};

/// The allocator of the system, and a counter.
struct Counting {
    is_counting: AtomicBool,
    count: AtomicU64,
}

impl Counting {
    fn note(&self) {
        if self.is_counting.load(Relaxed) {
            self.count.fetch_add(1, Relaxed);
        }
    }
}

// SAFETY: whatever is asked for is asked of the allocator of the system, and it has this contract itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.note();
        // SAFETY: the caller keeps the contract of this very function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.note();
        // SAFETY: the caller keeps the contract of this very function.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.note();
        // SAFETY: the caller keeps the contract of this very function.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of this very function.
        unsafe { System.dealloc(memory, layout) }
    }
}
