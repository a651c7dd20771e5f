//! Columns of lists, through every format that holds them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, FixedSizeListArray, Float32Array, Int64Array, LargeListArray, ListArray, ListViewArray,
    RecordBatch, StringArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Float32Type, Int32Type};
use insta::assert_snapshot;
use serde_json::json;
use wpipe_data::{Column, ColumnKind, Date, ItemKind, Table, TimeUnit};

use crate::support::*;

/// Returns missing and empty lists, missing items, and items of several kinds.
fn table() -> Table<'static> {
    Table::from_columns([
        ("id", Column::from(vec![1_i64, 2, 3, 4])),
        ("embedding", vec![vec![0.5, 1.5], vec![-2.5, 0.0], vec![1.0, 1.0], vec![]].into()),
        ("tags", vec![Some(vec![Some("grün"), None]), None, Some(vec![]), Some(vec![Some(""), Some("\"")])].into()),
        ("days", vec![vec![Date(0)], vec![Date(1), Date(2)], vec![], vec![]].into()),
        ("flags", vec![Some(vec![true, false]), None, None, Some(vec![])].into()),
    ])
    .expect("columns of one length")
}

fn kept(kind: &str, options: serde_json::Value) -> Table<'static> {
    let root = Root::new();
    let dataset = root.open(kind, "data", options);
    save(&dataset, &buffer_of(&table()), TABLE).expect("saved");
    table_of(&load(&dataset, TABLE).expect("loaded"))
}

#[test]
fn every_format_with_lists_keeps_them() {
    for (kind, options) in [
        ("parquet", json!({})),
        ("parquet", json!({ "compression": "snappy" })),
        ("arrow", json!({})),
        ("arrow", json!({ "compression": "zstd" })),
        ("json", json!({})),
        ("json", json!({ "lines": true })),
        ("json", json!({ "orient": "split" })),
        ("json", json!({ "orient": "columns" })),
        ("archive", json!({})),
    ] {
        assert_eq!(kept(kind, options.clone()), table(), "{kind} {options}");
    }
}

fn loaded(array: ArrayRef) -> Table<'static> {
    let field = Field::new("x", array.data_type().clone(), true);
    let schema = Arc::new(arrow::datatypes::Schema::new(vec![field]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array]).expect("one column");
    let mut writer = arrow::ipc::writer::FileWriter::try_new(Vec::new(), &schema).expect("a writer");
    writer.write(&batch).expect("written");
    Root::new().load_table("arrow", writer.into_inner().expect("finished"), json!({}))
}

#[test]
fn every_layout_of_arrow_becomes_the_same_lists() {
    let expected = Table::from_columns([(
        "x",
        vec![Some(vec![Some(1.0_f32), None]), None, Some(vec![Some(4.0), Some(5.0)])].into(),
    )])
    .expect("one column");
    let values = || Float32Array::from(vec![Some(1.0), None, Some(2.0), Some(3.0), Some(4.0), Some(5.0)]);
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    let nulls = NullBuffer::from(vec![true, false, true]);
    // The missing row has items, which no reader may see.
    let list = ListArray::new(
        item.clone(),
        OffsetBuffer::new(vec![0, 2, 4, 6].into()),
        Arc::new(values()),
        Some(nulls.clone()),
    );
    let large = LargeListArray::new(
        item.clone(),
        OffsetBuffer::new(vec![0_i64, 2, 4, 6].into()),
        Arc::new(values()),
        Some(nulls.clone()),
    );
    let fixed = FixedSizeListArray::new(item.clone(), 2, Arc::new(values()), Some(nulls.clone()));
    let views = ListViewArray::new(
        item,
        ScalarBuffer::from(vec![0, 2, 4]),
        ScalarBuffer::from(vec![2, 2, 2]),
        Arc::new(values()),
        Some(nulls),
    );
    for array in [Arc::new(list) as ArrayRef, Arc::new(large), Arc::new(fixed), Arc::new(views)] {
        let data_type = array.data_type().clone();
        assert_eq!(loaded(array), expected, "{data_type}");
    }
}

#[test]
fn views_may_share_items_and_stand_in_any_order() {
    let item = Arc::new(Field::new_list_field(DataType::Int64, true));
    let values = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let views =
        ListViewArray::new(item, ScalarBuffer::from(vec![1, 0, 0]), ScalarBuffer::from(vec![2, 2, 0]), values, None);
    let expected = Table::from_columns([("x", vec![vec![2_i64, 3], vec![1, 2], vec![]].into())]).expect("one column");
    assert_eq!(loaded(Arc::new(views)), expected);
}

