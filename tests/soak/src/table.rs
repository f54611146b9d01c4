//! [`Table`]: the readings, and what they amount to.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::{crowd::Deeds, reading::Reading};

/// By how much the memory may rise over the second half, by the line that fits it best, in KiB.
///
/// What is free in the midst of what is used stays with the process: readings a minute apart differ by some
/// hundred KiB in both directions, and so the line through fifteen of them may rise by as much with nothing
/// lost. Four times that is what 50,000 clients, as many as come in that time, lose with 30 bytes each.
const MOST_RISE: f64 = 1536.0;

/// The readings, the first of which is the beginning.
pub(crate) struct Table {
    begin: Reading,
    rows: Vec<(Duration, Reading)>,
    deeds: Deeds,
}

impl Table {
    pub(crate) fn begin(begin: Reading) -> Self {
        println!(
            "| after | memory | descriptors | threads | files | done | of which failed | killed |"
        );
        println!("|--:|--:|--:|--:|--:|--:|--:|--:|");
        let table = Self {
            begin: begin.clone(),
            rows: Vec::new(),
            deeds: Deeds::default(),
        };
        table.print(Duration::ZERO, &begin);
        table
    }

    pub(crate) fn add(&mut self, after: Duration, deeds: Deeds, reading: Reading) {
        self.deeds.done += deeds.done;
        self.deeds.failed += deeds.failed;
        self.deeds.killed += deeds.killed;
        self.print(after, &reading);
        self.rows.push((after, reading));
    }

    fn print(&self, after: Duration, reading: &Reading) {
        let Deeds {
            done,
            failed,
            killed,
        } = self.deeds;
        let Reading {
            anonymous,
            descriptors,
            threads,
            files,
        } = reading;
        println!(
            "| {} s | {anonymous} KiB | {descriptors} | {threads} | {files} | {done} | {failed} | {killed} |",
            after.as_secs(),
        );
    }

    /// Fails where the end is not as the beginning.
    pub(crate) fn verdict(&self) -> Result<()> {
        let rise = self.rise();
        println!("memory over the second half: {rise:+.0} KiB");
        let end = self.rows.last().map_or(&self.begin, |(_, end)| end);
        ensure!(
            end.is_as_open_as(&self.begin),
            "something is left open: {end:?} after {:?}",
            self.begin
        );
        ensure!(rise <= MOST_RISE, "the memory rises by {rise:.0} KiB");
        Ok(())
    }

    /// What the memory rises by over the second half, by the line with the least squares.
    fn rise(&self) -> f64 {
        let half = &self.rows[self.rows.len() / 2..];
        let count = half.len() as f64;
        let mean = |of: fn(&(Duration, Reading)) -> f64| half.iter().map(of).sum::<f64>() / count;
        let (time, memory) = (mean(|it| it.0.as_secs_f64()), mean(|it| it.1.anonymous));
        let (mut above, mut below) = (0.0, 0.0);
        for (after, reading) in half {
            let late = after.as_secs_f64() - time;
            above += late * (reading.anonymous - memory);
            below += late * late;
        }
        let span = half
            .last()
            .zip(half.first())
            .map(|(last, first)| last.0 - first.0);
        above / below.max(f64::MIN_POSITIVE) * span.unwrap_or_default().as_secs_f64()
    }
}
