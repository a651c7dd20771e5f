//! Tests of copied rows, which stay unchanged, and of shapes, which equal those of their tables.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use wpipe_data::table::AnyColumn;
use wpipe_data::{AlignedBytes, Column, ColumnKind, Table, TableError, TableShape, TableSpec, ViewError, to_archive};

use crate::random;

fn take(table: &Table, rows: &[u32]) -> Result<Table<'static>, Box<dyn std::error::Error>> {
    let columns = (0..table.columns().len()).map(|at| AnyColumn::new(table, at)).collect::<Result<Vec<_>, _>>()?;
    let spec = columns.iter().fold(TableSpec::new(rows.len()), |spec, column| column.declare(spec, rows));
    let mut area = AlignedBytes::new();
    let mut built = spec.build_in(&mut area)?;
    for (column, to) in columns.iter().zip(built.columns_mut()) {
        column.take(rows, to)?;
    }
    let size = built.finish()?;
    area.resize(size, 0);
    Ok(Table::from_archive(area)?)
}

/// Appends `second` to `first`, which has the same columns.
fn append(first: &Table, second: &Table) -> Result<Table<'static>, Box<dyn std::error::Error>> {
    let mut spec = TableSpec::new(first.rows() + second.rows());
    let shapes = [TableShape::of(first), TableShape::of(second)];
    for (at, info) in first.columns().enumerate() {
        let room = shapes[0].room(at) + shapes[1].room(at);
        spec = spec.column_like(info.name, info.kind, info.dictionary, room);
        spec = if info.nullable { spec.nullable() } else { spec };
    }
    let mut area = AlignedBytes::new();
    let mut built = spec.build_in(&mut area)?;
    for (at, to) in built.columns_mut().iter_mut().enumerate() {
        AnyColumn::new(first, at)?.append(0, to)?;
        AnyColumn::new(second, at)?.append(first.rows(), to)?;
    }
    let size = built.finish()?;
    area.resize(size, 0);
    Ok(Table::from_archive(area)?)
}

proptest! {
    #[test]
    fn rows_taken_in_order_are_the_table(table in random::table()) {
        let rows: Vec<u32> = (0..table.rows() as u32).collect();
        prop_assert_eq!(&take(&table, &rows).expect("the rows are there"), &table);
    }

    #[test]
    fn rows_taken_of_rows_taken_are_rows(table in random::table(), picks in vec(any::<(Index, Index)>(), 0..50)) {
        prop_assume!(table.rows() > 0);
        let first: Vec<u32> = picks.iter().map(|(pick, _)| pick.index(table.rows()) as u32).collect();
        let second: Vec<u32> = picks.iter().map(|(_, pick)| pick.index(first.len()) as u32).collect();
        let both: Vec<u32> = second.iter().map(|row| first[*row as usize]).collect();
        let twice = take(&take(&table, &first).expect("the rows are there"), &second).expect("the rows are there");
        prop_assert_eq!(twice, take(&table, &both).expect("the rows are there"));
    }

    #[test]
    fn a_table_is_what_its_parts_are_one_behind_the_other(table in random::table(), cut in any::<Index>()) {
        let cut = cut.index(table.rows() + 1) as u32;
        let first = take(&table, &(0..cut).collect::<Vec<_>>()).expect("the rows are there");
        let second = take(&table, &(cut..table.rows() as u32).collect::<Vec<_>>()).expect("the rows are there");
        prop_assert_eq!(append(&first, &second).expect("there is room"), table);
    }

    #[test]
    fn a_shape_is_read_from_the_end_alone(table in random::table()) {
        let archive = to_archive(&table)?;
        let (mut reads, mut bytes) = (0, 0);
        let shape = TableShape::read(archive.len(), |range| {
            (reads, bytes) = (reads + 1, bytes + range.len());
            Ok::<_, ViewError>(archive[range].to_vec())
        })?;
        prop_assert_eq!(&shape, &TableShape::of(&table));
        prop_assert!(reads <= 2 && bytes <= 2 * archive.len());
    }

    #[test]
    fn no_end_makes_a_shape_panic(table in random::table(), at in 0_usize..200, flip in 1_u8.., size in 0_usize..5000) {
        let mut archive = to_archive(&table)?;
        let end = archive.len();
        if let Some(byte) = archive.as_mut_slice().get_mut(end.wrapping_sub(at + 1)) {
            *byte ^= flip;
        }
        let read = |size: usize| {
            TableShape::read(size, |range| Ok::<_, ViewError>(archive.get(range).unwrap_or_default().to_vec()))
        };
        let _ = read(archive.len());
        let _ = read(size);
        let _ = read(usize::MAX);
    }
}

