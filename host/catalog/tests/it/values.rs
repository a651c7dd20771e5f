//! Values that cannot be held exactly are refused or kept as text, and never changed without a word.

use insta::assert_snapshot;
use serde_json::json;
use wpipe_catalog::Partitioned;
use wpipe_data::{Column, Table};

use crate::support::*;

fn texts(kind: &str, content: &str, column: &str) -> Vec<String> {
    let table = Root::new().load_table(kind, content, json!({}));
    let texts = table.nullable_text(column).expect("a column of text");
    texts.iter().map(|text| text.unwrap_or("nothing").to_owned()).collect()
}

#[test]
fn identifiers_in_csv_keep_every_digit() {
    for text in
        ["9007199254740993\nNaN", "9007199254740993\n0.5", "18446744073709551616\n1", "007\n8", "+1\n2", "1_000\n2"]
    {
        let expected: Vec<_> = text.split('\n').map(str::to_owned).collect();
        assert_eq!(texts("csv", &format!("id\n{text}\n"), "id"), expected, "{text}");
    }
}

#[test]
fn numbers_in_json_keep_every_digit_or_are_refused() {
    let root = Root::new();
    let content = r#"[{"id": 123456789012345678901234567890, "p": 1.10}]"#;
    let table = root.load_table("json", content, json!({ "types": { "id": "text", "p": "text" } }));
    assert_eq!(table.text("id").expect("texts").get(0), "123456789012345678901234567890");
    assert_eq!(table.text("p").expect("texts").get(0), "1.10");
    let table = root.load_table("json", content, json!({ "types": { "id": "decimal(38, 0)", "p": "decimal(5, 2)" } }));
    assert_eq!(table.column::<i128>("id").expect("decimals"), [123_456_789_012_345_678_901_234_567_890]);
    assert_eq!(table.column::<i128>("p").expect("decimals"), [110]);

    let told = |content: &str| root.load_error("json", content, json!({}));
    assert_snapshot!(told(content), @r#"
    `data.json`, row 1, column `id`: `123456789012345678901234567890` is beyond u64
    help: declare `types = { id = "text" }` or `types = { id = "decimal(38, 0)" }`, with enough places
    "#);
    assert_snapshot!(told(r#"[{"id": 9007199254740993}, {"id": 0.5}]"#), @r#"
    `data.json`, row 1, column `id`: `9007199254740993` would lose digits among the fractions of the column
    help: declare `types = { id = "text" }` or `types = { id = "decimal(38, 0)" }`, with enough places
    "#);
    assert_snapshot!(told(r#"[{"id": 18446744073709551615}, {"id": -1}]"#), @r#"
    `data.json`, column `id`: it has whole numbers beyond i64 beside negative ones
    help: declare `types = { id = "text" }` or `types = { id = "decimal(38, 0)" }`, with enough places
    "#);
}

#[test]
fn timestamps_that_a_column_does_not_hold_say_what_does() {
    let told = |text: &str, kind: &str| {
        Root::new().load_error("csv", format!("t\n{text}\n"), json!({ "types": { "t": kind } }))
    };
    assert_snapshot!(told("2024-01-01T00:00:00.123456789", "timestamp"), @r#"
    `data.csv`, line 2, column `t`: `2024-01-01T00:00:00.123456789` cannot be read as timestamp
    help: it has more digits than us: declare `types = { t = "timestamp(ns)" }`
    "#);
    assert_snapshot!(told("2024-01-01T00:00:00+02:00", "timestamp"), @r#"
    `data.csv`, line 2, column `t`: `2024-01-01T00:00:00+02:00` cannot be read as timestamp
    help: it says where it was: declare `types = { t = "timestamp(us, UTC)" }`
    "#);
}

#[test]
fn partitions_of_one_set_are_read_as_one() {
    let root = Root::new();
    for (name, content) in [
        ("set/a.json", "{\"id\": 1, \"x\": 0.5}"),
        ("set/b.json", "{\"id\": 1}"),
        ("set/c.json", "[]"),
        ("set/d.json", "{\"id\": 2, \"x\": 3}"),
    ] {
        root.write(name, content);
    }
    let of_set = Partitioned { suffix: ".json".to_owned(), ..Partitioned::default() };
    let mut entry = root.entry("json", "set", json!({ "types": { "x": "f64" } }));
    entry.partitioned = Some(of_set);
    let set = root.catalog().open_set(&entry).expect("a right entry");
    let listing = wait(set.list()).expect("a listing");
    let values = ["a", "b", "c", "d"].map(|id| {
        let loaded = wait(set.load(&listing, id, TABLE, wpipe_buffer::Readers::One)).expect("loaded");
        let table = table_of(&loaded.buffer);
        table.nullable::<f64>("x").expect("floats").iter().collect::<Vec<_>>()
    });
    assert_eq!(values, [vec![Some(0.5)], vec![None], vec![], vec![Some(3.0)]]);
}

#[test]
fn excels_first_line_says_the_delimiter() {
    let root = Root::new();
    let expected =
        Table::from_columns([("id", Column::from(vec![1_i64])), ("x", vec![2_i64].into())]).expect("a table");
    for (content, options) in [
        ("sep=;\r\nid;x\r\n1;2\r\n", json!({ "delimiter": ";" })),
        ("sep=;\nid;x\n1;2\n", json!({})),
        ("\"sep=\t\"\nid\tx\n1\t2\n", json!({})),
    ] {
        assert_eq!(root.load_table("csv", content, options), expected, "{content}");
    }
    assert_snapshot!(root.load_error("csv", "sep=;\nid;x\n1;2\n", json!({ "delimiter": "," })), @r"
    `data.csv`, line 1: it says that `;` is the delimiter, the option `delimiter` that `,` is
    help: leave the option out, or correct it
    ");
    // Lines are counted from the file's first.
    assert_snapshot!(root.load_error("csv", "sep=;\nid;x\n1\n", json!({})), @r"
    `data.csv`, line 3: 1 field, expected 2
    help: check the options `delimiter` and `quote`, correct the line, or declare `short_rows = true`
    ");
}
