//! Tests of lists and dictionaries: reading, writing in place, and the errors for those that do not fit.

use wpipe_data::table::AnyColumn;
use wpipe_data::{AlignedBytes, Column, ItemKind, Room, Table, TableError, TableShape, TableSpec, to_archive};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn one(column: impl Into<Column>) -> Table<'static> {
    Table::from_columns([("x", column.into())]).expect("one column")
}

fn built(
    spec: &TableSpec,
    fill: impl FnOnce(&mut wpipe_data::TableMut<'_>) -> Result<(), TableError>,
) -> Result<Table<'static>, Box<dyn std::error::Error>> {
    let mut area = AlignedBytes::new();
    // The earlier content of an area does not count.
    area.resize(4096, 0xff);
    area.clear();
    let mut table = spec.build_in(&mut area)?;
    fill(&mut table)?;
    let size = table.finish()?;
    area.resize(size, 0);
    Ok(Table::from_archive(area)?)
}

#[test]
fn lists_are_slices_of_all_items() -> Outcome {
    let table = one(vec![vec![0.5_f32, 1.5], vec![], vec![2.5]]);
    let lists = table.lists::<f32>("x")?;
    assert_eq!(lists.iter().collect::<Vec<_>>(), [&[0.5_f32, 1.5][..], &[], &[2.5]]);
    assert_eq!(lists.items(), [0.5, 1.5, 2.5]);
    assert_eq!(lists.items().as_ptr_range(), lists.get(0).as_ptr()..lists.get(2).as_ptr_range().end);
    Ok(())
}

#[test]
fn missing_and_empty_lists_and_missing_items_are_three_things() -> Outcome {
    let table = one(vec![Some(vec![Some("a"), None]), None, Some(vec![]), Some(vec![Some("")])]);
    let lists = table.nullable_lists::<Option<&str>>("x")?;
    let read: Vec<Option<Vec<Option<&str>>>> =
        lists.iter().map(|list| list.map(|list| list.iter().collect())).collect();
    assert_eq!(read, [Some(vec![Some("a"), None]), None, Some(vec![]), Some(vec![Some("")])]);
    Ok(())
}

#[test]
fn who_does_not_ask_for_missing_lists_or_items_is_told() {
    let told = |error: TableError| error.to_string();
    let table = one(vec![Some(vec![Some(1.0_f32), None]), None]);
    assert_eq!(
        told(table.lists::<Option<f32>>("x").unwrap_err()),
        "column `x` has 1 missing values: read it with `nullable_lists`"
    );
    assert_eq!(
        told(table.nullable_lists::<f32>("x").unwrap_err()),
        "column `x` has 1 missing items in its lists: read them as `Option<f32>`"
    );
    assert_eq!(
        told(table.nullable_lists::<Option<&str>>("x").unwrap_err()),
        "column `x` is list<f32>, not list<text>: a file that it comes from is read so with `types = { x = \"list<text>\" }`"
    );
    assert_eq!(
        told(table.column::<f32>("x").unwrap_err()),
        "column `x` is list<f32>, not f32: a file that it comes from is read so with `types = { x = \"f32\" }`"
    );
}

#[test]
fn whole_items_are_read_as_floats_and_no_items_as_any() -> Outcome {
    assert_eq!(one(vec![vec![1_i64, 2], vec![3]]).lists::<f64>("x")?.get(1), [3.0]);
    assert!(one(vec![vec![(1_i64 << 53) + 1]]).lists::<f64>("x").is_err());
    let empty = one(vec![Vec::<String>::new(), vec![]]);
    assert_eq!(empty.lists::<f32>("x")?.get(1), [0.0_f32; 0]);
    let nothing = one(vec![None::<String>, None]);
    assert!(nothing.nullable_lists::<bool>("x")?.iter().all(|list| list.is_none()));
    Ok(())
}

#[test]
fn lists_are_built_in_place() -> Outcome {
    let spec = TableSpec::new(3).list("x", ItemKind::F64, Room::items(9)).nullable();
    let spec = spec.list("tags", ItemKind::Text, Room::items(5).bytes(20).with_missing_items()).bool("last");
    let table = built(&spec, |table| {
        let mut x = table.lists_mut("x")?;
        x.push(&[1.5, 2.5])?;
        x.push_option::<f64>(None)?;
        x.push_with(3, |items: &mut [f64]| items.copy_from_slice(&[3.0, 4.0, 5.0]))?;
        let mut tags = table.lists_mut("tags")?;
        tags.push(&["a", "bc"])?;
        tags.push(&[None, Some("d")])?;
        tags.push::<String>(&[])?;
        let mut last = table.bools_mut("last")?;
        (0..3).for_each(|row| last.set(row, row == 2));
        Ok(())
    })?;
    let expected = Table::from_columns([
        ("x", Column::from(vec![Some(vec![1.5, 2.5]), None, Some(vec![3.0, 4.0, 5.0])])),
        ("tags", vec![vec![Some("a"), Some("bc")], vec![None, Some("d")], vec![]].into()),
        ("last", vec![false, false, true].into()),
    ])?;
    assert_eq!(table, expected);
    // Items that were reserved and not written do not exist.
    assert_eq!(table.raw_columns()[0].child.as_ref().map(|child| child.length), Some(5));
    Ok(())
}

