//! One column of a piece of text, while it is read.
//!
//! Without a declared kind, the first value decides the form in which a column's values are kept ([`Values`]). A value
//! that does not go with those before it makes the lane *lost*: it is read again as the places of its texts.

use wpipe_data::ColumnKind;

use super::dialect::Dialect;
use super::raw::{Raw, Span};
use super::values::{Values, push_text, texts_of};
use crate::format::kept::{Days, Instants, Kept, as_floats, blanks, is_exact};
use crate::table::{Guess, Moment, exact_number, parse_bool, parse_date, parse_float, whole_number};

/// The knowledge of a column before its piece is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Guessed,
    /// Its texts are wanted, whatever they look like.
    Texts,
    Declared(ColumnKind),
}

/// A value that its column does not take; the exact reader reports it.
#[derive(Debug)]
pub(super) struct Misfit;

/// One column of a piece.
#[derive(Debug)]
pub(super) struct Lane {
    mode: Mode,
    pub(super) values: Values,
    /// The rows in which a value is missing, but for [`Values::Spans`], which hold that themselves.
    pub(super) gaps: Vec<u32>,
    /// The number of values that are missing, whatever the column's kind.
    pub(super) missing: usize,
    /// The number of values that are, unless it is text or binary.
    pub(super) maybe: usize,
    guess: Guess,
    any: bool,
    /// The likely number of rows.
    rows: usize,
    /// True if a whole number has no exact place among floats, or is `-0`, which is another number there.
    is_whole_only: bool,
    inexact: bool,
    /// True if a value has come that does not go with those before it: their texts are needed.
    pub(super) is_lost: bool,
}

impl Lane {
    /// Creates an empty lane, which may come to have `rows`.
    pub(super) fn new(mode: Mode, dialect: &Dialect, rows: usize) -> Self {
        let values = match mode {
            Mode::Declared(kind) => Values::of_declared(kind, dialect, rows),
            Mode::Guessed | Mode::Texts => Values::Spans(Vec::new()),
        };
        Self {
            mode,
            values,
            gaps: Vec::new(),
            missing: 0,
            maybe: 0,
            guess: Guess::new(),
            any: false,
            rows,
            is_whole_only: false,
            inexact: false,
            is_lost: false,
        }
    }

    /// Returns the kinds that its values may have.
    pub(super) fn guess(&self) -> Guess {
        match &self.values {
            Values::Kept(Kept::Whole(_)) => Guess::of_numbers(true, self.inexact),
            Values::Kept(Kept::Floats(_)) => Guess::of_numbers(false, false),
            Values::Kept(Kept::Bools(_)) => Guess::of_bools(),
            Values::Kept(Kept::Days(days)) => days.guess(),
            Values::Kept(Kept::Instants(instants)) => instants.guess(),
            Values::Kept(Kept::Texts(_)) => Guess::of_text(),
            Values::Spans(_) | Values::Kept(Kept::Fixed(_)) => self.guess,
        }
    }

    /// Returns true if its values can be written as this kind without their texts.
    pub(super) fn becomes(&self, kind: ColumnKind) -> bool {
        match &self.values {
            Values::Kept(values) => values.becomes(kind, !self.is_whole_only),
            Values::Spans(_) => true,
        }
    }

    /// Returns true if its values are still in the text.
    pub(super) fn needs_text(&self) -> bool {
        matches!(self.values, Values::Spans(_)) && (self.any || self.maybe > 0)
    }

    /// Returns the bytes of its values as texts.
    pub(super) fn text_bytes(&self) -> usize {
        match &self.values {
            Values::Spans(spans) => spans.iter().map(|span| span.length()).sum(),
            Values::Kept(values) => values.text_bytes(),
        }
    }

