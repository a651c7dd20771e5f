//! A table comes back as it went, from every table format.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use wpipe_data::table::{
    Duration, DurationMillis, Time, TimeNanos, Timestamp, TimestampMillis, TimestampNanos, TimestampSeconds,
};
use wpipe_data::{Column, Date, Table, Zone};

use crate::support::*;

/// Columns of one length under distinct names.
fn tables(value: impl Fn(usize) -> BoxedStrategy<Column> + Copy + 'static) -> impl Strategy<Value = Table<'static>> {
    (1_usize..20).prop_flat_map(move |rows| vec((".{0,8}", value(rows)), 1..6)).prop_map(|columns| {
        let named = columns.into_iter().enumerate().map(|(at, (name, column))| (format!("{name}{at}"), column));
        Table::from_columns(named).expect("columns of one length")
    })
}

/// Generates every kind, every value.
fn any_column(rows: usize) -> BoxedStrategy<Column> {
    prop_oneof![
        values(any::<bool>(), rows),
        values(any::<i32>(), rows),
        values(any::<i64>(), rows),
        values(any::<f32>(), rows),
        values(any::<f64>(), rows),
        values(any::<i32>().prop_map(Date), rows),
        values(any::<i64>().prop_map(Timestamp), rows),
        values(".{0,10}", rows),
        newer_column(rows),
    ]
    .boxed()
}

/// Kinds that format 1 of tables did not have.
fn newer_column(rows: usize) -> BoxedStrategy<Column> {
    let decimal = |(unscaled, scale)| Column::decimal(unscaled, 38, scale);
    let unscaled = -10_i128.pow(37)..10_i128.pow(37);
    prop_oneof![
        values(any::<u64>(), rows),
        values(any::<i64>().prop_map(TimestampSeconds), rows),
        values(any::<i64>().prop_map(TimestampMillis), rows),
        values(any::<i64>().prop_map(TimestampNanos), rows),
        values(any::<i64>().prop_map(TimestampNanos), rows).prop_map(|column| column.in_zone(Zone::UTC)),
        values(any::<i32>().prop_map(|count| Timestamp(count.into())), rows)
            .prop_map(|column| column.in_zone(Zone::new("Europe/Berlin").expect("a zone"))),
        values((0..86_400_000_000_i64).prop_map(Time), rows),
        values((0..86_400_000_000_000_i64).prop_map(TimeNanos), rows),
        values(any::<i64>().prop_map(Duration), rows),
        values(any::<i64>().prop_map(DurationMillis), rows),
        (vec(proptest::option::of(unscaled), rows), 0_i8..38).prop_map(decimal),
        vec(proptest::option::of(vec(any::<u8>(), 0..10)), rows).prop_map(Column::binary),
    ]
    .boxed()
}

/// Kinds and values that their own texts tell apart: a column whose first value is there, and no text that looks like
/// another kind.
fn inferable_column(rows: usize) -> BoxedStrategy<Column> {
    prop_oneof![
        some(any::<bool>(), rows),
        some(any::<i64>(), rows),
        some(prop_oneof![proptest::num::f64::NORMAL, proptest::num::f64::SUBNORMAL, Just(0.0)], rows),
        some(any::<i32>().prop_map(Date), rows),
        some(any::<i64>().prop_map(Timestamp), rows),
        some("[ab,;\"'\n\r\t \u{e9}\u{feff}]{0,8}", rows).prop_map(|column| column),
    ]
    .boxed()
}

/// Generates every kind, lists of every kind, and dictionaries.
fn nested_column(rows: usize) -> BoxedStrategy<Column> {
    prop_oneof![any_column(rows), lists(rows), dictionary(rows)].boxed()
}

fn lists(rows: usize) -> BoxedStrategy<Column> {
    vec(proptest::option::weighted(0.8, 0_usize..4), rows)
        .prop_flat_map(|lengths| (any_column(lengths.iter().flatten().sum()), Just(lengths)))
        .prop_map(|(items, lengths)| Column::lists(items, lengths))
        .boxed()
}

fn dictionary(rows: usize) -> BoxedStrategy<Column> {
    let values = proptest::collection::btree_set(".{0,6}", 1..5);
    (values, vec(any::<Option<prop::sample::Index>>(), rows))
        .prop_map(|(values, picks)| {
            let code = |pick: prop::sample::Index| pick.index(values.len()) as i32;
            Column::dictionary(&values, picks.into_iter().map(|pick| pick.map(code)).collect())
        })
        .boxed()
}

fn values<S>(value: S, rows: usize) -> BoxedStrategy<Column>
where
    S: Strategy + Clone + 'static,
    Vec<S::Value>: Into<Column>,
    Vec<Option<S::Value>>: Into<Column>,
{
    let all = vec(value.clone(), rows).prop_map(Into::into);
    let gaps = vec(proptest::option::of(value), rows).prop_map(Into::into);
    prop_oneof![all, gaps].boxed()
}

fn some<S>(value: S, rows: usize) -> BoxedStrategy<Column>
where
    S: Strategy + Clone + 'static,
    Vec<Option<S::Value>>: Into<Column>,
{
    (value.clone(), vec(proptest::option::of(value), rows - 1))
        .prop_map(|(first, rest)| std::iter::once(Some(first)).chain(rest).collect::<Vec<_>>().into())
        .boxed()
}

fn round_trip(kind: &str, options: Value, table: &Table<'_>) -> Table<'static> {
    let root = Root::new();
    let dataset = root.open(kind, "data", options);
    save(&dataset, &buffer_of(table), TABLE).expect("saved");
    table_of(&load(&dataset, TABLE).expect("loaded"))
}

/// Returns the table from JSON; `None` if JSON has no form for it.
fn through_json(table: &Table<'_>, options: Value) -> Option<Table<'static>> {
    let root = Root::new();
    let dataset = root.open("json", "data", options);
    save(&dataset, &buffer_of(table), TABLE).ok()?;
    Some(table_of(&load(&dataset, TABLE).expect("loaded")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parquet_keeps_every_table(table in tables(nested_column)) {
        prop_assert_eq!(&round_trip("parquet", json!({}), &table), &table);
        for compression in ["snappy", "gzip", "lz4", "brotli", "none"] {
            prop_assert_eq!(&round_trip("parquet", json!({ "compression": compression }), &table), &table);
        }
    }

    #[test]
    fn arrow_keeps_every_table(table in tables(nested_column)) {
        for compression in ["none", "lz4", "zstd"] {
            prop_assert_eq!(&round_trip("arrow", json!({ "compression": compression }), &table), &table);
        }
    }

    #[test]
    fn a_table_keeps_its_values_through_every_format(table in tables(any_column)) {
        let types: Value = table.columns().map(|column| (column.name.to_owned(), json!(column.kind.to_string()))).collect();
        let typed = json!({ "types": types });
        let mut passed = table.clone();
        for (kind, options) in [("csv", &typed), ("parquet", &json!({})), ("archive", &json!({})), ("arrow", &json!({}))] {
            passed = round_trip(kind, options.clone(), &passed);
            prop_assert_eq!(&passed, &table, "{}", kind);
        }
        // JSON has no form for floats that are no numbers.
        if let Some(passed) = through_json(&table, typed) {
            prop_assert_eq!(&passed, &table);
        }
    }

    #[test]
    fn lists_keep_their_values_through_every_format_that_has_them(table in tables(nested_column)) {
        let types: Value = table.columns().map(|column| (column.name.to_owned(), json!(column.kind.to_string()))).collect();
        let mut passed = table.clone();
        for kind in ["parquet", "archive", "arrow"] {
            passed = round_trip(kind, json!({}), &passed);
            prop_assert_eq!(&passed, &table, "{}", kind);
        }
        for options in [json!({ "types": types.clone() }), json!({ "types": types, "orient": "split" })] {
            if let Some(passed) = through_json(&table, options) {
                prop_assert_eq!(&passed, &table);
            }
        }
    }

    #[test]
    fn csv_keeps_every_table_of_inferable_kinds(table in tables(inferable_column)) {
        prop_assert_eq!(&round_trip("csv", json!({}), &table), &table);
    }

    #[test]
    fn csv_keeps_every_table_with_other_options(table in tables(inferable_column)) {
        let options = json!({ "delimiter": ";", "quote": "'", "nulls": ["NA", ""], "encoding": "utf-16" });
        prop_assert_eq!(&round_trip("csv", options, &table), &table);
    }

    #[test]
    fn csv_keeps_every_table_of_declared_kinds(table in tables(any_column)) {
        let types: Value = table.columns().map(|column| (column.name.to_owned(), json!(column.kind.to_string()))).collect();
        prop_assert_eq!(&round_trip("csv", json!({ "types": types }), &table), &table);
    }

    #[test]
    fn json_keeps_every_table_of_inferable_kinds(table in tables(inferable_column)) {
        prop_assert_eq!(&round_trip("json", json!({}), &table), &table);
        prop_assert_eq!(&round_trip("json", json!({ "lines": true }), &table), &table);
    }
}

#[test]
fn tables_without_rows_or_columns_are_tables() {
    let no_rows = Table::from_columns([("x", Vec::<f64>::new().into())]).expect("a table");
    let no_columns = Table::from_columns::<String>([]).expect("a table");
    for kind in ["parquet", "arrow"] {
        assert_eq!(round_trip(kind, json!({}), &no_rows), no_rows, "{kind}");
        assert_eq!(round_trip(kind, json!({}), &no_columns), no_columns, "{kind}");
    }
}
