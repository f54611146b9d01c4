//! [`Figures`]: what a client says of a load.

use std::{fmt, str::FromStr, time::Duration};

use anyhow::{Context, Result, bail};

/// What a client says of a load, in one line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// The median latency of a call, in nanoseconds; 0 of what are no calls.
    pub p50: f64,
    /// The shortest of the longest tenth.
    pub p90: f64,
    /// How many calls, or items, in a second.
    pub per_second: f64,
    /// How many calls, or items, there were.
    pub count: u64,
    /// How often the client allocated memory meanwhile.
    pub allocations: u64,
}

impl Figures {
    /// Those of calls that took so long each, and all together.
    pub fn of_calls(mut nanoseconds: Vec<u128>, elapsed: Duration) -> Self {
        nanoseconds.sort_unstable();
        let count = nanoseconds.len();
        let at = |share: usize| {
            let latency = nanoseconds.get((count * share / 100).min(count.saturating_sub(1)));
            latency.map_or(0.0, |&nanoseconds| nanoseconds as f64)
        };
        Self {
            p50: at(50),
            p90: at(90),
            ..Self::of_items(count, elapsed)
        }
    }

    /// Those of so many items.
    pub fn of_items(count: usize, elapsed: Duration) -> Self {
        Self {
            per_second: count as f64 / elapsed.as_secs_f64(),
            count: count as u64,
            ..Self::default()
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            p50,
            p90,
            per_second,
            count,
            allocations,
        } = self;
        write!(f, "{p50} {p90} {per_second} {count} {allocations}")
    }
}

impl FromStr for Figures {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        if let Some(why) = line.strip_prefix("failed: ") {
            bail!("{why}");
        }
        let mut words = line.split(' ');
        let mut next = || words.next().context("five numbers in a line");
        Ok(Self {
            p50: next()?.parse()?,
            p90: next()?.parse()?,
            per_second: next()?.parse()?,
            count: next()?.parse()?,
            allocations: next()?.parse()?,
        })
    }
}
