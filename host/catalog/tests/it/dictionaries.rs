//! Text by the codes of a dictionary: kept so, read as text, written so again, and expanded on request.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int8Array, Int32Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Int8Type, Schema, UInt32Type};
use serde_json::json;
use wpipe_data::{Column, Table};

use crate::support::*;

fn cities() -> Column {
    Column::dictionary(["Oslo", "Turku", "unused"], vec![Some(1), None, Some(0), Some(1)])
}

fn table() -> Table<'static> {
    Table::from_columns([("city", cities()), ("n", vec![1_i64, 2, 3, 4].into())]).expect("columns of one length")
}

fn values(table: &Table<'_>) -> Option<Vec<String>> {
    let column = table.nullable_dictionary("city").ok()?.values();
    Some(column.values().iter().map(str::to_owned).collect())
}

const TEXTS: [Option<&str>; 4] = [Some("Turku"), None, Some("Oslo"), Some("Turku")];

fn assert_texts(table: &Table<'_>) {
    assert_eq!(table.nullable_text("city").expect("texts").iter().collect::<Vec<_>>(), TEXTS);
}

#[test]
fn parquet_and_arrow_keep_dictionaries() {
    for (kind, options) in [
        ("parquet", json!({})),
        ("arrow", json!({})),
        ("arrow", json!({ "compression": "lz4" })),
        ("archive", json!({})),
    ] {
        let root = Root::new();
        let dataset = root.open(kind, "data", options);
        save(&dataset, &buffer_of(&table()), TABLE).expect("saved");
        let read = table_of(&load(&dataset, TABLE).expect("loaded"));
        assert_texts(&read);
        let mut values = values(&read).expect("a dictionary");
        // Parquet has no value that is in no row.
        values.retain(|value| value != "unused");
        values.sort();
        assert_eq!(values, ["Oslo", "Turku"], "{kind}");
    }
}

#[test]
fn dictionaries_are_text_for_formats_without_them() {
    let root = Root::new();
    save(&root.open("csv", "out.csv", json!({})), &buffer_of(&table()), TABLE).expect("saved");
    assert_eq!(root.read("out.csv"), "city,n\nTurku,1\n,2\nOslo,3\nTurku,4\n");
    save(&root.open("json", "out.json", json!({ "lines": true })), &buffer_of(&table()), TABLE).expect("saved");
    assert!(root.read("out.json").starts_with("{\"city\":\"Turku\",\"n\":1}\n{\"city\":null,\"n\":2}\n"));
}

#[test]
fn the_option_expands_text_or_makes_a_dictionary_of_it() {
    for kind in ["parquet", "arrow"] {
        let root = Root::new();
        save(&root.open(kind, "data", json!({})), &buffer_of(&table()), TABLE).expect("saved");
        let plain = table_of(&load(&root.open(kind, "data", json!({ "dictionary": false })), TABLE).expect("loaded"));
        assert_texts(&plain);
        assert_eq!(values(&plain), None, "{kind}");

        save(&root.open(kind, "plain", json!({})), &buffer_of(&plain), TABLE).expect("saved");
        let as_it_is = table_of(&load(&root.open(kind, "plain", json!({})), TABLE).expect("loaded"));
        assert_eq!(values(&as_it_is), None, "{kind}");
        let coded = table_of(&load(&root.open(kind, "plain", json!({ "dictionary": true })), TABLE).expect("loaded"));
        assert_texts(&coded);
        assert_eq!(values(&coded), Some(vec!["Turku".to_owned(), "Oslo".to_owned()]), "{kind}");
    }
}

fn arrow_file(field: Field, batches: Vec<ArrayRef>) -> Vec<u8> {
    let schema = Arc::new(Schema::new(vec![field]));
    // A stream may replace a dictionary.
    let mut writer = arrow::ipc::writer::StreamWriter::try_new(Vec::new(), &schema).expect("a writer");
    for array in batches {
        writer.write(&RecordBatch::try_new(schema.clone(), vec![array]).expect("one column")).expect("written");
    }
    writer.into_inner().expect("finished")
}

fn coded(keys: Vec<Option<i8>>, values: &[Option<&str>]) -> ArrayRef {
    let values = StringArray::from(values.to_vec());
    Arc::new(DictionaryArray::<Int8Type>::new(Int8Array::from(keys), Arc::new(values)))
}

