//! [`Trace`]: what stood in one place of the results before.

use std::collections::{BTreeMap, VecDeque};

use super::{Rows, rows::Row};

/// What stood in each place of the last result.
#[derive(Debug, Default)]
pub(super) struct Traces(BTreeMap<String, Trace>);

/// What stood in one place.
#[derive(Debug, Default)]
pub(super) struct Trace {
    value: String,
    numbers: VecDeque<f64>,
    /// Whether it was another in the result before.
    pub(super) is_changed: bool,
}

impl Traces {
    /// Adds a result. What it has nothing of is forgotten.
    pub(super) fn add(&mut self, rows: &Rows) {
        let is_first = self.0.is_empty();
        let mut before = std::mem::take(&mut self.0);
        for row in &rows.0 {
            let known = before.remove(&row.path);
            let is_new = known.is_none();
            let mut trace = known.unwrap_or_default();
            trace.add(row);
            // What was not there has changed, unless nothing was.
            trace.is_changed = !is_first && (is_new || trace.is_changed);
            self.0.insert(row.path.clone(), trace);
        }
    }

    pub(super) fn find(&self, row: &Row) -> Option<&Trace> {
        self.0.get(&row.path)
    }
}

impl Trace {
    /// So many numbers are shown.
    const LONGEST: usize = 24;

    fn add(&mut self, row: &Row) {
        // A comma more says nothing of the value.
        let value = row.value.trim_end_matches(',');
        self.is_changed = self.value != value;
        value.clone_into(&mut self.value);
        match row.number {
            Some(number) if number.is_finite() => {
                if self.numbers.len() == Self::LONGEST {
                    self.numbers.pop_front();
                }
                self.numbers.push_back(number);
            }
            _ => self.numbers.clear(),
        }
    }

    /// The last numbers as a line; nothing, where they are all the same.
    pub(super) fn sparkline(&self) -> Option<String> {
        const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

        let least = self.numbers.iter().copied().reduce(f64::min)?;
        let most = self.numbers.iter().copied().reduce(f64::max)?;
        // Halved: two that are far apart have a difference that is no number.
        let range = most / 2.0 - least / 2.0;
        if range <= 0.0 {
            return None;
        }
        let bar = |number: &f64| {
            let share = (number / 2.0 - least / 2.0) / range;
            let mut steps = 1..BARS.len();
            let highest = steps.rfind(|step| share * 8.0 >= *step as f64);
            BARS[highest.unwrap_or(0)]
        };
        Some(self.numbers.iter().map(bar).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Rows, Traces};

    /// What has changed in the last of several results, and the sparklines of it.
    fn trace(results: &[Value]) -> (Vec<String>, Vec<String>) {
        let mut traces = Traces::default();
        let mut rows = Rows::default();
        for result in results {
            rows = Rows::of(result).unwrap().0;
            traces.add(&rows);
        }
        let found = rows.0.iter().map(|row| (row, traces.find(row).unwrap()));
        let changed = found.clone().filter(|(_, trace)| trace.is_changed);
        let changed = changed.map(|(row, _)| row.value.clone()).collect();
        (
            changed,
            found.filter_map(|(_, it)| it.sparkline()).collect(),
        )
    }

    #[test]
    fn what_changed_is_told_from_what_did_not() {
        assert!(trace(&[json!({"a": 1, "b": "x"})]).0.is_empty());
        let (changed, _) = trace(&[json!({"a": 1, "b": "x"}), json!({"a": 2, "b": "x"})]);
        assert_eq!(changed, ["2,"]);
        // One more element puts a comma after the last, and changes nothing else.
        let (changed, _) = trace(&[json!([1, 2]), json!([1, 2, 3])]);
        assert_eq!(changed, ["3"]);
    }

    #[test]
    fn numbers_that_change_have_a_sparkline() {
        let results = [0, 7, 14].map(|number| json!({"a": number, "b": 1}));
        assert_eq!(trace(&results).1, ["▁▅█"]);
        let far = [json!([f64::MIN]), json!([f64::MAX])];
        assert_eq!(trace(&far).1, ["▁█"]);
        let many: Vec<_> = (0..100).map(|it| json!([it])).collect();
        assert_eq!(trace(&many).1[0].chars().count(), 24);
    }
}
