//! From JSON records to a table: fast, or exactly, in two passes.

use std::collections::HashMap;

use bytes::Bytes;
use wpipe_buffer::Buffer;
use wpipe_data::ColumnKind;
use wpipe_data::table::toml_key;

use super::cell::cell;
use super::document::Document;
use super::form::{Form, Orient};
use super::list::List;
use super::parallel;
use super::records::Record;
use super::survey::Survey;
use super::value::Value;
use super::words::Words;
use super::{escapes, place};
use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::progress::Phase;
use crate::table::{Cell, Column, Declared, build, misfit};

/// The number of rows between two checks that the load is still wanted.
const ROWS_BETWEEN_CHECKS: u64 = 1 << 14;

/// Returns the table of the records in `bytes`.
pub(super) fn load(bytes: Bytes, form: &Form, declared: &Declared, to: &Destination) -> Result<Buffer, Fault> {
    if let Some(mark) = form.mark_of_plain_records(&bytes) {
        to.progress.begin(Phase::Decoding, Some(bytes.len() as u64));
        if let Some(laid) = parallel::read(&bytes[mark..], declared, to)? {
            // The text and the table need not be in memory at once.
            drop(bytes);
            return laid.table(to);
        }
    }
    load_exactly(&bytes, form, declared, to)
}

/// Does the same one record after the other, by a reader that knows the fault and its place.
pub(super) fn load_exactly(bytes: &[u8], form: &Form, declared: &Declared, to: &Destination) -> Result<Buffer, Fault> {
    let text = form.decode(bytes).map_err(|fault| placed(fault, bytes, form))?;
    let (text, words) = if form.allows_nan { Words::replace(text)? } else { (text, Words::default()) };
    let document = Document::read(&text, words, form).map_err(|fault| explained(fault, &text, form))?;
    let mut survey = Survey::new(declared, words);
    document.names().iter().for_each(|name| survey.name(name));
    // The text is read twice.
    to.progress.begin(Phase::Decoding, Some(2 * text.len() as u64));
    let mut row = 0_u64;
    let mut single = None;
    let surveyed = document.each_record(&mut |record| {
        row += 1;
        single = if row == 1 { orient_of(record) } else { None };
        if row.is_multiple_of(ROWS_BETWEEN_CHECKS) {
            to.go_on()?;
            to.progress.reach(document.offset(record));
        }
        survey.see(record);
        Ok(())
    });
    surveyed.map_err(|fault| explained(fault, &text, form))?;
    let single = single.filter(|_| matches!(form.orient, Orient::Records { .. }));
    let no_record = |orient: &str| Fault::new("it is no record: its values are whole columns or rows").help(orient);
    let (rows, columns) = survey.finish().map_err(|fault| match single {
        Some(orient) if fault.at == Some(At::Row(1)) => no_record(orient),
        _ => fault,
    })?;
    // One row of lists is mostly meant as many rows.
    let is_list = |column: &Column| matches!(column.kind, ColumnKind::List(_)) && declared.kind(&column.name).is_none();
    if let (Some(orient), Some(list)) = (single, columns.iter().find(|column| is_list(column))) {
        let declare = format!("`types = {{ {} = \"{}\" }}`", toml_key(&list.name), list.kind);
        return Err(no_record(&format!("{orient}; {declare} and the like read one row of lists")));
    }
    let places: HashMap<&str, usize> =
        columns.iter().enumerate().map(|(at, column)| (column.name.as_str(), at)).collect();
    build(rows, &columns, to, |mut rows| {
        let mut row = 0;
        let mut written = vec![false; columns.len()];
        document.each_record(&mut |record| {
            row += 1;
            if row % ROWS_BETWEEN_CHECKS == 0 {
                to.go_on()?;
                to.progress.reach(text.len() + document.offset(record));
            }
            written.fill(false);
            for (name, value) in record {
                let Some(at) = places.get(name.as_ref()).copied().filter(|_| *value != Value::Null) else { continue };
                let column = &columns[at];
                if let (ColumnKind::List(item), Value::Nested(json)) = (column.kind, value) {
                    let list = List::read(json, item.kind(), words);
                    let no_list = || match escapes::fault_in(json) {
                        Some(fault) => place::within(fault, &text, json),
                        None => misfit(At::Row(row), column, &value.as_text(words)),
                    };
                    let list = list.ok_or_else(no_list)?;
                    rows.set(at, Some(list.cell()))?;
                    written[at] = true;
                    continue;
                }
                let json;
                let cell = if column.kind == ColumnKind::Text {
                    json = value.as_text(words);
                    Some(Cell::Text(&json))
                } else {
                    cell(value, column.kind)
                };
                let cell = cell.ok_or_else(|| misfit(At::Row(row), column, &value.as_text(words)))?;
                rows.set(at, Some(cell))?;
                written[at] = true;
            }
            for (at, _) in written.iter().enumerate().filter(|(_, written)| !**written) {
                rows.set(at, None)?;
            }
            rows.next_row();
            Ok(())
        })
    })
}

/// Returns the `orient` to declare if a file has this record alone, and its values are columns or rows.
fn orient_of(record: &Record<'_>) -> Option<&'static str> {
    let names: Vec<_> = record.iter().map(|(name, _)| name.as_ref()).collect();
    let begin_with =
        |bracket| record.iter().all(|(_, value)| matches!(value, Value::Nested(json) if json.starts_with(bracket)));
    if names.contains(&"columns") && names.contains(&"data") {
        return Some("the option `orient = \"split\"` reads it");
    }
    match record.as_slice() {
        [] => None,
        // Records behind a name are no columns.
        _ if begin_with('[') && !record.iter().any(|(_, value)| value.as_name().starts_with("[{")) => {
            Some("the option `orient = \"columns\"` reads it")
        }
        _ if begin_with('{') => Some(
            "if it has an object for each column, `orient = \"columns\"` reads it; for each row, `orient = \"index\"`",
        ),
        _ => None,
    }
}

/// Returns a fault of bytes that are no text with its line and column.
fn placed(fault: Fault, bytes: &[u8], form: &Form) -> Fault {
    let Some(At::Byte(offset)) = fault.at else { return fault };
    let before = usize::try_from(offset).ok().and_then(|offset| bytes.get(..offset));
    match before.map(|before| form.decode(before)) {
        Some(Ok(before)) => Fault { message: format!("{} (byte {offset})", fault.message), ..fault }
            .at(place::at(&before, before.len())),
        _ => fault,
    }
}

/// Returns `fault` with the help that Python's words need.
fn explained(fault: Fault, text: &str, form: &Form) -> Fault {
    let has_words = || !form.allows_nan && fault.help.is_none() && Words::are_in(text);
    if has_words() {
        fault.help("NaN and Infinity are no JSON; `allow_nan = true` reads them as Python does")
    } else {
        fault
    }
}
