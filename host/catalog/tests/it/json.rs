//! JSON records: what is read, what is written.

use serde_json::json;
use wpipe_data::{ColumnKind, Table};

use crate::support::*;

fn kinds(table: &Table<'_>) -> Vec<(String, ColumnKind, usize)> {
    table.columns().map(|column| (column.name.to_owned(), column.kind, column.null_count)).collect()
}

#[test]
fn both_forms_are_read() {
    let root = Root::new();
    let array = root.load_table("json", " [{\"x\": 1, \"s\": \"a\"}, {\"s\": null, \"x\": 2}]\n", json!({}));
    let lines = root.load_table("json", "{\"x\": 1, \"s\": \"a\"}\n\n{\"s\": null, \"x\": 2}\n", json!({}));
    assert_eq!(array, lines);
    let expected = Table::from_columns([("x", vec![1_i64, 2].into()), ("s", vec![Some("a"), None].into())]);
    assert_eq!(array, expected.expect("a table"));
}

#[test]
fn kinds_are_those_of_all_records() {
    use ColumnKind::{Bool, Date, F64, I64, Text, U64};
    let text = r#"[
        {"i": 1, "f": 1, "b": true, "s": "1", "d": "2024-01-01", "t": "2024-01-01", "u": 18446744073709551615},
        {"i": 2, "f": 2.5, "b": null, "s": "a", "d": "2024-01-02", "t": "2024-01-01T00:00:00", "new": 1}
    ]"#;
    let read = Root::new().load_table("json", text, json!({}));
    let expected = [
        ("i", I64, 0),
        ("f", F64, 0),
        ("b", Bool, 1),
        ("s", Text, 0),
        ("d", Date, 0),
        ("t", ColumnKind::TIMESTAMP, 0),
        ("u", U64, 1),
        ("new", I64, 1),
    ];
    assert_eq!(kinds(&read), expected.map(|(name, kind, nulls)| (name.to_owned(), kind, nulls)));
}

#[test]
fn what_is_declared_is_not_inferred() {
    let options = json!({ "types": { "a": "text", "b": "i32", "c": "f32" } });
    let read = Root::new().load_table("json", r#"[{"a": [1, {"x": "y"}], "b": 7, "c": 0.1}, {"a": "b"}]"#, options);
    let expected = Table::from_columns([
        ("a", vec![r#"[1,{"x":"y"}]"#, "b"].into()),
        ("b", vec![Some(7), None].into()),
        ("c", vec![Some(0.1_f32), None].into()),
    ]);
    assert_eq!(read, expected.expect("a table"));
}

#[test]
fn both_forms_are_written() {
    let root = Root::new();
    let table = Table::from_columns([
        ("x", vec![1.0, 1e300].into()),
        ("a \"name\"", vec![Some("grün\n"), None].into()),
        ("day", vec![wpipe_data::Date(0), wpipe_data::Date(-1)].into()),
    ])
    .expect("a table");
    save(&root.open("json", "array", json!({})), &buffer_of(&table), TABLE).expect("saved");
    save(&root.open("json", "lines", json!({ "lines": true })), &buffer_of(&table), TABLE).expect("saved");
    insta::assert_snapshot!(root.read("array"));
    insta::assert_snapshot!(root.read("lines"));
}

#[test]
fn no_records_are_an_empty_table() {
    let read = Root::new().load_table("json", "[]", json!({}));
    assert_eq!((read.rows(), read.columns().len()), (0, 0));
}
