//! Each kind in each codec by each writer, made by `tests/files/make.py`: the same values out of all of them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use wpipe_data::table::{
    DurationMillis, DurationNanos, Time, TimeNanos, Timestamp, TimestampMillis, TimestampNanos, TimestampSeconds,
};
use wpipe_data::{Column, Date, Table, Zone};

use crate::support::*;

const NANOS: i64 = 1_709_209_805_250_001_002;

fn berlin() -> Zone {
    Zone::new("Europe/Berlin").expect("a zone")
}

/// Returns the content that every file has of its columns.
fn expected() -> Vec<(&'static str, Column)> {
    let millis = || vec![Some(TimestampMillis(1_709_209_805_250)), None, Some(TimestampMillis(-1))];
    let micros = || vec![Some(Timestamp(1_709_209_805_250_001)), None, Some(Timestamp(-1))];
    vec![
        ("bool", vec![Some(true), None, Some(false)].into()),
        ("i32", vec![Some(i32::MIN), None, Some(7)].into()),
        ("i64", vec![Some(1), None, Some(-9_007_199_254_740_993_i64)].into()),
        ("u64", vec![Some(u64::MAX), None, Some(0)].into()),
        ("f32", vec![Some(0.5_f32), None, Some(-1.25)].into()),
        ("f64", vec![Some(0.1), None, Some(f64::MAX)].into()),
        ("text", vec![Some("grün"), None, Some("")].into()),
        ("binary", Column::binary(vec![Some(&b"\x00\xff"[..]), None, Some(b"")])),
        ("date", vec![Some(Date(19_782)), None, Some(Date(-1))].into()),
        ("time_us", vec![Some(Time(86_399_999_999)), None, Some(Time(0))].into()),
        ("time_ns", vec![Some(TimeNanos(86_399_999_999_999)), None, Some(TimeNanos(0))].into()),
        ("at_s", vec![Some(TimestampSeconds(1_709_209_805)), None, Some(TimestampSeconds(-1))].into()),
        ("at_ms", millis().into()),
        ("at_us", micros().into()),
        ("at_ns", vec![Some(TimestampNanos(NANOS)), None, Some(TimestampNanos(-1))].into()),
        ("at_utc", Column::from(micros()).in_zone(Zone::UTC)),
        ("at_zone", Column::from(millis()).in_zone(berlin())),
        ("took_ms", vec![Some(DurationMillis(1_500)), None, Some(DurationMillis(-1))].into()),
        ("took_ns", vec![Some(DurationNanos(1_500)), None, Some(DurationNanos(-1))].into()),
        ("decimal", Column::decimal(vec![Some(1_234_567_890), None, Some(-5)], 10, 2)),
        (
            "wide",
            Column::decimal(
                vec![Some(12_345_678_901_234_567_890_123_456_780_123_456_789), None, Some(-10_000_000_000)],
                38,
                10,
            ),
        ),
        ("floats", vec![Some(vec![Some(0.5_f32), None]), None, Some(vec![])].into()),
        ("whole", vec![Some(vec![Some(1_i64), Some(-2), Some(3)]), None, Some(vec![None])].into()),
        ("tags", vec![Some(vec![Some("a"), None, Some("")]), None, Some(vec![Some("grün")])].into()),
        ("days", vec![Some(vec![Some(Date(19_782))]), None, Some(vec![None])].into()),
        ("flags", vec![Some(vec![Some(true), None]), None, Some(vec![])].into()),
        ("vector", vec![Some(vec![Some(0.5), Some(1.5)]), None, Some(vec![Some(2.5), None])].into()),
        ("large", vec![Some(vec![1_i32]), None, Some(vec![])].into()),
        ("city", vec![Some("Oslo"), None, Some("Turku")].into()),
        ("none", vec![None::<&str>, None, None].into()),
    ]
}

/// The files of a writer, and the columns that its files lack.
const WRITERS: [(&str, usize, &[&str]); 5] = [
    ("pyarrow", 9, &[]),
    ("polars", 9, &["at_s"]),
    ("duckdb", 6, &["took_ms", "took_ns", "time_ns", "at_zone", "none"]),
    ("pandas", 9, &["none"]),
    (
        "fastparquet",
        6,
        &[
            "f32", "binary", "date", "time_us", "time_ns", "at_s", "at_ms", "at_us", "at_utc", "at_zone", "took_ms",
            "took_ns", "decimal", "wide", "floats", "whole", "tags", "days", "flags", "vector", "large", "none",
        ],
    ),
];

/// Returns the columns that a file holds as another kind, as `types` reads them as they were: Parquet has no seconds,
/// and no other durations and categories than Arrow's schema in the file tells.
fn changed(writer: &str, name: &str) -> &'static [&'static str] {
    match writer {
        "pyarrow" | "pandas" if name.ends_with(".parquet") => &["at_s"],
        "polars" => &["took_ms", "took_ns", "time_us"],
        "duckdb" => &["at_s", "at_ms"],
        _ => &[],
    }
}

/// Reads one column of a file, as the kind that it had if that is not the file's.
fn read(name: &str, column: &str, wanted: &Table<'_>, changed: &[&str]) -> Table<'static> {
    let kind = if name.ends_with(".parquet") { "parquet" } else { "arrow" };
    let file = fs::read(files().join(name)).expect("a file");
    let found = Root::new().load_table(kind, &file, json!({ "columns": [column] }));
    let kind_of = |table: &Table<'_>| table.columns().next().map(|info| info.kind.to_string()).expect("one column");
    if kind_of(&found) == kind_of(wanted) {
        return found;
    }
    assert!(changed.contains(&column), "{name}: `{column}` is read as {}", kind_of(&found));
    let types = json!({ column: kind_of(wanted) });
    Root::new().load_table(kind, &file, json!({ "columns": [column], "types": types }))
}

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files")
}

#[test]
fn every_writers_kinds_are_read_in_every_codec() {
    let names = fs::read_dir(files()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names: Vec<String> = names.map(|name| name.into_string().expect("plain names")).collect();
    for (writer, count, lacks) in WRITERS {
        let of_writer = names.iter().filter(|name| name.starts_with(&format!("kinds-{writer}-")));
        assert_eq!(of_writer.clone().count(), count, "{writer}");
        for name in of_writer {
            for (column, values) in expected().into_iter().filter(|(column, _)| !lacks.contains(column)) {
                let values = match (writer, column) {
                    ("pandas", "city") => {
                        Column::dictionary(["Turku", "Oslo", "Bergen"], vec![Some(1), None, Some(0)]).in_order()
                    }
                    _ => values,
                };
                let expected = Table::from_columns([(column, values)]).expect("one column");
                assert_eq!(read(name, column, &expected, changed(writer, name)), expected, "{name}: {column}");
            }
        }
    }
}

#[test]
fn categories_are_read_as_dictionaries() {
    for (name, ordered) in [
        ("kinds-pyarrow-snappy.parquet", false),
        ("kinds-pyarrow-lz4.arrow", false),
        ("kinds-pandas-snappy.parquet", true),
        ("kinds-pandas-zstd.arrow", true),
        ("kinds-polars-zstd.parquet", false),
        ("kinds-polars-zstd.arrow", false),
    ] {
        let kind = if name.ends_with(".parquet") { "parquet" } else { "arrow" };
        let file = fs::read(files().join(name)).expect("a file");
        let table = Root::new().load_table(kind, file, json!({ "columns": ["city"] }));
        let dictionary = table.columns().next().and_then(|column| column.dictionary);
        assert_eq!(dictionary.map(|dictionary| dictionary.ordered), Some(ordered), "{name}");
    }
}