#[test]
fn parts_of_arrays_are_read_as_parts() {
    let lists =
        ListArray::from_iter_primitive::<Float32Type, _, _>([Some(vec![Some(9.0)]), Some(vec![Some(1.0)]), None]);
    let expected = Table::from_columns([("x", vec![Some(vec![1.0_f32]), None].into())]).expect("one column");
    assert_eq!(loaded(Arc::new(lists.slice(1, 2))), expected);
}

#[test]
fn items_become_what_is_declared_where_that_is_the_same() {
    let root = Root::new();
    let content = r#"{"v": [1, 2.5]} {"v": null} {"v": []} {"v": [null]}"#;
    let table = root.load_table("json", content, json!({ "types": { "v": "list<f32>" } }));
    let expected = vec![Some(vec![Some(1.0_f32), Some(2.5)]), None, Some(vec![]), Some(vec![None])];
    assert_eq!(table, Table::from_columns([("v", expected.into())]).expect("one column"));
    let table = root.load_table("json", content, json!({ "types": { "v": "list<text>" } }));
    let texts = table.nullable_lists::<Option<&str>>("v").expect("texts");
    assert_eq!(texts.get(0).expect("a list").get(1), Some("2.5"));

    save(&root.open("parquet", "p", json!({})), &buffer_of(&self::table()), TABLE).expect("saved");
    let declared =
        json!({ "types": { "embedding": "list<f32>", "days": "list<timestamp>" }, "columns": ["days", "embedding"] });
    let table = table_of(&load(&root.open("parquet", "p", declared), TABLE).expect("loaded"));
    assert_eq!(table.lists::<f32>("embedding").expect("floats").get(0), [0.5, 1.5]);
    let kinds: Vec<_> = table.columns().map(|column| column.kind).collect();
    let days = ItemKind::Timestamp(TimeUnit::Micro, None);
    assert_eq!(kinds, [ColumnKind::List(days), ColumnKind::List(ItemKind::F32)]);
}

