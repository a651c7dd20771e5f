//! Which of Arrow's types become which kind of column.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::Int32Type;
use arrow::ipc::writer::StreamWriter;
use serde_json::json;
use wpipe_data::{Column, ColumnKind, Date, Table, Timestamp};

use crate::support::*;

/// The column that `array` becomes, in a stream of two batches.
fn loaded(array: ArrayRef) -> Table<'static> {
    let batch = RecordBatch::try_from_iter_with_nullable([("x", array, true)]).expect("one column");
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("a schema");
    writer.write(&batch).expect("a batch");
    writer.write(&batch.slice(1, batch.num_rows() - 1)).expect("a batch");
    Root::new().load_table("arrow", writer.into_inner().expect("a stream"), json!({}))
}

fn column(column: impl Into<Column>) -> Table<'static> {
    Table::from_columns([("x", column.into())]).expect("one column")
}

#[test]
fn every_type_has_its_kind() {
    let i32s = column(vec![Some(1_i32), None, None]);
    let i64s = column(vec![Some(1_i64), None, None]);
    let texts = column(vec![Some("a"), None, None]);
    let dates = column(vec![Some(Date(1)), None, None]);
    let cases: Vec<(ArrayRef, &Table<'_>)> = vec![
        (Arc::new(Int8Array::from(vec![Some(1), None])), &i32s),
        (Arc::new(Int16Array::from(vec![Some(1), None])), &i32s),
        (Arc::new(Int32Array::from(vec![Some(1), None])), &i32s),
        (Arc::new(UInt8Array::from(vec![Some(1), None])), &i32s),
        (Arc::new(UInt16Array::from(vec![Some(1), None])), &i32s),
        (Arc::new(UInt32Array::from(vec![Some(1), None])), &i64s),
        (Arc::new(Int64Array::from(vec![Some(1), None])), &i64s),
        (Arc::new(UInt64Array::from(vec![Some(1), None])), &i64s),
        (Arc::new(StringArray::from(vec![Some("a"), None])), &texts),
        (Arc::new(LargeStringArray::from(vec![Some("a"), None])), &texts),
        (Arc::new(StringViewArray::from(vec![Some("a"), None])), &texts),
        (Arc::new(DictionaryArray::<Int32Type>::from_iter([Some("a"), None])), &texts),
        (Arc::new(Date32Array::from(vec![Some(1), None])), &dates),
        (Arc::new(Date64Array::from(vec![Some(24 * 60 * 60 * 1000), None])), &dates),
    ];
    for (array, expected) in cases {
        let name = array.data_type().to_string();
        assert_eq!(&loaded(array), expected, "{name}");
    }
    assert_eq!(loaded(Arc::new(BooleanArray::from(vec![true, false]))), column(vec![true, false, false]));
    assert_eq!(loaded(Arc::new(Float32Array::from(vec![0.5, 1.5]))), column(vec![0.5_f32, 1.5, 1.5]));
    assert_eq!(loaded(Arc::new(Float64Array::from(vec![0.5, 1.5]))), column(vec![0.5, 1.5, 1.5]));
    assert_eq!(loaded(Arc::new(NullArray::new(2))), column(vec![None::<&str>; 3]));
}

#[test]
fn timestamps_of_any_unit_are_microseconds_in_utc() {
    let expected = column(vec![Timestamp(3_000_000); 3]);
    let units: [ArrayRef; 4] = [
        Arc::new(TimestampSecondArray::from(vec![3, 3])),
        Arc::new(TimestampMillisecondArray::from(vec![3_000, 3_000])),
        Arc::new(TimestampMicrosecondArray::from(vec![3_000_000, 3_000_000])),
        Arc::new(TimestampNanosecondArray::from(vec![3_000_000_000, 3_000_000_000])),
    ];
    for array in units {
        assert_eq!(loaded(array), expected);
    }
    for zone in ["UTC", "+02:00", "Europe/Berlin"] {
        let array = TimestampSecondArray::from(vec![3, 3]).with_timezone(zone);
        assert_eq!(loaded(Arc::new(array)), expected, "{zone}");
    }
}

#[test]
fn pieces_of_bits_are_joined() {
    let values: Vec<_> = (0..100).map(|row| (row % 7 != 0).then_some(row % 3 == 0)).collect();
    let table = loaded(Arc::new(BooleanArray::from(values.clone())));
    let expected: Vec<_> = values.iter().chain(&values[1..]).copied().collect();
    assert_eq!(table, column(expected));
    assert_eq!(table.columns().next().map(|column| column.kind), Some(ColumnKind::Bool));
}
