//! [`Growth`]: a figure against the size of something.

use std::fmt;

use serde::Serialize;

use crate::{report::Unit, sample::Summary};

/// A figure against the size of something, the smallest first.
#[derive(Debug, Serialize)]
pub(crate) struct Growth {
    figure: String,
    unit: Unit,
    points: Vec<Point>,
    /// Of the line that fits best where both axes are logarithmic: 0 is constant, 1 is linear.
    slope: Option<f64>,
    /// The same of the two largest: what is there whatever the size hides it among the small ones.
    late: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Point {
    size: usize,
    value: Summary,
}

impl Growth {
    pub(crate) fn new(
        figure: impl Into<String>,
        unit: Unit,
        points: Vec<(usize, Summary)>,
    ) -> Self {
        let logarithms = points
            .iter()
            .filter(|(size, value)| *size > 0 && value.p50 > 0.0);
        let logarithms: Vec<_> = logarithms
            .map(|(size, value)| ((*size as f64).ln(), value.p50.ln()))
            .collect();
        let points = points.into_iter();
        Self {
            figure: figure.into(),
            unit,
            points: points.map(|(size, value)| Point { size, value }).collect(),
            slope: slope(&logarithms),
            late: slope(&logarithms[logarithms.len().saturating_sub(2)..]),
        }
    }
}

/// Of the line with the least squares of distances; nothing where there is no line.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let above: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let below: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    (points.len() > 1 && below > 0.0).then(|| above / below)
}

/// What a slope is called, as far as a few sizes tell.
fn shape(slope: f64) -> &'static str {
    match slope {
        slope if slope < 0.15 => "constant",
        slope if slope < 0.85 => "less than linear",
        slope if slope < 1.15 => "linear",
        _ => "more than linear",
    }
}

/// What stands above the lines of growths.
pub(crate) const HEADER: &str = "\
| against size | figures | slope | of the last two | grows |
|---|---|--:|--:|---|";

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n| {} |", self.figure)?;
        for (index, Point { size, value }) in self.points.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma} {size}: {}", self.unit.show(value.p50))?;
        }
        match (self.slope, self.late) {
            (Some(slope), Some(late)) => {
                write!(f, " | {slope:.2} | {late:.2} | {} |", shape(late))
            }
            _ => f.write_str(" | – | – | – |"),
        }
    }
}
