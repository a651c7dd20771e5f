//! The test vectors of `docs/table-format.md`: each table is written byte by byte as its file has it, and its file is read
//! as `vectors.json` describes it. Readers in other languages check themselves by the same files.
//!
//! `WPIPE_WRITE_VECTORS=1` writes them anew; a file of a format that exists never changes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wpipe_data::table::{
    Duration, DurationMillis, DurationNanos, DurationSeconds, Time, TimeNanos, Timestamp, TimestampMillis,
    TimestampNanos, TimestampSeconds,
};
use wpipe_data::{AlignedBytes, Column, ColumnKind, Date, ItemKind, Table, Zone};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/table/vectors")
}

type Columns = Vec<(&'static str, Column)>;

fn berlin() -> Zone {
    Zone::new("Europe/Berlin").expect("a zone")
}

/// The kinds that format 1 has.
fn numbered() -> Columns {
    vec![
        ("bool", vec![Some(true), None, Some(false)].into()),
        ("i32", vec![i32::MIN, 0, i32::MAX].into()),
        ("i64", vec![Some(i64::MIN), None, Some(i64::MAX)].into()),
        ("f32", vec![0.5_f32, -0.0, f32::INFINITY].into()),
        ("f64", vec![Some(0.1), None, Some(-1e300)].into()),
        ("text", vec![Some("grün"), None, Some("")].into()),
        ("date", vec![Date(19_782), Date(0), Date(-1)].into()),
        ("timestamp", vec![Some(Timestamp(1_709_209_805_250_001)), None, Some(Timestamp(-1))].into()),
    ]
}

/// Those that came with format 2.
fn named() -> Columns {
    let decimals = || vec![Some(1_050), None, Some(-5)];
    vec![
        ("u64", vec![u64::MAX, 0, 1].into()),
        ("binary", Column::binary(vec![Some(&b"\x00\xff"[..]), None, Some(b"")])),
        ("time", vec![Some(Time(86_399_999_999)), None, Some(Time(0))].into()),
        ("time(ns)", vec![TimeNanos(86_399_999_999_999), TimeNanos(1), TimeNanos(0)].into()),
        ("timestamp(s)", vec![TimestampSeconds(1_709_209_805), TimestampSeconds(0), TimestampSeconds(-1)].into()),
        ("timestamp(ms)", vec![Some(TimestampMillis(1_709_209_805_250)), None, Some(TimestampMillis(-1))].into()),
        ("timestamp(ns)", vec![TimestampNanos(i64::MAX), TimestampNanos(0), TimestampNanos(i64::MIN)].into()),
        ("in UTC", Column::from(vec![Timestamp(1), Timestamp(2), Timestamp(3)]).in_zone(Zone::UTC)),
        ("in Berlin", Column::from(vec![Some(TimestampMillis(1)), None, None]).in_zone(berlin())),
        ("duration", vec![Duration(1), Duration(-1), Duration(0)].into()),
        ("duration(s)", vec![DurationSeconds(1), DurationSeconds(-1), DurationSeconds(0)].into()),
        ("duration(ms)", vec![DurationMillis(1), DurationMillis(-1), DurationMillis(0)].into()),
        ("duration(ns)", vec![Some(DurationNanos(1)), None, Some(DurationNanos(0))].into()),
        ("decimal(10, 2)", Column::decimal(decimals(), 10, 2)),
        ("decimal(38, 0)", Column::decimal(vec![Some(10_i128.pow(37)), Some(-1), None], 38, 0)),
    ]
}

/// Lists, and text by codes.
fn nested() -> Columns {
    let decimals = Column::decimal(vec![Some(1_050), None], 10, 2);
    vec![
        ("list<f32>", vec![vec![0.5_f32, 1.5], vec![], vec![-2.5]].into()),
        ("list<i64>", vec![Some(vec![Some(1_i64), None]), None, Some(vec![])].into()),
        ("list<bool>", vec![Some(vec![true, false, true]), None, Some(vec![])].into()),
        ("list<text>", vec![Some(vec![Some("grün"), None]), None, Some(vec![Some("")])].into()),
        ("list<date>", vec![vec![Date(0)], vec![Date(1), Date(-1)], vec![]].into()),
        ("list<decimal(10, 2)>", Column::lists(decimals, vec![Some(1), None, Some(1)])),
        ("dictionary", Column::dictionary(["Turku", "Oslo"], vec![Some(1), None, Some(0)])),
        ("ordered", Column::dictionary(["low", "mid", "high"], vec![Some(2), Some(0), Some(2)]).in_order()),
    ]
}

fn vectors() -> Vec<(&'static str, Table<'static>)> {
    let table = |columns: Columns| Table::from_columns(columns).expect("columns of one length");
    let empty = numbered().into_iter().take(0).collect();
    let no_rows = vec![
        ("x", Column::from(Vec::<f64>::new())),
        ("tags", Vec::<Vec<String>>::new().into()),
        ("city", Column::dictionary([] as [&str; 0], vec![])),
    ];
    vec![
        ("empty", table(empty)),
        ("format_1", table(numbered())),
        ("format_2", table(named())),
        ("format_3", table(nested())),
        ("no_rows", table(no_rows)),
    ]
}

/// The first bytes of all roots: the version stands 16 bytes before the end.
fn version(archive: &[u8]) -> u8 {
    archive[archive.len() - 16]
}

fn described(table: &Table<'_>) -> String {
    let mut json =
        format!("{{\n    \"format\": {},\n    \"rows\": {},\n    \"columns\": [", version(table.bytes()), table.rows());
    for (at, column) in table.columns().enumerate() {
        let (name, kind) = (text(column.name), text(&column.kind.to_string()));
        let _ = write!(
            json,
            "{}\n      {{\"name\": {name}, \"kind\": {kind}, \"nullable\": {}",
            comma(at),
            column.nullable
        );
        if let Some(dictionary) = column.dictionary {
            let values = table.nullable_dictionary(at).expect("a dictionary").values().values();
            let values = list(values.iter().map(text));
            let _ = write!(json, ", \"dictionary\": {values}, \"ordered\": {}", dictionary.ordered);
        }
        let _ = write!(json, ", \"values\": {}}}", list(values(table, at, column.kind).into_iter()));
    }
    json.push_str(if table.columns().len() == 0 { "]\n  }" } else { "\n    ]\n  }" });
    json
}

fn comma(at: usize) -> &'static str {
    if at > 0 { "," } else { "" }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// JSON's text; the texts here have nothing else to escape.
fn text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Numbers that JSON readers would round are texts.
fn number(number: impl ToString) -> String {
    text(&number.to_string())
}

fn hex(bytes: &[u8]) -> String {
    text(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

macro_rules! of {
    ($values:expr, $show:expr) => {
        $values.iter().map(|value| value.map_or_else(|| "null".to_owned(), $show)).collect()
    };
}

macro_rules! counts {
    ($table:expr, $at:expr, $kind:expr, $of:ident) => {
        match $kind {
            ColumnKind::I64 => $of!($table, $at, i64, number),
            ColumnKind::I32 => $of!($table, $at, i32, number),
            ColumnKind::U64 => $of!($table, $at, u64, number),
            ColumnKind::F32 => $of!($table, $at, f32, |value: f32| text(&format!("{value:?}"))),
            ColumnKind::F64 => $of!($table, $at, f64, |value: f64| text(&format!("{value:?}"))),
            ColumnKind::Date => $of!($table, $at, Date, |date: Date| number(date.0)),
            ColumnKind::Decimal(..) => $of!($table, $at, i128, number),
            ColumnKind::Time(wpipe_data::TimeUnit::Nano) => {
                $of!($table, $at, TimeNanos, |time: TimeNanos| number(time.0))
            }
            ColumnKind::Time(_) => $of!($table, $at, Time, |time: Time| number(time.0)),
            ColumnKind::Timestamp(wpipe_data::TimeUnit::Second, _) => {
                $of!($table, $at, TimestampSeconds, |at: TimestampSeconds| number(at.0))
            }
            ColumnKind::Timestamp(wpipe_data::TimeUnit::Milli, _) => {
                $of!($table, $at, TimestampMillis, |at: TimestampMillis| number(at.0))
            }
            ColumnKind::Timestamp(wpipe_data::TimeUnit::Micro, _) => {
                $of!($table, $at, Timestamp, |at: Timestamp| number(at.0))
            }
            ColumnKind::Timestamp(wpipe_data::TimeUnit::Nano, _) => {
                $of!($table, $at, TimestampNanos, |at: TimestampNanos| number(at.0))
            }
            ColumnKind::Duration(wpipe_data::TimeUnit::Second) => {
                $of!($table, $at, DurationSeconds, |took: DurationSeconds| number(took.0))
            }
            ColumnKind::Duration(wpipe_data::TimeUnit::Milli) => {
                $of!($table, $at, DurationMillis, |took: DurationMillis| number(took.0))
            }
            ColumnKind::Duration(wpipe_data::TimeUnit::Micro) => {
                $of!($table, $at, Duration, |took: Duration| number(took.0))
            }
            ColumnKind::Duration(wpipe_data::TimeUnit::Nano) => {
                $of!($table, $at, DurationNanos, |took: DurationNanos| number(took.0))
            }
            ColumnKind::Bool => $of!($table, $at, bool, |value: bool| value.to_string()),
            ColumnKind::Text => $of!($table, $at, &str, text),
            ColumnKind::Binary => $of!($table, $at, &[u8], hex),
            other => panic!("no vector of {other}"),
        }
    };
}

macro_rules! plain {
    ($table:expr, $at:expr, bool, $show:expr) => {
        of!($table.nullable_bools($at).expect("values"), $show)
    };
    ($table:expr, $at:expr, &str, $show:expr) => {
        of!($table.nullable_text($at).expect("values"), $show)
    };
    ($table:expr, $at:expr, &[u8], $show:expr) => {
        of!($table.nullable_binary($at).expect("values"), $show)
    };
    ($table:expr, $at:expr, $value:ty, $show:expr) => {
        of!($table.nullable::<$value>($at).expect("values"), $show)
    };
}

macro_rules! lists {
    ($table:expr, $at:expr, $value:ty, $show:expr) => {
        of!($table.nullable_lists::<Option<$value>>($at).expect("lists"), |items| {
            list(items.iter().map(|item| item.map_or_else(|| "null".to_owned(), $show)))
        })
    };
}

fn values(table: &Table<'_>, at: usize, kind: ColumnKind) -> Vec<String> {
    match kind {
        ColumnKind::List(item) => items(table, at, item),
        kind => counts!(table, at, kind, plain),
    }
}

fn items(table: &Table<'_>, at: usize, kind: ItemKind) -> Vec<String> {
    counts!(table, at, kind.kind(), lists)
}

fn index(tables: &[(&str, Table<'_>)]) -> String {
    let entries: Vec<_> = tables.iter().map(|(name, table)| format!("  \"{name}\": {}", described(table))).collect();
    format!("{{\n{}\n}}\n", entries.join(",\n"))
}

#[test]
fn vectors_are_written_as_they_were() {
    let vectors = vectors();
    if std::env::var_os("WPIPE_WRITE_VECTORS").is_some() {
        for (name, table) in &vectors {
            fs::write(folder().join(format!("{name}.table")), table.bytes()).expect("written");
        }
        fs::write(folder().join("vectors.json"), index(&vectors)).expect("written");
    }
    for (name, table) in &vectors {
        let file = fs::read(folder().join(format!("{name}.table"))).expect("a vector");
        assert!(table.bytes() == file, "{name}.table is written in another way");
    }
}

#[test]
fn vectors_are_read_as_they_are_described() {
    let read: Vec<_> = vectors()
        .into_iter()
        .map(|(name, written)| {
            let mut bytes = AlignedBytes::new();
            bytes.extend_from_slice(&fs::read(folder().join(format!("{name}.table"))).expect("a vector"));
            let table = Table::from_archive(bytes).expect("a table");
            assert_eq!(table, written, "{name}");
            (name, table)
        })
        .collect();
    let described = fs::read_to_string(folder().join("vectors.json")).expect("a description");
    assert_eq!(index(&read), described);
}

#[test]
fn a_reader_in_another_language_reads_them() {
    match Command::new("python3").arg("-B").arg(folder().join("read.py")).output() {
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{told}");
        }
        // Whoever has no Python checks the other two.
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}
