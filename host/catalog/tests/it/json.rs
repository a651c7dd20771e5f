//! JSON records: reading and writing.

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

/// Returns a table of two columns.
fn two_columns() -> Table<'static> {
    Table::from_columns([("x", vec![Some(1_i64), None].into()), ("s", vec!["a", "b"].into())]).expect("a table")
}

#[test]
fn every_orient_of_pandas_is_read() {
    for (orient, text) in [
        ("records", r#"[{"x":1,"s":"a"},{"x":null,"s":"b"}]"#),
        ("lines", "{\"x\":1,\"s\":\"a\"}\n{\"x\":null,\"s\":\"b\"}\n"),
        ("split", r#"{"columns":["x","s"],"index":[0,1],"data":[[1,"a"],[null,"b"]]}"#),
        ("split", r#"{"data":[[1,"a"],[null,"b"]],"columns":["x","s"]}"#),
        ("columns", r#"{"x":{"0":1,"1":null},"s":{"0":"a","1":"b"}}"#),
        ("columns", r#"{"x":[1,null],"s":["a","b"]}"#),
        ("index", r#"{"0":{"x":1,"s":"a"},"1":{"x":null,"s":"b"}}"#),
    ] {
        let read = Root::new().load_table("json", text, json!({ "orient": orient }));
        assert_eq!(read, two_columns(), "{orient}: {text}");
    }
}

#[test]
fn what_is_written_in_an_orient_is_read_in_it() {
    let root = Root::new();
    for orient in ["records", "lines", "split", "columns", "index"] {
        let dataset = root.open("json", orient, json!({ "orient": orient }));
        save(&dataset, &buffer_of(&two_columns()), TABLE).expect("saved");
        assert_eq!(root.load_table("json", root.read(orient), json!({ "orient": orient })), two_columns(), "{orient}");
    }
    insta::assert_snapshot!(root.read("split"), @r#"
    {"columns":["x","s"],
    "data":[[1,"a"],
    [null,"b"]]}
    "#);
    insta::assert_snapshot!(root.read("columns"), @r#"
    {"x":{"0":1,"1":null},
    "s":{"0":"a","1":"b"}}
    "#);
}

#[test]
fn names_of_rows_become_a_column_that_is_named() {
    let expected = Table::from_columns([("key", vec!["u", "v"].into()), ("x", vec![Some(1_i64), None].into())]);
    let expected = expected.expect("a table");
    let root = Root::new();
    for (orient, text) in [
        ("split", r#"{"columns":["x"],"index":["u","v"],"data":[[1],[null]]}"#),
        ("columns", r#"{"x":{"u":1,"v":null}}"#),
        ("index", r#"{"u":{"x":1},"v":{"x":null}}"#),
    ] {
        let options = json!({ "orient": orient, "index": "key" });
        assert_eq!(root.load_table("json", text, options.clone()), expected, "{orient}");
        save(&root.open("json", orient, options.clone()), &buffer_of(&expected), TABLE).expect("saved");
        assert_eq!(root.load_table("json", root.read(orient), options), expected, "{orient}");
        let told = root.load_error("json", text, json!({ "orient": orient }));
        assert!(told.contains("`u`") && told.contains("index = "), "{told}");
    }
}

#[test]
fn rows_that_columns_have_in_another_order_are_found() {
    let text = r#"{"x":{"u":1,"v":2},"y":{"v":20,"w":30,"u":10}}"#;
    let read = Root::new().load_table("json", text, json!({ "orient": "columns", "index": "key" }));
    let expected = Table::from_columns([
        ("key", vec!["u", "v", "w"].into()),
        ("x", vec![Some(1_i64), Some(2), None].into()),
        ("y", vec![10_i64, 20, 30].into()),
    ]);
    assert_eq!(read, expected.expect("a table"));
}

#[test]
fn columns_without_rows_stay_in_orients_that_name_them() {
    let root = Root::new();
    let empty = Table::from_columns([("x", Vec::<&str>::new().into())]).expect("a table");
    for orient in ["split", "columns"] {
        save(&root.open("json", orient, json!({ "orient": orient })), &buffer_of(&empty), TABLE).expect("saved");
        assert_eq!(root.load_table("json", root.read(orient), json!({ "orient": orient })), empty, "{orient}");
    }
}

#[test]
fn texts_of_another_shape_are_told() {
    let root = Root::new();
    let mut told = String::new();
    for (orient, text) in [
        ("records", r#"{"columns":["x"],"data":[[1]]}"#),
        ("records", r#"{"x":[1,2],"y":[3,4]}"#),
        ("records", r#"{"x":{"0":1},"y":{"0":3}}"#),
        ("records", r#"[{"x":NaN}]"#),
        ("split", r#"{"columns":["x","x"],"data":[[1,2]]}"#),
        ("split", r#"{"columns":["x"],"data":[[1],[1,2]]}"#),
        ("split", r#"{"columns":["x"],"index":[0],"data":[[1],[2]]}"#),
        ("split", r#"{"columns":["x"],"data":{"x":1}}"#),
        ("split", r#"{"columns":["x"],"rows":[]}"#),
        ("split", "[1]"),
        ("columns", r#"{"x":[1],"y":[1,2]}"#),
        ("columns", r#"{"x":[1],"y":{"0":1}}"#),
        ("columns", r#"{"x":{"0":1,"0":2}}"#),
        ("columns", r#"{"x":1}"#),
        ("index", r#"{"0":{"x":1},"0":{"x":2}}"#),
        ("index", r#"{"0":1}"#),
    ] {
        told += &format!("{orient} {text}\n{}\n\n", root.load_error("json", text, json!({ "orient": orient })));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn words_of_python_are_read_and_written_on_request() {
    let root = Root::new();
    let options = json!({ "allow_nan": true, "lines": true });
    let text = "{\"x\":NaN,\"s\":\"NaN\"}\n{\"x\":-Infinity,\"s\":\"a\"}\n{\"x\":Infinity,\"s\":\"b\"}\n{\"x\":1.5,\"s\":\"c\"}\n";
    let table = root.load_table("json", text, options.clone());
    let x: Vec<f64> = table.column("x").expect("floats").to_vec();
    assert!(x[0].is_nan());
    assert_eq!(x[1..], [f64::NEG_INFINITY, f64::INFINITY, 1.5]);
    save(&root.open("json", "out", options), &buffer_of(&table), TABLE).expect("saved");
    assert_eq!(root.read("out"), text);
    assert!(save(&root.open("json", "strict", json!({})), &buffer_of(&table), TABLE).is_err());
}

#[test]
fn words_of_python_stay_within_texts_of_lists() {
    let options = json!({ "allow_nan": true, "types": { "x": "text" } });
    let read = Root::new().load_table("json", "[{\"x\": [1.5, NaN, {\"a\": -Infinity}]}]", options);
    let expected = Table::from_columns([("x", vec!["[1.5,NaN,{\"a\":-Infinity}]"].into())]);
    assert_eq!(read, expected.expect("a table"));
}

#[test]
fn utf_16_tells_itself() {
    let text = "[{\"x\": 1, \"s\": \"grün\"}]";
    let expected = Root::new().load_table("json", text, json!({}));
    for mark in [&[][..], &[0xfeff]] {
        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let units = mark.iter().copied().chain(text.encode_utf16());
            let bytes: Vec<u8> = units.flat_map(to_bytes).collect();
            assert_eq!(Root::new().load_table("json", &bytes, json!({})), expected);
        }
    }
    let latin: Vec<u8> = text.chars().map(|character| character as u8).collect();
    assert_eq!(Root::new().load_table("json", &latin, json!({ "encoding": "latin-1" })), expected);
    let root = Root::new();
    save(&root.open("json", "wide", json!({ "encoding": "utf-16" })), &buffer_of(&expected), TABLE).expect("saved");
    assert_eq!(root.load_table("json", std::fs::read(root.path("wide")).expect("saved"), json!({})), expected);
}

#[test]
fn options_that_contradict_each_other_are_told() {
    let root = Root::new();
    let told: Vec<_> = [
        json!({ "orient": "split", "lines": true }),
        json!({ "orient": "lines", "lines": false }),
        json!({ "index": "key" }),
        json!({ "orient": "values" }),
        json!({ "encoding": "klingon" }),
    ]
    .into_iter()
    .flat_map(|options| root.try_open("json", "x", options).expect_err("refused"))
    .map(|error| format!("{}: {} ({})", error.key.unwrap_or_default(), error.message, error.help.unwrap_or_default()))
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}
