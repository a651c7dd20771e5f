//! Reading records in pieces, on all processors and in one pass.
//!
//! Records one a line are cut at line breaks, which stand in no text and mostly between records. A piece that does not
//! begin and end with whole records, every fault and everything unusual is left to the exact reader ([`load`](super::load)).

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use memchr::memchr;
use wpipe_buffer::Buffer;
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE, Room};

use super::lane::{Form, Lane, Mode};
use super::scan::{Scanner, Unusual};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::pieces::{Lanes, PIECE, lay_out, likely_rows};
use crate::parallel::map;
use crate::table::{Column, Declared};

/// The number of rows between two checks that the load is still wanted.
const ROWS_BETWEEN_CHECKS: usize = 1 << 14;

/// The reason why a text is not read here.
#[derive(Debug)]
enum Left {
    ToExactReader,
    Fault(Fault),
}

impl From<Unusual> for Left {
    fn from(_: Unusual) -> Self {
        Self::ToExactReader
    }
}

impl From<Fault> for Left {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The records of a text, without the brackets around them.
struct Records<'t, 'd> {
    text: &'t [u8],
    /// True if commas stand between them.
    is_array: bool,
    declared: &'d Declared,
    to: &'d Destination,
}

/// The lanes of a piece, by their names in the order in which these first occur.
struct Piece<'t> {
    range: Range<usize>,
    rows: usize,
    names: Vec<&'t str>,
    lanes: Vec<Lane>,
    begins_with_comma: bool,
    ends_with_comma: bool,
}

/// Records that have been read, to be laid out as a table.
pub(super) struct Laid {
    rows: usize,
    columns: Vec<Column>,
    lanes: Vec<Lanes<Lane>>,
}

/// Reads the records of `text`; `None` if they are left to the exact reader.
pub(super) fn read(text: &[u8], declared: &Declared, to: &Destination) -> Result<Option<Laid>, Fault> {
    read_in_pieces(text, declared, to, PIECE)
}

fn read_in_pieces(text: &[u8], declared: &Declared, to: &Destination, size: usize) -> Result<Option<Laid>, Fault> {
    let text = text.trim_ascii();
    let (text, is_array) = match text {
        [b'[', records @ .., b']'] => (records, true),
        [b'{', ..] => (text, false),
        _ => return Ok(None),
    };
    match (Records { text, is_array, declared, to }).read(size) {
        Ok(laid) => Ok(Some(laid)),
        Err(Left::ToExactReader) => Ok(None),
        Err(Left::Fault(fault)) => Err(fault),
    }
}

