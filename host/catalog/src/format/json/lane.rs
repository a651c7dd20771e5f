//! One column of a piece of records, while it is read. The first value decides the form in which values are kept.

use wpipe_data::table::ColumnMut;
use wpipe_data::{ColumnKind, TableError};

use super::cell::cell;
use super::scan::Unusual;
use super::value::Value;
use crate::format::kept::{Days, Fixed, Instants, Kept, Texts, as_floats, blanks, is_exact, mark_missing};
use crate::table::{Guess, Moment, parse_date, parse_float, whole_number};

/// The knowledge of a column before its piece is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nobody wants it.
    PassedOver,
    Guessed,
    /// It is one of texts, whatever they look like.
    Texts,
    Declared(ColumnKind),
}

/// One column of a piece.
#[derive(Debug)]
pub(super) struct Lane {
    mode: Mode,
    /// `None` before the first value.
    values: Option<Kept>,
    /// The rows in which a value is missing.
    gaps: Vec<u32>,
    rows: usize,
    /// The likely number of rows.
    likely_rows: usize,
    /// True if a whole number has no exact place among floats.
    is_inexact: bool,
    /// True if a text has come that does not go with those before it: all of them are texts.
    pub(super) is_lost: bool,
}

/// The values that a lane has, as far as they decide the kind of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Nothing,
    Whole { is_inexact: bool },
    Floats,
    Bools,
    Texts(Guess),
}

impl Lane {
    /// Creates an empty lane; `None` if it is none that is read here.
    pub(super) fn new(mode: Mode, rows: usize) -> Option<Self> {
        let values = match mode {
            Mode::PassedOver | Mode::Guessed => None,
            Mode::Texts | Mode::Declared(ColumnKind::Text) => Some(Kept::Texts(Texts::with_room(rows))),
            Mode::Declared(kind) => Some(Kept::Fixed(Fixed::with_room(kind, rows)?)),
        };
        let (gaps, is_inexact, is_lost) = (Vec::new(), false, false);
        Some(Self { mode, values, gaps, rows: 0, likely_rows: rows, is_inexact, is_lost })
    }

    /// Takes the value of a row.
    #[inline]
    pub(super) fn push(&mut self, value: Value<'_>, row: usize) -> Result<(), Unusual> {
        if self.rows > row {
            // The name stands twice in the record.
            return Err(Unusual);
        }
        self.fill_up(row);
        self.rows = row + 1;
        if self.mode == Mode::PassedOver || self.is_lost {
            return Ok(());
        }
        if value == Value::Null {
            self.push_gap(row);
            return Ok(());
        }
        if self.values.is_none() {
            self.values = Some(self.begin(&value)?);
        }
        self.push_value(value)
    }

    /// Takes rows without a value, up to that one.
    #[inline]
    pub(super) fn fill_up(&mut self, rows: usize) {
        for row in self.rows..rows {
            if self.mode != Mode::PassedOver && !self.is_lost {
                self.push_gap(row);
            }
        }
        self.rows = self.rows.max(rows);
    }

    #[inline]
    fn push_value(&mut self, value: Value<'_>) -> Result<(), Unusual> {
        let mode = self.mode;
        match (self.values.as_mut().ok_or(Unusual)?, value) {
            (Kept::Texts(texts), Value::Text(text)) => texts.push(text.as_bytes(), text.len()),
            (Kept::Whole(_), Value::Number(number)) => return self.push_whole(number),
            (Kept::Floats(values), Value::Number(number)) => values.push(parse_float(number).ok_or(Unusual)?),
            (Kept::Bools(values), Value::Bool(value)) => values.push(value),
            (Kept::Days(days), Value::Text(text)) => match parse_date(&text) {
                Some(day) => days.push(day),
                None => self.lose(&text)?,
            },
            (Kept::Instants(instants), Value::Text(text)) => {
                if !Moment::parse(&text).is_some_and(|moment| instants.push(moment)) {
                    self.lose(&text)?;
                }
            }
            (Kept::Fixed(fixed), value) => {
                let cell = cell(&value, fixed.kind).ok_or(Unusual)?;
                if !fixed.push(cell) {
                    return Err(Unusual);
                }
            }
            (Kept::Texts(texts), Value::Number(number)) if mode == Mode::Declared(ColumnKind::Text) => {
                texts.push(number.as_bytes(), number.len());
            }
            (Kept::Texts(texts), Value::Bool(value)) if mode == Mode::Declared(ColumnKind::Text) => {
                let word = if value { "true" } else { "false" };
                texts.push(word.as_bytes(), word.len());
            }
            // A mixture.
            _ => return Err(Unusual),
        }
        Ok(())
    }

    /// Takes a text that is no date among dates, or no timestamp like the others: with it, all of them are texts.
    fn lose(&mut self, text: &str) -> Result<(), Unusual> {
        if is_among_blanks(text) || parse_date(text).is_some() || Moment::parse(text).is_some() {
            // A mixture of dates and timestamps is one of timestamps.
            return Err(Unusual);
        }
        self.is_lost = true;
        Ok(())
    }