#[test]
fn a_root_that_is_longer_than_most_is_read_whole() -> Result<(), Box<dyn std::error::Error>> {
    let columns =
        (0..500).map(|column| (format!("a column with a rather long name, of number {column}"), vec![0.5].into()));
    let table = Table::from_columns(columns)?;
    let archive = to_archive(&table)?;
    let mut reads = Vec::new();
    let shape = TableShape::read(archive.len(), |range| {
        reads.push(range.len());
        Ok::<_, ViewError>(archive[range].to_vec())
    })?;
    assert_eq!((shape.rows(), shape.columns().len(), reads.len()), (1, 500, 2));
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_columns([("x", vec![1_i64, 2].into())])?;
    let x = AnyColumn::new(&table, "x")?;
    let mut area = AlignedBytes::new();
    let mut built = TableSpec::new(2).i64("x").i32("y").build_in(&mut area)?;
    let too_long = TableError::Rows { column: "x".to_owned(), expected: 2, actual: 3 };
    assert_eq!(x.append(1, built.column_named("x")?), Err(too_long.clone()));
    assert_eq!(x.take(&[0, 1, 0], built.column_named("x")?), Err(too_long));
    assert!(matches!(x.append(0, built.column_named("y")?), Err(TableError::WrongKind { .. })));
    Ok(())
}

fn appended(first: Column, second: Column, kind: ColumnKind) -> Result<Table<'static>, Box<dyn std::error::Error>> {
    let tables = [Table::from_columns([("x", first)])?, Table::from_columns([("x", second)])?];
    let mut area = AlignedBytes::new();
    let spec = TableSpec::new(tables[0].rows() + tables[1].rows()).column_with_room("x", kind, 100).nullable();
    let mut built = spec.build_in(&mut area)?;
    let x = built.column_named("x")?;
    AnyColumn::new(&tables[0], "x")?.append(0, x)?;
    AnyColumn::new(&tables[1], "x")?.append(tables[0].rows(), x)?;
    let size = built.finish()?;
    area.resize(size, 0);
    Ok(Table::from_archive(area)?)
}

#[test]
fn columns_of_files_that_tell_no_kinds_fit_to_each_other() -> Result<(), Box<dyn std::error::Error>> {
    let nothing = || vec![None::<&str>].into();
    let table = appended(nothing(), vec![0.5].into(), ColumnKind::F64)?;
    assert_eq!(table.nullable::<f64>("x")?.iter().collect::<Vec<_>>(), [None, Some(0.5)]);
    let table = appended(vec![0.5].into(), vec![Some(2_i64), None].into(), ColumnKind::F64)?;
    assert_eq!(table.nullable::<f64>("x")?.iter().collect::<Vec<_>>(), [Some(0.5), Some(2.0), None]);
    let table = appended(nothing(), Column::binary(vec![Some(b"a")]), ColumnKind::Binary)?;
    assert_eq!(table.nullable_binary("x")?.get(1), Some(&b"a"[..]));

    let large = (1_i64 << 53) + 1;
    let error = appended(vec![0.5].into(), vec![large].into(), ColumnKind::F64).expect_err("digits would be lost");
    assert!(error.to_string().contains("9007199254740993 in row 1 has no exact place in f64"), "{error}");
    assert!(appended(vec![0.5].into(), vec!["a"].into(), ColumnKind::F64).is_err());
    Ok(())
}
