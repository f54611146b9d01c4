//! [`Work`]: what a host has to do of its own; [`Worked`]: how much of it was done.

use std::{
    fmt, hint,
    str::FromStr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use nix::time::{ClockId, clock_gettime};

/// What a host has to do of its own: pieces of work, each as long as the others.
#[derive(Debug)]
pub(crate) struct Work {
    memory: Vec<u64>,
    at: usize,
}

/// How much work was done, in one line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Worked {
    /// How many pieces in a second.
    pub per_second: f64,
    /// For how long a processor had each, in microseconds.
    pub each: f64,
}

/// In words: 256 KiB, which a core's own cache holds as long as nobody else fills it.
const MEMORY: usize = 1 << 15;
/// Of a piece. One takes less than a tenth of a millisecond.
const STEPS: usize = 1 << 12;

impl Work {
    pub(crate) fn new() -> Self {
        Self {
            memory: (0..MEMORY as u64).collect(),
            at: 0,
        }
    }

    /// Works for so long.
    pub(crate) fn carry_on(&mut self, duration: Duration) -> nix::Result<Worked> {
        let (begin, before) = (Instant::now(), processor_time()?);
        let mut pieces = 0.0;
        loop {
            self.piece();
            pieces += 1.0;
            let elapsed = begin.elapsed();
            if elapsed >= duration {
                let ran = processor_time()? - before;
                return Ok(Worked {
                    per_second: pieces / elapsed.as_secs_f64(),
                    each: ran.as_secs_f64() * 1e6 / pieces,
                });
            }
        }
    }

    /// Goes from word to word, each of which is changed and then says where the next one is: no step begins before
    /// the memory has answered.
    fn piece(&mut self) {
        for _ in 0..STEPS {
            let word = &mut self.memory[self.at % MEMORY];
            // The generator of Knuth's MMIX; its high bits are the random ones.
            *word = word
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            self.at = (*word >> 33) as usize;
        }
        hint::black_box(self.at);
    }
}

impl fmt::Display for Worked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.per_second, self.each)
    }
}

impl FromStr for Worked {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let (per_second, each) = line.split_once(' ').context("two numbers in a line")?;
        Ok(Self {
            per_second: per_second.parse()?,
            each: each.parse()?,
        })
    }
}

/// Of this thread so far.
fn processor_time() -> nix::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}
