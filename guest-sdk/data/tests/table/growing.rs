//! Tests of tables whose columns have as much room as is written.

use wpipe_data::table::AnyColumn;
use wpipe_data::{AlignedBytes, Column, ItemKind, Room, Table, TableError, TableMut, TableSpec};

type Tested = Result<(), Box<dyn std::error::Error>>;

#[test]
fn nobody_counts_the_bytes_of_texts() -> Tested {
    let spec = TableSpec::new(3).growing_text("name").nullable().f64("x").growing_binary("blob");
    let built = Table::build(&spec, |table| {
        let mut name = table.text_mut("name")?;
        [Some("é"), None, Some("a longer text than the others")]
            .into_iter()
            .try_for_each(|text| name.push_option(text))?;
        table.column_mut::<f64>("x")?.copy_from_slice(&[1.0, 2.0, 3.0]);
        let mut blob = table.binary_mut("blob")?;
        (0..3).try_for_each(|row| blob.push(&vec![7; row * 100]))
    })?;
    let columns: [(&str, Column); 3] = [
        ("name", vec![Some("é"), None, Some("a longer text than the others")].into()),
        ("x", vec![1.0, 2.0, 3.0].into()),
        ("blob", Column::binary((0..3).map(|row| Some(vec![7; row * 100])).collect())),
    ];
    assert_eq!(built, Table::from_columns(columns)?);
    Ok(())
}

#[test]
fn nobody_counts_the_items_of_lists() -> Tested {
    let spec = TableSpec::new(3)
        .list("numbers", ItemKind::F32, Room::growing())
        .list("tags", ItemKind::Text, Room::growing().with_missing_items())
        .nullable()
        .list("flags", ItemKind::Bool, Room::growing());
    let built = Table::build(&spec, |table| {
        let mut numbers = table.lists_mut("numbers")?;
        numbers.push(&[0.5_f32, 1.5])?;
        numbers.push::<f32>(&[])?;
        numbers.push_with(20, |items: &mut [f32]| items.fill(2.0))?;
        let mut tags = table.lists_mut("tags")?;
        tags.push(&[Some("a"), None])?;
        tags.push_missing()?;
        tags.push(&["b"])?;
        let mut flags = table.lists_mut("flags")?;
        (0..3).try_for_each(|row| flags.push(&vec![true; row * 9]))
    })?;
    let columns: [(&str, Column); 3] = [
        ("numbers", vec![vec![0.5_f32, 1.5], vec![], vec![2.0; 20]].into()),
        ("tags", vec![Some(vec![Some("a"), None]), None, Some(vec![Some("b")])].into()),
        ("flags", vec![vec![], vec![true; 9], vec![true; 18]].into()),
    ];
    assert_eq!(built, Table::from_columns(columns)?);
    Ok(())
}

#[test]
fn nobody_counts_the_values_of_a_dictionary() -> Tested {
    let cities = ["Oslo", "Turku", "Oslo", "Bergen"];
    let spec = TableSpec::new(4).dictionary("city", Room::growing());
    let built = Table::build(&spec, |table| {
        let mut city = table.text_mut("city")?;
        cities.into_iter().try_for_each(|name| city.push(name))
    })?;
    assert_eq!(built.text("city")?.iter().collect::<Vec<_>>(), cities);
    assert_eq!(built.dictionary("city")?.values().len(), 3);
    Ok(())
}

#[test]
fn an_empty_table_grows_by_nothing() -> Tested {
    let spec = TableSpec::new(0).growing_text("a").list("b", ItemKind::I64, Room::growing());
    let built = Table::build(&spec, |_| Ok(()))?;
    assert_eq!((built.rows(), built.text("a")?.len(), built.lists::<i64>("b")?.len()), (0, 0, 0));
    Ok(())
}

#[test]
fn rows_of_another_table_are_appended() -> Tested {
    let from = Table::from_columns([("tags", vec![vec!["a", "b"], vec![]].into()), ("name", vec!["x", "yz"].into())])?;
    let spec = TableSpec::new(4).list("tags", ItemKind::Text, Room::growing()).growing_text("name");
    let built = Table::build(&spec, |table: &mut TableMut<'_>| {
        for at in [0, 2] {
            for name in ["tags", "name"] {
                AnyColumn::new(&from, name)?.append(at, table.column_named(name)?)?;
            }
        }
        Ok(())
    })?;
    assert_eq!(built.text("name")?.iter().collect::<Vec<_>>(), ["x", "yz", "x", "yz"]);
    assert_eq!(built.lists::<&str>("tags")?.get(2).iter().collect::<Vec<_>>(), ["a", "b"]);
    Ok(())
}

#[test]
fn what_an_area_held_before_does_not_show() -> Tested {
    let mut area = AlignedBytes::new();
    area.resize(4096, 0xaa);
    let spec = TableSpec::new(2).growing_text("x").list("y", ItemKind::I32, Room::growing());
    let size = spec.build(&mut area, |table| {
        table.text_mut("x")?.push("a")?;
        table.text_mut("x")?.push("b")?;
        table.lists_mut("y")?.push(&[1])?;
        table.lists_mut("y")?.push(&[2])
    })?;
    let table = Table::view(&area[..size])?;
    let last = table.raw_columns().iter().map(|column| column.values.end).max().unwrap_or(0);
    assert!(!area[..last].contains(&0xaa), "the gaps are zeros");
    assert_eq!(table.text("x")?.get(1), "b");
    Ok(())
}

#[test]
fn rows_that_are_not_written_are_told() {
    let spec = TableSpec::new(2).growing_text("x");
    let error = Table::build(&spec, |table| table.text_mut("x")?.push("only")).expect_err("a row is missing");
    assert_eq!(error, TableError::Rows { column: "x".into(), expected: 2, actual: 1 });
    let error = Table::build(&spec, |table| (0..3).try_for_each(|_| table.text_mut("x")?.push("")));
    assert_eq!(error.expect_err("one too many"), TableError::Rows { column: "x".into(), expected: 2, actual: 3 });
}

#[test]
fn an_area_that_does_not_grow_is_told_what_does() -> Tested {
    let mut area = AlignedBytes::new();
    let mut table = TableSpec::new(1).f64("x").growing_text("y").build_in(&mut area)?;
    table.text_mut("y")?.push("z")?;
    let error = table.finish().expect_err("it cannot grow");
    assert_eq!(
        error.to_string(),
        "the room of column `y` grows: build the table with `TableSpec::build` instead of `build_in`"
    );
    Ok(())
}
