//! The form of written Parquet files, as other readers see it.

use bytes::Bytes;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Value, json};
use wpipe_data::Table;

use crate::support::*;

/// Returns the file that a table of ten rows becomes.
fn written(options: Value) -> SerializedFileReader<Bytes> {
    let root = Root::new();
    let table = Table::from_columns([("x", (0..10_i64).collect::<Vec<_>>().into())]).expect("one column");
    save(&root.open("parquet", "data", options), &buffer_of(&table), TABLE).expect("saved");
    let file = std::fs::read(root.path("data")).expect("a file");
    SerializedFileReader::new(Bytes::from(file)).expect("a parquet file")
}

#[test]
fn row_groups_have_as_many_rows_as_declared() {
    let rows = |options| -> Vec<i64> {
        written(options).metadata().row_groups().iter().map(|group| group.num_rows()).collect()
    };
    assert_eq!(rows(json!({})), [10]);
    assert_eq!(rows(json!({ "row_group_rows": 4 })), [4, 4, 2]);
}

#[test]
fn statistics_are_of_pages_chunks_or_nothing() {
    let statistics = |options| {
        let file = written(options);
        let column = file.metadata().row_group(0).column(0);
        (column.statistics().is_some(), column.column_index_offset().is_some())
    };
    assert_eq!(statistics(json!({})), (true, true));
    assert_eq!(statistics(json!({ "statistics": "page" })), (true, true));
    assert_eq!(statistics(json!({ "statistics": "chunk" })), (true, false));
    assert_eq!(statistics(json!({ "statistics": "none" })), (false, false));
}

#[test]
fn wrong_options_are_told() {
    let told = |options| format!("{:?}", Root::new().try_open("parquet", "data", options).expect_err("wrong"));
    assert!(told(json!({ "row_group_rows": 0 })).contains("a whole number from 1 to"));
    assert!(told(json!({ "statistics": "all" })).contains("`page`, `chunk`, `none`"));
}
