//! JSON values as the cells of columns whose kind is known.

use wpipe_data::ColumnKind;

use super::value::Value;
use crate::table::{Cell, parse};

/// Returns the cell of `value` in a column of `kind`; `None` if it is a text that has no place there.
pub(super) fn cell<'v>(value: &'v Value<'_>, kind: ColumnKind) -> Option<Cell<'v>> {
    match (value, kind) {
        (Value::Text(text), kind) => parse(kind, text),
        (Value::Bool(value), ColumnKind::Bool) => Some(Cell::Bool(*value)),
        (Value::Number(number), kind) if is_of_numbers(kind) => parse(kind, number),
        _ => None,
    }
}

fn is_of_numbers(kind: ColumnKind) -> bool {
    use ColumnKind::{Decimal, F32, F64, I32, I64, U64};
    matches!(kind, I32 | I64 | U64 | F32 | F64 | Decimal(..))
}
