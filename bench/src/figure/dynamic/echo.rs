//! A call by a schema that was met at run time, beside the same call by generated code.

use anyhow::Result;

use super::turns::turns;
use crate::{
    Options,
    goal::{Aim, Goal},
    peer::Peers,
    place::Place,
    report::Unit,
};

pub(super) fn goals(options: &Options, place: &Place, peers: &Peers) -> Result<Vec<Goal>> {
    let sandbox = place.sandbox()?;
    let target = peers.ours().target(&sandbox)?;
    let ways = ["typed", "dynamic", "named"];
    let [typed, dynamic, named] = turns(options, peers, &sandbox, &target, 1, ways)?;
    target.finish()?;
    let goal = |figure: &str, value| {
        Goal::new(figure, Unit::Microseconds, value).beside("generated code", typed)
    };
    Ok(vec![
        goal("echo, from JSON to JSON", dynamic).aim(Aim::TimesAtMost(1.3)),
        goal(
            "echo, by name, with the schema that was asked for once",
            named,
        ),
    ])
}
