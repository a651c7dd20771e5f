//! The columns of the table of houses, and what their cells may be: `columns.tsv`.
//!
//! A line has a name, a kind, the values (from..to, both among them; or texts), and of how many of 1460 houses of the file the
//! value is missing.

use crate::random::Stream;

const TEXT: &str = include_str!("columns.tsv");

/// The houses of the file.
pub(crate) const HOUSES: usize = 1460;

/// The text that stands for a missing value in the file.
const NOT_AVAILABLE: &str = "NA";

/// A column of the table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) values: Values,
    missing: u64,
    position: u64,
}

/// The values that a column may have.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    /// Whole numbers, from the first to the last.
    Whole(i64, i64),
    /// Whole numbers in a column of floats.
    Float(i64, i64),
    /// Texts.
    Text(Vec<&'static str>),
}

/// Returns all columns, in the order of the file.
pub(crate) fn columns() -> Vec<Column> {
    TEXT.lines().zip(0..).map(|(line, position)| column(line, position)).collect()
}

/// Reads a line, which is part of the program.
fn column(line: &'static str, position: u64) -> Column {
    let mut fields = line.split('\t');
    let mut field = || fields.next().unwrap_or_default();
    let (name, kind, values, missing) = (field(), field(), field(), field());
    let (from, to) = values.split_once("..").unwrap_or_default();
    let number = |text: &str| text.parse().unwrap_or_default();
    let values = match kind {
        "whole" => Values::Whole(number(from), number(to)),
        "float" => Values::Float(number(from), number(to)),
        _ => Values::Text(values.split('|').collect()),
    };
    Column { name, values, missing: number(missing).unsigned_abs(), position }
}

/// A column of houses made by chance.
pub(crate) struct Drawn<'c> {
    column: &'c Column,
    cells: Stream,
    /// The stream that decides which values are missing; none for houses that are added, of which nothing is missing.
    gaps: Option<Stream>,
}

impl<'c> Drawn<'c> {
    /// The houses of the file.
    pub(crate) fn of_file(column: &'c Column, seed: u64) -> Self {
        let part = |stream: u64| Stream::of(seed, stream * 1000 + column.position);
        Self { column, cells: part(0), gaps: Some(part(1)) }
    }

    /// The houses that are added to those of the file. What is not available is a text of theirs.
    pub(crate) fn added(column: &'c Column, seed: u64) -> Self {
        Self { column, cells: Stream::of(seed, 2000 + column.position), gaps: None }
    }

    /// Returns a number of a column of numbers.
    pub(crate) fn number(&self, row: usize) -> Option<i64> {
        let (Values::Whole(from, to) | Values::Float(from, to)) = self.column.values else { return None };
        if self.is_missing(row) {
            return None;
        }
        let span = (to - from + 1).unsigned_abs();
        Some(from + self.cells.below(row, span) as i64)
    }

    /// Returns a text of a column of texts.
    pub(crate) fn text(&self, row: usize) -> Option<&'static str> {
        let Values::Text(texts) = &self.column.values else { return None };
        let text = texts[self.cells.below(row, texts.len() as u64) as usize];
        let is_gap = self.is_missing(row) || self.gaps.is_some() && text == NOT_AVAILABLE;
        (!is_gap).then_some(text)
    }

    fn is_missing(&self, row: usize) -> bool {
        self.gaps.is_some_and(|gaps| gaps.below(row, HOUSES as u64) < self.column.missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_81_columns_of_three_kinds() {
        let columns = columns();
        let count = |is: fn(&Values) -> bool| columns.iter().filter(|column| is(&column.values)).count();
        assert_eq!(
            [
                count(|values| matches!(values, Values::Whole(..))),
                count(|values| matches!(values, Values::Float(..))),
                count(|values| matches!(values, Values::Text(_))),
            ],
            [35, 3, 43]
        );
        assert_eq!((columns[0].name, columns[80].name), ("Id", "SalePrice"));
    }

    #[test]
    fn cells_are_within_their_values() {
        for column in &columns() {
            let drawn = Drawn::added(column, 7);
            match &column.values {
                Values::Whole(from, to) | Values::Float(from, to) => {
                    let mut numbers = (0..500).filter_map(|row| drawn.number(row));
                    assert!(numbers.all(|number| (*from..=*to).contains(&number)), "{}", column.name);
                }
                Values::Text(texts) => {
                    let all = (0..500).filter_map(|row| drawn.text(row)).collect::<std::collections::BTreeSet<_>>();
                    assert_eq!(all.len(), texts.len(), "{}", column.name);
                }
            }
        }
    }
}
