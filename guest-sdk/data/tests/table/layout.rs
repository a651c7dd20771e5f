//! Tests of the file format, byte by byte: code that fails here cannot read the tables of earlier versions.

use wpipe_data::{AlignedBytes, Column, ColumnKind, Table, Timestamp, Zone};

fn table() -> Table<'static> {
    Table::from_columns([
        ("x", vec![1.5, -2.0].into()),
        ("name", vec![Some("ab"), None].into()),
        ("flag", vec![true, false].into()),
    ])
    .expect("three columns of two rows")
}

#[test]
fn buffers_are_where_arrow_wants_them() {
    let table = table();
    let columns = table.raw_columns();
    let spans: Vec<_> = columns
        .iter()
        .map(|column| (column.kind, column.validity.clone(), column.offsets.clone(), column.values.clone()))
        .collect();
    assert_eq!(
        spans,
        [
            (ColumnKind::F64, None, None, 0..16),
            (ColumnKind::Text, Some(64..65), Some(128..140), 192..194),
            (ColumnKind::Bool, None, None, 256..257),
        ]
    );
}

#[test]
fn the_buffers_bytes_are_arrows() {
    let mut expected = vec![0; 320];
    expected[..8].copy_from_slice(&1.5_f64.to_le_bytes());
    expected[8..16].copy_from_slice(&(-2.0_f64).to_le_bytes());
    expected[64] = 0b01;
    expected[132] = 2;
    expected[136] = 2;
    expected[192..194].copy_from_slice(b"ab");
    expected[256] = 0b01;
    assert_eq!(&table().bytes()[..320], expected);
}

#[test]
fn the_root_ends_with_version_and_magic() {
    let table = table();
    let root = &table.bytes()[table.bytes().len() - 40..];
    assert_eq!(root[..8], 2_u64.to_le_bytes(), "rows");
    assert_eq!(root[8..16], 320_u64.to_le_bytes(), "data size");
    assert_eq!(root[20..24], 3_u32.to_le_bytes(), "columns");
    assert_eq!(root[24..28], 1_u32.to_le_bytes(), "version");
    assert_eq!(&root[28..], b"WPIPE-TABLE\0");
}

/// Reads a table of format 1, as it was written before there was another.
#[test]
fn tables_of_format_1_are_read() {
    let archive = include_bytes!("format_1.table");
    let mut aligned = AlignedBytes::new();
    aligned.extend_from_slice(archive);
    assert_eq!(Table::view(&aligned).expect("a table"), table());
}

#[test]
fn kinds_that_came_later_make_format_2() {
    let version = |column: Column| {
        let table = Table::from_columns([("x", column)]).expect("one column");
        table.bytes()[table.bytes().len() - 16]
    };
    assert_eq!(version(vec![Timestamp(1)].into()), 1);
    assert_eq!(version(vec![1_u64].into()), 2);
    assert_eq!(version(Column::from(vec![Timestamp(1)]).in_zone(Zone::UTC)), 2);
}

#[test]
fn lists_and_dictionaries_make_format_3() {
    let version = |column: Column| {
        let table = Table::from_columns([("x", column)]).expect("one column");
        table.bytes()[table.bytes().len() - 16]
    };
    assert_eq!(version(vec![vec![1_i64]].into()), 3);
    assert_eq!(version(Column::dictionary(["a"], vec![Some(0)])), 3);
}
