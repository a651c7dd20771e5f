//! Files as other programs write them, made by `tests/files/make.py`: the same values out of each.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wpipe_data::table::{Timestamp, TimestampNanos};
use wpipe_data::{Column, Date, Table, Zone};

use crate::support::*;

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files")
}

/// Returns the table in the file of that name.
fn read(name: &str, options: Value) -> Table<'static> {
    let kind = if name.ends_with(".parquet") { "parquet" } else { "arrow" };
    Root::new().load_table(kind, fs::read(files().join(name)).expect("a file"), options)
}

/// Returns the names of all files that begin so.
fn names(writer: &str) -> Vec<String> {
    let names = fs::read_dir(files()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().expect("plain names")).collect();
    // Workbooks and databases have tests of their own.
    names.retain(|name| name.starts_with(writer) && (name.ends_with(".parquet") || name.ends_with(".arrow")));
    names.sort();
    names
}

fn at() -> Column {
    let at = vec![Some(Timestamp(1_709_209_805_250_001)), None, Some(Timestamp(-1))];
    Column::from(at).in_zone(Zone::UTC)
}

fn expected() -> Table<'static> {
    Table::from_columns([
        ("n", vec![Some(1), None, Some(-9_007_199_254_740_993_i64)].into()),
        ("big", vec![Some(u64::MAX), Some(0), None].into()),
        ("x", vec![Some(0.1), None, Some(f64::MAX)].into()),
        ("s", vec![Some("grün"), Some(""), None].into()),
        ("day", vec![Some(Date(19_782)), None, Some(Date(-1))].into()),
        ("at", at()),
        ("price", Column::decimal(vec![Some(1_234_567_890), Some(-5), None], 10, 2)),
        ("raw", Column::binary(vec![Some(&b"\x00\xff"[..]), Some(b""), None])),
    ])
    .expect("columns of one length")
}

#[test]
fn every_writers_files_hold_the_same_values() {
    for (writer, count) in [("pyarrow", 13), ("polars", 3), ("duckdb", 2)] {
        let names = names(writer);
        assert_eq!(names.len(), count, "{writer}");
        for name in names {
            let table = read(&name, json!({}));
            assert_eq!(table, expected(), "{name}: {table:?}");
        }
    }
}

#[test]
fn columns_are_read_in_the_order_of_the_option() {
    for name in ["pyarrow-snappy.parquet", "pyarrow-zstd.arrow", "pyarrow-stream.arrow"] {
        let table = read(name, json!({ "columns": ["at", "n"] }));
        let expected =
            Table::from_columns([("at", at()), ("n", vec![Some(1), None, Some(-9_007_199_254_740_993_i64)].into())]);
        assert_eq!(table, expected.expect("two columns"), "{name}");
    }
}

#[test]
fn declared_kinds_are_what_is_read() {
    let types = json!({ "types": { "price": "text", "big": "decimal(20, 0)", "at": "timestamp(ns, UTC)" } });
    for name in ["pyarrow-snappy.parquet", "pyarrow-zstd.arrow"] {
        let table = read(name, types.clone());
        let prices: Vec<_> = table.nullable_text("price").expect("texts").iter().collect();
        assert_eq!(prices, [Some("12345678.90"), Some("-0.05"), None], "{name}");
        assert_eq!(table.nullable::<i128>("big").expect("decimals").get(0), Some(u64::MAX.into()), "{name}");
        let last = table.nullable::<TimestampNanos>("at").expect("nanoseconds").get(2);
        assert_eq!(last, Some(TimestampNanos(-1_000)), "{name}");
    }
    let file = fs::read(files().join("pyarrow-snappy.parquet")).expect("a file");
    let error = Root::new().load_error("parquet", file, json!({ "types": { "n": "f64" } }));
    insta::assert_snapshot!(error, @r#"
    `data.parquet`, row 3, column `n`: `-9007199254740993` cannot be read as f64: the column holds i64
    help: a whole number beyond 2^53 would lose digits: declare `types = { n = "i64" }`
    "#);
}

#[test]
fn files_of_pandas_and_fastparquet_are_read() {
    for name in names("pandas").into_iter().chain(names("fastparquet")) {
        let kind = if name.starts_with("pandas") { "timestamp(us, UTC)" } else { "timestamp" };
        let table = read(&name, json!({ "types": { "at": kind } }));
        let times: Vec<_> = table.nullable::<Timestamp>("at").expect("timestamps").iter().collect();
        assert_eq!(times, [Some(Timestamp(1_709_209_805_250_001)), None, Some(Timestamp(-1))], "{name}");
        assert_eq!(table.nullable_text("s").expect("texts").get(0), Some("grün"), "{name}");
        assert_eq!(table.nullable::<f64>("x").expect("floats").get(2), Some(f64::MAX), "{name}");
    }
}

#[test]
fn legacy_timestamps_are_read_whatever_unit_the_file_notes() {
    let table = read("legacy-pyarrow.parquet", json!({ "types": { "s": "timestamp(ns)" } }));
    let root = Root::new();
    save(&root.open("csv", "out", json!({})), &buffer_of(&table), TABLE).expect("saved");
    insta::assert_snapshot!(root.read("out"));
}

#[test]
fn sparks_timestamps_are_read_whatever_their_year() {
    let table = read("spark_int96.parquet", json!({}));
    let root = Root::new();
    save(&root.open("csv", "out", json!({})), &buffer_of(&table), TABLE).expect("saved");
    insta::assert_snapshot!(root.read("out"));
}
