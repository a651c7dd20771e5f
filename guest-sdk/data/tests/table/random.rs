//! Random tables: all kinds, gaps, no rows, no columns, any text.

use proptest::collection::vec;
use proptest::prelude::*;
use wpipe_data::table::{AnyColumn, DurationSeconds, Time, TimestampNanos};
use wpipe_data::{Column, Date, Table, Timestamp, Zone};

/// Returns columns of one length under distinct names.
pub(crate) fn columns() -> impl Strategy<Value = Vec<(String, Column)>> {
    (0_usize..40).prop_flat_map(|rows| vec((".{0,12}", column(rows)), 0..6)).prop_map(|columns| {
        let named = columns.into_iter().enumerate();
        named.map(|(at, (name, column))| (format!("{name}{at}"), column)).collect()
    })
}

pub(crate) fn table() -> impl Strategy<Value = Table<'static>> {
    columns().prop_map(|columns| Table::from_columns(columns).expect("columns of one length"))
}

fn column(rows: usize) -> impl Strategy<Value = Column> {
    prop_oneof![
        full_or_not(any::<bool>(), rows),
        full_or_not(any::<i32>(), rows),
        full_or_not(any::<i64>(), rows),
        full_or_not(any::<f32>(), rows),
        full_or_not(any::<f64>(), rows),
        full_or_not(any::<i32>().prop_map(Date), rows),
        full_or_not(any::<i64>().prop_map(Timestamp), rows),
        full_or_not(".{0,10}", rows),
        full_or_not(any::<u64>(), rows),
        full_or_not(any::<i64>().prop_map(TimestampNanos), rows),
        full_or_not(any::<i64>().prop_map(Time), rows),
        full_or_not(any::<i64>().prop_map(DurationSeconds), rows),
        full_or_not(any::<i64>().prop_map(Timestamp), rows).prop_map(|column| column.in_zone(Zone::UTC)),
        vec(proptest::option::of(any::<i128>()), rows).prop_map(|unscaled| Column::decimal(unscaled, 38, 10)),
        vec(proptest::option::of(vec(any::<u8>(), 0..10)), rows).prop_map(Column::binary),
        lists(rows),
        dictionary(rows),
    ]
}

/// Returns items of any kind, as many as the lists take together.
fn lists(rows: usize) -> BoxedStrategy<Column> {
    vec(proptest::option::weighted(0.8, 0_usize..4), rows)
        .prop_flat_map(|lengths| {
            let items = lengths.iter().flatten().sum();
            (items_of(items), Just(lengths))
        })
        .prop_map(|(items, lengths)| Column::lists(items, lengths))
        .boxed()
}

fn items_of(count: usize) -> impl Strategy<Value = Column> {
    prop_oneof![
        full_or_not(any::<bool>(), count),
        full_or_not(any::<f32>(), count),
        full_or_not(any::<f64>(), count),
        full_or_not(any::<i64>(), count),
        full_or_not(any::<i32>().prop_map(Date), count),
        full_or_not(".{0,6}", count),
        full_or_not(any::<i64>().prop_map(Timestamp), count).prop_map(|column| column.in_zone(Zone::UTC)),
        vec(proptest::option::of(any::<i128>()), count).prop_map(|unscaled| Column::decimal(unscaled, 38, 10)),
        vec(proptest::option::of(vec(any::<u8>(), 0..4)), count).prop_map(Column::binary),
    ]
}

fn dictionary(rows: usize) -> impl Strategy<Value = Column> {
    let values = proptest::collection::btree_set(".{0,6}", 1..5);
    (values, vec(any::<Option<prop::sample::Index>>(), rows), any::<bool>()).prop_map(|(values, picks, ordered)| {
        let code = |pick: prop::sample::Index| pick.index(values.len()) as i32;
        let codes = picks.into_iter().map(|pick| pick.map(code)).collect();
        let column = Column::dictionary(&values, codes);
        if ordered { column.in_order() } else { column }
    })
}

fn full_or_not<S>(value: S, rows: usize) -> BoxedStrategy<Column>
where
    S: Strategy + Clone + 'static,
    Vec<S::Value>: Into<Column>,
    Vec<Option<S::Value>>: Into<Column>,
{
    let full = vec(value.clone(), rows).prop_map(Into::into);
    let gaps = vec(proptest::option::of(value), rows).prop_map(Into::into);
    prop_oneof![full, gaps].boxed()
}

/// Reads everything that a table offers, so that any panic shows.
pub(crate) fn read_everything(table: &Table) {
    for at in 0..table.columns().len() {
        read_column(table, at);
    }
    let _ = *table == table.clone();
    let _ = format!("{table:?}");
}

fn read_column(table: &Table, at: usize) {
    fn drain<T>(values: impl Iterator<Item = T>) {
        values.for_each(drop);
    }
    let _ = table.column::<i32>(at).map(|values| drain(values.iter()));
    let _ = table.column::<i64>(at).map(|values| drain(values.iter()));
    let _ = table.column::<f32>(at).map(|values| drain(values.iter()));
    let _ = table.column::<f64>(at).map(|values| drain(values.iter()));
    let _ = table.text(at).map(|values| drain(values.iter()));
    let _ = table.bools(at).map(|values| drain(values.iter()));
    let _ = table.nullable::<i32>(at).map(|values| drain(values.iter()));
    let _ = table.nullable::<i64>(at).map(|values| drain(values.iter()));
    let _ = table.nullable::<f32>(at).map(|values| drain(values.iter()));
    let _ = table.nullable::<f64>(at).map(|values| drain(values.iter()));
    let _ = table.nullable::<Date>(at).map(|values| drain(values.iter()));
    let _ = table.nullable::<Timestamp>(at).map(|values| drain(values.iter()));
    let _ = table.nullable::<u64>(at).map(|values| drain(values.iter()));
    let _ = table.nullable::<i128>(at).map(|values| drain(values.iter()));
    let _ = table.nullable::<TimestampNanos>(at).map(|values| drain(values.iter()));
    let _ = table.binary(at).map(|values| drain(values.iter()));
    let _ = table.nullable_binary(at).map(|values| drain(values.iter()));
    let _ = table.nullable_text(at).map(|values| drain(values.iter()));
    let _ = table.nullable_bools(at).map(|values| drain(values.iter()));
    let _ =
        table.dictionary(at).map(|column| drain(column.codes().iter().map(|code| column.values().get(*code as usize))));
    let _ = table.nullable_dictionary(at).map(|values| drain(values.iter()));
    let _ = table.lists::<f32>(at).map(|lists| drain(lists.iter().flatten()));
    let _ = table.nullable_lists::<f64>(at).map(|lists| drain(lists.iter().flatten().flatten()));
    let _ =
        table.nullable_lists::<Option<f64>>(at).map(|lists| drain(lists.iter().flatten().flat_map(|list| list.iter())));
    let _ = table
        .nullable_lists::<Option<bool>>(at)
        .map(|lists| drain(lists.iter().flatten().flat_map(|list| list.iter())));
    let _ = table
        .nullable_lists::<Option<&str>>(at)
        .map(|lists| drain(lists.iter().flatten().flat_map(|list| list.iter())));
    let _ = table.nullable_lists::<&[u8]>(at).map(|lists| drain(lists.iter().flatten().flat_map(|list| list.iter())));
    let _ = AnyColumn::new(table, at).map(|column| format!("{column:?}"));
}