impl<'t> Records<'t, '_> {
    fn read(&self, size: usize) -> Result<Laid, Left> {
        let mode = |name: &str| match (self.declared.wants(name), self.declared.kind(name)) {
            (false, _) => Mode::PassedOver,
            (true, Some(kind)) => Mode::Declared(kind),
            (true, None) => Mode::Guessed,
        };
        let pieces = map(self.ranges(size), |range| {
            let bytes = range.len();
            self.piece(range, mode).inspect(|_| self.to.progress.add(bytes))
        })?;
        self.check_commas(&pieces)?;
        let (rows, names) = (pieces.iter().map(|piece| piece.rows).sum(), names_of(&pieces));
        if names.is_empty() {
            return Err(Left::ToExactReader);
        }
        let wanted = self.declared.select(&names, false).map_err(|_| Left::ToExactReader)?;
        let forms = forms_of(&pieces);
        let mut kinds = HashMap::with_capacity(wanted.len());
        for wanted in &wanted {
            let name = wanted.name.as_str();
            let guessed = || forms.get(name).copied().unwrap_or(Some(Form::Nothing)).map(Form::kind);
            kinds.insert(name, wanted.kind.or_else(guessed).ok_or(Left::ToExactReader)?);
        }
        let pieces = map(pieces, |piece| self.with_fitting_lanes(piece, &kinds))?;
        let mut places: HashMap<&str, Lanes<Lane>> = HashMap::with_capacity(wanted.len());
        let before: Vec<usize> = pieces.iter().map(|piece| piece.rows).collect();
        for (at, piece) in pieces.into_iter().enumerate() {
            for (name, lane) in piece.names.into_iter().zip(piece.lanes) {
                let of_column = places.entry(name).or_default();
                of_column.extend(before[of_column.len()..at].iter().map(|rows| (*rows, None)));
                of_column.push((piece.rows, Some(lane)));
            }
        }
        let lanes = wanted.iter().map(|wanted| {
            let mut of_column = places.remove(wanted.name.as_str()).unwrap_or_default();
            of_column.extend(before[of_column.len()..].iter().map(|rows| (*rows, None)));
            of_column
        });
        let lanes: Vec<_> = lanes.collect();
        let columns =
            wanted.iter().zip(&lanes).map(|(wanted, lanes)| column(&wanted.name, kinds[&*wanted.name], lanes));
        let columns: Vec<_> = columns.collect();
        if columns.iter().any(|column| column.room.bytes > MAX_ARCHIVE_SIZE) {
            return Err(Left::ToExactReader);
        }
        Ok(Laid { rows, columns, lanes })
    }

    /// Returns the pieces' ranges, of whole lines.
    fn ranges(&self, size: usize) -> Vec<Range<usize>> {
        let (mut ranges, mut start) = (Vec::new(), 0);
        while start < self.text.len() {
            let behind = start + size.max(1);
            let line_break = self.text.get(behind..).and_then(|rest| memchr(b'\n', rest));
            let end = line_break.map_or(self.text.len(), |length| behind + length + 1);
            ranges.push(start..end);
            start = end;
        }
        ranges
    }

    /// Reads a piece, and again the lanes that turn out to be of texts.
    fn piece(&self, range: Range<usize>, mode: impl Fn(&str) -> Mode) -> Result<Piece<'t>, Left> {
        let mut piece = self.scan(range.clone(), mode)?;
        let named = piece.names.iter().zip(&piece.lanes);
        let lost: Vec<&str> = named.filter(|(_, lane)| lane.is_lost).map(|(name, _)| *name).collect();
        if !lost.is_empty() {
            let mode = |name: &str| if lost.contains(&name) { Mode::Texts } else { Mode::PassedOver };
            put_lanes(&mut piece.lanes, self.scan(range, mode)?, &lost);
        }
        Ok(piece)
    }

    fn scan(&self, range: Range<usize>, mode: impl Fn(&str) -> Mode) -> Result<Piece<'t>, Left> {
        if range.len() > u32::MAX as usize {
            return Err(Left::ToExactReader);
        }
        // Lines end between characters.
        let text = simdutf8::basic::from_utf8(&self.text[range.clone()]).map_err(|_| Left::ToExactReader)?;
        let likely_rows = likely_rows(text.as_bytes());
        let (mut names, mut lanes): (Vec<&str>, Vec<Lane>) = (Vec::new(), Vec::new());
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut scanner = Scanner::new(text);
        let begins_with_comma = self.is_array && scanner.take(b',');
        let (mut rows, mut ends_with_comma) = (0, false);
        while !scanner.is_at_end() {
            if rows % ROWS_BETWEEN_CHECKS == 0 {
                self.to.go_on()?;
            }
            if self.is_array && rows > 0 && !ends_with_comma {
                return Err(Left::ToExactReader);
            }
            // Mostly, names come in the same order.
            let mut next = 0;
            scanner.record(|name, value| {
                let at = match names.get(next) {
                    Some(expected) if *expected == name => next,
                    _ => match places.get(name) {
                        Some(at) => *at,
                        None => {
                            places.insert(name, names.len());
                            names.push(name);
                            lanes.push(Lane::new(mode(name), likely_rows).ok_or(Unusual)?);
                            names.len() - 1
                        }
                    },
                };
                next = at + 1;
                lanes[at].push(value, rows)
            })?;
            rows += 1;
            lanes.iter_mut().for_each(|lane| lane.fill_up(rows));
            ends_with_comma = self.is_array && scanner.take(b',');
        }
        Ok(Piece { range, rows, names, lanes, begins_with_comma, ends_with_comma })
    }

    /// Reads lanes again as the kinds that their columns have got from other pieces.
    fn with_fitting_lanes(&self, mut piece: Piece<'t>, kinds: &HashMap<&str, ColumnKind>) -> Result<Piece<'t>, Left> {
        let named = piece.names.iter().zip(&piece.lanes);
        let unfit = named.filter(|(name, lane)| kinds.get(*name).is_some_and(|kind| !lane.becomes(*kind)));
        let unfit: Vec<&str> = unfit.map(|(name, _)| *name).collect();
        if !unfit.is_empty() {
            let mode = |name: &str| match kinds.get(name).filter(|_| unfit.contains(&name)) {
                Some(ColumnKind::Text) => Mode::Texts,
                Some(kind) => Mode::Declared(*kind),
                None => Mode::PassedOver,
            };
            let again = self.scan(piece.range.clone(), mode)?;
            put_lanes(&mut piece.lanes, again, &unfit);
        }
        Ok(piece)
    }

    /// Checks that one comma stands between two pieces of an array, and none before the first or behind the last.
    fn check_commas(&self, pieces: &[Piece<'_>]) -> Result<(), Left> {
        let between = pieces.windows(2).all(|two| two[0].ends_with_comma != two[1].begins_with_comma);
        let around = |piece: &Piece<'_>| piece.rows == 0;
        let is_right = pieces.first().is_none_or(|first| !first.begins_with_comma)
            && pieces.last().is_none_or(|last| !last.ends_with_comma)
            && between
            && !pieces.iter().any(around);
        if is_right || !self.is_array { Ok(()) } else { Err(Left::ToExactReader) }
    }
}

impl Laid {
    /// Returns the table of these records.
    pub(super) fn table(self, to: &Destination) -> Result<Buffer, Fault> {
        lay_out(self.rows, &self.columns, self.lanes, to, |lane, row, column| Ok(lane.write(row, column)?))
    }
}

/// Puts lanes of these names that have been read again in their places.
fn put_lanes(lanes: &mut [Lane], again: Piece<'_>, which: &[&str]) {
    // Both have all names, in one order.
    for (at, (name, lane)) in again.names.into_iter().zip(again.lanes).enumerate() {
        if which.contains(&name) {
            lanes[at] = lane;
        }
    }
}

/// Returns the names of all pieces, in the order in which they first occur.
fn names_of<'t>(pieces: &[Piece<'t>]) -> Vec<&'t str> {
    let mut names: Vec<&str> = Vec::new();
    let mut known: HashSet<&str> = HashSet::new();
    let mut last: &[&str] = &[];
    for piece in pieces {
        if piece.names != last {
            names.extend(piece.names.iter().filter(|name| known.insert(name)));
            last = &piece.names;
        }
    }
    names
}

