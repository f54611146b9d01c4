//! [`Committed`]: the figures that were committed last, and what became of them.

use std::{fmt, fs, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::counts::Counts;

/// By how much a figure may change before somebody has to say so.
const MOST: f64 = 0.05;

/// Figures, and of what they are.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Committed {
    /// Another one makes other instructions of the same text.
    rustc: String,
    instructions: Counts,
}

/// Figures beside those that were committed.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    lines: Vec<Line<'a>>,
}

#[derive(Debug)]
struct Line<'a> {
    figure: &'a str,
    now: Option<u64>,
    before: Option<u64>,
}

impl Committed {
    pub(crate) fn new(rustc: String, instructions: Counts) -> Self {
        Self {
            rustc,
            instructions,
        }
    }

    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| path.display().to_string())
    }

    pub(crate) fn compare<'a>(&'a self, now: &'a Counts) -> Comparison<'a> {
        let mut figures: Vec<&String> = self.instructions.keys().chain(now.keys()).collect();
        figures.sort();
        figures.dedup();
        let line = |figure: &'a String| Line {
            figure,
            now: now.get(figure).copied(),
            before: self.instructions.get(figure).copied(),
        };
        Comparison {
            lines: figures.into_iter().map(line).collect(),
        }
    }
}

impl Comparison<'_> {
    /// Whether something takes much more than it did, or is new or gone and nobody has said so.
    pub(crate) fn is_worse(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.change().is_none_or(|change| change > MOST))
    }

    fn is_better(&self) -> bool {
        let mut changes = self.lines.iter().filter_map(Line::change);
        changes.any(|change| change < -MOST)
    }
}

impl Line<'_> {
    /// Which part more it takes.
    fn change(&self) -> Option<f64> {
        let (now, before) = (self.now? as f64, self.before? as f64);
        Some(now / before - 1.0)
    }
}

impl fmt::Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("| instructions of | now | committed | change |\n|---|--:|--:|--:|\n")?;
        let shown = |count: Option<u64>| count.map_or("–".to_owned(), |count| count.to_string());
        for line in &self.lines {
            let (now, before) = (shown(line.now), shown(line.before));
            write!(f, "| {} | {now} | {before} |", line.figure)?;
            match line.change() {
                None => f.write_str(" not committed |\n")?,
                Some(change) => {
                    let worse = if change > MOST { ": worse" } else { "" };
                    writeln!(f, " {:+.2} %{worse} |", change * 100.0)?;
                }
            }
        }
        let percent = MOST * 100.0;
        if self.is_worse() {
            write!(
                f,
                "More than {percent} % worse, or not committed. Where that is meant, "
            )?;
        } else if self.is_better() {
            write!(f, "More than {percent} % better. So that it stays so, ")?;
        } else {
            return write!(f, "within {percent} % of what was committed");
        }
        f.write_str("commit what `scripts/instructions --commit` writes.")
    }
}
