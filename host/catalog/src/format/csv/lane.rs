//! One column of a piece of text, as it is read: numbers while all of its values are numbers, else where their texts stand.

use std::borrow::Cow;

use wpipe_data::ColumnKind;

use super::dialect::Dialect;
use crate::table::{Guess, exact_number, parse_float, whole_number};

/// A field as it stands in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'t> {
    pub(super) text: &'t str,
    /// Where it begins in its piece.
    pub(super) start: usize,
    pub(super) is_quoted: bool,
    /// Whether quotes in it are written twice.
    pub(super) is_doubled: bool,
}

/// Where a field's text stands in its piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    length: u32,
}

/// The value is missing.
const MISSING: u32 = u32::MAX;
/// The value is missing, unless the column is one of text or binary.
const MAYBE: u32 = 1 << 31;
/// Quotes in it are written twice.
const DOUBLED: u32 = 1 << 30;
/// The most bytes that a field has.
pub(super) const LONGEST: usize = (DOUBLED - 2) as usize;

impl Span {
    /// The text in its piece, and whether it is missing in columns of anything but text and binary; `None` where it is in
    /// those, too.
    pub(super) fn text(self, piece: &str, quote: u8) -> Option<(Cow<'_, str>, bool)> {
        if self.length == MISSING {
            return None;
        }
        let start = self.start as usize;
        let text = &piece[start..start + (self.length & (DOUBLED - 1)) as usize];
        let text = if self.length & DOUBLED == 0 { Cow::Borrowed(text) } else { Cow::Owned(single(text, quote)) };
        Some((text, self.length & MAYBE != 0))
    }
}

/// A text without the second one of each two quotes.
fn single(text: &str, quote: u8) -> String {
    let quote = char::from(quote);
    let twice: String = [quote, quote].iter().collect();
    text.replace(&twice, quote.encode_utf8(&mut [0; 4]))
}

/// What is known of a column before its piece is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Guessed,
    /// Its texts are wanted, whatever they look like.
    Texts,
    Declared(ColumnKind),
}

#[derive(Debug)]
pub(super) enum Values {
    Whole(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<Span>),
}

/// A value that its column does not take; what it is, the exact reader tells.
#[derive(Debug)]
pub(super) struct Misfit;

/// One column of a piece.
#[derive(Debug)]
pub(super) struct Lane {
    mode: Mode,
    pub(super) values: Values,
    /// The rows of numbers in which a value is missing.
    pub(super) gaps: Vec<u32>,
    /// How many values are missing, whatever the column's kind.
    pub(super) missing: usize,
    /// How many are, unless it is text or binary.
    pub(super) maybe: usize,
    pub(super) text_bytes: usize,
    guess: Guess,
    any: bool,
    /// Whether a whole number has no exact place among floats, or is `-0`, which is another number there.
    is_whole_only: bool,
    inexact: bool,
    /// Whether a value has come that the numbers before it do not go with: their texts are needed.
    pub(super) is_lost: bool,
}

impl Lane {
    pub(super) fn new(mode: Mode) -> Self {
        let values = match mode {
            Mode::Declared(ColumnKind::I64) => Values::Whole(Vec::new()),
            Mode::Declared(ColumnKind::F64) => Values::Floats(Vec::new()),
            _ => Values::Texts(Vec::new()),
        };
        Self {
            mode,
            values,
            gaps: Vec::new(),
            missing: 0,
            maybe: 0,
            text_bytes: 0,
            guess: Guess::new(),
            any: false,
            is_whole_only: false,
            inexact: false,
            is_lost: false,
        }
    }

    /// What its values may be.
    pub(super) fn guess(&self) -> Guess {
        match self.values {
            Values::Whole(_) => Guess::of_numbers(true, self.inexact),
            Values::Floats(_) => Guess::of_numbers(false, false),
            Values::Texts(_) => self.guess,
        }
    }

    /// Whether its values can be written as this kind without their texts.
    pub(super) fn becomes(&self, kind: ColumnKind) -> bool {
        match self.values {
            Values::Whole(_) => kind == ColumnKind::I64 || kind == ColumnKind::F64 && !self.is_whole_only,
            Values::Floats(_) => kind == ColumnKind::F64,
            Values::Texts(_) => true,
        }
    }

