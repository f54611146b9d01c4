//! [`Samples`]: the values of one figure of one peer.

use serde::Serialize;

/// Values, with what they are counted in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<f64>);

/// What is said of them.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Summary {
    /// The median.
    pub(crate) p50: f64,
    /// The smallest of the greatest tenth.
    pub(crate) p90: f64,
    /// How many there are.
    pub(crate) samples: usize,
}

impl Samples {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Nothing where there is no value.
    pub(crate) fn summary(mut self) -> Option<Summary> {
        self.0.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (self.0.len() as f64 * share) as usize;
            self.0.get(place.min(self.0.len().checked_sub(1)?)).copied()
        };
        Some(Summary {
            p50: at(0.5)?,
            p90: at(0.9)?,
            samples: self.0.len(),
        })
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}
