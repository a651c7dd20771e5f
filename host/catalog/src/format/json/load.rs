//! From JSON records to a table, in two passes.

use std::borrow::Cow;
use std::collections::HashMap;

use wpipe_buffer::Buffer;
use wpipe_data::ColumnKind;

use super::records::each_record;
use super::survey::Survey;
use super::value::Value;
use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::table::{Cell, Declared, build, misfit, parse};

/// Rows between two looks at whether the load is still wanted.
const ROWS_BETWEEN_CHECKS: u64 = 1 << 14;

/// The table that the records in `bytes` are.
pub(super) fn load(bytes: &[u8], declared: &Declared, to: &Destination) -> Result<Buffer, Fault> {
    let mut survey = Survey::new(declared);
    let mut row = 0_u64;
    each_record(bytes, &mut |record| {
        row += 1;
        if row.is_multiple_of(ROWS_BETWEEN_CHECKS) {
            to.go_on()?;
        }
        survey.see(record);
        Ok(())
    })?;
    let (rows, columns) = survey.finish()?;
    let places: HashMap<&str, usize> =
        columns.iter().enumerate().map(|(at, column)| (column.name.as_str(), at)).collect();
    build(rows, &columns, to, |mut rows| {
        let mut row = 0;
        let mut written = vec![false; columns.len()];
        each_record(bytes, &mut |record| {
            row += 1;
            if row % ROWS_BETWEEN_CHECKS == 0 {
                to.go_on()?;
            }
            written.fill(false);
            for (name, value) in record {
                let Some(at) = places.get(name.as_ref()).copied().filter(|_| *value != Value::Null) else { continue };
                let column = &columns[at];
                let mut json = Cow::Borrowed("");
                let cell = cell(value, column.kind, &mut json)
                    .ok_or_else(|| misfit(At::Row(row), column, &value.as_text()))?;
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

/// The cell that `value` means in a column of `kind`; `json` keeps the text of what is no text.
fn cell<'v>(value: &'v Value<'_>, kind: ColumnKind, json: &'v mut Cow<'v, str>) -> Option<Cell<'v>> {
    match (value, kind) {
        (Value::Text(text), kind) => parse(kind, text),
        (value, ColumnKind::Text) => {
            *json = value.as_text();
            Some(Cell::Text(json))
        }
        (Value::Bool(value), ColumnKind::Bool) => Some(Cell::Bool(*value)),
        (Value::Number(number), kind) if is_of_numbers(kind) => parse(kind, number),
        _ => None,
    }
}

fn is_of_numbers(kind: ColumnKind) -> bool {
    use ColumnKind::{Decimal, F32, F64, I32, I64, U64};
    matches!(kind, I32 | I64 | U64 | F32 | F64 | Decimal(..))
}
