//! Commands, beside the same call of `echo`.

use anyhow::Result;
use teleop_field::Running;

use super::turns::turns;
use crate::{
    Options,
    goal::{Aim, Goal},
    peer::Peers,
    place::Place,
    report::Unit,
};

/// Whoever has carried out a command looks for another for a moment.
const IN_A_ROW: u32 = 8;

pub(super) fn goals(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Goal>> {
    let sandbox = place.sandbox()?;
    let mut target = Running::start(&mut sandbox.target(peers.program("bench-commands")?))?;
    target.line()?;
    let ways = ["typed", "named", "sync", "async"];
    let [typed, echo, sync, later] = turns(options, peers, &sandbox, &target, IN_A_ROW, ways)?;
    target.finish()?;
    let goal = |figure: &str, value| Goal::new(figure, Unit::Microseconds, value);
    Ok(vec![
        goal("a command, on a thread of the pool", sync)
            .beside("echo, by name", echo)
            .aim(Aim::TimesAtMost(1.5)),
        goal("the same", sync).beside("echo, generated code", typed),
        goal("an async command", later)
            .beside("echo, by name", echo)
            .aim(Aim::TimesAtMost(1.5)),
        goal("the same", later).beside("echo, generated code", typed),
    ])
}
