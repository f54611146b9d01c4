//! Several processes at once: what `--each` asks for.

use anyhow::Result;
use futures::future;
use teleop::Attach;

use crate::{
    cli::Options,
    exit::{Exit, Failures},
    output::Output,
    progress,
    report::Report,
    session::{Opened, Session},
    signal,
    target::Targets,
    wait::until_there,
};

/// Attaches to every process that is meant, at once, and shows what came of each: a line of JSON, with the
/// id of the process.
///
/// What fails in one of them keeps no other from being done. It ends as the first one does that failed, in
/// the order of the ids.
pub(crate) fn attached<T>(
    targets: &Targets,
    attach: &Attach,
    options: &Options,
    output: &Output,
    operate: impl AsyncFn(&Session, &Output) -> Result<T>,
    show: impl Fn(T, &Output) -> Result<()>,
) -> Result<()> {
    progress::step("waiting for their answers");
    let running = signal::until_interrupted(async {
        let all = until_there(options.wait, targets, output, async || targets.all()).await?;
        let operate = &operate;
        let runs = all.into_iter().map(async |found| {
            let output = output.of_process(found.pid);
            let run = async {
                let attempt = async || Opened::open(found, attach, options).await;
                let opened = until_there(options.wait, targets, &output, attempt).await?;
                opened.operate(options, &output, operate).await
            };
            match run.await.and_then(|value| show(value, &output)) {
                Ok(()) => Ok(Exit::Done),
                Err(error) => {
                    let exit = Exit::of(&error);
                    // Nobody reads any more.
                    if exit == Exit::Done {
                        return Err(error);
                    }
                    output.failure(&Report::of_process(&error, found.pid))?;
                    Ok(exit)
                }
            }
        });
        let exits = future::try_join_all(runs).await?;
        match exits.into_iter().find(|exit| *exit != Exit::Done) {
            Some(exit) => Err(Failures(exit).into()),
            None => Ok(()),
        }
    });
    async_io::block_on(progress::during(output, running))
}
