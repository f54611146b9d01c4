//! [`Report`]: the figures, as tables for people or as JSON.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use crate::{goal::Goal, machine::Machine, sample::Summary};

/// All figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    pub(crate) rows: Vec<Row>,
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
    #[serde(rename = "KiB")]
    Kibibytes,
    #[serde(rename = "")]
    Count,
}

impl Report {
    pub(crate) fn new(machine: Machine) -> Self {
        Self {
            machine,
            rows: Vec::new(),
            goals: Vec::new(),
        }
    }

    /// The peers that have a figure, the first first.
    fn peers(&self) -> Vec<&'static str> {
        let mut known = BTreeSet::new();
        let cells = self.rows.iter().flat_map(|row| &row.cells);
        let peers = cells.map(|cell| cell.peer);
        peers.filter(|peer| known.insert(*peer)).collect()
    }

    /// The table of the peers.
    fn write_rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peers = self.peers();
        let samples = self.rows.iter().map(Row::samples).max();
        write!(f, "| median of {} |", samples.unwrap_or_default())?;
        for (index, peer) in peers.iter().enumerate() {
            write!(f, " {peer} |{}", if index == 0 { "" } else { " ratio |" })?;
        }
        write!(f, "\n|---|{}", "--:|".repeat(peers.len().max(1) * 2 - 1))?;
        for row in &self.rows {
            write!(f, "\n| {} |", row.figure)?;
            for (index, peer) in peers.iter().enumerate() {
                let value = row.value(peer);
                write!(f, " {} |", Shown(value, row))?;
                if index > 0 {
                    write!(f, " {} |", Ratio(row.value(peers[0]), value))?;
                }
            }
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
            Self::Kibibytes => format!("{value:.0} KiB"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

impl Row {
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
