//! What Teleop waits with: readiness of descriptors, and time.
//!
//! A thread of Teleop's own has a [`Reactor`] of its own, and drives it itself: no other thread is there for
//! it, and none wakes for it. Wherever else something is waited for, on whatever executor, it is with the
//! reactor of async-io. [`Async`] and [`Timer`] see which it is each time that they are polled.

mod block_on;
#[cfg(unix)]
mod descriptor;
#[cfg(all(unix, not(target_os = "linux")))]
mod no_source;
#[cfg(target_os = "linux")]
mod own;
#[cfg(not(target_os = "linux"))]
#[path = "borrowed.rs"]
mod own;
mod shared;
mod timer;

#[cfg(all(unix, not(target_os = "linux")))]
use no_source::Source;
#[cfg(target_os = "linux")]
use own::Source;

pub use self::{block_on::block_on, timer::Timer};
#[cfg(unix)]
pub(crate) use descriptor::Async;
pub(crate) use own::{Reactor, aside, at_lull, begin_lull};
pub(crate) use shared::{start, start_shared};

/// What has something to do when a thread has nothing else to do.
pub(crate) trait Lull {
    #[cfg_attr(
        not(target_os = "linux"),
        expect(
            dead_code,
            reason = "nobody knows when a thread of another reactor has nothing to do"
        )
    )]
    fn lull(&self);

    /// There will be none: who was to wait for it does what there is to do when he is woken.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "nobody waits for one, as above")
    )]
    fn miss(&self);
}

/// What is waited for on a descriptor.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Read,
    Write,
}
