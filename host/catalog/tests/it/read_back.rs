//! Files that wpipe writes are the same to pyarrow, Polars, DuckDB and pandas. `cargo xtask test --long` asks them, if
//! the Python that `WPIPE_PYTHON` names (or `python3`) has them.

use std::env;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use wpipe_data::table::{
    Duration, DurationMillis, DurationNanos, Time, TimeNanos, Timestamp, TimestampMillis, TimestampNanos,
};
use wpipe_data::{Column, Date, Table, Zone};

use crate::support::*;

/// Returns every kind, with the values that every library has to find: whole numbers as texts, times in nanoseconds,
/// dates in days.
fn columns() -> Vec<(&'static str, Column, Value)> {
    let decimals = vec![Some(1_234_567_890), None, Some(-5)];
    let micros = || vec![Some(Timestamp(1_709_209_805_250_001)), None, Some(Timestamp(-1))];
    let of_micros = || json!(["1709209805250001000", null, "-1000"]);
    let berlin = Zone::new("Europe/Berlin").expect("a zone");
    vec![
        ("bool", vec![Some(true), None, Some(false)].into(), json!([true, null, false])),
        ("i32", vec![Some(i32::MIN), None, Some(7)].into(), json!(["-2147483648", null, "7"])),
        ("i64", vec![1_i64, 2, -9_007_199_254_740_993].into(), json!(["1", "2", "-9007199254740993"])),
        ("u64", vec![Some(u64::MAX), None, Some(0)].into(), json!(["18446744073709551615", null, "0"])),
        ("f32", vec![Some(0.5_f32), None, Some(-1.25)].into(), json!(["0.5", null, "-1.25"])),
        ("f64", vec![0.1, -0.5, 1e300].into(), json!(["0.1", "-0.5", "1e+300"])),
        ("text", vec![Some("grün"), None, Some("")].into(), json!(["grün", null, ""])),
        ("binary", Column::binary(vec![Some(&b"\x00\xff"[..]), None, Some(b"")]), json!(["00ff", null, ""])),
        ("date", vec![Some(Date(19_782)), None, Some(Date(-1))].into(), json!(["19782", null, "-1"])),
        ("time_us", vec![Time(86_399_999_999), Time(0), Time(1)].into(), json!(["86399999999000", "0", "1000"])),
        (
            "time_ns",
            vec![Some(TimeNanos(86_399_999_999_000)), None, None].into(),
            json!(["86399999999000", null, null]),
        ),
        (
            "at_ms",
            vec![Some(TimestampMillis(5)), None, Some(TimestampMillis(-1))].into(),
            json!(["5000000", null, "-1000000"]),
        ),
        ("at_us", micros().into(), of_micros()),
        (
            "at_ns",
            vec![TimestampNanos(1_709_209_805_250_001_002), TimestampNanos(0), TimestampNanos(-1)].into(),
            json!(["1709209805250001002", "0", "-1"]),
        ),
        ("at_utc", Column::from(micros()).in_zone(Zone::UTC), of_micros()),
        ("at_zone", Column::from(micros()).in_zone(berlin), of_micros()),
        ("took_ms", vec![Some(DurationMillis(1_500)), None, None].into(), json!(["1500000000", null, null])),
        ("took_us", vec![Duration(1_500), Duration(0), Duration(-1)].into(), json!(["1500000", "0", "-1000"])),
        ("took_ns", vec![Some(DurationNanos(1_000)), None, None].into(), json!(["1000", null, null])),
        ("decimal", Column::decimal(decimals, 10, 2), json!(["12345678.9", null, "-0.05"])),
        ("floats", vec![Some(vec![Some(0.5_f32), None]), None, Some(vec![])].into(), json!([["0.5", null], null, []])),
        ("whole", vec![vec![1_i64, 2], vec![], vec![3]].into(), json!([["1", "2"], [], ["3"]])),
        (
            "tags",
            vec![Some(vec![Some("a"), None]), None, Some(vec![Some("")])].into(),
            json!([["a", null], null, [""]]),
        ),
        ("days", vec![Some(vec![Date(19_782)]), None, Some(vec![])].into(), json!([["19782"], null, []])),
        ("city", Column::dictionary(["Turku", "Oslo"], vec![Some(1), None, Some(0)]), json!(["Oslo", null, "Turku"])),
        (
            "size",
            Column::dictionary(["low", "high"], vec![Some(1), Some(0), Some(1)]).in_order(),
            json!(["high", "low", "high"]),
        ),
    ]
}

/// Returns a Python with all of the libraries.
fn python() -> Option<String> {
    let python = env::var("WPIPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let imports = "import duckdb, pandas, polars, pyarrow";
    let found = Command::new(&python).args(["-c", imports]).output().is_ok_and(|output| output.status.success());
    found.then_some(python)
}

#[test]
fn four_readers_find_what_was_written() {
    if env::var_os("WPIPE_LONG_TESTS").is_none() {
        return;
    }
    let Some(python) = python() else {
        let words = "not asked: no Python with pyarrow, polars, duckdb and pandas; name one by WPIPE_PYTHON\n";
        return io::stderr().write_all(words.as_bytes()).expect("standard error");
    };
    let root = Root::new();
    let (tables, expected): (Vec<_>, Vec<_>) =
        columns().into_iter().map(|(name, column, found)| ((name, column), (name.to_owned(), found))).unzip();
    let table = buffer_of(&Table::from_columns(tables).expect("columns of one length"));
    let expected: serde_json::Map<_, _> = expected.into_iter().collect();
    root.write("expected.json", Value::Object(expected).to_string());
    let mut files = Vec::new();
    for (kind, options) in [
        ("parquet", json!({ "compression": "none", "row_group_rows": 2 })),
        ("parquet", json!({ "compression": "snappy", "statistics": "none" })),
        ("parquet", json!({ "compression": "zstd" })),
        ("parquet", json!({ "compression": "gzip" })),
        ("parquet", json!({ "compression": "lz4" })),
        ("parquet", json!({ "compression": "brotli", "statistics": "chunk" })),
        ("arrow", json!({ "compression": "none" })),
        ("arrow", json!({ "compression": "lz4" })),
        ("arrow", json!({ "compression": "zstd" })),
    ] {
        let name = format!("{}.{kind}", options["compression"].as_str().expect("a name"));
        save(&root.open(kind, &name, options), &table, TABLE).expect("saved");
        files.push(root.path(&name));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/read_back.py");
    let output = Command::new(python).arg("-B").arg(script).args(files).output().expect("Python");
    let told = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&told));
}
