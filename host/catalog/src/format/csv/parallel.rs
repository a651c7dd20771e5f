//! Reading a text in pieces, on all processors and in one pass.
//!
//! A text is cut at the beginnings of lines near even distances, outside of quotes as far as their number says. Each
//! piece is read as if a record began there; a piece counts only if the one before it ends at its start, and is read
//! again from there if not. A column's values are kept as the first one suggests ([`lane`](super::lane)), so that
//! nothing has to be known before; if another piece makes its column another kind, they are read again as that.
//!
//! Every fault and everything unusual is left to the exact reader ([`load`](super::load)), which knows lines and words.

use std::ops::Range;

use memchr::memchr_iter;
use wpipe_buffer::Buffer;
use wpipe_data::table::ColumnMut;
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE, Room, TableError};

use super::dialect::Dialect;
use super::lane::{Lane, Mode};
use super::piece::{Form, Left, Piece, next_line, read};
use super::raw::Span;
use super::values::Values;
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::pieces::{PIECE, lay_out, likely_rows};
use crate::parallel::map;
use crate::table::{Column, Guess, Wanted, set};

/// The rows of a text.
pub(super) struct Rows<'t, 'd> {
    pub(super) text: &'t [u8],
    /// The start of the first row.
    pub(super) start: usize,
    pub(super) delimiter: u8,
    /// The number of columns of the text.
    pub(super) width: usize,
    pub(super) dialect: &'d Dialect,
    pub(super) wanted: &'d [Wanted],
    pub(super) to: &'d Destination,
}

/// Rows that have been read, to be laid out as a table.
pub(super) struct Laid<'d> {
    pieces: Vec<Piece>,
    columns: Vec<Column>,
    dialect: &'d Dialect,
    wanted: &'d [Wanted],
    to: &'d Destination,
}

/// Returns true if texts of this form are read here at all.
pub(super) fn reads(dialect: &Dialect) -> bool {
    dialect.escape.is_none() && dialect.comment.is_none() && !dialect.skip_initial_space
}

/// Returns `None` for a text that is left to the exact reader.
fn settled<T>(result: Result<T, Left>) -> Result<Option<T>, Fault> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Left::ToExactReader | Left::Unended) => Ok(None),
        Err(Left::Fault(fault)) => Err(fault),
    }
}

