//! Asking the process, in the short time that somebody waits who has pressed a key.

use std::{env, pin::pin, time::Duration};

use anyhow::{Context as _, Result};
use futures::future::{self, Either};
use teleop::{Attach, Pid, Remote, Timer};

use super::Context;
use crate::{
    cli::Options, output::Output, session::Session, signal, target::Targets, via::Passage,
};

/// How long whoever completes a word waits, at most; unless a variable says otherwise.
const LIMIT: Duration = Duration::from_millis(500);
const TIMEOUT: &str = "TELEOP_COMPLETE_TIMEOUT";

/// The variable by which a user says that processes may be attached to, and not only be asked where
/// their socket is open.
const MAY_ATTACH: &str = "TELEOP_COMPLETE_ATTACH";

/// The variable by which a user says that a process elsewhere may be asked, by the command of `--via`: what is
/// run there attaches to it.
const MAY_ASK_THERE: &str = "TELEOP_COMPLETE_VIA";

/// Whether somebody elsewhere may be asked.
pub(super) fn may_ask_there() -> bool {
    env::var_os(MAY_ASK_THERE).is_some_and(|it| it == "1")
}

/// Asks the process that is meant. `None` where it cannot be asked, for whatever reason: its socket is
/// not open, as nobody was attached to it a moment ago; it is not to be trusted; it is too slow.
pub(super) fn ask<T>(
    context: &Context,
    operate: impl AsyncFnOnce(&Remote) -> Result<T>,
) -> Option<T> {
    let targets = context.targets.as_ref()?;
    if let Some(options) = &context.there {
        return soon(there(targets, options, operate));
    }
    // Where several have the name, most likely they are of one program.
    let pid = targets.all().ok()?.first()?.pid;
    soon(connected(pid, limit(), operate))
}

/// What comes in the time that somebody waits.
pub(super) fn soon<T>(asking: impl Future<Output = Result<T>>) -> Option<T> {
    teleop::block_on(async {
        let asked = signal::until_interrupted(Box::pin(asking));
        match future::select(pin!(asked), Timer::after(limit())).await {
            Either::Left((answer, _)) => answer.ok(),
            Either::Right(_) => None,
        }
    })
}

async fn there<T>(
    targets: &Targets,
    options: &Options,
    operate: impl AsyncFnOnce(&Remote) -> Result<T>,
) -> Result<T> {
    let output = Output::default();
    let via = options.via.as_ref().context("it is here")?;
    let opened = Passage::open(via, targets, options, &output, None).await?;
    let operate = async |session: &Session, _| operate(&session.remote).await;
    opened.converse(&output, operate).await
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