#[test]
fn what_has_no_room_is_told() -> Outcome {
    let spec = TableSpec::new(2).list("x", ItemKind::F64, Room::items(2));
    let mut area = AlignedBytes::new();
    let mut table = spec.build_in(&mut area)?;
    let mut x = table.lists_mut("x")?;
    assert_eq!(
        x.push(&[1.0, 2.0, 3.0]).unwrap_err().to_string(),
        "column `x` was given room for 2 items: no more than that fit"
    );
    assert!(x.push_option::<f64>(None).unwrap_err().to_string().contains("declare it with `.nullable()`"));
    assert!(x.push(&[Some(1.0), None]).unwrap_err().to_string().contains("`Room::with_missing_items`"));
    assert!(x.push(&[true]).is_err());
    x.push(&[1.0])?;
    assert_eq!(table.finish().unwrap_err().to_string(), "column `x` has 1 rows, the table has 2");
    Ok(())
}

#[test]
fn a_dictionary_is_text_and_codes() -> Outcome {
    let table = one(Column::dictionary(["Oslo", "Turku"], vec![Some(1), None, Some(0), Some(1)]));
    let texts: Vec<_> = table.nullable_text("x")?.iter().collect();
    assert_eq!(texts, [Some("Turku"), None, Some("Oslo"), Some("Turku")]);
    let codes = table.nullable_dictionary("x")?;
    assert_eq!(codes.iter().collect::<Vec<_>>(), [Some(1), None, Some(0), Some(1)]);
    assert_eq!(codes.values().values().iter().collect::<Vec<_>>(), ["Oslo", "Turku"]);
    assert_eq!(format!("{table:?}"), "Table(4 rows, 1 columns: x: text by a dictionary of 2 (1 missing))");
    let plain = one(vec![Some("Turku"), None, Some("Oslo"), Some("Turku")]);
    assert_eq!(table, plain);
    assert_eq!(
        plain.nullable_dictionary("x").unwrap_err().to_string(),
        "column `x` is no dictionary: read it with `text`"
    );
    Ok(())
}

#[test]
fn orders_that_mean_something_are_compared() {
    let sizes = |values: [&'static str; 2], codes| one(Column::dictionary(values, codes).in_order());
    let a = sizes(["low", "high"], vec![Some(0)]);
    assert_ne!(a, sizes(["high", "low"], vec![Some(1)]));
    assert_ne!(a, one(vec!["low"]));
}

#[test]
fn a_dictionary_without_values_has_missing_rows_only() -> Outcome {
    let table = one(Column::dictionary([] as [&str; 0], vec![None, None]));
    assert_eq!(table.nullable_text("x")?.iter().collect::<Vec<_>>(), [None, None]);
    assert_eq!(table.nullable_text("x")?.values().get(0), "");
    Ok(())
}

#[test]
fn codes_that_are_none_are_found() -> Outcome {
    let mut archive = to_archive(&one(Column::dictionary(["a"], vec![Some(0), Some(0)])))?;
    let codes = Table::view(&archive)?.raw_columns()[0].values.clone();
    archive[codes.start + 4] = 1;
    let table = Table::view(&archive)?;
    let damaged = "column `x` is damaged: a code is none of its dictionary";
    assert_eq!(table.nullable_text("x").unwrap_err().to_string(), damaged);
    assert_eq!(table.nullable_dictionary("x").unwrap_err().to_string(), damaged);
    Ok(())
}

fn appended(columns: &[Column]) -> Result<Table<'static>, TableError> {
    let tables: Vec<_> = columns.iter().map(|column| one(column.clone())).collect();
    let shapes: Vec<_> = tables.iter().map(TableShape::of).collect();
    let info = tables[0].columns().next().expect("one column");
    let room = shapes.iter().fold(Room::default(), |room, shape| room + shape.room(0));
    let rows = tables.iter().map(Table::rows).sum();
    let mut area = AlignedBytes::new();
    let spec = TableSpec::new(rows).column_like("x", info.kind, info.dictionary, room).nullable();
    let mut table = spec.build_in(&mut area).expect("room");
    let mut start = 0;
    for part in &tables {
        AnyColumn::new(part, 0)?.append(start, &mut table.columns_mut()[0])?;
        start += part.rows();
    }
    let size = table.finish()?;
    area.resize(size, 0);
    Ok(Table::from_archive(area).expect("a table"))
}

#[test]
fn dictionaries_become_one() -> Outcome {
    let table = appended(&[
        Column::dictionary(["b", "a"], vec![Some(0), None]),
        Column::dictionary(["a", "c", "unused"], vec![Some(0), Some(1)]),
        vec!["b", "d"].into(),
    ])?;
    let texts: Vec<_> = table.nullable_text("x")?.iter().collect();
    assert_eq!(texts, [Some("b"), None, Some("a"), Some("c"), Some("b"), Some("d")]);
    let values: Vec<_> = table.nullable_dictionary("x")?.values().values().iter().collect();
    assert_eq!(values, ["b", "a", "c", "d"]);
    Ok(())
}

#[test]
fn dictionaries_in_order_become_one_where_they_agree() -> Outcome {
    let part = |values: &[&str]| Column::dictionary(values, vec![Some(0)]).in_order();
    let order = |parts: &[&[&str]]| -> Result<Vec<String>, TableError> {
        let table = appended(&parts.iter().map(|values| part(values)).collect::<Vec<_>>())?;
        let column = table.nullable_dictionary("x")?;
        assert!(column.values().is_ordered());
        Ok(column.values().values().iter().map(str::to_owned).collect())
    };
    assert_eq!(order(&[&["low", "mid", "high"], &["low", "high"]])?, ["low", "mid", "high"]);
    assert_eq!(order(&[&["low"], &["low", "high"]])?, ["low", "high"]);
    for parts in
        [[&["low", "high"][..], &["high", "low"]], [&["low", "high"], &["low", "mid", "high"]], [&["low"], &["high"]]]
    {
        let error = order(&parts).expect_err("nobody knows the order");
        assert!(error.to_string().contains("`dictionary = false`"), "{error}");
    }
    Ok(())
}
