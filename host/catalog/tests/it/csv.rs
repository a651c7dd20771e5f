//! Delimited text: reading and writing.

use serde_json::json;
use wpipe_data::{Column, ColumnKind, Table};

use crate::support::*;

fn kinds(table: &Table<'_>) -> Vec<(String, ColumnKind, usize)> {
    table.columns().map(|column| (column.name.to_owned(), column.kind, column.null_count)).collect()
}

fn table<const N: usize>(columns: [(&str, Column); N]) -> Table<'static> {
    Table::from_columns(columns).expect("columns of one length")
}

#[test]
fn iris_is_four_numbers_and_a_species() {
    let root = Root::new();
    let iris = include_bytes!("../../../../examples/iris/data/iris.csv");
    let table = root.load_table("csv", iris, json!({}));
    assert_eq!(table.rows(), 150);
    use ColumnKind::{F64, Text};
    let kinds: Vec<_> = table.columns().map(|column| (column.kind, column.nullable)).collect();
    assert_eq!(kinds, [(F64, false), (F64, false), (F64, false), (F64, false), (Text, false)]);
    assert_eq!(table.column::<f64>(0).expect("numbers")[0], 5.1);
    assert_eq!(table.text(4).expect("texts").get(149), "virginica");
}

#[test]
fn kinds_are_those_of_all_rows() {
    let text = "id,zip,x,ok,day,at,note,none\n\
                1,01234,1,true,2024-01-01,2024-01-01,a,\n\
                2,90210,,FALSE,2024-01-02,2024-01-01T12:00:00,,\n\
                3,10115,2.5,,,2024-01-01 12:00,\"\",\n";
    let read = Root::new().load_table("csv", text, json!({}));
    use ColumnKind::{Bool, Date, F64, I64, Text};
    let expected = [
        ("id", I64, 0),
        ("zip", Text, 0),
        ("x", F64, 1),
        ("ok", Bool, 1),
        ("day", Date, 1),
        ("at", ColumnKind::TIMESTAMP, 0),
        ("note", Text, 1),
        ("none", Text, 3),
    ];
    assert_eq!(kinds(&read), expected.map(|(name, kind, nulls)| (name.to_owned(), kind, nulls)));
    assert_eq!(read.nullable_text("note").expect("texts").get(2), Some(""));
    let at = read.column::<wpipe_data::Timestamp>("at").expect("timestamps");
    assert_eq!(at[1], at[2]);
}

#[test]
fn what_is_declared_is_not_inferred() {
    let types = json!({ "types": { "a": "text", "b": "f32", "c": "i32", "d": "f64" } });
    let read = Root::new().load_table("csv", "a,b,c,d\n1,1.5,007,1\n,2,+8,2\n", types);
    let expected = table([
        ("a", vec![Some("1"), None].into()),
        ("b", vec![1.5_f32, 2.0].into()),
        ("c", vec![7, 8].into()),
        ("d", vec![1.0, 2.0].into()),
    ]);
    assert_eq!(read, expected);
}

#[test]
fn missing_values_have_the_spellings_that_are_declared() {
    let nulls = json!({ "nulls": ["NA", ""] });
    let read = Root::new().load_table("csv", "x,s\n1,NA\nNA,\"NA\"\n \"\",\n NA ,b\n", nulls.clone());
    // ` ""` is no quoted field, and so no number either.
    assert_eq!(kinds(&read)[0].1, ColumnKind::Text);
    let read = Root::new().load_table("csv", "x,s\n1,NA\nNA,\"NA\"\n\"\",\n NA ,b\n", nulls);
    let expected = table([
        ("x", vec![Some(1_i64), None, None, None].into()),
        ("s", vec![None, Some("NA"), None, Some("b")].into()),
    ]);
    assert_eq!(read, expected);
}

#[test]
fn numbers_are_read_without_the_blanks_around_them() {
    let read = Root::new().load_table("csv", "x, y ,s\n1, 2.5, a\n 2,3,b \n", json!({}));
    let expected = table([("x", vec![1_i64, 2].into()), ("y", vec![2.5, 3.0].into()), ("s", vec![" a", "b "].into())]);
    assert_eq!(read, expected);
}

#[test]
fn options_say_how_a_file_is_written_and_read() {
    let options = json!({ "delimiter": "\t", "quote": "'", "header": false, "nulls": ["-"] });
    let root = Root::new();
    let read = root.load_table("csv", "1\t'a\tb'\n-\t''''\n", options.clone());
    let expected = table([("column_1", vec![Some(1_i64), None].into()), ("column_2", vec!["a\tb", "'"].into())]);
    assert_eq!(read, expected);
    save(&root.open("csv", "out", options), &buffer_of(&expected), TABLE).expect("saved");
    assert_eq!(root.read("out"), "1\t'a\tb'\n-\t''''\n");
}

#[test]
fn what_is_written_is_plain() {
    let root = Root::new();
    let values = table([
        ("x", vec![Some(1.0), None, Some(1e300), Some(f64::NAN)].into()),
        ("f", vec![0.1_f32, 1e-7, f32::INFINITY, -0.0].into()),
        ("a name, quoted", vec![Some("a\"b"), Some(""), None, Some("c\nd")].into()),
        ("", vec![true, false, true, false].into()),
    ]);
    save(&root.open("csv", "out", json!({})), &buffer_of(&values), TABLE).expect("saved");
    insta::assert_snapshot!(root.read("out"));
}

#[test]
fn blank_lines_count_in_files_with_one_column_only() {
    let root = Root::new();
    let read = root.load_table("csv", "\n\nx,y\n\n1,2\n\n\n3,4\n\n", json!({}));
    assert_eq!(read, table([("x", vec![1_i64, 3].into()), ("y", vec![2_i64, 4].into())]));
    let read = root.load_table("csv", "x\n1\n\n3\n", json!({}));
    assert_eq!(read, table([("x", vec![Some(1_i64), None, Some(3)].into())]));
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let read = Root::new().load_table("csv", "x,y", json!({}));
    assert_eq!(kinds(&read), [("x".to_owned(), ColumnKind::Text, 0), ("y".to_owned(), ColumnKind::Text, 0)]);
    assert_eq!(read.rows(), 0);
}

#[test]
fn columns_without_names_are_numbered() {
    let read = Root::new().load_table("csv", ",x\n0,1\n", json!({}));
    assert_eq!(read.columns().map(|column| column.name.to_owned()).collect::<Vec<_>>(), ["column_1", "x"]);
}

#[test]
fn encodings_are_read_and_written() {
    let root = Root::new();
    let expected = table([("größe", vec!["groß", "klein"].into())]);
    root.write("latin1", b"gr\xf6\xdfe\ngro\xdf\nklein\n");
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend("größe\ngroß\nklein\n".encode_utf16().flat_map(u16::to_le_bytes));
    root.write("utf16", utf16);
    for (file, options) in [
        ("latin1", json!({ "encoding": "latin1" })),
        ("utf16", json!({ "encoding": "utf-16" })),
        // The byte order mark decides.
        ("utf16", json!({})),
    ] {
        let dataset = root.open("csv", file, options.clone());
        assert_eq!(table_of(&load(&dataset, TABLE).expect(file)), expected, "{file}");
        let before = std::fs::read(root.path(file)).expect("a file");
        save(&dataset, &buffer_of(&expected), TABLE).expect("saved");
        if options != json!({}) {
            assert_eq!(std::fs::read(root.path(file)).expect("a file"), before, "{file}");
        }
    }
}
