//! The file format, byte by byte: what fails here cannot read the tables of earlier versions.

use wpipe_data::{ColumnKind, Table};

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
