//! [`View`]: what is seen of the results.

use anstyle::Style;
use anyhow::Result;
use serde::Serialize;

use super::{Rows, Trace, Traces};
use crate::neutral::Neutral;

const HEADING: Style = Style::new().bold();
/// No colour: it is seen wherever colours are not wanted, too.
const CHANGED: Style = Style::new().invert();

/// What is seen of the results so far.
#[derive(Debug, Default)]
pub(super) struct View {
    title: String,
    at: String,
    calls: u64,
    errors: u64,
    /// What is wrong, where the last call failed.
    problem: Option<String>,
    rows: Rows,
    /// How many lines the result has.
    count: usize,
    traces: Traces,
}

/// How much there is room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) lines: usize,
}

impl View {
    pub(super) fn new(title: &str) -> Self {
        Self {
            title: Neutral(title).to_string(),
            ..Self::default()
        }
    }

    /// A call has brought a result.
    pub(super) fn succeed(&mut self, at: String, result: &impl Serialize) -> Result<()> {
        (self.rows, self.count) = Rows::of(result)?;
        self.traces.add(&self.rows);
        self.problem = None;
        self.at = at;
        self.calls += 1;
        Ok(())
    }

    /// A call has failed. The last result stays in view.
    pub(super) fn fail(&mut self, at: String, problem: &str) {
        self.problem = Some(Neutral(problem).to_string());
        self.at = at;
        self.calls += 1;
        self.errors += 1;
    }

    /// As many lines as there is room for.
    pub(super) fn lines(&self, size: Size) -> Vec<String> {
        let Self {
            title,
            at,
            calls,
            errors,
            ..
        } = self;
        let heading = format!("{title}  {at}  calls: {calls}  errors: {errors}  (q quits)");
        let mut lines = vec![styled(HEADING, &cut(&heading, size.columns))];
        let problem = self.problem.as_ref().map(|it| format!("teleop: {it}"));
        lines.push(cut(&problem.unwrap_or_default(), size.columns));
        let room = size.lines.saturating_sub(lines.len());
        let shown = if self.count > room {
            room.saturating_sub(1)
        } else {
            room
        };
        let rows = self.rows.0.iter().take(shown);
        lines.extend(rows.map(|row| {
            let label = cut(&row.label, size.columns);
            let left = size.columns.saturating_sub(label.chars().count());
            let value = cut(&row.value, left);
            let left = left.saturating_sub(value.chars().count());
            let trace = self.traces.find(row);
            let spark = trace.and_then(Trace::sparkline);
            let spark = spark.map(|it| cut(&format!("  {it}"), left));
            let style = match trace {
                Some(trace) if trace.is_changed => CHANGED,
                _ => Style::new(),
            };
            label + &styled(style, &value) + &spark.unwrap_or_default()
        }));
        if self.count > shown {
            let more = format!("... and {} more lines", self.count - shown);
            lines.push(cut(&more, size.columns));
        }
        lines.truncate(size.lines);
        lines
    }
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Text that is no longer than there is room for.
fn cut(text: &str, columns: usize) -> String {
    text.chars().take(columns).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Size, View};

    fn lines(view: &View, columns: usize, lines: usize) -> Vec<String> {
        view.lines(Size { columns, lines })
    }

    #[test]
    fn what_changed_is_marked_and_numbers_have_a_sparkline() {
        let mut view = View::new("cache.info");
        view.succeed("T1".to_owned(), &json!({"a": 1, "b": "x"}))
            .unwrap();
        view.succeed("T2".to_owned(), &json!({"a": 2, "b": "x"}))
            .unwrap();
        let shown = lines(&view, 80, 24);
        assert!(shown[0].contains("cache.info  T2  calls: 2  errors: 0"));
        assert_eq!(shown[3], "  \"a\": \u{1b}[7m2,\u{1b}[0m  ▁█");
        assert_eq!(shown[4], "  \"b\": \"x\"");
    }

    #[test]
    fn no_line_and_no_result_is_longer_than_the_screen() {
        let mut view = View::new("long");
        let result = json!({"text": "x".repeat(500), "list": vec![0; 100]});
        view.succeed("T".to_owned(), &result).unwrap();
        for size in [(80, 24), (20, 5), (1, 1), (0, 0)] {
            let shown = lines(&view, size.0, size.1);
            assert!(shown.len() <= size.1);
            for line in shown {
                let plain = anstream::adapter::strip_str(&line).to_string();
                assert!(plain.chars().count() <= size.0, "{plain}");
            }
        }
        let shown = lines(&view, 80, 24);
        assert_eq!(shown[23], "... and 84 more lines");
    }

    #[test]
    fn a_failure_is_counted_and_the_last_result_stays() {
        let mut view = View::new("x");
        view.succeed("T1".to_owned(), &json!(1)).unwrap();
        view.fail("T2".to_owned(), "the disk is \u{1b}[31m full");
        let shown = lines(&view, 80, 24);
        assert!(shown[0].contains("calls: 2  errors: 1"));
        assert_eq!(shown[1], "teleop: the disk is \\u{1b}[31m full");
        assert_eq!(shown[2], "1");
    }
}
