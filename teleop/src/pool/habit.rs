//! [`Habit`]: whether to try what is sometimes in vain.

use std::sync::atomic::{AtomicU32, Ordering};

/// So many chances are passed over at most.
const LONGEST_PAUSE: u32 = 255;

/// Whether to try what takes time, and saves more where it is not in vain. It is tried each time as long as it
/// works; where it does not, so many chances are passed over, and after the next failure twice as many.
///
/// Threads that tell it something at the same time may have it forget one of them, which does no harm.
#[derive(Debug, Default)]
pub(super) struct Habit {
    /// How many chances are passed over from now on.
    rest: AtomicU32,
    /// How many were after the last failure; none where it worked.
    pause: AtomicU32,
}

impl Habit {
    /// Whether to try it this time.
    pub(super) fn is_due(&self) -> bool {
        let rest = self.rest.load(Ordering::Relaxed);
        self.rest.store(rest.saturating_sub(1), Ordering::Relaxed);
        rest == 0
    }

    /// It was tried.
    pub(super) fn tell(&self, has_worked: bool) {
        let pause = match has_worked {
            true => 0,
            false => (2 * self.pause.load(Ordering::Relaxed) + 1).min(LONGEST_PAUSE),
        };
        self.pause.store(pause, Ordering::Relaxed);
        self.rest.store(pause, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often it is tried in so many chances.
    fn tries(habit: &Habit, chances: usize, works: bool) -> usize {
        let due = (0..chances).filter(|_| {
            let is_due = habit.is_due();
            if is_due {
                habit.tell(works);
            }
            is_due
        });
        due.count()
    }

    #[test]
    fn what_works_is_tried_each_time_and_what_does_not_seldom() {
        let habit = Habit::default();
        assert_eq!(tries(&habit, 1000, true), 1000);
        // 0, 2, 6, 14 and so on.
        assert_eq!(tries(&habit, 255, false), 8);
        assert_eq!(tries(&habit, 2560, false), 10);
        // It takes one that works, and is as it was.
        assert!(tries(&habit, 256, true) >= 1);
        assert_eq!(tries(&habit, 1000, true), 1000);
    }
}
