//! Files that pandas, SQLAlchemy and Python have written (`tests/files/make.py`).

use std::path::Path;

use serde_json::{Value, json};
use wpipe_buffer::Transports;
use wpipe_catalog::{Catalog, Dataset, Entry, Location};
use wpipe_data::table::{Time, Timestamp};
use wpipe_data::{Column, Date, Table, Zone};

use super::support::table;
use crate::support::*;

fn open(file: &str, options: Value) -> Dataset {
    let catalog = Catalog::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files"), &Transports::detect());
    let options = serde_json::from_value(options).expect("options are an object");
    let location = Location::Connection(format!("sqlite:///{file}"));
    catalog.open(&Entry { options, ..Entry::new("test", "sql", location) }).expect("a right entry")
}

fn loaded(file: &str, options: Value) -> Table<'static> {
    table_of(&load(&open(file, options), TABLE).expect("a table"))
}

fn frame() -> Vec<(&'static str, Column)> {
    let at = |micros: i64| vec![Some(Timestamp(micros)), None, Some(Timestamp(-1_000_000))];
    vec![
        ("id", vec![1_i64, 2, 3].into()),
        ("Mixed Case", vec![Some("grün"), None, Some("")].into()),
        ("price", vec![Some(1.5), None, Some(f64::INFINITY)].into()),
        ("flag", vec![1_i64, 0, 1].into()),
        ("at", at(1_709_209_805_250_001).into()),
        ("utc", Column::from(at(1_709_209_805_000_000)).in_zone(Zone::UTC)),
        ("day", vec![Some(Date(19_782)), None, Some(Date(-1))].into()),
        ("raw", Column::binary(vec![Some(&b"\x00\xff"[..]), None, Some(b"")])),
    ]
}

#[test]
fn a_frame_of_pandas_is_read() {
    let expected = Table::from_columns(frame()).expect("columns of one length");
    assert_eq!(loaded("pandas.db", json!({ "table": "frame" })), expected);
    assert_eq!(loaded("pandas.db", json!({ "table": "indexed" })), expected);
    assert_eq!(loaded("pandas.db", json!({ "query": "select * from frame order by id" })), expected);
    assert_eq!(loaded("pandas.db", json!({ "table": "empty" })).rows(), 0);
    let flags = loaded("pandas.db", json!({ "table": "frame", "columns": ["flag"], "types": { "flag": "bool" } }));
    assert_eq!(flags, table([("flag", vec![true, false, true].into())]));
}

#[test]
fn a_table_of_sqlalchemy_is_read_as_it_is_typed() {
    let expected = table([
        ("id", vec![1_i64, 2].into()),
        ("name", vec![Some("a"), None].into()),
        ("price", Column::decimal(vec![Some(1_234_567_890), Some(-5)], 10, 2)),
        ("flag", vec![Some(true), None].into()),
        ("day", vec![Some(Date(19_782)), None].into()),
        ("clock", vec![Some(Time(45_005_250_001)), None].into()),
        ("at", vec![Some(Timestamp(1_709_209_805_250_001)), None].into()),
        ("raw", Column::binary(vec![Some(b"\x00"), None])),
    ]);
    assert_eq!(loaded("sqlalchemy.db", json!({ "table": "typed" })), expected);
}

#[test]
fn loose_tables_of_python_need_types() {
    let told =
        message(&load(&open("python.db", json!({ "table": "loose", "columns": ["a"] })), TABLE).expect_err("mixed"));
    assert!(told.contains("row 2, column `a`: it holds the text `x`, and integers before it"), "{told}");
    let types = json!({ "a": "text", "b": "f64", "c \"d\"": "text", "e": "i64" });
    let expected = table([
        ("a", vec!["1", "x"].into()),
        ("b", vec![1.0, 2.5].into()),
        ("c \"d\"", vec!["1", "y"].into()),
        ("e", vec![1_700_000_000_i64, 1_700_000_001].into()),
    ]);
    assert_eq!(loaded("python.db", json!({ "table": "loose", "types": types })), expected);
    let seen = loaded("python.db", json!({ "table": "seen", "types": { "first": "text" } }));
    assert_eq!(seen, table([("first", vec!["1", "x"].into())]));
}
