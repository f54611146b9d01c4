//! Asking the process, in the short time that somebody waits who has pressed a key.

use std::{env, pin::pin, time::Duration};

use anyhow::Result;
use async_io::Timer;
use futures::future::{self, Either};
use teleop::{Attach, Pid, Remote};

use super::Context;
use crate::signal;

/// How long whoever completes a word waits, at most; unless a variable says otherwise.
const LIMIT: Duration = Duration::from_millis(500);
const TIMEOUT: &str = "TELEOP_COMPLETE_TIMEOUT";

/// The variable by which a user says that processes may be attached to, and not only be asked where
/// their socket is open.
const MAY_ATTACH: &str = "TELEOP_COMPLETE_ATTACH";

/// Asks the process that is meant. `None` where it cannot be asked, for whatever reason: its socket is
/// not open, as nobody was attached to it a moment ago; it is not to be trusted; it is too slow.
pub(super) fn ask<T>(
    context: &Context,
    operate: impl AsyncFnOnce(&Remote) -> Result<T>,
) -> Option<T> {
    // Where several have the name, most likely they are of one program.
    let pid = context.targets.as_ref()?.all().ok()?.first()?.pid;
    let limit = limit();
    async_io::block_on(async {
        let asked = signal::until_interrupted(connected(pid, limit, operate));
        match future::select(pin!(asked), Timer::after(limit)).await {
            Either::Left((answer, _)) => answer.ok(),
            Either::Right(_) => None,
        }
    })
}

/// How long whoever completes a word waits, as the user says.
pub(crate) fn limit() -> Duration {
    let limit = env::var(TIMEOUT).ok();
    let limit = limit.and_then(|text| humantime::parse_duration(&text).ok());
    limit.unwrap_or(LIMIT)
}

async fn connected<T>(
    pid: Pid,
    limit: Duration,
    operate: impl AsyncFnOnce(&Remote) -> Result<T>,
) -> Result<T> {
    let may_attach = env::var_os(MAY_ATTACH).is_some_and(|it| it == "1");
    let attach = Attach::new().timeout(limit).only_open(!may_attach);
    let (remote, connection) = attach.connect(pid).await?;
    match future::select(pin!(operate(&remote)), connection).await {
        Either::Left((outcome, _)) => outcome,
        // What is still to be asked fails.
        Either::Right((_, operating)) => operating.await,
    }
}
