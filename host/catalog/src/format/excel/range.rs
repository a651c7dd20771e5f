//! The wanted cells of a sheet, as people write them: `B3:F99`.

use std::str::FromStr;

/// The most rows and columns that a sheet has.
const MOST: (u32, u32) = (1 << 20, 1 << 14);

/// A rectangle of cells; rows and columns count from 0, and both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    rows: (u32, u32),
    columns: (u32, u32),
}

impl Default for Range {
    /// Returns the whole sheet.
    fn default() -> Self {
        Self { rows: (0, MOST.0 - 1), columns: (0, MOST.1 - 1) }
    }
}

impl Range {
    pub(super) fn contains(&self, (row, column): (u32, u32)) -> bool {
        (self.rows.0..=self.rows.1).contains(&row) && (self.columns.0..=self.columns.1).contains(&column)
    }

    /// Returns true if it names the last column.
    pub(super) fn ends_at_column(&self) -> bool {
        self.columns.1 < MOST.1 - 1
    }

    /// Returns true if no cell from this row on belongs to it.
    pub(super) fn is_before(&self, row: u32) -> bool {
        row > self.rows.1
    }
}

/// One corner, of which either half may be left out.
#[derive(Clone, Copy)]
struct Corner {
    row: Option<u32>,
    column: Option<u32>,
}

impl Corner {
    fn parse(text: &str) -> Option<Self> {
        let plain = text.trim().replace('$', "");
        let (letters, digits) = plain.split_at(plain.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(plain.len()));
        let column = match letters {
            "" => None,
            letters => Some(column(letters)?),
        };
        let row = match digits {
            "" => None,
            digits => Some(digits.parse::<u32>().ok()?.checked_sub(1).filter(|row| *row < MOST.0)?),
        };
        (row.is_some() || column.is_some()).then_some(Self { row, column })
    }
}

/// Returns the column that letters name: `AA` is 26.
fn column(letters: &str) -> Option<u32> {
    let value = |letter: u8| u32::from(letter.to_ascii_uppercase() - b'A') + 1;
    let number = letters.bytes().try_fold(0_u32, |number, letter| {
        let number = number * 26 + value(letter);
        (number <= MOST.1).then_some(number)
    });
    number?.checked_sub(1)
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = Self::default();
        let (first, last) = match text.split_once(':') {
            Some((first, last)) => (Corner::parse(first), Corner::parse(last)),
            None => (Corner::parse(text), Some(Corner { row: None, column: None })),
        };
        let (Some(first), Some(last)) = (first, last) else { return Err(format!("`{text}` is no range of cells")) };
        let rows = (first.row.unwrap_or(0), last.row.unwrap_or(whole.rows.1));
        let columns = (first.column.unwrap_or(0), last.column.unwrap_or(whole.columns.1));
        if rows.0 > rows.1 || columns.0 > columns.1 {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(Self { rows, columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_people_write_them() {
        let range = |text: &str| text.parse::<Range>().map(|range| (range.rows, range.columns));
        let (last_row, last_column) = (MOST.0 - 1, MOST.1 - 1);
        assert_eq!(range("B3:F99"), Ok(((2, 98), (1, 5))));
        assert_eq!(range("$B$3:aa"), Ok(((2, last_row), (1, 26))));
        assert_eq!(range("B3"), Ok(((2, last_row), (1, last_column))));
        assert_eq!(range("A:F"), Ok(((0, last_row), (0, 5))));
        assert_eq!(range("2:5"), Ok(((1, 4), (0, last_column))));
        for wrong in ["", ":", "B0", "B3:", "XFE1", "A1048577", "3B", "B-1", "é1", "A1:B2:C3"] {
            assert_eq!(range(wrong), Err(format!("`{wrong}` is no range of cells")));
        }
        assert_eq!(range("C1:A9"), Err("`C1:A9` ends before it begins".to_owned()));
    }
}
