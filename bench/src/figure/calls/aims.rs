//! What calls ought to take.

use super::{Cores, LARGE, MANY, ONE, Shape};
use crate::{
    goal::{Aim, Goal},
    race::Race,
    speaker::{CLASSIC, REACTOR, SMOL, TARPC, TONIC, ZBUS},
};

/// What is aimed at where calls have this shape; nothing is held against what is not here.
pub(super) fn goals(shape: Shape, race: &Race) -> Vec<Goal> {
    let anywhere = Shape {
        cores: Cores::Any,
        ..shape
    };
    let aims: &[_] = if anywhere == ONE {
        &[
            (SMOL, Aim::TimesAtMost(2.0)),
            (REACTOR, Aim::TimesAtMost(2.0)),
            (CLASSIC, Aim::TimesAtMost(0.4)),
            (ZBUS, Aim::TimesAtMost(1.0)),
            (TARPC, Aim::TimesAtMost(1.0)),
            (TONIC, Aim::TimesAtMost(0.5)),
        ]
    } else if anywhere == MANY {
        &[(ZBUS, Aim::TimesAtLeast(2.0))]
    } else if anywhere == LARGE {
        &[(SMOL, Aim::TimesAtMost(2.0))]
    } else {
        &[]
    };
    let goals = aims.iter();
    goals
        .filter_map(|&(other, aim)| race.goal(other, aim))
        .collect()
}
