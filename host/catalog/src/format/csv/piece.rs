//! Reading a piece of a text, from the beginning of one record to that of another.

use memchr::{memchr, memchr3};

use super::dialect::Dialect;
use super::lane::Lane;
use super::marks::Marks;
use super::raw::{LONGEST, Raw};
use crate::destination::Destination;
use crate::fault::Fault;

/// The number of rows between two checks that the load is still wanted.
const ROWS_BETWEEN_CHECKS: usize = 1 << 14;
/// The most bytes of a piece.
const LARGEST: usize = u32::MAX as usize;

/// The form of a text's records.
#[derive(Debug, Clone)]
pub(super) struct Form<'d> {
    pub(super) dialect: &'d Dialect,
    pub(super) delimiter: u8,
    /// The number of columns of the text.
    pub(super) width: usize,
    /// The lane that takes each column of the text.
    pub(super) lanes: Vec<Option<usize>>,
}

/// The lanes that have been read of a piece.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) start: usize,
    /// The start of the record behind it.
    pub(super) end: usize,
    pub(super) rows: usize,
    pub(super) lanes: Vec<Lane>,
}

/// The reason why a piece is not read.
#[derive(Debug)]
pub(super) enum Left {
    /// It has a fault, or something unusual: the exact reader reports it.
    ToExactReader,
    /// Its last record goes on behind it.
    Unended,
    Fault(Fault),
}

impl From<Fault> for Left {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads the records of `piece` that begin before its position `until`. It begins at the start of a record, or the
/// result is of no use, and ends at the end of a line.
pub(super) fn read(
    piece: &str,
    until: usize,
    form: &Form<'_>,
    mut lanes: Vec<Lane>,
    to: &Destination,
) -> Result<Piece, Left> {
    let bytes = piece.as_bytes();
    let mut marks = Marks::new(bytes, form.delimiter, 0);
    let (mut at, mut rows) = (0, 0);
    while at < until.min(bytes.len()) {
        if form.width > 1 && matches!(bytes[at], b'\n' | b'\r') {
            let end = marks.next();
            at = behind_break(bytes, end, &mut marks);
            continue;
        }
        if rows % ROWS_BETWEEN_CHECKS == 0 {
            to.go_on()?;
        }
        if at > LARGEST - 2 * LONGEST {
            return Err(Left::ToExactReader);
        }
        let mut column = 0;
        loop {
            let (raw, end) = field(piece, form.dialect.quote, at, &mut marks)?;
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
    Ok(Piece { start: 0, end: at, rows, lanes })
}

/// Returns the field that begins at a position, and its end: at a mark, or with the piece.
#[inline]
fn field<'t>(piece: &'t str, quote: u8, at: usize, marks: &mut Marks<'_>) -> Result<(Raw<'t>, usize), Left> {
    let bytes = piece.as_bytes();
    if bytes.get(at) != Some(&quote) {
        let end = marks.next();
        let raw = Raw { piece, start: at, end, is_quoted: false, is_doubled: false };
        return if end - at <= LONGEST { Ok((raw, end)) } else { Err(Left::ToExactReader) };
    }
    let (mut from, mut is_doubled) = (at + 1, false);
    let close = loop {
        let found = from + memchr(quote, &bytes[from..]).ok_or(Left::Unended)?;
        if bytes.get(found + 1) != Some(&quote) {
            break found;
        }
        (from, is_doubled) = (found + 2, true);
    };
    marks.skip_to(close + 1);
    let end = marks.next();
    let raw = Raw { piece, start: at + 1, end: close, is_quoted: true, is_doubled };
    if end == close + 1 && close - at <= LONGEST { Ok((raw, end)) } else { Err(Left::ToExactReader) }
}

/// Returns the start of the line behind a line break.
fn behind_break(bytes: &[u8], at: usize, marks: &mut Marks<'_>) -> usize {
    if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
        marks.next();
        return at + 2;
    }
    at + 1
}

/// Returns the start of the first line at or behind a position that is not the text's first; `is_quoted` says if that
/// is within quotes, and a quote at `position - 1` counts among those before it.
pub(super) fn next_line(bytes: &[u8], position: usize, quote: u8, mut is_quoted: bool) -> usize {
    // A line may end right before.
    let mut from = match bytes[position - 1] {
        b'\n' | b'\r' => position - 1,
        _ => position,
    };
    while let Some(length) = memchr3(b'\n', b'\r', quote, &bytes[from..]) {
        let at = from + length;
        match bytes[at] {
            byte if byte == quote => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => return at + 2,
            _ => return at + 1,
        }
        from = at + 1;
    }
    bytes.len()
}
