//! From delimited text to a table: fast, or exactly, in two passes.

use bytes::Bytes;
use memchr::memrchr;
use wpipe_buffer::Buffer;
use wpipe_data::{MAX_ARCHIVE_SIZE, Room};

use super::dialect::Dialect;
use super::parallel;
use super::records::{Field, Record, Records};
use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::format::charset::utf8;
use crate::progress::Phase;
use crate::table::{Column, Guess, Rows, Wanted, build, misfit, named};

/// The number of lines between two checks that the load is still wanted.
const LINES_BETWEEN_CHECKS: u64 = 1 << 14;

/// The part of a text in which its columns are found, unless their names take more.
const HEAD: usize = 64 << 10;

/// Returns the table of `bytes`.
pub(super) fn load(bytes: Bytes, dialect: &Dialect, to: &Destination) -> Result<Buffer, Fault> {
    let (content, mark) = match dialect.charset.mark_of_utf8(&bytes) {
        Some(mark) => (bytes.slice(mark..), mark),
        None => (dialect.charset.decode(&bytes)?.into_owned().into(), 0),
    };
    drop(bytes);
    to.progress.begin(Phase::Decoding, Some(content.len() as u64));
    if parallel::reads(dialect)
        && let Some(header) = Header::of(&content, dialect)
    {
        let found: Vec<_> = header.names.iter().map(String::as_str).collect();
        let wanted = dialect.declared.select(&found, false)?;
        let Header { start, delimiter, .. } = header;
        let width = header.names.len();
        let rows = parallel::Rows { text: &content, start, delimiter, width, dialect, wanted: &wanted, to };
        match rows.read()? {
            Some(laid) if laid.needs_text() => {
                if let Some(buffer) = laid.table(&content)? {
                    return Ok(buffer);
                }
            }
            Some(laid) => {
                // The text and the table need not be in memory at once.
                drop(content);
                return laid.table(&[])?.ok_or_else(|| Fault::new("what was read was lost"));
            }
            None => {}
        }
    }
    let text = utf8(&content, mark)?;
    let mut records = Records::new(text, dialect);
    records.take_preamble(dialect)?;
    let names = names(&mut records, dialect)?;
    let found: Vec<_> = names.iter().map(String::as_str).collect();
    let wanted = dialect.declared.select(&found, false)?;
    load_exactly(records, names.len(), wanted, dialect, to)
}

/// The part of a text before the rows.
struct Header {
    names: Vec<String>,
    /// The start of the first row.
    start: usize,
    delimiter: u8,
}

impl Header {
    /// Returns the header of a text; `None` if it has any fault.
    fn of(content: &[u8], dialect: &Dialect) -> Option<Self> {
        let of_first = |end: usize| {
            let text = simdutf8::basic::from_utf8(&content[..end]).ok()?;
            let mut records = Records::new(text, dialect);
            records.take_preamble(dialect).ok()?;
            let names = names(&mut records, dialect).ok()?;
            let is_complete = end == content.len() || records.position() < end;
            is_complete.then(|| Self { names, start: records.position(), delimiter: records.delimiter() })
        };
        let lines = memrchr(b'\n', &content[..content.len().min(HEAD)]).map(|last| last + 1);
        lines.and_then(of_first).or_else(|| of_first(content.len()))
    }
}

/// Does the same one record after the other, by a reader that knows the fault and its place.
pub(super) fn load_exactly<'t>(
    records: Records<'t>,
    width: usize,
    wanted: Vec<Wanted>,
    dialect: &'t Dialect,
    to: &Destination,
) -> Result<Buffer, Fault> {
    let reader = Reader { dialect, first: records, width, wanted, to };
    let (rows, columns) = reader.survey()?;
    build(rows, &columns, to, |rows| reader.fill(&columns, rows))
}

/// Returns the columns' names; `records` then stands before the first row.
pub(super) fn names(records: &mut Records<'_>, dialect: &Dialect) -> Result<Vec<String>, Fault> {
    let mut first = Record::default();
    let mut after = records.clone();
    loop {
        if !after.read(&mut first)? {
            return Err(match dialect.header {
                true => Fault::new("it is empty, expected a first line with the columns' names"),
                false => Fault::new("it is empty, so that nobody knows its columns"),
            });
        }
        if !first.is_blank() || !dialect.header {
            break;
        }
        *records = after.clone();
    }
    let (line, count) = (first.line, first.fields.len());
    if !dialect.header {
        return named((0..count).map(|_| None), &dialect.declared, |_| At::Line(line));
    }
    *records = after;
    let name = |field: Field<'_>| match field.quoted {
        true => Some(field.text.into_owned()),
        false => Some(field.text.trim()).filter(|name| !name.is_empty()).map(str::to_owned),
    };
    named(first.fields.into_iter().map(name), &dialect.declared, |_| At::Line(line))
}