    /// Takes the next row's field.
    #[inline]
    pub(super) fn push(&mut self, raw: Raw<'_>, dialect: &Dialect) -> Result<(), Misfit> {
        if self.is_lost {
            return Ok(());
        }
        let text = raw.text();
        if dialect.is_null(text) {
            if raw.is_quoted {
                self.push_maybe(raw, dialect)
            } else {
                self.push_missing()
            }
            return Ok(());
        }
        let plain = match text.as_bytes() {
            [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => text.trim_matches([' ', '\t']),
            _ => text,
        };
        if plain.len() < text.len() && dialect.is_null(plain) {
            self.push_maybe(raw, dialect);
            return Ok(());
        }
        if !self.any {
            self.any = true;
            self.begin(plain, raw, dialect);
        }
        self.push_value(plain, raw, dialect)
    }

    #[inline]
    fn push_value(&mut self, plain: &str, raw: Raw<'_>, dialect: &Dialect) -> Result<(), Misfit> {
        let is_declared = matches!(self.mode, Mode::Declared(_));
        let values = match &mut self.values {
            Values::Kept(values) => values,
            Values::Spans(spans) => {
                if !is_declared {
                    self.guess.see(&raw.value(dialect.quote), &dialect.notation);
                }
                spans.push(Span::of(raw));
                return Ok(());
            }
        };
        let fits = match values {
            Kept::Whole(values) if is_declared => {
                whole_number(plain).or_else(|| plain.parse().ok()).map(|value| values.push(value)).is_some()
            }
            Kept::Floats(values) if is_declared => parse_float(plain).map(|value| values.push(value)).is_some(),
            Kept::Whole(_) => self.push_whole(plain),
            Kept::Floats(values) => exact_number(plain).map(|value| values.push(value)).is_some(),
            Kept::Bools(values) => parse_bool(plain).map(|value| values.push(value)).is_some(),
            Kept::Days(days) => parse_date(plain).map(|day| days.push(day)).is_some(),
            Kept::Instants(instants) => Moment::parse(plain).is_some_and(|moment| instants.push(moment)),
            Kept::Fixed(fixed) => dialect.notation.parse(fixed.kind, plain).is_some_and(|cell| fixed.push(cell)),
            Kept::Texts(texts) => {
                push_text(texts, raw, dialect.quote);
                true
            }
        };
        match fits {
            true => Ok(()),
            false if is_declared => Err(Misfit),
            false => {
                self.is_lost = true;
                Ok(())
            }
        }
    }

    /// Decides by the first value of a column of unknown kind in which form it is kept.
    fn begin(&mut self, plain: &str, raw: Raw<'_>, dialect: &Dialect) {
        let Values::Spans(before) = &self.values else { return };
        if self.mode != Mode::Guessed || !dialect.notation.is_plain() {
            return;
        }
        let (blank, rows) = (before.len(), self.rows);
        let values = if whole_number(plain).is_some() {
            Kept::Whole(blanks(blank, rows))
        } else if exact_number(plain).is_some() {
            Kept::Floats(blanks(blank, rows))
        } else if parse_bool(plain).is_some() {
            Kept::Bools(blanks(blank, rows))
        } else if parse_date(plain).is_some() {
            Kept::Days(Days::new(blanks(blank, rows)))
        } else if let Some(moment) = Moment::parse(plain) {
            Kept::Instants(Instants::guessed(moment, blanks(blank, rows)))
        } else {
            // A number in an unusual notation is a text, too, and then all of them are.
            let (texts, gaps) = texts_of(before, raw.piece, dialect.quote, rows);
            (self.values, self.gaps) = (Values::Kept(Kept::Texts(texts)), gaps);
            return;
        };
        (self.gaps, self.values) = ((0..blank).map(|row| row as u32).collect(), Values::Kept(values));
    }

    fn push_whole(&mut self, plain: &str) -> bool {
        let Values::Kept(Kept::Whole(values)) = &mut self.values else { return false };
        if let Some(value) = whole_number(plain) {
            self.inexact |= !is_exact(value);
            self.is_whole_only |= self.inexact || value == 0 && plain.starts_with('-');
            values.push(value);
            return true;
        }
        match exact_number(plain) {
            Some(value) if !self.is_whole_only => {
                let mut floats = as_floats(values, self.rows);
                floats.push(value);
                self.values = Values::Kept(Kept::Floats(floats));
                true
            }
            _ => false,
        }
    }

    /// Takes a row that has no such field.
    pub(super) fn push_missing(&mut self) {
        self.missing += 1;
        self.push_gap();
    }

    fn push_maybe(&mut self, raw: Raw<'_>, dialect: &Dialect) {
        self.maybe += 1;
        match &mut self.values {
            Values::Spans(spans) => spans.push(Span::of(raw).maybe()),
            Values::Kept(Kept::Texts(texts)) => push_text(texts, raw, dialect.quote),
            Values::Kept(_) => self.push_gap(),
        }
    }

    fn push_gap(&mut self) {
        match &mut self.values {
            Values::Spans(spans) => spans.push(Span::MISSING),
            // A piece has fewer rows than bytes.
            Values::Kept(values) => self.gaps.push(values.blank() as u32),
        }
    }
}
