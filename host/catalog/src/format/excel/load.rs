//! From the cells of a sheet to a table, in two passes.

use std::collections::BTreeMap;

use bytes::Bytes;
use calamine::DataRef;
use wpipe_buffer::Buffer;
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE, Room};

use super::options::ExcelOptions;
use super::value::{Class, Classes, Value};
use super::workbook::Workbook;
use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::table::{Cell, Column, Declared, Rows, Tally, Wanted, build, misfit, named, parse};

/// Returns the table of a sheet.
pub(super) fn load(bytes: &Bytes, options: &ExcelOptions, to: &Destination) -> Result<Buffer, Fault> {
    let mut workbook = Workbook::open(bytes, options.sheet.as_deref(), to)?;
    let survey = Survey::of(&mut workbook, options, to)?;
    let names = survey.names(&options.declared)?;
    let found: Vec<&str> = names.iter().map(String::as_str).collect();
    let wanted = options.declared.select(&found, false)?;
    let columns: Vec<Column> = wanted.iter().map(|wanted| survey.column(wanted)).collect::<Result<_, _>>()?;
    let rows = survey.rows();
    // Every cell of a table has its place, even if the sheet has none.
    let widths = columns.iter().map(|column| column.kind.width().unwrap_or(4) as u64).sum::<u64>();
    Tally::new(to.memory).expect(widths.saturating_mul(rows as u64))?;
    build(rows, &columns, to, |rows| fill(&mut workbook, options, &survey, (&wanted, &columns), rows, to))
}

/// The findings of the first pass for a column.
#[derive(Debug, Clone, Default)]
struct Seen {
    classes: Classes,
    values: usize,
    empty_texts: usize,
    text_bytes: usize,
    /// The first number that may stand for another one.
    inexact: Option<(At, String)>,
}

/// The findings of the first pass for a sheet.
struct Survey {
    /// The texts of the first row's cells, by their column, if they are the header.
    header: Option<BTreeMap<u32, String>>,
    columns: BTreeMap<u32, Seen>,
    /// The rows of values: the first and the last one with anything in them.
    first: u32,
    last: Option<u32>,
    /// The outermost columns.
    outer: Option<(u32, u32)>,
}

impl Survey {
    fn of(workbook: &mut Workbook, options: &ExcelOptions, to: &Destination) -> Result<Self, Fault> {
        let mut header: Option<(u32, BTreeMap<u32, String>)> = None;
        let mut survey = Self { header: None, columns: BTreeMap::new(), first: 0, last: None, outer: None };
        workbook.each_cell(options, to, &mut |(row, column), cell| {
            if matches!(cell, DataRef::Empty) {
                return Ok(());
            }
            let Some(value) = value(cell, options)? else {
                if !options.header || header.is_some() {
                    survey.reach(row, column);
                }
                return Ok(());
            };
            if options.header {
                if value.class == Class::EmptyText && header.as_ref().is_none_or(|(at, _)| *at == row) {
                    return Ok(());
                }
                let (at, names) = header.get_or_insert_with(|| (row, BTreeMap::new()));
                if *at == row {
                    names.insert(column, value.text.trim().to_owned());
                    return Ok(());
                }
                // A column of numbers of rows, which stands to the left, has no name where pandas writes it.
                let is_beside = !options.range.ends_at_column() && column > outer(names).1;
                if is_beside && value.class != Class::EmptyText {
                    let fault = Fault::new("it is beside the columns that the first row names");
                    return Err(fault.help("name its column, or leave it out: `range = \"A:F\"`"));
                }
            }
            survey.see(row, column, &value);
            Ok(())
        })?;
        if let Some((row, names)) = header {
            let ((first, last), seen) = (outer(&names), survey.outer);
            survey.outer = Some(seen.map_or((first, last), |seen| (seen.0.min(first), seen.1.max(last))));
            survey.first = row + 1;
            survey.header = Some(names);
        } else if options.header {
            let fault = Fault::new("it is empty, expected a first row with the columns' names");
            return Err(fault.help("check the options `sheet` and `range`"));
        }
        Ok(survey)
    }

    fn see(&mut self, row: u32, column: u32, value: &Value<'_>) {
        let seen = self.columns.entry(column).or_default();
        seen.classes.see(value.class);
        seen.values += 1;
        seen.text_bytes += value.text.len();
        match value.class {
            Class::EmptyText => seen.empty_texts += 1,
            Class::Inexact if seen.inexact.is_none() => {
                seen.inexact = Some((At::Cell(row, column), value.text.to_string()));
            }
            _ => {}
        }
        self.reach(row, column);
    }

    /// Takes a row of values into account, and a column.
    fn reach(&mut self, row: u32, column: u32) {
        if self.last.is_none() {
            self.first = row;
        }
        self.last = Some(row);
        let (first, last) = self.outer.unwrap_or((column, column));
        self.outer = Some((first.min(column), last.max(column)));
    }