impl<'d> Rows<'_, 'd> {
    /// Reads these rows; `None` if they are left to the exact reader.
    pub(super) fn read(&self) -> Result<Option<Laid<'d>>, Fault> {
        self.read_in_pieces(PIECE)
    }

    fn read_in_pieces(&self, size: usize) -> Result<Option<Laid<'d>>, Fault> {
        settled(self.pieces(size).and_then(|pieces| self.laid(pieces)))
    }

    /// Returns the pieces' ranges: of lines that are not within quotes, as far as quotes are in their right places.
    fn ranges(&self, size: usize) -> Result<Vec<Range<usize>>, Left> {
        let (length, quote) = (self.text.len(), self.dialect.quote);
        let mut cuts: Vec<usize> = (self.start..length).step_by(size.max(1)).collect();
        cuts.push(length);
        let between: Vec<Range<usize>> = cuts.windows(2).map(|cut| cut[0]..cut[1]).collect();
        let quotes = map(between.clone(), |range| Ok::<_, Left>(memchr_iter(quote, &self.text[range]).count()))?;
        let mut before = 0;
        let starts = between.iter().zip(quotes).map(|(range, quotes)| {
            let is_quoted = before % 2 == 1;
            before += quotes;
            match range.start {
                start if start == self.start => start,
                start => next_line(self.text, start, quote, is_quoted),
            }
        });
        let mut starts: Vec<usize> = starts.collect();
        starts.push(length);
        // A line may be longer than a piece.
        let ranges = starts.windows(2).map(|start| start[0]..start[1].max(start[0]));
        Ok(ranges.filter(|range| !range.is_empty()).collect())
    }

    fn pieces(&self, size: usize) -> Result<Vec<Piece>, Left> {
        let all: Vec<usize> = (0..self.wanted.len()).collect();
        let modes = |at: usize| self.wanted[at].kind.map_or(Mode::Guessed, Mode::Declared);
        let attempts = map(self.ranges(size)?, |range| match self.read_range(&all, modes, range.clone()) {
            Err(Left::Fault(fault)) => Err(fault),
            // The range may not be the start of a record.
            attempt => Ok((range, attempt)),
        })?;
        let mut expected = self.start;
        let mut pieces = Vec::with_capacity(attempts.len());
        for (range, attempt) in attempts {
            let piece = match attempt {
                attempt if range.start == expected && !matches!(attempt, Err(Left::Unended)) => attempt?,
                _ => self.read_further(&all, modes, expected..range.end.max(expected))?,
            };
            expected = piece.end;
            pieces.push(piece);
        }
        Ok(pieces)
    }

    /// Reads as [`read_range`](Self::read_range) does; the last record may go on behind the range, however far.
    fn read_further(&self, which: &[usize], mode: impl Fn(usize) -> Mode, range: Range<usize>) -> Result<Piece, Left> {
        let (until, length) = (range.end, self.text.len());
        let mut end = range.end;
        loop {
            match self.read_lines(which, &mode, range.start..end, until) {
                Err(Left::Unended) if end < length => {
                    let further = end.saturating_add((end - range.start).max(1)).min(length);
                    end = next_line(self.text, further, self.dialect.quote, false);
                }
                read => return read,
            }
        }
    }

    /// Reads the lanes of some of the wanted columns.
    fn read_range(&self, which: &[usize], mode: impl Fn(usize) -> Mode, range: Range<usize>) -> Result<Piece, Left> {
        let until = range.end;
        self.read_lines(which, &mode, range, until)
    }

    /// Reads the same lanes of the records that begin before `until`.
    fn read_lines(
        &self,
        which: &[usize],
        mode: &impl Fn(usize) -> Mode,
        range: Range<usize>,
        until: usize,
    ) -> Result<Piece, Left> {
        // Lines end between characters.
        let text = simdutf8::basic::from_utf8(&self.text[range.clone()]).map_err(|_| Left::ToExactReader)?;
        let until = until - range.start;
        let mut piece = self.read_lanes(which, mode, text, until)?;
        let lost: Vec<usize> = (0..which.len()).filter(|at| piece.lanes[*at].is_lost).collect();
        if !lost.is_empty() {
            let again: Vec<usize> = lost.iter().map(|at| which[*at]).collect();
            let texts = self.read_lanes(&again, &|_| Mode::Texts, text, until)?;
            lost.into_iter().zip(texts.lanes).for_each(|(at, lane)| piece.lanes[at] = lane);
        }
        self.to.progress.add(until);
        Ok(Piece { start: range.start, end: range.start + piece.end, ..piece })
    }

    fn read_lanes(
        &self,
        which: &[usize],
        mode: &impl Fn(usize) -> Mode,
        text: &str,
        until: usize,
    ) -> Result<Piece, Left> {
        let mut lanes = vec![None; self.width];
        for (lane, wanted) in which.iter().enumerate() {
            if let Some(at) = self.wanted[*wanted].at {
                lanes[at] = Some(lane);
            }
        }
        let form = Form { dialect: self.dialect, delimiter: self.delimiter, width: self.width, lanes };
        let rows = likely_rows(text.as_bytes());
        let new = which.iter().map(|wanted| {
            let is_there = self.wanted[*wanted].at.is_some();
            Lane::new(mode(*wanted), self.dialect, if is_there { rows } else { 0 })
        });
        read(text, until, &form, new.collect(), self.to)
    }

    /// Returns the kinds of columns, and the pieces with lanes that fit them.
    fn laid(&self, mut pieces: Vec<Piece>) -> Result<Laid<'d>, Left> {
        let kinds: Vec<ColumnKind> =
            self.wanted.iter().enumerate().map(|(at, wanted)| kind(at, wanted, &pieces)).collect();
        self.read_again_where_needed(&kinds, &mut pieces)?;
        let columns = self.wanted.iter().zip(kinds).enumerate();
        let columns: Vec<Column> = columns.map(|(at, (wanted, kind))| column(at, wanted, kind, &pieces)).collect();
        if columns.iter().any(|column| column.room.bytes > MAX_ARCHIVE_SIZE) {
            return Err(Left::ToExactReader);
        }
        Ok(Laid { pieces, columns, dialect: self.dialect, wanted: self.wanted, to: self.to })
    }

    /// Reads lanes again as the kinds that their columns have got from other pieces.
    fn read_again_where_needed(&self, kinds: &[ColumnKind], pieces: &mut [Piece]) -> Result<(), Left> {
        let work: Vec<&mut Piece> = pieces.iter_mut().collect();
        map(work, |piece| {
            let unfit = |at: &usize| self.wanted[*at].at.is_some() && !piece.lanes[*at].becomes(kinds[*at]);
            let which: Vec<usize> = (0..kinds.len()).filter(unfit).collect();
            if which.is_empty() {
                return Ok(());
            }
            let fitting = self.read_range(&which, |at| Mode::Declared(kinds[at]), piece.start..piece.end)?;
            which.into_iter().zip(fitting.lanes).for_each(|(at, lane)| piece.lanes[at] = lane);
            Ok(())
        })
        .map(drop)
    }
}