    /// Takes the next row's field.
    pub(super) fn push(&mut self, raw: Raw<'_>, dialect: &Dialect) -> Result<(), Misfit> {
        if self.is_lost {
            return Ok(());
        }
        if dialect.is_null(raw.text) {
            if raw.is_quoted {
                self.push_maybe(raw)
            } else {
                self.push_missing()
            }
            return Ok(());
        }
        let plain = match raw.text.as_bytes() {
            [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => raw.text.trim_matches([' ', '\t']),
            _ => raw.text,
        };
        if plain.len() < raw.text.len() && dialect.is_null(plain) {
            self.push_maybe(raw);
            return Ok(());
        }
        if !self.any {
            self.any = true;
            self.begin(plain, dialect);
        }
        match (&mut self.values, self.mode) {
            (Values::Whole(values), Mode::Declared(_)) => match whole_number(plain).or_else(|| plain.parse().ok()) {
                Some(value) => values.push(value),
                None => return Err(Misfit),
            },
            (Values::Floats(values), Mode::Declared(_)) => match parse_float(plain) {
                Some(value) => values.push(value),
                None => return Err(Misfit),
            },
            (Values::Whole(_), _) => self.push_whole(plain),
            (Values::Floats(values), _) => match exact_number(plain) {
                Some(value) => values.push(value),
                None => self.is_lost = true,
            },
            (Values::Texts(_), mode) => {
                if !matches!(mode, Mode::Declared(_)) {
                    match raw.is_doubled {
                        true => self.guess.see(&single(raw.text, dialect.quote), &dialect.notation),
                        false => self.guess.see(raw.text, &dialect.notation),
                    }
                }
                self.push_text(raw, 0);
            }
        }
        Ok(())
    }

    /// Decides by the first value of a column of which nothing is known how it is kept.
    fn begin(&mut self, plain: &str, dialect: &Dialect) {
        let Values::Texts(before) = &self.values else { return };
        if self.mode != Mode::Guessed || !dialect.notation.is_plain() {
            return;
        }
        let rows = before.len();
        let gaps = || (0..rows).map(|row| row as u32).collect();
        if whole_number(plain).is_some() {
            (self.gaps, self.values) = (gaps(), Values::Whole(vec![0; rows]));
        } else if exact_number(plain).is_some() {
            (self.gaps, self.values) = (gaps(), Values::Floats(vec![0.0; rows]));
        }
    }

    fn push_whole(&mut self, plain: &str) {
        let Values::Whole(values) = &mut self.values else { return };
        if let Some(value) = whole_number(plain) {
            self.inexact |= (value as f64) as i128 != i128::from(value);
            self.is_whole_only |= self.inexact || value == 0 && plain.starts_with('-');
            values.push(value);
            return;
        }
        match exact_number(plain) {
            Some(value) if !self.is_whole_only => {
                let mut floats: Vec<f64> = values.iter().map(|value| *value as f64).collect();
                floats.push(value);
                self.values = Values::Floats(floats);
            }
            _ => self.is_lost = true,
        }
    }

    /// Takes a row that has no such field.
    pub(super) fn push_missing(&mut self) {
        self.missing += 1;
        match &mut self.values {
            Values::Texts(spans) => spans.push(Span { start: 0, length: MISSING }),
            _ => self.push_gap(),
        }
    }

    fn push_maybe(&mut self, raw: Raw<'_>) {
        self.maybe += 1;
        match &self.values {
            Values::Texts(_) => self.push_text(raw, MAYBE),
            _ => self.push_gap(),
        }
    }

    fn push_gap(&mut self) {
        let row = match &mut self.values {
            Values::Whole(values) => {
                values.push(0);
                values.len() - 1
            }
            Values::Floats(values) => {
                values.push(0.0);
                values.len() - 1
            }
            Values::Texts(_) => return,
        };
        // A piece has fewer rows than bytes.
        self.gaps.push(row as u32);
    }

    fn push_text(&mut self, raw: Raw<'_>, flags: u32) {
        let Values::Texts(spans) = &mut self.values else { return };
        self.text_bytes += raw.text.len();
        // Pieces and fields are short enough, as whoever reads them has seen.
        let doubled = if raw.is_doubled { DOUBLED } else { 0 };
        spans.push(Span { start: raw.start as u32, length: raw.text.len() as u32 | doubled | flags });
    }
}
