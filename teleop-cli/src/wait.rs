//! Waiting until a process can be attached to.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::Result;
use teleop::{Error, Obstacle, Timer};

use crate::{
    output::Output,
    progress,
    report::message,
    target::{Targets, Unresolved},
};

/// Nobody could be attached to for as long as the user would wait.
#[derive(Debug)]
pub(crate) struct Waited {
    target: String,
    limit: Duration,
}

/// Tries until it works, or fails for another reason than that it is too early; or until as much time
/// has passed as the user gave.
///
/// It is by trying that it waits: nobody is told of a process that starts.
pub(crate) async fn until_there<T>(
    limit: Option<Duration>,
    targets: &Targets,
    output: &Output,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    const SHORTEST: Duration = Duration::from_millis(5);
    const LONGEST: Duration = Duration::from_millis(100);

    let Some(limit) = limit else {
        return attempt().await;
    };
    let started = Instant::now();
    let mut pause = SHORTEST;
    loop {
        let error = match attempt().await {
            Err(error) if is_early(&error, targets) => error,
            outcome => return outcome,
        };
        let left = limit.saturating_sub(started.elapsed());
        if left.is_zero() {
            let target = targets.to_string();
            return Err(error.context(Waited { target, limit }));
        }
        if pause == SHORTEST {
            progress::step(format!("waiting for process `{targets}`"));
            output.detail(|| format!("waiting for process `{targets}`: {}", message(&error)));
        }
        Timer::after(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// Whether it may pass. A process that is not there does not come back under its id.
fn is_early(error: &anyhow::Error, targets: &Targets) -> bool {
    match error.downcast_ref() {
        Some(Error::NotAttachable { obstacle, .. }) => matches!(
            obstacle,
            Obstacle::NoEndpoint
                | Obstacle::NeedsSignal
                | Obstacle::NotOpen
                | Obstacle::Abandoned
                | Obstacle::TooManyDescriptors
        ),
        Some(Error::NoSuchProcess { .. }) => targets.name().is_some(),
        _ => matches!(error.downcast_ref(), Some(Unresolved::Nobody { .. })),
    }
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, limit } = self;
        let limit = humantime::format_duration(*limit);
        write!(f, "waited {limit} in vain for process `{target}`")
    }
}