    /// Returns the form of a column whose kind is unknown, by its first value.
    fn begin(&self, value: &Value<'_>) -> Result<Kept, Unusual> {
        let (blank, rows) = (self.gaps.len(), self.likely_rows);
        Ok(match value {
            Value::Number(number) if is_whole(number) => Kept::Whole(blanks(blank, rows)),
            Value::Number(_) => Kept::Floats(blanks(blank, rows)),
            Value::Bool(_) => Kept::Bools(blanks(blank, rows)),
            Value::Text(text) => {
                if is_among_blanks(text) {
                    return Err(Unusual);
                }
                if parse_date(text).is_some() {
                    Kept::Days(Days::new(blanks(blank, rows)))
                } else if let Some(moment) = Moment::parse(text) {
                    Kept::Instants(Instants::guessed(moment, blanks(blank, rows)))
                } else {
                    Kept::Texts(Texts::blank_of(blank, rows))
                }
            }
            Value::Null | Value::Nested(_) => return Err(Unusual),
        })
    }

    fn push_whole(&mut self, number: &str) -> Result<(), Unusual> {
        let Some(Kept::Whole(values)) = &mut self.values else { return Err(Unusual) };
        if let Some(value) = whole_number(number).filter(|_| number != "-0") {
            self.is_inexact |= !is_exact(value);
            values.push(value);
            return Ok(());
        }
        if self.is_inexact || is_whole(number) && number != "-0" {
            return Err(Unusual);
        }
        let mut floats = as_floats(values, self.likely_rows);
        floats.push(parse_float(number).ok_or(Unusual)?);
        self.values = Some(Kept::Floats(floats));
        Ok(())
    }

    fn push_gap(&mut self, row: usize) {
        if let Some(values) = &mut self.values {
            values.blank();
        }
        // A piece has fewer rows than bytes.
        self.gaps.push(row as u32);
    }

    /// Returns the number of missing values.
    pub(super) fn missing(&self) -> usize {
        self.gaps.len()
    }

    pub(super) fn form(&self) -> Form {
        match &self.values {
            None => Form::Nothing,
            Some(Kept::Whole(_)) => Form::Whole { is_inexact: self.is_inexact },
            Some(Kept::Floats(_)) => Form::Floats,
            Some(Kept::Bools(_)) => Form::Bools,
            Some(Kept::Days(days)) => Form::Texts(days.guess()),
            Some(Kept::Instants(instants)) => Form::Texts(instants.guess()),
            Some(Kept::Texts(_)) if self.missing() == self.rows => Form::Nothing,
            Some(Kept::Texts(_) | Kept::Fixed(_)) => Form::Texts(Guess::of_text()),
        }
    }

    /// Returns true if its values can be written as this kind.
    pub(super) fn becomes(&self, kind: ColumnKind) -> bool {
        self.values.as_ref().is_none_or(|values| values.becomes(kind, !self.is_inexact))
    }

    /// Returns the bytes of its texts.
    pub(super) fn text_bytes(&self) -> usize {
        self.values.as_ref().map_or(0, Kept::text_bytes)
    }

    /// Writes the values from a row on, to a column of a kind which they [become](Self::becomes).
    pub(super) fn write(&self, row: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        match &self.values {
            Some(values) => values.write(&self.gaps, row, to),
            None if to.kind() == ColumnKind::Text => {
                Kept::Texts(Texts::blank_of(self.rows, self.rows)).write(&self.gaps, row, to)
            }
            // Only the marks of missing values are to be written.
            None => mark_missing(&self.gaps, row, to),
        }
    }
}

/// Returns true if blanks are around a text, which do not count if it is a date.
fn is_among_blanks(text: &str) -> bool {
    text.starts_with([' ', '\t']) || text.ends_with([' ', '\t'])
}

/// Returns true if a number is written as digits alone.
fn is_whole(number: &str) -> bool {
    number != "-0" && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

impl Form {
    /// Returns the form of all values, of this one and of `other`; `None` for a mixture.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Nothing, form) | (form, Self::Nothing) => form,
            (Self::Whole { is_inexact }, Self::Whole { is_inexact: other }) => {
                Self::Whole { is_inexact: is_inexact || other }
            }
            (Self::Floats, Self::Floats)
            | (Self::Floats, Self::Whole { is_inexact: false })
            | (Self::Whole { is_inexact: false }, Self::Floats) => Self::Floats,
            (Self::Bools, Self::Bools) => Self::Bools,
            (Self::Texts(guess), Self::Texts(other)) => Self::Texts(guess.and(other)),
            _ => return None,
        })
    }

    /// Returns the kind of a column of that form.
    pub(super) fn kind(self) -> ColumnKind {
        match self {
            Self::Nothing => ColumnKind::Text,
            Self::Whole { .. } => ColumnKind::I64,
            Self::Floats => ColumnKind::F64,
            Self::Bools => ColumnKind::Bool,
            Self::Texts(guess) => guess.kind(),
        }
    }
}