fn field(ordered: bool) -> Field {
    Field::new_dictionary("city", DataType::Int8, DataType::Utf8, true).with_dict_is_ordered(ordered)
}

#[test]
fn dictionaries_of_all_batches_become_one() {
    let batches = vec![
        coded(vec![Some(0), None, Some(1)], &[Some("b"), Some("a")]),
        // A value may stand there twice, or be missing.
        coded(vec![Some(0), Some(1), Some(2), Some(3)], &[Some("c"), Some("a"), None, Some("c")]),
        coded(vec![None, None], &[]),
    ];
    let table = Root::new().load_table("arrow", arrow_file(field(false), batches), json!({}));
    let texts: Vec<_> = table.nullable_text("city").expect("texts").iter().collect();
    assert_eq!(texts, [Some("b"), None, Some("a"), Some("c"), Some("a"), None, Some("c"), None, None]);
    assert_eq!(values(&table), Some(["b", "a", "c"].map(str::to_owned).to_vec()));
}

#[test]
fn an_order_that_means_something_is_kept_or_told() {
    let sizes =
        |values: &[&str]| -> ArrayRef { coded(vec![Some(0)], &values.iter().copied().map(Some).collect::<Vec<_>>()) };
    let root = Root::new();
    let file = arrow_file(field(true), vec![sizes(&["low", "high"]), sizes(&["low", "high", "top"])]);
    let table = root.load_table("arrow", file, json!({}));
    assert!(table.nullable_dictionary("city").expect("a dictionary").values().is_ordered());
    for kind in ["parquet", "arrow"] {
        save(&root.open(kind, "data", json!({})), &buffer_of(&table), TABLE).expect("saved");
        let again = table_of(&load(&root.open(kind, "data", json!({})), TABLE).expect("loaded"));
        assert!(
            again.columns().all(|column| column.dictionary.is_some_and(|dictionary| dictionary.ordered)),
            "{kind}: {again:?}"
        );
    }

    let file = arrow_file(field(true), vec![sizes(&["low", "high"]), sizes(&["high", "low"])]);
    insta::assert_snapshot!(root.load_error("arrow", &file, json!({})), @r"
    `data.arrow`, column `city`: its values are in an order that means something, and `low` has another place in it in another part of the file
    help: declare `dictionary = false` to read it as plain text
    ");
    let plain = root.load_table("arrow", &file, json!({ "dictionary": false }));
    assert_eq!(plain.text("city").expect("texts").iter().collect::<Vec<_>>(), ["low", "high"]);
}

#[test]
fn codes_of_any_width_are_read() {
    let values = Arc::new(StringArray::from(vec!["a", "b"]));
    let array = DictionaryArray::<UInt32Type>::new(UInt32Array::from(vec![1, 0, 1]), values);
    let field = Field::new("city", array.data_type().clone(), false);
    let table = Root::new().load_table("arrow", arrow_file(field, vec![Arc::new(array)]), json!({}));
    assert_eq!(table.dictionary("city").expect("a dictionary").codes(), [0, 1, 0].map(|code: i32| 1 - code));
}

#[test]
fn dictionaries_of_anything_but_text_are_expanded() {
    let values = Arc::new(Int32Array::from(vec![10, 20]));
    let array = DictionaryArray::<Int8Type>::new(Int8Array::from(vec![Some(1), None, Some(0)]), values);
    let field = Field::new("city", array.data_type().clone(), true);
    let table = Root::new().load_table("arrow", arrow_file(field, vec![Arc::new(array)]), json!({}));
    assert_eq!(table.nullable::<i32>("city").expect("numbers").iter().collect::<Vec<_>>(), [Some(20), None, Some(10)]);
}

#[test]
fn a_large_column_of_few_values_takes_little() {
    let long = "x".repeat(10_000);
    let rows = 400_000;
    let table = Table::from_columns([(
        "city",
        Column::dictionary([long.as_str(), "b"], (0..rows).map(|row| Some(row % 2)).collect()),
    )])
    .expect("one column");
    let root = Root::new();
    save(&root.open("parquet", "data", json!({})), &buffer_of(&table), TABLE).expect("saved");
    // As plain text it would be 2 GB.
    let read = load(&root.open("parquet", "data", json!({})), TABLE).expect("loaded");
    let bytes = read.bytes().expect("mapped").len();
    assert!(bytes < 2_000_000, "{bytes}");
    assert_eq!(table_of(&read), table);
}