    fn rows(&self) -> usize {
        self.last.map_or(0, |last| (last + 1 - self.first) as usize)
    }

    /// Returns the columns' names, from the first column to the last.
    fn names(&self, declared: &Declared) -> Result<Vec<String>, Fault> {
        let Some((first, last)) = self.outer else {
            return Err(Fault::new("it is empty, so that nobody knows its columns"));
        };
        let given = |column| self.header.as_ref()?.get(&column).filter(|name| !name.is_empty()).cloned();
        named((first..=last).map(given), declared, |index| At::Cell(self.first.saturating_sub(1), first + index as u32))
    }

    /// Returns the sheet's column of a table's column.
    fn place(&self, wanted: &Wanted) -> Option<u32> {
        // Names were made of the columns from the first one on.
        Some(self.outer?.0 + wanted.at? as u32)
    }

    fn column(&self, wanted: &Wanted) -> Result<Column, Fault> {
        let seen = self.place(wanted).and_then(|at| self.columns.get(&at).cloned()).unwrap_or_default();
        let kind = wanted.kind.unwrap_or_else(|| seen.classes.kind());
        if let Some((at, text)) = seen.inexact.filter(|_| !is_measured(wanted.kind)) {
            let message = format!("`{text}` has more digits than a number of Excel's keeps: it may have been another");
            let fault = Fault::new(message).at(at).column(&wanted.name);
            let name = wpipe_data::table::toml_key(&wanted.name);
            let help = format!("write it as text in the workbook, or declare `types = {{ {name} = \"f64\" }}`");
            return Err(fault.help(help));
        }
        if seen.text_bytes > MAX_ARCHIVE_SIZE && kind.has_offsets() {
            return Err(Fault::new("more than 2 GiB of text: partition the data").column(&wanted.name));
        }
        let gaps = self.rows() - seen.values + if kind.has_offsets() { 0 } else { seen.empty_texts };
        Ok(Column { name: wanted.name.clone(), kind, nulls: gaps, room: Room::default().bytes(seen.text_bytes) })
    }
}

/// Returns true if the digits of a number do not matter.
fn is_measured(declared: Option<ColumnKind>) -> bool {
    matches!(declared, Some(ColumnKind::F64 | ColumnKind::F32))
}

/// Returns the first and the last column with a name.
fn outer(names: &BTreeMap<u32, String>) -> (u32, u32) {
    let first = names.first_key_value().map_or(0, |(column, _)| *column);
    (first, names.last_key_value().map_or(0, |(column, _)| *column))
}

fn value<'c>(cell: DataRef<'c>, options: &ExcelOptions) -> Result<Option<Value<'c>>, Fault> {
    let value = Value::of(cell, options.errors_are_missing)?;
    let is_null = |value: &Value<'_>| {
        matches!(value.class, Class::Text | Class::EmptyText) && options.nulls.iter().any(|null| *null == value.text)
    };
    Ok(value.filter(|value| !is_null(value)))
}

fn fill(
    workbook: &mut Workbook,
    options: &ExcelOptions,
    survey: &Survey,
    (wanted, columns): (&[Wanted], &[Column]),
    mut rows: Rows<'_, '_>,
    to: &Destination,
) -> Result<(), Fault> {
    let places: BTreeMap<u32, usize> =
        wanted.iter().enumerate().filter_map(|(at, wanted)| Some((survey.place(wanted)?, at))).collect();
    let Some(last) = survey.last else { return Ok(()) };
    let mut row = survey.first;
    let mut written = vec![false; columns.len()];
    let end_row = |rows: &mut Rows<'_, '_>, written: &mut Vec<bool>| {
        for (at, _) in written.iter().enumerate().filter(|(_, written)| !**written) {
            rows.set(at, None)?;
        }
        written.fill(false);
        rows.next_row();
        Ok::<_, Fault>(())
    };
    workbook.each_cell(options, to, &mut |(at, column), cell| {
        if at < survey.first || at > last {
            return Ok(());
        }
        let Some(&index) = places.get(&column) else { return Ok(()) };
        let Some(value) = value(cell, options)? else { return Ok(()) };
        while row < at {
            end_row(&mut rows, &mut written)?;
            row += 1;
        }
        let of = &columns[index];
        if value.class == Class::EmptyText && !of.kind.has_offsets() {
            return Ok(());
        }
        let cell = match (value.number, of.kind) {
            (Some(number), ColumnKind::F64) => Cell::F64(number),
            _ => parse(of.kind, &value.text).ok_or_else(|| misfit(At::Cell(at, column), of, &value.text))?,
        };
        rows.set(index, Some(cell))?;
        written[index] = true;
        Ok(())
    })?;
    while row <= last {
        end_row(&mut rows, &mut written)?;
        row += 1;
    }
    Ok(())
}
