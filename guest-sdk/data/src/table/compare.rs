//! Tables for people and for tests: a description, and equality of content.

use core::fmt;

use super::values::rows::Rows;
use super::{ColumnKind, Nullable, Table, TableError};

/// The shape and the columns, not the values.
impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<_> = self.columns().map(|column| column.to_string()).collect();
        write!(f, "Table({} rows, {} columns: {})", self.rows(), columns.len(), columns.join(", "))
    }
}

/// Equal names, kinds, values and gaps, in equal order; the layout does not matter, nor does what stands where a
/// value is missing. `NaN` equals `NaN`, so that a table equals its copy. A damaged column equals nothing.
impl<'b> PartialEq<Table<'b>> for Table<'_> {
    fn eq(&self, other: &Table<'b>) -> bool {
        let names =
            |table: &Table| table.columns().map(|column| (column.name.to_owned(), column.kind)).collect::<Vec<_>>();
        self.rows() == other.rows()
            && names(self) == names(other)
            && self.columns().enumerate().all(|(at, column)| same_column(column.kind, self, other, at).unwrap_or(false))
    }
}

fn same_column(kind: ColumnKind, a: &Table, b: &Table, at: usize) -> Result<bool, TableError> {
    Ok(match kind {
        ColumnKind::Bool => same(a.nullable_bools(at)?, b.nullable_bools(at)?, |a, b| a == b),
        ColumnKind::F32 => {
            same(a.nullable::<f32>(at)?, b.nullable::<f32>(at)?, |a, b| a == b || a.is_nan() && b.is_nan())
        }
        ColumnKind::F64 => {
            same(a.nullable::<f64>(at)?, b.nullable::<f64>(at)?, |a, b| a == b || a.is_nan() && b.is_nan())
        }
        ColumnKind::Text => same(a.nullable_text(at)?, b.nullable_text(at)?, |a, b| a == b),
        ColumnKind::Binary => same(a.nullable_binary(at)?, b.nullable_binary(at)?, |a, b| a == b),
        _ => same(a.nullable_fixed(at)?, b.nullable_fixed(at)?, |a, b| a == b),
    })
}

fn same<'t, V: Rows, W: Rows>(
    a: Nullable<'t, V>,
    b: Nullable<'t, W>,
    equal: impl Fn(V::Item, W::Item) -> bool,
) -> bool {
    a.iter().zip(b.iter()).all(|pair| match pair {
        (Some(a), Some(b)) => equal(a, b),
        (a, b) => a.is_none() && b.is_none(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    fn table(column: Column) -> Table<'static> {
        Table::from_columns([("x", column)]).expect("one column")
    }

    #[test]
    fn a_table_describes_its_columns() {
        let table = table(vec![Some(1.0), None].into());
        assert_eq!(format!("{table:?}"), "Table(2 rows, 1 columns: x: f64 (1 missing))");
    }

    #[test]
    fn equality_is_of_content() {
        assert_eq!(table(vec![1_i64, 2].into()), table(vec![Some(1_i64), Some(2)].into()));
        assert_eq!(table(vec![f64::NAN].into()), table(vec![f64::NAN].into()));
        assert_ne!(table(vec![1_i64, 2].into()), table(vec![Some(1_i64), None].into()));
        assert_ne!(table(vec![1_i64].into()), table(vec![1_i32].into()));
        assert_ne!(table(vec!["a", "bc"].into()), table(vec!["ab", "c"].into()));
    }
}
