//! Reading a piece of a text, from the beginning of one record to that of another.

use memchr::memchr;

use super::dialect::Dialect;
use super::lane::{LONGEST, Lane, Raw};
use super::marks::Marks;
use crate::destination::Destination;
use crate::fault::Fault;

/// Rows between two looks at whether the load is still wanted.
const ROWS_BETWEEN_CHECKS: usize = 1 << 14;
/// The most bytes of a piece.
const LARGEST: usize = u32::MAX as usize;

/// How the records of a text are read.
#[derive(Debug, Clone)]
pub(super) struct Form<'d> {
    pub(super) dialect: &'d Dialect,
    pub(super) delimiter: u8,
    /// Columns of the text.
    pub(super) width: usize,
    /// Of each column of the text, the lane that takes it.
    pub(super) lanes: Vec<Option<usize>>,
}

/// What has been read of a piece.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) start: usize,
    /// Where the record behind it begins.
    pub(super) end: usize,
    pub(super) rows: usize,
    pub(super) lanes: Vec<Lane>,
}

/// Why a piece is not read.
#[derive(Debug)]
pub(super) enum Left {
    /// Something is wrong, or unusual: the exact reader tells.
    ToExactReader,
    Fault(Fault),
}

impl From<Fault> for Left {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads the records that begin from `start` on and before `until`. One begins at `start`, or what is read is of no use.
pub(super) fn read(
    text: &str,
    form: &Form<'_>,
    (start, until): (usize, usize),
    mut lanes: Vec<Lane>,
    to: &Destination,
) -> Result<Piece, Left> {
    let bytes = text.as_bytes();
    let mut marks = Marks::new(bytes, form.delimiter, start);
    let (mut at, mut rows) = (start, 0);
    while at < until.min(bytes.len()) {
        if form.width > 1 && matches!(bytes[at], b'\n' | b'\r') {
            let end = marks.next();
            at = behind_break(bytes, end, &mut marks);
            continue;
        }
        if rows % ROWS_BETWEEN_CHECKS == 0 {
            to.go_on()?;
        }
        if at - start > LARGEST - 2 * LONGEST {
            return Err(Left::ToExactReader);
        }
        let mut column = 0;
        loop {
            let (raw, end) = field(text, form.dialect.quote, start, at, &mut marks).ok_or(Left::ToExactReader)?;
            let lane = form.lanes.get(column).ok_or(Left::ToExactReader)?;
            if let Some(lane) = lane {
                lanes[*lane].push(raw, form.dialect).map_err(|_| Left::ToExactReader)?;
            }
            column += 1;
            match bytes.get(end) {
                Some(byte) if *byte == form.delimiter => at = end + 1,
                Some(_) => {
                    at = behind_break(bytes, end, &mut marks);
                    break;
                }
                None => {
                    at = end;
                    break;
                }
            }
        }
        if column < form.width {
            if !form.dialect.short_rows {
                return Err(Left::ToExactReader);
            }
            form.lanes[column..].iter().flatten().for_each(|lane| lanes[*lane].push_missing());
        }
        rows += 1;
    }
    Ok(Piece { start, end: at, rows, lanes })
}

/// The field that begins at a position, and where it ends: at a mark, or with the text.
fn field<'t>(text: &'t str, quote: u8, piece: usize, at: usize, marks: &mut Marks<'_>) -> Option<(Raw<'t>, usize)> {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&quote) {
        let end = marks.next();
        let raw = Raw { text: &text[at..end], start: at - piece, is_quoted: false, is_doubled: false };
        return (end - at <= LONGEST).then_some((raw, end));
    }
    let (mut from, mut is_doubled) = (at + 1, false);
    let close = loop {
        let found = from + memchr(quote, &bytes[from..])?;
        if bytes.get(found + 1) != Some(&quote) {
            break found;
        }
        (from, is_doubled) = (found + 2, true);
    };
    marks.skip_to(close + 1);
    let end = marks.next();
    let raw = Raw { text: &text[at + 1..close], start: at + 1 - piece, is_quoted: true, is_doubled };
    (end == close + 1 && close - at <= LONGEST).then_some((raw, end))
}

/// Where the line behind a line break begins.
fn behind_break(bytes: &[u8], at: usize, marks: &mut Marks<'_>) -> usize {
    if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
        marks.next();
        return at + 2;
    }
    at + 1
}

/// Where the first line begins at or behind a position that is not the text's first.
pub(super) fn next_line(bytes: &[u8], position: usize) -> usize {
    let from = position - 1;
    match memchr::memchr2(b'\n', b'\r', &bytes[from..]) {
        None => bytes.len(),
        Some(length) if bytes[from + length] == b'\r' && bytes.get(from + length + 1) == Some(&b'\n') => {
            from + length + 2
        }
        Some(length) => from + length + 1,
    }
}
