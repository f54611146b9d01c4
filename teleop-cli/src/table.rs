//! [`Table`]: columns that stand in line.

use std::fmt::{self, Display};

use anstyle::Style;

use crate::neutral::Neutral;

const HEADING: Style = Style::new().bold();
const GAP: &str = "  ";

/// Rows below a heading, for a terminal. What stands in the cells is neutralised.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(heading: [&str; N]) -> Self {
        let rows = vec![heading.map(str::to_owned)];
        Self { rows }
    }

    pub(crate) fn row(&mut self, cells: [&str; N]) {
        self.rows.push(cells.map(|cell| Neutral(cell).to_string()));
    }

    fn widths(&self) -> [usize; N] {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        std::array::from_fn(width)
    }
}

impl<const N: usize> Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (index, row) in self.rows.iter().enumerate() {
            let style = if index == 0 { HEADING } else { Style::new() };
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                line += &format!("{cell:width$}{GAP}");
            }
            writeln!(f, "{style}{}{style:#}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_stand_in_line_and_lines_end_with_text() {
        let mut table = Table::new(["A", "B"]);
        table.row(["long", ""]);
        table.row(["é", "x\u{1b}"]);
        let plain = anstream::adapter::strip_str(&table.to_string()).to_string();
        assert_eq!(plain, "A     B\nlong\né     x\\u{1b}\n");
    }
}
