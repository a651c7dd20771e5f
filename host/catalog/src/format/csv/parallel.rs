//! Reading a text in pieces, on all processors and in one pass.
//!
//! A text is cut where lines begin near even distances. Each piece is read as if a record began there; a line break may
//! stand within quotes, so a piece counts only if the one before it ends where it begins, and is read again from there if
//! not. A column's values are numbers while all are, and otherwise the places of their texts, so that nothing has to be
//! known before; numbers in one piece of which another one makes a text are read again as such.
//!
//! Whatever is wrong or unusual is left to the exact reader ([`load`](super::load)), which knows lines and words.

use wpipe_buffer::Buffer;
use wpipe_data::table::ColumnMut;
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE, Room, TableError, TableSpec};

use super::dialect::Dialect;
use super::lane::{Lane, Mode, Span, Values};
use super::piece::{Form, Left, Piece, next_line, read};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::parallel::map;
use crate::table::{Column, Guess, Wanted, set};

/// The bytes of a piece: few enough for caches and for many processors, enough that pieces themselves cost nothing.
const PIECE: usize = 2 << 20;

/// The rows of a text.
pub(super) struct Rows<'t, 'd> {
    pub(super) text: &'t str,
    /// Where the first one begins.
    pub(super) start: usize,
    pub(super) delimiter: u8,
    /// Columns of the text.
    pub(super) width: usize,
    pub(super) dialect: &'d Dialect,
    pub(super) wanted: &'d [Wanted],
    pub(super) to: &'d Destination,
}

/// Whether texts so written are read here at all.
pub(super) fn reads(dialect: &Dialect) -> bool {
    dialect.escape.is_none() && dialect.comment.is_none() && !dialect.skip_initial_space
}

impl Rows<'_, '_> {
    /// The table of these rows; `None` if it is left to the exact reader.
    pub(super) fn load(&self) -> Result<Option<Buffer>, Fault> {
        self.load_in_pieces(PIECE)
    }

    fn load_in_pieces(&self, size: usize) -> Result<Option<Buffer>, Fault> {
        match self.pieces(size).and_then(|pieces| self.table(pieces)) {
            Ok(buffer) => Ok(Some(buffer)),
            Err(Left::ToExactReader) => Ok(None),
            Err(Left::Fault(fault)) => Err(fault),
        }
    }

    fn pieces(&self, size: usize) -> Result<Vec<Piece>, Left> {
        let length = self.text.len();
        let mut cuts: Vec<usize> = (self.start..length).step_by(size.max(1)).collect();
        cuts.push(length);
        let ranges: Vec<_> = cuts.windows(2).map(|cut| (cut[0], cut[1])).collect();
        let all: Vec<usize> = (0..self.wanted.len()).collect();
        let modes = |wanted: &Wanted| wanted.kind.map_or(Mode::Guessed, Mode::Declared);
        let attempts = map(ranges, |(cut, until)| {
            let start = if cut == self.start { cut } else { next_line(self.text.as_bytes(), cut) };
            match self.read(&all, modes, (start, until)) {
                Err(Left::Fault(fault)) => Err(fault),
                // Perhaps no record begins there.
                attempt => Ok((start, until, attempt)),
            }
        })?;
        let mut expected = self.start;
        let mut pieces = Vec::with_capacity(attempts.len());
        for (start, until, attempt) in attempts {
            let piece = match attempt {
                attempt if start == expected => attempt?,
                _ => self.read(&all, modes, (expected, until))?,
            };
            expected = piece.end;
            pieces.push(piece);
        }
        Ok(pieces)
    }

    /// Reads the lanes of some of the wanted columns.
    fn read(&self, which: &[usize], mode: impl Fn(&Wanted) -> Mode, range: (usize, usize)) -> Result<Piece, Left> {
        let mut piece = self.read_lanes(which, &mode, range)?;
        let lost: Vec<usize> = (0..which.len()).filter(|at| piece.lanes[*at].is_lost).collect();
        if !lost.is_empty() {
            let again: Vec<usize> = lost.iter().map(|at| which[*at]).collect();
            let texts = self.read_lanes(&again, |_| Mode::Texts, range)?;
            lost.into_iter().zip(texts.lanes).for_each(|(at, lane)| piece.lanes[at] = lane);
        }
        self.to.progress.add(range.1.saturating_sub(range.0));
        Ok(piece)
    }

