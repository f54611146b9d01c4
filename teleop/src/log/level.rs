//! [`Level`]: how much the crate `log` lets through.

use std::cell::Cell;

use log::{LevelFilter, Metadata};
use tracing::level_filters::LevelFilter as Most;
use tracing_log::AsLog;

/// The target by which it is seen where the records of the crate `log` go.
const PROBE: &str = "teleop::log::probe";

thread_local! {
    static IS_SEEN: Cell<bool> = const { Cell::new(false) };
}

/// Holds the level of the crate `log` at least as high as what `tracing` lets through, where the records
/// go there.
///
/// Whoever hands them over fixes that level once, as it is when the program begins.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// From where to where it was raised.
    raised: Option<(LevelFilter, LevelFilter)>,
    /// Whether what the crate `log` is told comes to `tracing`. It is set once, and stays.
    is_ours: bool,
}

impl Level {
    /// Follows what `tracing` lets through at present; not below what the program has chosen.
    pub(super) fn follow(&mut self) {
        self.is_ours = self.is_ours || probe();
        if !self.is_ours {
            return;
        }
        let now = log::max_level();
        let chosen = match self.raised {
            Some((from, to)) if to == now => from,
            _ => now, // The program has chosen another meanwhile.
        };
        let level = chosen.max(Most::current().as_log());
        if level != now {
            log::set_max_level(level);
        }
        self.raised = (level != chosen).then_some((chosen, level));
    }
}

/// Whether something with this target is the probe. To be asked of whatever comes along.
pub(super) fn see(target: &str) {
    if target == PROBE {
        let _ = IS_SEEN.try_with(|is_seen| is_seen.set(true)); // The thread ends.
    }
}

/// Asks the logger of the program for something, to see whether that comes to our layer. Another logger
/// may rely on the level to hold back what it does not want.
fn probe() -> bool {
    IS_SEEN.set(false);
    let probe = Metadata::builder()
        .level(log::Level::Error)
        .target(PROBE)
        .build();
    log::logger().enabled(&probe);
    IS_SEEN.get()
}
