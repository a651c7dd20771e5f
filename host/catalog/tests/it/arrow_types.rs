//! The kinds of column that Arrow's types become.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::Int32Type;
use arrow::ipc::writer::StreamWriter;
use serde_json::json;
use wpipe_data::table::{
    DurationNanos, DurationSeconds, Time, TimeNanos, Timestamp, TimestampMillis, TimestampNanos, TimestampSeconds,
};
use wpipe_data::{Column, ColumnKind, Date, Table, Zone};

use crate::support::*;

/// Returns the column that `array` becomes, in a stream of two batches.
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
    let u64s = column(vec![Some(1_u64), None, None]);
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
        (Arc::new(UInt64Array::from(vec![Some(1), None])), &u64s),
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
fn timestamps_keep_their_unit_and_their_zone() {
    let zone = Zone::new("Europe/Berlin").expect("a zone");
    let cases: [(ArrayRef, Column); 6] = [
        (Arc::new(TimestampSecondArray::from(vec![3, 3])), vec![TimestampSeconds(3); 3].into()),
        (Arc::new(TimestampMillisecondArray::from(vec![3, 3])), vec![TimestampMillis(3); 3].into()),
        (Arc::new(TimestampMicrosecondArray::from(vec![3, 3])), vec![Timestamp(3); 3].into()),
        (Arc::new(TimestampNanosecondArray::from(vec![-3, -3])), vec![TimestampNanos(-3); 3].into()),
        (
            Arc::new(TimestampSecondArray::from(vec![3, 3]).with_timezone("Europe/Berlin")),
            Column::from(vec![TimestampSeconds(3); 3]).in_zone(zone),
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![3, 3]).with_timezone("UTC")),
            Column::from(vec![TimestampNanos(3); 3]).in_zone(Zone::UTC),
        ),
    ];
    for (array, expected) in cases {
        let name = array.data_type().to_string();
        assert_eq!(loaded(array), column(expected), "{name}");
    }
}

#[test]
fn times_spans_decimals_and_bytes_are_what_they_were() {
    let decimals = column(Column::decimal(vec![Some(150), None, None], 10, 2));
    let bytes = column(Column::binary(vec![Some(b"ab"), None, None]));
    let cases: Vec<(ArrayRef, Table<'_>)> = vec![
        (
            Arc::new(Time32SecondArray::from(vec![1, 2])),
            column(vec![Time(1_000_000), Time(2_000_000), Time(2_000_000)]),
        ),
        (Arc::new(Time32MillisecondArray::from(vec![1, 2])), column(vec![Time(1_000), Time(2_000), Time(2_000)])),
        (Arc::new(Time64MicrosecondArray::from(vec![1, 2])), column(vec![Time(1), Time(2), Time(2)])),
        (Arc::new(Time64NanosecondArray::from(vec![1, 2])), column(vec![TimeNanos(1), TimeNanos(2), TimeNanos(2)])),
        (
            Arc::new(DurationSecondArray::from(vec![1, 2])),
            column(vec![1, 2, 2].into_iter().map(DurationSeconds).collect::<Vec<_>>()),
        ),
        (
            Arc::new(DurationNanosecondArray::from(vec![1, 2])),
            column(vec![1, 2, 2].into_iter().map(DurationNanos).collect::<Vec<_>>()),
        ),
        (decimal(Decimal128Array::from(vec![Some(150), None]).with_precision_and_scale(10, 2)), decimals.clone()),
        (
            decimal(Decimal256Array::from(vec![Some(150.into()), None]).with_precision_and_scale(10, 2)),
            decimals.clone(),
        ),
        (decimal(Decimal64Array::from(vec![Some(150), None]).with_precision_and_scale(10, 2)), decimals),
        (Arc::new(BinaryArray::from(vec![Some(&b"ab"[..]), None])), bytes.clone()),
        (Arc::new(LargeBinaryArray::from(vec![Some(&b"ab"[..]), None])), bytes.clone()),
        (Arc::new(BinaryViewArray::from(vec![Some(&b"ab"[..]), None])), bytes),
    ];
    for (array, expected) in cases {
        let name = array.data_type().to_string();
        assert_eq!(loaded(array), expected, "{name}");
    }
}

fn decimal<A: Array + 'static>(array: Result<A, arrow::error::ArrowError>) -> ArrayRef {
    Arc::new(array.expect("the digits fit"))
}

#[test]
fn pieces_of_bits_are_joined() {
    let values: Vec<_> = (0..100).map(|row| (row % 7 != 0).then_some(row % 3 == 0)).collect();
    let table = loaded(Arc::new(BooleanArray::from(values.clone())));
    let expected: Vec<_> = values.iter().chain(&values[1..]).copied().collect();
    assert_eq!(table, column(expected));
    assert_eq!(table.columns().next().map(|column| column.kind), Some(ColumnKind::Bool));
}