    fn read_lanes(
        &self,
        which: &[usize],
        mode: impl Fn(&Wanted) -> Mode,
        range: (usize, usize),
    ) -> Result<Piece, Left> {
        let mut lanes = vec![None; self.width];
        for (lane, wanted) in which.iter().enumerate() {
            if let Some(at) = self.wanted[*wanted].at {
                lanes[at] = Some(lane);
            }
        }
        let form = Form { dialect: self.dialect, delimiter: self.delimiter, width: self.width, lanes };
        let new = which.iter().map(|wanted| Lane::new(mode(&self.wanted[*wanted]))).collect();
        read(self.text, &form, range, new, self.to)
    }

    fn table(&self, mut pieces: Vec<Piece>) -> Result<Buffer, Left> {
        let kinds: Vec<ColumnKind> =
            self.wanted.iter().enumerate().map(|(at, wanted)| kind(at, wanted, &pieces)).collect();
        self.read_texts_where_needed(&kinds, &mut pieces)?;
        let rows = pieces.iter().map(|piece| piece.rows).sum();
        let mut spec = TableSpec::new(rows);
        for (at, (wanted, kind)) in self.wanted.iter().zip(&kinds).enumerate() {
            let column = column(at, wanted, *kind, &pieces);
            if column.room.bytes > MAX_ARCHIVE_SIZE {
                return Err(Left::ToExactReader);
            }
            spec = spec.column_with_room(&column.name, *kind, if kind.has_offsets() { column.room.bytes } else { 0 });
            if column.nulls > 0 {
                spec = spec.nullable();
            }
        }
        let mut area = self.to.area();
        let mut table = spec.build_in(&mut area).map_err(Fault::from)?;
        // By column, so that what has been written can go.
        let mut columns: Vec<Vec<(usize, usize, Lane)>> =
            kinds.iter().map(|_| Vec::with_capacity(pieces.len())).collect();
        for piece in pieces {
            for (column, lane) in columns.iter_mut().zip(piece.lanes) {
                column.push((piece.start, piece.rows, lane));
            }
        }
        let work: Vec<_> = columns.into_iter().zip(self.wanted).zip(table.columns_mut()).collect();
        map(work, |((lanes, wanted), to)| {
            let mut row = 0;
            for (start, rows, lane) in lanes {
                self.to.go_on()?;
                match wanted.at {
                    Some(_) => self.write(&lane, start, row, to)?,
                    None => (row..row + rows).try_for_each(|row| set(to, row, None)).map_err(Fault::from)?,
                }
                row += rows;
            }
            Ok::<_, Left>(())
        })?;
        let size = table.finish().map_err(Fault::from)?;
        Ok(area.finish(size).map_err(|error| Fault::memory(size, &error))?)
    }

    /// Reads the texts of numbers that have come to be texts by what stands in other pieces.
    fn read_texts_where_needed(&self, kinds: &[ColumnKind], pieces: &mut [Piece]) -> Result<(), Left> {
        let work: Vec<&mut Piece> = pieces.iter_mut().collect();
        map(work, |piece| {
            let unfit = |at: &usize| self.wanted[*at].at.is_some() && !piece.lanes[*at].becomes(kinds[*at]);
            let which: Vec<usize> = (0..kinds.len()).filter(unfit).collect();
            if which.is_empty() {
                return Ok(());
            }
            let texts = self.read_lanes(&which, |_| Mode::Texts, (piece.start, piece.end))?;
            which.into_iter().zip(texts.lanes).for_each(|(at, lane)| piece.lanes[at] = lane);
            Ok(())
        })
        .map(drop)
    }

