//! The figures. One file for each kind; each makes rows of a table.

pub(crate) mod attach;
pub(crate) mod attack;
pub(crate) mod calls;
pub(crate) mod clients;
pub(crate) mod container;
pub(crate) mod costs;
pub(crate) mod dynamic;
pub(crate) mod growth;
pub(crate) mod host;
pub(crate) mod idle;
pub(crate) mod log;
pub(crate) mod program;
pub(crate) mod spawn;
pub(crate) mod streams;
pub(crate) mod survey;

use std::time::Duration;

use crate::{
    peer::Peers,
    report::{Cell, Row, Unit, Value},
    sample::Samples,
};

/// A row from the samples of each peer, with a cell for each of the peers that are not here.
fn row(
    figure: impl Into<String>,
    unit: Unit,
    samples: impl IntoIterator<Item = (&'static str, Samples)>,
) -> Row {
    let cells = samples.into_iter().filter_map(|(peer, samples)| {
        let value = Value::Measured(samples.summary()?);
        Some(Cell { peer, value })
    });
    Row {
        figure: figure.into(),
        unit,
        cells: cells.collect(),
    }
}

/// Adds to a row that some peers are not here.
fn with_missing(mut row: Row, peers: &Peers) -> Row {
    let missing = peers.missing.iter().map(|(peer, why)| Cell {
        peer,
        value: Value::Missing {
            missing: why.clone(),
        },
    });
    row.cells.extend(missing);
    row
}

/// The order of this round: each goes first once, so that none always follows the same other.
pub(crate) fn in_turn<T>(contenders: &mut [T], round: usize) -> impl Iterator<Item = &mut T> {
    let first = round % contenders.len().max(1);
    let (last, first) = contenders.split_at_mut(first);
    first.iter_mut().chain(last)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
