//! [`Rows`]: a result as lines, of which each knows where in the result it is.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Deserializer, Value};

use crate::json::{Form, Palette, write};

/// The lines of a result, as JSON that is indented. Nothing in them would steer a terminal.
#[derive(Debug, Default)]
pub(super) struct Rows(pub(super) Vec<Row>);

/// One line.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    /// Where it is: the same in each result that has something there.
    pub(super) path: String,
    /// What is before the value: blanks, and a key.
    pub(super) label: String,
    pub(super) value: String,
    /// The value, where it is a number.
    pub(super) number: Option<f64>,
}

impl Rows {
    /// More than any screen has.
    const MOST: usize = 1000;

    /// Lays a result out: at most so many lines of it, and how many there are.
    pub(super) fn of(result: &impl Serialize) -> Result<(Self, usize)> {
        let mut text = Vec::new();
        write(&mut text, result, Form::Indented, Palette::PLAIN)?;
        let text = String::from_utf8(text)?;
        let mut place = Place::default();
        let lines = text.lines().take(Self::MOST);
        let rows = lines.map(|line| place.row(line)).collect();
        Ok((Self(rows), text.lines().count()))
    }
}

/// How many steps of each level lead to the line before.
#[derive(Debug, Default)]
struct Place(Vec<(String, usize)>);

impl Place {
    fn row(&mut self, line: &str) -> Row {
        let value = line.trim_start();
        let indent = line.len() - value.len();
        let depth = indent / 2;
        let (key, value) = parted(value);
        let is_end = value.starts_with([']', '}']);
        self.0.truncate(depth + 1);
        if self.0.len() <= depth {
            self.0.push((String::new(), 0));
        }
        if let Some(step) = self.0.last_mut() {
            // The end of what began on this level is of the same step.
            if !is_end {
                step.1 += 1;
                step.0 = key.map_or_else(|| step.1.to_string(), str::to_owned);
            }
        }
        let steps: Vec<_> = self.0.iter().map(|(step, _)| step.as_str()).collect();
        let end = if is_end { "/end" } else { "" };
        Row {
            path: steps.join("/") + end,
            label: line[..line.len() - value.len()].to_owned(),
            value: value.to_owned(),
            number: value.trim_end_matches(',').parse().ok(),
        }
    }
}

/// A key and a value; or a value alone.
fn parted(line: &str) -> (Option<&str>, &str) {
    let mut values = Deserializer::from_str(line).into_iter::<Value>();
    let Some(Ok(Value::String(_))) = values.next() else {
        return (None, line);
    };
    let (key, rest) = line.split_at(values.byte_offset());
    match rest.strip_prefix(": ") {
        Some(value) => (Some(key), value),
        None => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Rows;

    #[test]
    fn each_line_knows_where_it_is() {
        let result = json!({"a": [1, {"b": "x: y\u{1b}[2J"}], "c": -2.5, "d": {}});
        let (rows, count) = Rows::of(&result).unwrap();
        let seen: Vec<_> = rows.0.iter().map(|row| (&*row.path, &*row.value)).collect();
        assert_eq!(
            seen,
            [
                ("1", "{"),
                ("1/\"a\"", "["),
                ("1/\"a\"/1", "1,"),
                ("1/\"a\"/2", "{"),
                ("1/\"a\"/2/\"b\"", "\"x: y\\u001b[2J\""),
                ("1/\"a\"/2/end", "}"),
                ("1/\"a\"/end", "],"),
                ("1/\"c\"", "-2.5,"),
                ("1/\"d\"", "{}"),
                ("1/end", "}"),
            ]
        );
        assert_eq!(count, 10);
        assert_eq!(rows.0[7].number, Some(-2.5));
        assert_eq!(rows.0[7].label, "  \"c\": ");
        let paths: std::collections::BTreeSet<_> = rows.0.iter().map(|row| &row.path).collect();
        assert_eq!(paths.len(), rows.0.len());
    }

    #[test]
    fn no_more_is_kept_than_is_ever_shown() {
        let (rows, count) = Rows::of(&vec![0; 5000]).unwrap();
        assert_eq!((rows.0.len(), count), (Rows::MOST, 5002));
    }
}
