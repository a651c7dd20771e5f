//! Columns of Parquet files that are written to the table while they are decoded: where row groups meet, and what
//! happens if a file is wrong about its own sizes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray, BooleanArray, Int32Array, RecordBatch, StringArray};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaDataReader};
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;
use serde_json::json;
use wpipe_data::Table;

use crate::support::*;

const ROWS: usize = 29;

/// Returns columns of bits, numbers, texts and bytes, with missing values or without.
fn batch(has_gaps: bool) -> RecordBatch {
    let gap = |row: usize| has_gaps && row % 3 == 1;
    let texts: Vec<_> = (0..ROWS).map(|row| (!gap(row)).then(|| "é".repeat(row % 12))).collect();
    let columns: [(&str, ArrayRef); 4] = [
        ("bool", Arc::new((0..ROWS).map(|row| (!gap(row)).then_some(row % 5 < 2)).collect::<BooleanArray>())),
        ("i32", Arc::new((0..ROWS).map(|row| (!gap(row)).then_some(row as i32 - 7)).collect::<Int32Array>())),
        ("text", Arc::new(texts.iter().map(Option::as_deref).collect::<StringArray>())),
        ("binary", Arc::new(texts.iter().map(|text| text.as_deref().map(str::as_bytes)).collect::<BinaryArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).expect("columns")
}

fn file(batch: &RecordBatch, group_rows: usize) -> Bytes {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group_rows)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("a schema");
    writer.write(batch).expect("a batch");
    writer.into_inner().expect("a file").into()
}

/// Returns `file` with other statements about its columns.
fn misstated(file: &Bytes, state: impl Fn(ColumnChunkMetaData) -> ColumnChunkMetaData) -> Vec<u8> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(file).expect("metadata");
    let schema = metadata.file_metadata().schema_descr().root_schema_ptr();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).expect("a schema");
    for group in metadata.row_groups() {
        let mut to = writer.next_row_group().expect("a row group");
        for column in group.columns() {
            let close = ColumnCloseResult {
                bytes_written: column.compressed_size() as u64,
                rows_written: group.num_rows() as u64,
                metadata: state(column.clone()),
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            to.append_column(file, close).expect("a column");
        }
        to.close().expect("a row group");
    }
    writer.into_inner().expect("a file")
}

/// Checks that a file has the rows of `batch`.
fn check(batch: &RecordBatch, file: impl AsRef<[u8]>) {
    let table = Root::new().load_table("parquet", file, json!({}));
    let bools = table.nullable_bools("bool").expect("bools");
    let numbers = table.nullable::<i32>("i32").expect("numbers");
    let texts = table.nullable_text("text").expect("texts");
    let binary = table.nullable_binary("binary").expect("bytes");
    let read = RecordBatch::try_from_iter_with_nullable([
        ("bool", Arc::new(bools.iter().collect::<BooleanArray>()) as ArrayRef, true),
        ("i32", Arc::new(numbers.iter().collect::<Int32Array>()) as ArrayRef, true),
        ("text", Arc::new(texts.iter().collect::<StringArray>()) as ArrayRef, true),
        ("binary", Arc::new(binary.iter().collect::<BinaryArray>()) as ArrayRef, true),
    ])
    .expect("columns");
    assert_eq!(&read, batch);
    assert_nullable_only_with_gaps(&table, batch);
}

fn assert_nullable_only_with_gaps(table: &Table<'_>, batch: &RecordBatch) {
    for (column, array) in table.columns().zip(batch.columns()) {
        assert_eq!((column.nullable, column.null_count), (array.null_count() > 0, array.null_count()), "{column}");
    }
}

#[test]
fn row_groups_meet_within_a_byte_of_bits() {
    for has_gaps in [false, true] {
        let batch = batch(has_gaps);
        for rows in [1, 3, 7, 8, 13, ROWS] {
            check(&batch, file(&batch, rows));
        }
    }
}

#[test]
fn a_file_that_is_wrong_about_its_texts_is_read_as_it_is() {
    let batch = batch(true);
    let file = file(&batch, 10);
    for wrong in [None, Some(0), Some(1), Some(1 << 20), Some(-1), Some(i64::MAX)] {
        check(
            &batch,
            misstated(&file, |column| {
                column.into_builder().set_unencoded_byte_array_data_bytes(wrong).build().expect("a column")
            }),
        );
    }
}

#[test]
fn a_file_that_is_wrong_about_missing_values_is_read_as_it_is() {
    for (has_gaps, wrong) in [(true, Some(0)), (false, Some(5)), (true, None), (false, None)] {
        let batch = batch(has_gaps);
        let file = misstated(&file(&batch, 10), |column| {
            let statistics = Statistics::int32(None, None, None, wrong, false);
            column.into_builder().set_statistics(statistics).build().expect("a column")
        });
        check(&batch, file);
    }
}

#[test]
fn a_file_without_statistics_is_read() {
    let batch = batch(true);
    check(
        &batch,
        misstated(&file(&batch, 10), |column| column.into_builder().clear_statistics().build().expect("a column")),
    );
}
