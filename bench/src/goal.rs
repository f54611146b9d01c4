//! [`Goal`]: a figure that is held against another one, or against what it ought to be.

use std::fmt;

use serde::Serialize;

use crate::{report::Unit, sample::Summary};

/// One figure, what stands beside it, and what it ought to be.
#[derive(Debug, Serialize)]
pub(crate) struct Goal {
    pub(crate) figure: String,
    pub(crate) unit: Unit,
    pub(crate) value: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) beside: Option<Beside>,
    /// How many times what stands beside it, where that is not simply the ratio of the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) aim: Option<Aim>,
}

/// A figure in the same unit, of something else.
#[derive(Debug, Serialize)]
pub(crate) struct Beside {
    pub(crate) what: &'static str,
    pub(crate) value: Summary,
}

/// What a figure ought to be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Aim {
    AtMost(f64),
    AtLeast(f64),
    /// So many times what stands beside it.
    TimesAtMost(f64),
    /// So many times what stands beside it, or more.
    TimesAtLeast(f64),
    /// So much more than what stands beside it.
    MoreAtMost(f64),
}

impl Goal {
    pub(crate) fn new(figure: impl Into<String>, unit: Unit, value: Summary) -> Self {
        Self {
            figure: figure.into(),
            unit,
            value,
            beside: None,
            ratio: None,
            aim: None,
        }
    }

    pub(crate) fn beside(mut self, what: &'static str, value: Summary) -> Self {
        self.beside = Some(Beside { what, value });
        self
    }

    /// How many times what stands beside it, by the median of the rounds.
    pub(crate) fn times(mut self, ratio: Option<f64>) -> Self {
        self.ratio = ratio;
        self
    }

    pub(crate) fn aim(mut self, aim: Aim) -> Self {
        self.aim = Some(aim);
        self
    }

    /// How many times what stands beside it.
    fn ratio(&self) -> Option<f64> {
        let beside = self.beside.as_ref()?.value.p50;
        let ratio = (beside > 0.0).then(|| self.value.p50 / beside);
        self.ratio.or(ratio)
    }

    fn is_met(&self, aim: Aim) -> bool {
        match aim {
            Aim::AtMost(most) => self.value.p50 <= most,
            Aim::AtLeast(least) => self.value.p50 >= least,
            Aim::TimesAtMost(most) => self.ratio().is_some_and(|ratio| ratio <= most),
            Aim::TimesAtLeast(least) => self.ratio().is_some_and(|ratio| ratio >= least),
            Aim::MoreAtMost(most) => self
                .beside
                .as_ref()
                .is_some_and(|beside| self.value.p50 - beside.value.p50 <= most),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.unit.show(self.value.p50);
        write!(
            f,
            "| {} (of {}) | {value} |",
            self.figure, self.value.samples
        )?;
        match &self.beside {
            Some(Beside { what, value }) => {
                write!(f, " {what}: {} |", self.unit.show(value.p50))?;
            }
            None => f.write_str(" – |")?,
        }
        match self.ratio() {
            Some(ratio) => write!(f, " {ratio:.2}× |")?,
            None => f.write_str(" – |")?,
        }
        let Some(aim) = self.aim else {
            return f.write_str(" – |");
        };
        match aim {
            Aim::AtMost(most) => write!(f, " ≤ {}", self.unit.show(most))?,
            Aim::AtLeast(least) => write!(f, " ≥ {}", self.unit.show(least))?,
            Aim::TimesAtMost(most) => write!(f, " ≤ {most}×")?,
            Aim::TimesAtLeast(least) => write!(f, " ≥ {least}×")?,
            Aim::MoreAtMost(most) => write!(f, " ≤ {} more", self.unit.show(most))?,
        }
        f.write_str(if self.is_met(aim) { " |" } else { ": missed |" })
    }
}
