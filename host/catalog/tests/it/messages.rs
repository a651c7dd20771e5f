//! The words of every error, as people see them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date64Array, Int64Array, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field};
use arrow::ipc::writer::FileWriter;
use insta::assert_snapshot;
use serde_json::{Value, json};
use wpipe_data::envelope::encode_footer;
use wpipe_data::{AlignedBytes, Table, TableSpec, to_archive};

use crate::support::*;

fn csv(text: &str, options: Value) -> String {
    Root::new().load_error("csv", text, options)
}

fn json(text: &str, options: Value) -> String {
    Root::new().load_error("json", text, options)
}

#[test]
fn a_csv_with_a_short_or_long_line() {
    assert_snapshot!(csv("a,b,c\n1,2,3\n\n1,2\n", json!({})), @r"
    `data.csv`, line 4: 2 fields, expected 3
    help: check the options `delimiter` and `quote`, correct the line, or declare `short_rows = true`
    ");
    assert_snapshot!(csv("a,b\n\"x\ny\",2\n1,2,3\n", json!({})), @r"
    `data.csv`, line 4: 3 fields, expected 2
    help: check the options `delimiter` and `quote`, or correct the line
    ");
    assert_snapshot!(csv("a,b\n1;2\n", json!({})), @r"
    `data.csv`, line 2: 1 field, expected 2
    help: check the options `delimiter` and `quote`, correct the line, or declare `short_rows = true`
    ");
}

#[test]
fn a_csv_with_two_columns_of_one_name() {
    assert_snapshot!(csv("a,b,a\n", json!({})), @r"
    `data.csv`, line 1: columns 1 and 3 are both called `a`
    help: rename one of them, leave both out with the option `columns`, or declare `header = false` if this is no header
    ");
}

#[test]
fn a_csv_with_two_columns_of_one_name_that_nobody_wants() {
    let read = Root::new().load_table("csv", "a,b,a\n1,2,3\n", json!({ "columns": ["b"] }));
    assert_eq!(read, Table::from_columns([("b", vec![2_i64].into())]).expect("a table"));
}

#[test]
fn a_csv_with_nothing_in_it() {
    assert_snapshot!(csv("", json!({})), @"`data.csv`: it is empty, expected a first line with the columns' names");
    assert_snapshot!(csv("\n\n", json!({})), @"`data.csv`: it is empty, expected a first line with the columns' names");
    assert_snapshot!(csv("", json!({ "header": false })), @"`data.csv`: it is empty, so that nobody knows its columns");
}

#[test]
fn a_csv_with_quotes_that_do_not_fit() {
    assert_snapshot!(csv("a,b\n1,\"x\n2,y\n", json!({})), @r"
    `data.csv`, line 2: a quoted field begins here and does not end
    help: a quote within a quoted field is written twice; see the options `quote` and `escape`
    ");
    assert_snapshot!(csv("a,b\n1,\"x\" \n", json!({})), @r"
    `data.csv`, line 2: ` ` follows a closing quote, expected a delimiter or the line's end
    help: a quote within a quoted field is written twice; see the options `quote` and `escape`
    ");
}

#[test]
fn a_csv_with_values_of_another_kind_than_declared() {
    let declared = |kind: &str| json!({ "types": { "x": kind } });
    let long = "a text that is much longer than what an error message should show of it";
    assert_snapshot!(csv("x\n1\ntwo\n", declared("i64")), @r"
    `data.csv`, line 3, column `x`: `two` cannot be read as i64
    help: declare another type for the column: `text` takes everything
    ");
    assert_snapshot!(csv("x\n3000000000\n", declared("i32")), @r"
    `data.csv`, line 2, column `x`: `3000000000` cannot be read as i32
    help: declare the column as `i64`
    ");
    assert_snapshot!(csv("x\n1e999\n", declared("f64")), @r"
    `data.csv`, line 2, column `x`: `1e999` cannot be read as f64
    help: declare another type for the column: `text` takes everything
    ");
    assert_snapshot!(csv("x\nyes\n", declared("bool")), @r"
    `data.csv`, line 2, column `x`: `yes` cannot be read as bool
    help: declare another type for the column: `text` takes everything
    ");
    assert_snapshot!(csv("x\n31.12.2024\n", declared("date")), @r"
    `data.csv`, line 2, column `x`: `31.12.2024` cannot be read as date
    help: a date is written `2024-12-31`
    ");
    assert_snapshot!(csv(&format!("x\n{long}\n"), declared("timestamp")), @r"
    `data.csv`, line 2, column `x`: `a text that is much longer than what an …` cannot be read as timestamp
    help: a timestamp is written `2024-12-31T23:59:59.999`, with `Z` or `+02:00`
    ");
}

#[test]
fn a_csv_without_a_declared_column() {
    assert_snapshot!(csv("price,size\n1,2\n", json!({ "types": { "prize": "f64" } })), @r"
    `data.csv`: it has no column `prize`, which `types` declares
    help: did you mean `price`?
    ");
    assert_snapshot!(csv("price,size\n1,2\n", json!({ "types": { "weight": "f64" } })), @r"
    `data.csv`: it has no column `weight`, which `types` declares
    help: its columns: `price`, `size`
    ");
}

#[test]
fn a_csv_in_another_encoding() {
    let root = Root::new();
    assert_snapshot!(root.load_error("csv", b"name\nM\xfcller\n", json!({})), @r#"
    `data.csv`, byte 6: not UTF-8: 0xfc does not belong there
    help: declare the file's own encoding, such as `encoding = "latin1"`
    "#);
    assert_snapshot!(root.load_error("csv", b"name\nM\xc3", json!({})), @r#"
    `data.csv`, byte 6: not UTF-8: the text ends within a character
    help: declare the file's own encoding, such as `encoding = "latin1"`
    "#);
    assert_snapshot!(root.load_error("csv", b"name\n\x81\x20", json!({ "encoding": "shift_jis" })), @r"
    `data.csv`, byte 5: not Shift_JIS: 0x81 does not belong there
    help: check the option `encoding`
    ");
}

#[test]
fn a_json_that_is_none() {
    assert_snapshot!(json("", json!({})), @"`data.json`: it is empty, expected `[` or `{`");
    assert_snapshot!(json("[{\"x\": 1},\n {\"x\": }]", json!({})), @"`data.json`, line 2, column 8: not readable as json: expected value");
    assert_snapshot!(json("[{\"x\": 1}", json!({})), @"`data.json`, line 1, column 9: not readable as json: it ends within a list");
    assert_snapshot!(json("{\"x\": 1}\n{\"x\": \n", json!({})), @"`data.json`, line 3: not readable as json: it ends within a value");
    assert_snapshot!(json("[{\"x\": 1}] []", json!({})), @"`data.json`, line 1, column 12: not readable as json: trailing characters");
    assert_snapshot!(json("id,x\n1,2\n", json!({})), @"`data.json`, line 1, column 1: not readable as json: expected value");
}

#[test]
fn a_json_with_half_of_a_pair_of_escapes() {
    assert_snapshot!(json("[{\"x\": 1},\n {\"größe\": \"a\\ud83d b\"}]", json!({})), @r"
    `data.json`, line 2, column 14: not readable as json: `\ud83d` is the first half of a pair, without the other
    help: write the pair, such as `\ud83d\ude00`, or the character itself
    ");
    assert_snapshot!(json("{\"x\": \"ok\"}\n{\"x\": \"\\uDE00\"}\n", json!({ "lines": true })), @r"
    `data.json`, line 2, column 8: not readable as json: `\uDE00` is the second half of a pair, without the other
    help: write the pair, such as `\ud83d\ude00`, or the character itself
    ");
    assert_snapshot!(json("[{\"é\\ud83d\": 1}]", json!({})), @r"
    `data.json`, line 1, column 5: not readable as json: `\ud83d` is the first half of a pair, without the other
    help: write the pair, such as `\ud83d\ude00`, or the character itself
    ");
    assert_snapshot!(json("[{\"x\":\n[\"a\", \"\\ud83d\\n\"]}]", json!({ "types": { "x": "list<text>" } })), @r"
    `data.json`, line 2, column 8: not readable as json: `\ud83d` is the first half of a pair, without the other
    help: write the pair, such as `\ud83d\ude00`, or the character itself
    ");
    let split = "{\"columns\": [\"x\"],\n \"data\": [[\"a\"],\n  [\"\\ud83dx\"]]}";
    assert_snapshot!(json(split, json!({ "orient": "split" })), @r"
    `data.json`, line 3, column 5: not readable as json: `\ud83d` is the first half of a pair, without the other
    help: write the pair, such as `\ud83d\ude00`, or the character itself
    ");
    assert_snapshot!(json("{\"x\": [\"a\",\n\"\\ud83d\"]}", json!({ "orient": "columns" })), @r"
    `data.json`, line 2, column 2: not readable as json: `\ud83d` is the first half of a pair, without the other
    help: write the pair, such as `\ud83d\ude00`, or the character itself
    ");
    assert_snapshot!(json("{\"0\": {\"x\": \"\\ud83d\"}}", json!({ "orient": "index" })), @r"
    `data.json`, line 1, column 14: not readable as json: `\ud83d` is the first half of a pair, without the other
    help: write the pair, such as `\ud83d\ude00`, or the character itself
    ");
}

#[test]
fn a_json_with_an_escape_that_is_none() {
    assert_snapshot!(json("[{\"ü\": \"\\q\"}]", json!({})), @"`data.json`, line 1, column 10: not readable as json: invalid escape");
    assert_snapshot!(json("[{\"ü\": \"\\u12g4\"}]", json!({})), @"`data.json`, line 1, column 14: not readable as json: invalid escape");
    assert_snapshot!(json("{\"x\": 1}\n{\"ü\": \"a\tb\"}\n", json!({})), @r"`data.json`, line 2, column 8: not readable as json: control character (\u0000-\u001F) found while parsing a string");
}

#[test]
fn a_json_with_a_fault_in_a_part_of_it() {
    let split = "{\"columns\": [\"ü\"],\n \"data\": [[1],\n  [x]]}";
    assert_snapshot!(json(split, json!({ "orient": "split" })), @"`data.json`, line 3, column 4: not readable as json: expected value");
    assert_snapshot!(json("{\"columns\": [\"x\"], \"data\": [[1], 2]}", json!({ "orient": "split" })), @"`data.json`, line 1, column 34: not readable as json: invalid type: integer `2`, expected a sequence");
}

#[test]
fn a_json_in_another_encoding() {
    let told = |bytes: &[u8], options| Root::new().load_error("json", bytes, options);
    assert_snapshot!(told(b"[{\"x\": \"\xc3\xbc\"},\n {\"x\": \"\xc3\xbc\xfc\"}]", json!({})), @r#"
    `data.json`, line 2, column 10: not UTF-8: 0xfc does not belong there (byte 24)
    help: declare the file's own encoding, such as `encoding = "latin1"`
    "#);
    assert_snapshot!(told(b"\xef\xbb\xbf{\"x\": \"\xfc\"}\n", json!({})), @r#"
    `data.json`, line 1, column 8: not UTF-8: 0xfc does not belong there (byte 10)
    help: declare the file's own encoding, such as `encoding = "latin1"`
    "#);
    assert_snapshot!(told(b"[\x00{\x00\"\x00x\x00\"\x00:\x00\"\x00\x3d\xd8\"\x00}\x00]\x00", json!({})), @r"
    `data.json`, line 1, column 8: not UTF-16LE: 0x3d does not belong there (byte 14)
    help: check the option `encoding`
    ");
}

#[test]
fn a_json_of_something_else_than_records() {
    assert_snapshot!(json("[1, 2]", json!({})), @r#"`data.json`, line 1, column 2: not readable as json: invalid type: integer `1`, expected an object: a record such as {"name": 1}"#);
    assert_snapshot!(json("[[{\"x\": 1}]]", json!({})), @r#"`data.json`, line 1, column 1: not readable as json: invalid type: sequence, expected an object: a record such as {"name": 1}"#);
    assert_snapshot!(json("[{\"x\": 1, \"x\": 2}]", json!({})), @"`data.json`, line 1, column 17: not readable as json: the name `x` stands twice in one object");
}

#[test]
fn a_json_with_columns_that_no_table_has() {
    assert_snapshot!(json("[{\"x\": 1}, {\"x\": null}, {\"x\": \"a\"}]", json!({})), @r#"
    `data.json`, column `x`: it mixes numbers (first in row 1) and texts (first in row 3)
    help: declare `types = { x = "text" }` to keep their JSON as text
    "#);
    assert_snapshot!(json("[{\"x\": true}, {\"x\": 1.5}]", json!({})), @r#"
    `data.json`, column `x`: it mixes bools (first in row 1) and numbers (first in row 2)
    help: declare `types = { x = "text" }` to keep their JSON as text
    "#);
    assert_snapshot!(json("[{\"x\": 1}, {\"x\": {\"y\": 1}}]", json!({})), @r#"
    `data.json`, row 2, column `x`: an object, or a list of lists or objects, has no place in a table
    help: declare `types = { x = "text" }` to keep their JSON as text
    "#);
}

#[test]
fn a_json_with_values_of_another_kind_than_declared() {
    assert_snapshot!(json("[{\"x\": 1.5}]", json!({ "types": { "x": "i64" } })), @r"
    `data.json`, row 1, column `x`: `1.5` cannot be read as i64
    help: declare another type for the column: `text` takes everything
    ");
    assert_snapshot!(json("[{\"x\": [1]}]", json!({ "types": { "x": "date" } })), @r"
    `data.json`, row 1, column `x`: `[1]` cannot be read as date
    help: a date is written `2024-12-31`
    ");
    assert_snapshot!(json("[{\"x\": [1]}]", json!({ "types": { "y": "date" } })), @r"
    `data.json`: it has no column `y`, which `types` declares
    help: its columns: `x`
    ");
}

#[test]
fn a_table_without_a_form_in_its_format() {
    let root = Root::new();
    let refused = |kind: &str, table: &Table<'_>, options| {
        message(&save(&root.open(kind, "out", options), &buffer_of(table), TABLE).expect_err("an error"))
    };
    let floats = Table::from_columns([("x", vec![1.0, f64::NAN].into())]).expect("a table");
    let euro = Table::from_columns([("x", vec!["1 €", "2 ₿"].into())]).expect("a table");
    let nothing = Table::from_columns::<String>([]).expect("a table");
    assert_snapshot!(refused("json", &floats, json!({})), @r"
    the data cannot be written to `out`: row 2, column `x`: json has no NaN
    help: write it as Python does with `allow_nan = true`, use another type, such as parquet or csv, or leave the value out
    ");
    assert_snapshot!(refused("csv", &euro, json!({ "encoding": "windows-1252" })), @r"
    the data cannot be written to `out`: `₿` does not exist in windows-1252
    help: leave `encoding` out: UTF-8 has all characters
    ");
    assert_snapshot!(refused("csv", &nothing, json!({})), @"the data cannot be written to `out`: a csv file has at least one column, the table has none");
}

#[test]
fn a_file_of_another_format() {
    let root = Root::new();
    assert_snapshot!(root.load_error("parquet", "a,b\n1,2\n", json!({})), @r"
    `data.parquet`: not readable as parquet: Invalid Parquet file. Corrupt footer
    help: the file may be cut off or of another type
    ");
    assert_snapshot!(root.load_error("parquet", "", json!({})), @r"
    `data.parquet`: not readable as parquet: it ends too early: Parquet file too small. Size is 0 but need 8
    help: the file may be cut off or of another type
    ");
    assert_snapshot!(root.load_error("parquet", "PAR1 but then nothing of it PAR1", json!({})), @r"
    `data.parquet`: not readable as parquet: it ends too early: Parquet file too small. Size is 32 but need 544500008
    help: the file may be cut off or of another type
    ");
    assert_snapshot!(root.load_error("arrow", "a,b\n1,2\n", json!({})), @r"
    `data.arrow`: not readable as arrow: a message is longer than the file
    help: the file may be cut off or of another type
    ");
    assert_snapshot!(root.load_error("arrow", "FEA1\0\0\0\0 the rest FEA1", json!({})), @r"
    `data.arrow`: it is a file of Feather's first version
    help: write it again in the second: `pyarrow.feather.write_feather(table, path)`
    ");
    assert_snapshot!(root.load_error("arrow", "", json!({})), @r"
    `data.arrow`: not readable as arrow: it has no schema
    help: the file may be cut off or of another type
    ");
    assert_snapshot!(root.load_error("arrow", "ARROW1\0\0 but then nothing of it ARROW1", json!({})), @r"
    `data.arrow`: not readable as arrow: it ends too early
    help: the file may be cut off or of another type
    ");
    assert_snapshot!(root.load_error("archive", "a,b\n1,2\n", json!({})), @r"
    `data.archive`: not a wpipe archive, or one that was cut off: its last bytes are not the footer's
    help: run the node that writes the dataset again, or correct its `type`
    ");
}

#[test]
fn an_archive_that_was_cut_or_changed() {
    let root = Root::new();
    let archive = to_archive(&vec![1.0; 4]).expect("an archive");
    let mut file = archive.to_vec();
    file.extend(encode_footer(file.len() as u64, NUMBERS.0, NUMBERS.1).expect("a short name"));
    let error = |bytes: &[u8], expected| {
        root.write("x", bytes);
        message(&load(&root.open("archive", "x", json!({})), expected).expect_err("an error"))
    };
    assert_snapshot!(error(&file[..file.len() - 1], NUMBERS), @r"
    `x`: not a wpipe archive, or one that was cut off: its last bytes are not the footer's
    help: run the node that writes the dataset again, or correct its `type`
    ");
    assert_snapshot!(error(&file[8..], NUMBERS), @r"
    `x`: truncated: the footer tells of 208 bytes, the file has 200
    help: run the node that writes the dataset again, or correct its `type`
    ");
    assert_snapshot!(error(&file, TABLE), @"`x` holds a `vec<f64>`, not a `table`");
    assert_snapshot!(error(&file, (NUMBERS.0, 7)).replace(&format!("{:016x}", NUMBERS.1), "[stored]"), @r"
    `x` holds a `vec<f64>` of layout [stored], not a `vec<f64>` of layout 0000000000000007
    help: the type has changed since: build the components anew and run the nodes that write the dataset
    ");
}

#[test]
fn a_text_that_is_none() {
    let root = Root::new();
    root.write("x", b"abc\xffdef");
    let dataset = root.open("text", "x", json!({}));
    assert_snapshot!(message(&load(&dataset, TEXT).expect_err("an error")), @"`x`, byte 3: not UTF-8: 0xff does not belong there");
    assert_snapshot!(message(&save(&dataset, &buffer(b"ab\xe2\x82"), TEXT).expect_err("an error")), @"the data cannot be written to `x`: byte 2: not UTF-8: the text ends within a character");
}

#[test]
fn an_arrow_file_with_columns_that_no_table_has() {
    let root = Root::new();
    let error = |array: ArrayRef| {
        let batch = RecordBatch::try_from_iter([("x", array)]).expect("one column");
        let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).expect("a schema");
        writer.write(&batch).expect("a batch");
        root.load_error("arrow", writer.into_inner().expect("a file"), json!({}))
    };
    let fields: Vec<(Arc<Field>, ArrayRef)> =
        vec![(Arc::new(Field::new("k", DataType::Int64, true)), Arc::new(Int64Array::from(vec![1])))];
    assert_snapshot!(error(Arc::new(StructArray::from(fields))), @r#"
    `data.arrow`, column `x`: its type `Struct("k": Int64)` has no place in a table
    help: name the columns that you want with the option `columns`, or convert the column before
    "#);
    assert_snapshot!(error(Arc::new(Date64Array::from(vec![86_400_001]))), @r"
    `data.arrow`, column `x`: its type is `Date64`, and 86400001 ms are within a day
    help: write the column as timestamps
    ");
}

#[test]
fn a_guests_damaged_table() {
    let root = Root::new();
    let refused = |kind: &str, bytes: &[u8]| {
        message(&save(&root.open(kind, "out", json!({})), &buffer(bytes), TABLE).expect_err("an error"))
    };
    let mut area = AlignedBytes::new();
    let mut table = TableSpec::new(2).text("name", 4).build_in(&mut area).expect("room");
    for text in ["ab", "cd"] {
        table.text_mut("name").expect("a column").push(text).expect("room");
    }
    let size = table.finish().expect("a table");
    let good = area[..size].to_vec();
    let range = Table::view(&area[..size]).expect("a table").raw_columns()[0].clone();

    let mut not_utf8 = good.clone();
    not_utf8[range.values.start] = 0xff;
    let mut wild = good.clone();
    wild[range.offsets.expect("text has offsets").start + 4] = 0x70;

    assert_snapshot!(refused("parquet", &not_utf8), @"the data cannot be written to `out`: column `name`: Invalid UTF8 sequence at string index 0 (0..2): invalid utf-8 sequence of 1 bytes from index 0");
    assert_snapshot!(refused("parquet", &wild), @"the data cannot be written to `out`: column `name`: Offset invariant failure: offset at position 1 out of bounds: 112 > 4");
    assert_snapshot!(refused("csv", &not_utf8), @"the data cannot be written to `out`: column `name` is damaged: its text is not UTF-8");
    assert_snapshot!(refused("csv", &wild), @"the data cannot be written to `out`: column `name` is damaged: an offset points behind its text or into a character");
    assert_snapshot!(refused("arrow", &good[..size - 1]), @"the data cannot be written to `out`: not a valid `table`: it does not end as a table does");
}