/// The rows of a text, to be read more than once.
struct Reader<'t, 'd> {
    dialect: &'d Dialect,
    /// The position before the first row.
    first: Records<'t>,
    /// The number of columns of the text.
    width: usize,
    /// The columns of the table.
    wanted: Vec<Wanted>,
    to: &'d Destination,
}

/// The presence of a field's value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    There,
    /// A value in a column of text or binary, and missing in others.
    TextOrMissing,
    Missing,
}

/// The findings of the first pass for a column.
struct Survey {
    guess: Guess,
    missing: usize,
    text_or_missing: usize,
    text_bytes: usize,
}

impl<'t> Reader<'t, '_> {
    /// Returns the number of rows, and the kind of each column.
    fn survey(&self) -> Result<(usize, Vec<Column>), Fault> {
        let new = || Survey { guess: Guess::new(), missing: 0, text_or_missing: 0, text_bytes: 0 };
        let mut surveys: Vec<_> = self.wanted.iter().map(|_| new()).collect();
        let mut rows = 0;
        self.each_row(|record| {
            rows += 1;
            for (wanted, survey) in self.wanted.iter().zip(&mut surveys) {
                match wanted.at {
                    Some(at) if at < record.fields.len() => self.see(&record.fields[at], survey),
                    _ => survey.missing += 1,
                }
            }
            Ok(())
        })?;
        let columns = self.wanted.iter().zip(surveys).map(|(wanted, survey)| self.column(wanted, &survey));
        let columns: Vec<_> = columns.collect();
        match columns.iter().find(|column| column.room.bytes > MAX_ARCHIVE_SIZE) {
            Some(column) => Err(Fault::new("more than 2 GiB of text: partition the data").column(&column.name)),
            None => Ok((rows, columns)),
        }
    }

    fn see(&self, field: &Field<'_>, survey: &mut Survey) {
        match self.presence(field) {
            Presence::Missing => survey.missing += 1,
            Presence::TextOrMissing => {
                survey.text_or_missing += 1;
                survey.text_bytes += field.text.len();
            }
            Presence::There => {
                survey.guess.see(&field.text, &self.dialect.notation);
                survey.text_bytes += field.text.len();
            }
        }
    }

    fn column(&self, wanted: &Wanted, survey: &Survey) -> Column {
        let kind = wanted.kind.unwrap_or_else(|| survey.guess.kind());
        let nulls = match kind {
            kind if kind.has_offsets() => survey.missing,
            _ => survey.missing + survey.text_or_missing,
        };
        Column { name: wanted.name.clone(), kind, nulls, room: Room::default().bytes(survey.text_bytes) }
    }

    fn fill(&self, columns: &[Column], mut rows: Rows<'_, '_>) -> Result<(), Fault> {
        self.each_row(|record| {
            for (to, (wanted, column)) in self.wanted.iter().zip(columns).enumerate() {
                let field = wanted.at.and_then(|at| record.fields.get(at));
                let field = field.filter(|field| match self.presence(field) {
                    Presence::Missing => false,
                    Presence::TextOrMissing => column.kind.has_offsets(),
                    Presence::There => true,
                });
                let cell = field.map(|field| {
                    let cell = self.dialect.notation.parse(column.kind, &field.text);
                    cell.ok_or_else(|| self.misfit(At::Line(record.line), column, &field.text))
                });
                rows.set(to, cell.transpose()?)?;
            }
            rows.next_row();
            Ok(())
        })
    }

    fn misfit(&self, at: At, column: &Column, text: &str) -> Fault {
        let fault = misfit(at, column, text);
        match self.dialect.notation.format_of(column.kind) {
            Some((key, format)) => fault.help(format!("the option `{key}` is `{format}`")),
            None => fault,
        }
    }

    fn presence(&self, field: &Field<'_>) -> Presence {
        if self.dialect.is_null(&field.text) {
            return if field.quoted { Presence::TextOrMissing } else { Presence::Missing };
        }
        let plain = field.text.trim_matches([' ', '\t']);
        if plain.len() < field.text.len() && self.dialect.is_null(plain) {
            return Presence::TextOrMissing;
        }
        Presence::There
    }

    fn each_row(&self, mut row: impl FnMut(&Record<'t>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut records = self.first.clone();
        let mut record = Record::default();
        while records.read(&mut record)? {
            if record.line.is_multiple_of(LINES_BETWEEN_CHECKS) {
                self.to.go_on()?;
            }
            if self.width > 1 && record.is_blank() {
                continue;
            }
            let (expected, found) = (self.width, record.fields.len());
            let is_short = self.dialect.short_rows && found < expected;
            if expected != found && !is_short {
                let fields = if found == 1 { "field" } else { "fields" };
                let fault = Fault::new(format!("{found} {fields}, expected {expected}")).at(At::Line(record.line));
                return Err(fault.help(match found < expected {
                    true => {
                        "check the options `delimiter` and `quote`, correct the line, or declare `short_rows = true`"
                    }
                    false => "check the options `delimiter` and `quote`, or correct the line",
                }));
            }
            row(&record)?;
        }
        Ok(())
    }
}
