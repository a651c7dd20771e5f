//! From JSON records to a table, in two passes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use wpipe_buffer::Buffer;
use wpipe_data::ColumnKind;

use super::records::each_record;
use super::survey::Survey;
use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::table::{Cell, build, misfit, parse};

/// The table that the records in `bytes` are.
pub(super) fn load(bytes: &[u8], types: &BTreeMap<String, ColumnKind>, to: &Destination) -> Result<Buffer, Fault> {
    let mut survey = Survey::default();
    each_record(bytes, &mut |record| {
        survey.see(record, types);
        Ok(())
    })?;
    let (rows, columns) = survey.finish(types)?;
    build(rows, &columns, to, |mut rows| {
        let mut row = 0;
        each_record(bytes, &mut |record| {
            row += 1;
            for (at, column) in columns.iter().enumerate() {
                let value = record.get(&column.name).filter(|value| !value.is_null());
                match value {
                    None => rows.set(at, None)?,
                    Some(value) => {
                        let mut json = Cow::Borrowed("");
                        let cell = cell(value, column.kind, &mut json)
                            .ok_or_else(|| misfit(At::Row(row), column, &value.to_string()))?;
                        rows.set(at, Some(cell))?;
                    }
                }
            }
            rows.next_row();
            Ok(())
        })
    })
}

/// The cell that `value` means in a column of `kind`; `json` keeps the text of what is no text.
fn cell<'v>(value: &'v Value, kind: ColumnKind, json: &'v mut Cow<'_, str>) -> Option<Cell<'v>> {
    match (value, kind) {
        (Value::String(text), kind) => parse(kind, text),
        (value, ColumnKind::Text) => {
            *json = Cow::Owned(value.to_string());
            Some(Cell::Text(json))
        }
        (Value::Bool(value), ColumnKind::Bool) => Some(Cell::Bool(*value)),
        (Value::Number(number), ColumnKind::I32) => Some(Cell::I32(i32::try_from(number.as_i64()?).ok()?)),
        (Value::Number(number), ColumnKind::I64) => number.as_i64().map(Cell::I64),
        (Value::Number(number), ColumnKind::F64) => number.as_f64().map(Cell::F64),
        (Value::Number(number), ColumnKind::F32) => {
            let value = number.as_f64()? as f32;
            value.is_finite().then_some(Cell::F32(value))
        }
        _ => None,
    }
}
