//! Against how many services are registered.

use std::time::Instant;

use anyhow::Result;
use teleop::{Attach, block_on, echo_capnp::echo};
use teleop_field::Running;

use super::{serving, summary};
use crate::{
    Options,
    figure::{idle::memory_of, milliseconds},
    growth::Growth,
    peer::Peers,
    place::Place,
    report::Unit,
    sample::Samples,
};

const SIZES: [usize; 5] = [1, 10, 100, 1000, 10_000];
/// Each needs a new target.
const MOST_ROUNDS: usize = 10;

/// What is measured of each size.
#[derive(Default)]
struct Figures {
    offer: Samples,
    list: Samples,
    find: Samples,
    call: Samples,
    memory: Samples,
}

pub(super) fn growths(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Growth>> {
    let mut all = Vec::new();
    for size in SIZES {
        all.push((size, Figures::of(size, options, place, peers)?));
    }
    let growth = |figure: &str, unit, of: fn(&Figures) -> &Samples| -> Result<Growth> {
        let points = all.iter();
        let points = points.map(|(size, figures)| Ok((*size, summary(of(figures).clone())?)));
        let points = points.collect::<Result<_>>()?;
        Ok(Growth::new(format!("services: {figure}"), unit, points))
    };
    Ok(vec![
        growth("offer them", Unit::Milliseconds, |of| &of.offer)?,
        growth("list them", Unit::Milliseconds, |of| &of.list)?,
        growth("find one", Unit::Milliseconds, |of| &of.find)?,
        growth("attach and call one", Unit::Milliseconds, |of| &of.call)?,
        growth("memory that is no part of a file", Unit::Kibibytes, |of| {
            &of.memory
        })?,
    ])
}

impl Figures {
    fn of(size: usize, options: &Options, place: &Place, peers: &Peers) -> Result<Self> {
        let mut figures = Self::default();
        for _ in 0..options.rounds.min(MOST_ROUNDS) {
            let sandbox = place.sandbox()?;
            let (mut target, attach) = serving(&sandbox, peers, size, None)?;
            figures.offer.push(target.line()?.parse()?);
            figures.memory.push(memory_of(target.pid(), "Anonymous:")?);
            // The first fills what is filled once.
            Self::default().ask(size, &target, &attach)?;
            figures.ask(size, &target, &attach)?;
            target.finish()?;
        }
        Ok(figures)
    }

    fn ask(&mut self, size: usize, target: &Running, attach: &Attach) -> Result<()> {
        let last = format!("service-{}", size - 1);
        let begin = Instant::now();
        block_on(attach.run(target.pid(), async |process| {
            let service: echo::Client = process.service(&last);
            service.echo_request().send().promise.await?;
            let called = Instant::now();
            process.services().await?;
            let listed = Instant::now();
            process.find(&last).await?;
            self.find.push(milliseconds(listed.elapsed()));
            self.list.push(milliseconds(listed - called));
            self.call.push(milliseconds(called - begin));
            Ok(())
        }))?;
        Ok(())
    }
}
