//! [`Report`]: the figures, as tables for people or as JSON.

use std::fmt;

use serde::Serialize;

use crate::{
    figure::{
        costs::{self, Cost},
        host::{self, Loss},
    },
    goal::Goal,
    growth::{self, Growth},
    machine::Machine,
    race::{self, Race},
    sample::Summary,
};

/// All figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    pub(crate) rows: Vec<Row>,
    pub(crate) races: Vec<Race>,
    pub(crate) costs: Vec<Cost>,
    pub(crate) losses: Vec<Loss>,
    pub(crate) growths: Vec<Growth>,
    pub(crate) goals: Vec<Goal>,
}

/// One figure, of all the peers that have it.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) figure: String,
    pub(crate) unit: Unit,
    pub(crate) cells: Vec<Cell>,
}

/// One figure of one peer.
#[derive(Debug, Serialize)]
pub(crate) struct Cell {
    pub(crate) peer: &'static str,
    #[serde(flatten)]
    pub(crate) value: Value,
}

/// What was found.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Measured(Summary),
    /// Why it could not be measured.
    Missing {
        missing: String,
    },
}

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) enum Unit {
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "µs")]
    Microseconds,
    #[serde(rename = "ns")]
    Nanoseconds,
    #[serde(rename = "ns/B")]
    NanosecondsPerByte,
    #[serde(rename = "MB/s")]
    MegabytesPerSecond,
    #[serde(rename = "1/s")]
    PerSecond,
    #[serde(rename = "KiB")]
    Kibibytes,
    #[serde(rename = "%")]
    Percent,
    #[serde(rename = "")]
    Count,
}

impl Report {
    pub(crate) fn new(machine: Machine) -> Self {
        Self {
            machine,
            rows: Vec::new(),
            races: Vec::new(),
            costs: Vec::new(),
            losses: Vec::new(),
            growths: Vec::new(),
            goals: Vec::new(),
        }
    }

    /// The tables of the peers: one for rows of the same peers that follow each other.
    fn write_rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.rows.chunk_by(|row, next| row.peers().eq(next.peers()));
        for rows in tables {
            let peers: Vec<_> = rows[0].peers().collect();
            let samples = rows.iter().map(Row::samples).max();
            write!(f, "| median of {} |", samples.unwrap_or_default())?;
            for (index, peer) in peers.iter().enumerate() {
                write!(f, " {peer} |{}", if index == 0 { "" } else { " ratio |" })?;
            }
            write!(f, "\n|---|{}", "--:|".repeat(peers.len().max(1) * 2 - 1))?;
            for row in rows {
                row.write(&peers, f)?;
            }
            f.write_str("\n\n")?;
        }
        Ok(())
    }

    /// The table of those that speak.
    fn write_races(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(race::HEADER)?;
        for race in &self.races {
            write!(f, "{race}")?;
        }
        f.write_str("\n\n")
    }

    /// The table of what calls cost.
    fn write_costs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(costs::HEADER)?;
        for cost in &self.costs {
            write!(f, "{cost}")?;
        }
        f.write_str("\n\n")
    }

    /// The table of what hosts lose.
    fn write_losses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(host::HEADER)?;
        for loss in &self.losses {
            write!(f, "{loss}")?;
        }
        f.write_str("\n\n")
    }

    /// The table of what grows.
    fn write_growths(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(growth::HEADER)?;
        for growth in &self.growths {
            write!(f, "{growth}")?;
        }
        f.write_str("\n\n")
    }

    /// The table of what is held against something else.
    fn write_goals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("| figure | p50 | beside | ratio | aim |\n|---|--:|--:|--:|---|")?;
        for goal in &self.goals {
            write!(f, "\n{goal}")?;
        }
        f.write_str("\n\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.rows.is_empty() {
            self.write_rows(f)?;
        }
        if !self.races.is_empty() {
            self.write_races(f)?;
        }
        if !self.costs.is_empty() {
            self.write_costs(f)?;
        }
        if !self.losses.is_empty() {
            self.write_losses(f)?;
        }
        if !self.growths.is_empty() {
            self.write_growths(f)?;
        }
        if !self.goals.is_empty() {
            self.write_goals(f)?;
        }
        write!(f, "{}", self.machine)
    }
}

impl Unit {
    /// A value in this unit.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Milliseconds => format!("{} ms", significant(value)),
            Self::Microseconds => format!("{} µs", significant(value)),
            Self::Nanoseconds => format!("{} ns", significant(value)),
            Self::NanosecondsPerByte => format!("{} ns/B", significant(value)),
            Self::MegabytesPerSecond => format!("{value:.0} MB/s"),
            Self::PerSecond => format!("{value:.0} /s"),
            Self::Kibibytes => format!("{value:.0} KiB"),
            Self::Percent => format!("{value:.1} %"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

impl Row {
    fn peers(&self) -> impl Iterator<Item = &'static str> {
        self.cells.iter().map(|cell| cell.peer)
    }

    fn write(&self, peers: &[&str], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n| {} |", self.figure)?;
        for (index, peer) in peers.iter().enumerate() {
            let value = self.value(peer);
            write!(f, " {} |", Shown(value, self))?;
            if index > 0 {
                write!(f, " {} |", Ratio(self.value(peers[0]), value))?;
            }
        }
        Ok(())
    }

    fn value(&self, peer: &str) -> Option<&Value> {
        let cell = self.cells.iter().find(|cell| cell.peer == peer)?;
        Some(&cell.value)
    }

    /// How many samples the peer with the most of them has.
    fn samples(&self) -> usize {
        let samples = self.cells.iter().filter_map(|cell| match &cell.value {
            Value::Measured(summary) => Some(summary.samples),
            Value::Missing { .. } => None,
        });
        samples.max().unwrap_or_default()
    }
}

/// A value of a row.
struct Shown<'a>(Option<&'a Value>, &'a Row);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value, row) = self;
        let summary = match value {
            None => return f.write_str("–"),
            Some(Value::Missing { missing }) => return f.write_str(missing),
            Some(Value::Measured(summary)) => summary,
        };
        f.write_str(&row.unit.show(summary.p50))?;
        if summary.samples < row.samples() {
            write!(f, " (of {})", summary.samples)?;
        }
        Ok(())
    }
}

/// How many times the first value the second one is.
struct Ratio<'a>(Option<&'a Value>, Option<&'a Value>);

impl fmt::Display for Ratio<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Some(Value::Measured(ours)), Some(Value::Measured(theirs))) if ours.p50 > 0.0 => {
                write!(f, "{}×", significant(theirs.p50 / ours.p50))
            }
            _ => f.write_str("–"),
        }
    }
}

/// Two or three digits that mean something.
fn significant(value: f64) -> String {
    match value {
        value if value >= 10.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
