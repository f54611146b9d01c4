//! What joins the standard input and output of this command to a process elsewhere.

use anyhow::Result;

use super::{Via, errand::Errand};
use crate::{cli::Options, output::Output, signal::Heard, target::Targets};

/// Has a teleop elsewhere join the standard input and output to a process, until either side ends it, or a
/// signal says otherwise.
///
/// What goes over them, nobody here sees: how long the process may take is for the other end to say.
pub(crate) async fn relay(
    via: &Via,
    targets: &Targets,
    options: &Options,
    output: &Output,
    heard: &mut Heard,
) -> Result<()> {
    let words = Via::words("bridge", targets, options);
    let errand = Errand::join(via, &words, Via::SHOWN, options, output)?;
    let status = match heard.during(errand.end()).await {
        Ok(status) => status,
        Err(error) => {
            errand.stop().await;
            return Err(error);
        }
    };
    if status.success() {
        errand.said().await; // What it said last is passed on by then.
        return Ok(());
    }
    Err(errand.failure().await.into())
}