#[test]
fn what_has_no_place_among_items_is_told_with_its_row() {
    let root = Root::new();
    let written = Table::from_columns([("v", vec![vec![0.5], vec![], vec![1.5, 0.1]].into())]).expect("one column");
    save(&root.open("parquet", "p", json!({})), &buffer_of(&written), TABLE).expect("saved");
    let told = |types| load(&root.open("parquet", "p", json!({ "types": types })), TABLE).expect_err("no place");
    assert_snapshot!(message(&told(json!({ "v": "list<f32>" }))), @r#"
    `p`, row 3, column `v`: in its list, `0.1` cannot be read as f32: the column holds f64
    help: declare `types = { v = "list<f64>" }`
    "#);
    assert_snapshot!(message(&told(json!({ "v": "f64" }))), @r"
    `p`, column `v`: it holds list<f64>, which cannot be read as f64
    help: lists are read as lists, with items of another kind where those are the same
    ");
    assert_snapshot!(root.load_error("json", r#"{"v": [1]} {"v": ["a"]}"#, json!({ "types": { "v": "list<i64>" } })), @r#"
    `data.json`, row 2, column `v`: `["a"]` cannot be read as list<i64>
    help: declare another type for the column: `text` takes everything
    "#);
    assert_snapshot!(root.load_error("json", r#"{"v": [1]} {"v": ["a"]}"#, json!({})), @r#"
    `data.json`, column `v`: in its lists, it mixes numbers (first in row 1) and texts (first in row 2)
    help: declare `types = { v = "text" }` to keep their JSON as text
    "#);
    assert_snapshot!(root.load_error("json", r#"{"v": [1]} {"v": 2}"#, json!({})), @r#"
    `data.json`, column `v`: it mixes lists (first in row 1) and numbers (first in row 2)
    help: declare `types = { v = "text" }` to keep their JSON as text
    "#);
    assert_snapshot!(root.load_error("json", r#"{"v": [[1]]} {"v": []}"#, json!({})), @r#"
    `data.json`, row 1, column `v`: an object, or a list of lists or objects, has no place in a table
    help: declare `types = { v = "text" }` to keep their JSON as text
    "#);
    assert_snapshot!(root.load_error("json", r#"[{"v": [1, 2]}]"#, json!({})), @r#"
    `data.json`: it is no record: its values are whole columns or rows
    help: the option `orient = "columns"` reads it; `types = { v = "list<i64>" }` and the like read one row of lists
    "#);
}

#[test]
fn a_row_of_lists_is_one_where_it_is_declared() {
    let table = Root::new().load_table("json", r#"[{"v": [1, 2]}]"#, json!({ "types": { "v": "list<i64>" } }));
    assert_eq!(table.lists::<i64>("v").expect("lists").get(0), [1, 2]);
}

#[test]
fn lists_of_words_that_are_no_numbers_are_read_and_written_on_request() {
    let root = Root::new();
    let content = "[{\"v\": [NaN, 1.5, -Infinity]},\n{\"v\": []}]";
    let table = root.load_table("json", content, json!({ "allow_nan": true }));
    let lists = table.lists::<f64>("v").expect("floats");
    assert!(lists.get(0)[0].is_nan() && lists.get(0)[1..] == [1.5, f64::NEG_INFINITY]);
    let dataset = root.open("json", "out", json!({ "allow_nan": true, "lines": true }));
    save(&dataset, &buffer_of(&table), TABLE).expect("saved");
    assert_eq!(root.read("out"), "{\"v\":[NaN,1.5,-Infinity]}\n{\"v\":[]}\n");
}

#[test]
fn files_without_lists_refuse_them_by_column() {
    let root = Root::new();
    let error = save(&root.open("csv", "out.csv", json!({})), &buffer_of(&table()), TABLE).expect_err("no lists");
    assert_snapshot!(message(&error), @r"
    the data cannot be written to `out.csv`: column `embedding`: it holds list<f64>, and a csv file has no lists
    help: keep it as parquet, arrow or json, or leave the column out of what is written
    ");
    assert!(root.files().is_empty());
    for kind in ["csv", "excel"] {
        let entry = root.entry(kind, "in", json!({ "types": { "v": "list<f32>" } }));
        let errors = format!("{:?}", root.catalog().open(&entry).expect_err("no lists"));
        assert!(errors.contains("holds no lists"), "{errors}");
    }
}

#[test]
fn what_is_nested_deeper_is_refused_only_where_it_is_wanted() {
    let inner = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), Some(vec![])]);
    let item = Arc::new(Field::new_list_field(inner.data_type().clone(), true));
    let deep = ListArray::new(item, OffsetBuffer::new(vec![0, 1, 2].into()), Arc::new(inner), None);
    let texts = StringArray::from(vec!["a", "b"]);
    let pair = arrow::array::StructArray::from(vec![(
        Arc::new(Field::new("a", DataType::Utf8, true)),
        Arc::new(texts.clone()) as ArrayRef,
    )]);
    let mut map =
        arrow::array::MapBuilder::new(None, arrow::array::StringBuilder::new(), arrow::array::Int32Builder::new());
    for _ in 0..2 {
        map.keys().append_value("k");
        map.values().append_value(1);
        map.append(true).expect("an entry");
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("deep", Arc::new(deep)),
        ("pair", Arc::new(pair)),
        ("map", Arc::new(map.finish())),
        ("plain", Arc::new(texts)),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut arrow = arrow::ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).expect("a writer");
    arrow.write(&batch).expect("written");
    let mut parquet = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
    parquet.write(&batch).expect("written");
    let files =
        [("arrow", arrow.into_inner().expect("finished")), ("parquet", parquet.into_inner().expect("finished"))];
    let expected = Table::from_columns([("plain", vec!["a", "b"].into())]).expect("one column");
    for (kind, file) in files {
        let root = Root::new();
        assert_eq!(root.load_table(kind, &file, json!({ "columns": ["plain"] })), expected, "{kind}");
        for column in ["deep", "pair", "map"] {
            let told = root.load_error(kind, &file, json!({ "columns": [column, "plain"] }));
            assert!(
                told.contains(&format!("column `{column}`: its type `")) && told.contains("has no place in a table"),
                "{told}"
            );
            assert!(told.contains("with the option `columns`"), "{told}");
        }
        assert!(root.load_error(kind, &file, json!({})).contains("column `deep`"));
    }
}
