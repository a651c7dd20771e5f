//! Tables for people and for tests: a description, and equality of content.

use core::fmt;

use super::items::Plain;
use super::rows::Items;
use super::rows::Rows;
use super::{ColumnKind, ItemKind, ListColumn, Nullable, Table, TableError, TextColumn};

/// Shows the shape and the columns, not the values.
impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<_> = self.columns().map(|column| column.to_string()).collect();
        write!(f, "Table({} rows, {} columns: {})", self.rows(), columns.len(), columns.join(", "))
    }
}

/// Compares names, kinds, values and gaps, in their order; the layout does not matter, nor does the content of a
/// missing value. The order of a dictionary does, if it means something. `NaN` equals `NaN`, so that a table equals its
/// copy. A damaged column equals nothing.
impl<'b> PartialEq<Table<'b>> for Table<'_> {
    fn eq(&self, other: &Table<'b>) -> bool {
        let names =
            |table: &Table| table.columns().map(|column| (column.name.to_owned(), column.kind)).collect::<Vec<_>>();
        self.rows() == other.rows()
            && names(self) == names(other)
            && self.columns().enumerate().all(|(at, column)| {
                same_column(column.kind, self, other, at).unwrap_or(false) && in_same_order(self, other, at)
            })
    }
}

fn same_column(kind: ColumnKind, a: &Table, b: &Table, at: usize) -> Result<bool, TableError> {
    Ok(match kind {
        ColumnKind::Bool => same(a.nullable_bools(at)?, b.nullable_bools(at)?, |a, b| a == b),
        ColumnKind::F32 => same(a.nullable::<f32>(at)?, b.nullable::<f32>(at)?, same_f32),
        ColumnKind::F64 => same(a.nullable::<f64>(at)?, b.nullable::<f64>(at)?, same_f64),
        ColumnKind::List(item) => return same_lists(item, a, b, at),
        ColumnKind::Text => same(a.nullable_text(at)?, b.nullable_text(at)?, |a, b| a == b),
        ColumnKind::Binary => same(a.nullable_binary(at)?, b.nullable_binary(at)?, |a, b| a == b),
        _ => same(a.nullable_fixed(at)?, b.nullable_fixed(at)?, |a, b| a == b),
    })
}

fn same_f32(a: f32, b: f32) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

fn same_f64(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

fn same_lists(kind: ItemKind, a: &Table, b: &Table, at: usize) -> Result<bool, TableError> {
    Ok(match kind {
        ItemKind::Bool => lists(nullable::<bool>(a, at)?, nullable::<bool>(b, at)?, |a, b| a == b),
        ItemKind::F32 => lists(nullable::<f32>(a, at)?, nullable::<f32>(b, at)?, same_f32),
        ItemKind::F64 => lists(nullable::<f64>(a, at)?, nullable::<f64>(b, at)?, same_f64),
        ItemKind::Text => lists(nullable::<&str>(a, at)?, nullable::<&str>(b, at)?, |a, b| a == b),
        ItemKind::Binary => lists(nullable::<&[u8]>(a, at)?, nullable::<&[u8]>(b, at)?, |a, b| a == b),
        _ => lists(a.fixed_lists(at)?, b.fixed_lists(at)?, |a, b| a == b),
    })
}

type Lists<'t, V> = Nullable<'t, ListColumn<'t, Nullable<'t, V>>>;

fn nullable<'t, P: Plain>(table: &'t Table<'_>, at: usize) -> Result<Lists<'t, P::Items<'t>>, TableError> {
    table.nullable_lists::<Option<P>>(at)
}

fn lists<'t, 'u, V: Items, W: Items>(
    a: Lists<'t, V>,
    b: Lists<'u, W>,
    equal: impl Fn(V::Item, W::Item) -> bool + Copy,
) -> bool {
    same(a, b, |a, b| a.len() == b.len() && same(a, b, equal))
}

/// Returns true if two columns are dictionaries of one order, or neither is in an order that means something.
fn in_same_order(a: &Table, b: &Table, at: usize) -> bool {
    let (a, b) = (order(a, at), order(b, at));
    match (a, b) {
        (None, None) => true,
        (Some(Ok(a)), Some(Ok(b))) => a.iter().eq(b.iter()),
        _ => false,
    }
}

/// Returns the values of a dictionary in the order that means something, if there is one.
fn order<'t>(table: &'t Table<'_>, at: usize) -> Option<Result<TextColumn<'t>, TableError>> {
    let column = &table.columns[at];
    let is_ordered = column.child.as_ref().is_some_and(|child| child.ordered);
    is_ordered.then(|| table.coded(column).map(|column| column.values()))
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