impl Laid<'_> {
    /// Returns true if the table still needs the text.
    pub(super) fn needs_text(&self) -> bool {
        self.pieces.iter().any(|piece| piece.lanes.iter().any(Lane::needs_text))
    }

    /// Returns the table of these rows, which were read from `text`; that may be gone if it is not
    /// [needed](Self::needs_text). `None` if it is left to the exact reader.
    pub(super) fn table(self, text: &[u8]) -> Result<Option<Buffer>, Fault> {
        settled(self.write(text))
    }

    fn write(self, text: &[u8]) -> Result<Buffer, Left> {
        let Self { pieces, columns, dialect, wanted, to } = self;
        let rows = pieces.iter().map(|piece| piece.rows).sum();
        // By column, so that written columns can go.
        let mut lanes: Vec<Vec<_>> = columns.iter().map(|_| Vec::with_capacity(pieces.len())).collect();
        for Piece { start, end, rows, lanes: of_piece } in pieces {
            for ((column, lane), wanted) in lanes.iter_mut().zip(of_piece).zip(wanted) {
                column.push((rows, wanted.at.map(|_| (start..end, lane))));
            }
        }
        lay_out(rows, &columns, lanes, to, |(range, lane), row, column| match &lane.values {
            Values::Spans(spans) => {
                let piece = if lane.needs_text() { text_of(text, range)? } else { "" };
                write_spans(spans, piece, row, dialect, column)
            }
            Values::Kept(values) => Ok(values.write(&lane.gaps, row, column).map_err(Fault::from)?),
        })
    }
}

fn text_of(text: &[u8], range: Range<usize>) -> Result<&str, Left> {
    simdutf8::basic::from_utf8(&text[range]).map_err(|_| Left::ToExactReader)
}

fn write_spans(spans: &[Span], piece: &str, row: usize, dialect: &Dialect, to: &mut ColumnMut<'_>) -> Result<(), Left> {
    let (quote, kind) = (dialect.quote, to.kind());
    if kind == ColumnKind::Text {
        let mut texts = to.text().map_err(Fault::from)?;
        let mut push = |span: &Span| match span.text(piece, quote) {
            Some((text, _)) => texts.push(&text),
            None => texts.push_option(None),
        };
        // Without missing values, none may be marked so.
        return spans.iter().try_for_each(&mut push).map_err(|error: TableError| Left::Fault(error.into()));
    }
    for (row, span) in (row..).zip(spans) {
        let found = span.text(piece, quote).filter(|(_, is_maybe)| !is_maybe || kind.has_offsets());
        let Some((text, _)) = found else {
            set(to, row, None).map_err(Fault::from)?;
            continue;
        };
        let cell = dialect.notation.parse(kind, &text).ok_or(Left::ToExactReader)?;
        set(to, row, Some(cell)).map_err(Fault::from)?;
    }
    Ok(())
}

/// Returns the kind of a column, by all of its pieces.
fn kind(at: usize, wanted: &Wanted, pieces: &[Piece]) -> ColumnKind {
    let guess = || pieces.iter().fold(Guess::new(), |guess, piece| guess.and(piece.lanes[at].guess())).kind();
    wanted.kind.unwrap_or_else(guess)
}

