//! Several processes at once: what `--each` asks for.

use anyhow::Result;
use futures::future;
use teleop::Attach;

use crate::{
    cli::Options,
    commands::ps::named_there,
    exit::{Exit, Failures},
    output::Output,
    progress,
    report::Report,
    session::{Opened, Session},
    signal,
    target::{Found, Targets, Unresolved},
    via::Passage,
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
    let running = signal::until_interrupted(Box::pin(async {
        let found = async || all(targets, options, output).await;
        let all = until_there(options.wait, targets, output, found).await?;
        let operate = &operate;
        let runs = all.into_iter().map(async |found| {
            let output = output.of_process(found.pid);
            let run = async {
                let opened = open(found, targets, attach, options, &output).await?;
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
    }));
    teleop::block_on(progress::during(output, running))
}

/// The processes that are meant, here or elsewhere.
async fn all(targets: &Targets, options: &Options, output: &Output) -> Result<Vec<Found>> {
    let (Some(via), Some(name)) = (&options.via, targets.name()) else {
        return targets.all();
    };
    let asked = named_there(via, name, targets.is_of_all(), options, output);
    let found = progress::hidden_during(asked).await?;
    if found.is_empty() {
        let (name, nearest) = (name.to_owned(), None);
        return Err(Unresolved::Nobody { name, nearest }.into());
    }
    Ok(found)
}

/// Attaches to one of them.
async fn open(
    found: Found,
    targets: &Targets,
    attach: &Attach,
    options: &Options,
    output: &Output,
) -> Result<Opened> {
    if let Some(via) = &options.via {
        let target = Targets::one_of(found.pid);
        let opening = Passage::open(via, &target, options, output, None);
        return progress::hidden_during(Box::pin(opening)).await;
    }
    let attempt = async || Opened::open(found, attach, options).await;
    until_there(options.wait, targets, output, attempt).await
}