/// Returns the form of each column, by all of its lanes; `None` for a mixture.
fn forms_of<'t>(pieces: &[Piece<'t>]) -> HashMap<&'t str, Option<Form>> {
    let mut forms = HashMap::new();
    for (name, lane) in pieces.iter().flat_map(|piece| piece.names.iter().zip(&piece.lanes)) {
        let form = forms.entry(*name).or_insert(Some(Form::Nothing));
        *form = form.and_then(|form| form.and(lane.form()));
    }
    forms
}

fn column(name: &str, kind: ColumnKind, lanes: &[(usize, Option<Lane>)]) -> Column {
    let missing = |(rows, lane): &(usize, Option<Lane>)| lane.as_ref().map_or(*rows, Lane::missing);
    let bytes = lanes.iter().filter_map(|(_, lane)| lane.as_ref()).map(Lane::text_bytes).sum();
    Column { name: name.to_owned(), kind, nulls: lanes.iter().map(missing).sum(), room: Room::default().bytes(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::json::form::{Form as FormOfFile, Orient};
    use crate::format::json::load::load_exactly;
    use crate::format::tested::{destination, shown};
    use proptest::prelude::*;

    /// Returns the result of the fast reader, and that of the exact one with the message of a fault.
    fn both(text: &str, declared: &Declared, size: usize) -> (Option<String>, Result<String, String>) {
        let to = destination();
        let laid = read_in_pieces(text.as_bytes(), declared, &to, size).expect("no fault of its own");
        let fast = laid.map(|laid| shown(&laid.table(&to).expect("no fault of its own")));
        let orient = Orient::Records { lines: true };
        let form = FormOfFile { orient, index: None, allows_nan: false, charset: None };
        let exact = load_exactly(text.as_bytes(), &form, declared, &to);
        (fast, exact.as_ref().map(shown).map_err(|fault| format!("{fault:?}")))
    }

    fn declared(kind: &str) -> Declared {
        let types = vec![("a".to_owned(), kind.parse().expect("a kind"))];
        Declared { types, ..Declared::default() }
    }

    fn one_of(values: &[&str]) -> impl Strategy<Value = Vec<String>> + use<> {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        prop::collection::vec(prop::sample::select(values), 1..4)
    }

    /// Generates values that make a column of one kind, mostly.
    fn values() -> impl Strategy<Value = Vec<String>> {
        let moments = [
            r#""2024-02-29""#,
            r#""2024-02-29T12:00:00""#,
            r#""2024-02-29T12:00:00.000001+02:00""#,
            r#""2024-02-29T12:00:00.000000001+02:00""#,
            r#"" 2024-02-29""#,
            r#""x""#,
        ];
        prop_oneof![
            one_of(&["0", "-7", "12", "9007199254740993", "9223372036854775807", "9223372036854775808"]),
            one_of(&["0", "-0", "3", "1.5", "-2e3", "1e400", "9007199254740993", "0.1"]),
            one_of(&moments),
            prop::collection::vec("\"[a-cé東 1]{0,20}\"", 1..4),
            one_of(&[r#""a\n\u00e9""#, r#""\\""#, r#""\ud800""#, r#""7""#]),
            one_of(&["true", "false"]),
            one_of(&["true", "false", "[1]", "{}", "1", r#""a""#, "tru", "01"]),
        ]
    }

    /// Generates records of up to three names in some order, a few of which lack a name or have null.
    fn records() -> impl Strategy<Value = Vec<String>> {
        let column = |name: &'static str| values().prop_map(move |values| (name, values));
        (column("a"), column("b"), column("c")).prop_flat_map(|(a, b, c)| {
            let entry = |(name, values): (&'static str, Vec<String>)| {
                (prop::sample::select(values), 0..10).prop_map(move |(value, chance)| match chance {
                    0 => String::new(),
                    1 => format!("\"{name}\": null"),
                    _ => format!("\"{name}\":{value}"),
                })
            };
            let record = (entry(a), entry(b), entry(c), prop::bool::weighted(0.1));
            let record = record.prop_map(|(a, b, c, is_turned)| {
                let mut entries: Vec<String> = [a, b, c].into_iter().filter(|entry| !entry.is_empty()).collect();
                if is_turned {
                    entries.reverse();
                }
                format!("{{{}}}", entries.join(","))
            });
            prop::collection::vec(record, 1..20)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn pieces_make_what_the_exact_reader_makes(
            records in records(),
            separator in prop::sample::select(vec!["\n", "\r\n", " ", "\n\n"]),
            size in 1_usize..200,
        ) {
            if let (Some(fast), exact) = both(&records.join(separator), &Declared::default(), size) {
                prop_assert_eq!(Ok(fast), exact);
            }
        }

        #[test]
        fn arrays_too(
            records in records(),
            separator in prop::sample::select(vec![",\n", "\n,", ",", "\n", ",,\n"]),
            size in 1_usize..200,
        ) {
            if let (Some(fast), exact) = both(&format!("[{}]", records.join(separator)), &Declared::default(), size) {
                prop_assert_eq!(Ok(fast), exact);
            }
        }

        #[test]
        fn declared_columns_too(
            records in records(),
            kind in prop::sample::select(vec!["i64", "f64", "text", "date", "timestamp(us)", "bool", "u64", "decimal(20, 2)"]),
            size in 1_usize..200,
        ) {
            if let (Some(fast), exact) = both(&records.join("\n"), &declared(kind), size) {
                prop_assert_eq!(Ok(fast), exact);
            }
        }

        #[test]
        fn any_text_is_read_alike(text in r#"[\[\]{}a1",:\n]{0,40}"#, size in 1_usize..30) {
            if let (Some(fast), exact) = both(&text, &Declared::default(), size) {
                prop_assert_eq!(Ok(fast), exact);
            }
        }
    }

    #[test]
    fn plain_records_are_read_here() {
        let line = |row: usize| {
            let day = row % 28 + 1;
            let texts = format!(r#""day":"2024-02-{day:02}","s":"a\t{row}""#);
            format!(r#"{{"id":{row},"x":{row}.5,{texts},"ok":true,"y":null}}"#) + "\n"
        };
        let lines: Vec<String> = (0..50).map(line).collect();
        for text in [lines.concat(), format!("[{}]", lines.join(","))] {
            let (fast, exact) = both(&text, &Declared::default(), 100);
            assert!(fast.is_some());
            assert_eq!(fast, exact.ok());
        }
    }
}