    /// Writes a lane to the rows from `row` on.
    fn write(&self, lane: &Lane, start: usize, row: usize, to: &mut ColumnMut<'_>) -> Result<(), Left> {
        let kind = to.kind();
        match &lane.values {
            Values::Whole(values) if kind == ColumnKind::F64 => {
                let places = &mut to.values::<f64>().map_err(Fault::from)?[row..row + values.len()];
                places.iter_mut().zip(values).for_each(|(place, value)| *place = *value as f64);
            }
            Values::Whole(values) => {
                to.values::<i64>().map_err(Fault::from)?[row..row + values.len()].copy_from_slice(values);
            }
            Values::Floats(values) => {
                to.values::<f64>().map_err(Fault::from)?[row..row + values.len()].copy_from_slice(values);
            }
            Values::Texts(spans) => return self.write_texts(spans, start, row, to),
        }
        if !lane.gaps.is_empty() {
            let mut validity = to.validity().map_err(Fault::from)?;
            lane.gaps.iter().for_each(|gap| validity.set(row + *gap as usize, false));
        }
        Ok(())
    }

    fn write_texts(&self, spans: &[Span], start: usize, row: usize, to: &mut ColumnMut<'_>) -> Result<(), Left> {
        let (piece, quote, kind) = (&self.text[start..], self.dialect.quote, to.kind());
        if kind == ColumnKind::Text {
            let mut texts = to.text().map_err(Fault::from)?;
            let mut push = |span: &Span| match span.text(piece, quote) {
                Some((text, _)) => texts.push(&text),
                None => texts.push_option(None),
            };
            // Where nothing is missing, nothing may be.
            return spans.iter().try_for_each(&mut push).map_err(|error: TableError| Left::Fault(error.into()));
        }
        for (row, span) in (row..).zip(spans) {
            let found = span.text(piece, quote).filter(|(_, is_maybe)| !is_maybe || kind.has_offsets());
            let Some((text, _)) = found else {
                set(to, row, None).map_err(Fault::from)?;
                continue;
            };
            let cell = self.dialect.notation.parse(kind, &text).ok_or(Left::ToExactReader)?;
            set(to, row, Some(cell)).map_err(Fault::from)?;
        }
        Ok(())
    }
}

/// What a column holds, by all of its pieces.
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
    Column { name: wanted.name.clone(), kind, nulls, room: Room::default().bytes(sum(|lane| lane.text_bytes)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::Stop;
    use crate::format::csv::load::{load_exactly, names};
    use crate::format::csv::records::Records;
    use proptest::prelude::*;
    use wpipe_buffer::{Readers, Transports};
    use wpipe_data::Table;

    fn destination() -> Destination {
        let (transports, stop) = (Transports::copy(), Stop::default());
        Destination {
            transports,
            readers: Readers::Several,
            memory: u64::MAX,
            most: u64::MAX,
            stop,
            progress: Default::default(),
        }
    }

    fn shown(buffer: &Buffer) -> String {
        let bytes = buffer.bytes().expect("mapped");
        let table = Table::view(bytes).expect("a table");
        let cells = crate::table::cells(&table).expect("right columns");
        let rows: Vec<Vec<String>> =
            (0..table.rows()).map(|row| cells.iter().map(|cells| format!("{:?}", cells.at(row))).collect()).collect();
        format!("{table:?} {rows:?}")
    }

    /// What both readers make of a text; the message of what is wrong with it.
    fn both(text: &str, dialect: &Dialect, piece: usize) -> (Option<String>, Result<String, String>) {
        let to = destination();
        let mut records = Records::new(text, dialect);
        let names = names(&mut records, dialect).expect("a header");
        let found: Vec<_> = names.iter().map(String::as_str).collect();
        let wanted = dialect.declared.select(&found, true).expect("right columns");
        let (start, delimiter, width) = (records.position(), records.delimiter(), names.len());
        let rows = Rows { text, start, delimiter, width, dialect, wanted: &wanted, to: &to };
        let fast = rows.load_in_pieces(piece).expect("no fault of its own");
        let exact = load_exactly(records, width, wanted.clone(), dialect, &to);
        (fast.as_ref().map(shown), exact.as_ref().map(shown).map_err(ToString::to_string))
    }

    fn agree(text: &str, dialect: &Dialect, piece: usize) -> Result<(), TestCaseError> {
        match both(text, dialect, piece) {
            (Some(fast), exact) => prop_assert_eq!(Ok(fast), exact),
            // Nothing that is right is left to the slow one.
            (None, exact) => prop_assert!(exact.is_err(), "{:?}", exact),
        }
        Ok(())
    }

    /// What makes one column of a kind, or two.
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

    /// Rows of one field or three, of few kinds.
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