fn column(at: usize, wanted: &Wanted, kind: ColumnKind, pieces: &[Piece]) -> Column {
    let sum = |of: fn(&Lane) -> usize| pieces.iter().map(|piece| of(&piece.lanes[at])).sum::<usize>();
    let nulls = match wanted.at {
        None => pieces.iter().map(|piece| piece.rows).sum(),
        Some(_) if kind.has_offsets() => sum(|lane| lane.missing),
        Some(_) => sum(|lane| lane.missing + lane.maybe),
    };
    Column { name: wanted.name.clone(), kind, nulls, room: Room::default().bytes(sum(Lane::text_bytes)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::csv::load::{load_exactly, names};
    use crate::format::csv::records::Records;
    use crate::format::tested::{destination, shown};
    use proptest::prelude::*;

    /// Returns the results of both readers for a text, with the message of a fault.
    fn both(text: &str, dialect: &Dialect, piece: usize) -> (Option<String>, Result<String, String>) {
        let to = destination();
        let mut records = Records::new(text, dialect);
        let names = names(&mut records, dialect).expect("a header");
        let found: Vec<_> = names.iter().map(String::as_str).collect();
        let wanted = dialect.declared.select(&found, true).expect("right columns");
        let (start, delimiter, width) = (records.position(), records.delimiter(), names.len());
        let rows = Rows { text: text.as_bytes(), start, delimiter, width, dialect, wanted: &wanted, to: &to };
        let laid = rows.read_in_pieces(piece).expect("no fault of its own");
        let fast = laid.and_then(|laid| {
            let needed = if laid.needs_text() { text.as_bytes() } else { &[] };
            laid.table(needed).expect("no fault of its own")
        });
        let exact = load_exactly(records, width, wanted.clone(), dialect, &to);
        (fast.as_ref().map(shown), exact.as_ref().map(shown).map_err(ToString::to_string))
    }

    fn agree(text: &str, dialect: &Dialect, piece: usize) -> Result<(), TestCaseError> {
        match both(text, dialect, piece) {
            (Some(fast), exact) => prop_assert_eq!(Ok(fast), exact),
            // A correct text is never left to the slow one.
            (None, exact) => prop_assert!(exact.is_err(), "{:?}", exact),
        }
        Ok(())
    }

    /// Generates fields that make one column of a kind, or two.
    fn field() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "-?[0-9]{1,3}",
            1 => Just("-0".to_owned()),
            1 => Just("9007199254740993".to_owned()),
            1 => Just("9223372036854775808".to_owned()),
            2 => "-?[0-9]{0,2}\\.[0-9]{0,2}",
            1 => Just("NaN".to_owned()),
            1 => Just("1e400".to_owned()),
            1 => Just("007".to_owned()),
            1 => Just("true".to_owned()),
            1 => Just("2024-02-29".to_owned()),
            1 => Just("2024-02-29T12:00:00.000001+02:00".to_owned()),
            3 => Just(String::new()),
            1 => Just("\"\"".to_owned()),
            1 => Just(" ".to_owned()),
            1 => Just(" 7 ".to_owned()),
            1 => "\"[a,\n\r1]{0,4}\"",
            1 => Just("\"a\"\"b\n\"".to_owned()),
            1 => "[a-z\u{e9}\"]{0,3}",
            1 => Just("NA".to_owned()),
        ]
    }

    /// Generates rows of one field or three, of few kinds.
    fn text() -> impl Strategy<Value = String> {
        let pool = prop::collection::vec(field(), 1..4);
        (pool, prop::bool::ANY).prop_flat_map(|(pool, wide)| {
            let width = if wide { 3 } else { 1 };
            let row = prop::collection::vec(prop::sample::select(pool), width).prop_map(|fields| fields.join(","));
            let line = (row, prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n"]));
            prop::collection::vec(line.prop_map(|(row, end)| row + end), 0..30).prop_map(move |lines| {
                let header = if wide { "a,b,c\n" } else { "a\n" };
                header.to_owned() + &lines.concat()
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn pieces_make_what_the_exact_reader_makes(text in text(), piece in 1_usize..120) {
            agree(&text, &Dialect::default(), piece)?;
        }

        #[test]
        fn other_dialects_too(text in text(), piece in 1_usize..120, kind in prop::sample::select(vec!["i64", "f64", "text", "date"])) {
            let types = vec![("a".to_owned(), kind.parse().expect("a kind"))];
            let declared = crate::table::Declared { types, ..Default::default() };
            let nulls = vec!["NA".to_owned(), String::new()];
            agree(&text, &Dialect { nulls, short_rows: true, declared, ..Dialect::default() }, piece)?;
        }

        #[test]
        fn any_text_is_read_alike(text in "[a1\",\n\r]{0,60}", piece in 1_usize..30) {
            agree(&format!("a,b\n{text}"), &Dialect::default(), piece)?;
        }
    }
}
