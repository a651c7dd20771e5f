//! Tests of tables built in place.

use wpipe_data::{AlignedBytes, Column, Date, Sink, Table, TableError, TableSpec, Timestamp};

type Tested = Result<(), Box<dyn std::error::Error>>;

#[test]
fn a_built_table_equals_one_from_vectors() -> Tested {
    let spec = TableSpec::new(2)
        .bool("flag")
        .nullable()
        .i32("small")
        .f32("ratio")
        .date("day")
        .timestamp("at")
        .text("name", 100)
        .nullable();
    let mut area = AlignedBytes::new();
    let mut table = spec.build_in(&mut area)?;
    table.bools_mut("flag")?.set(1, true);
    table.validity_mut("flag")?.set(0, false);
    table.column_mut::<i32>("small")?.copy_from_slice(&[3, 4]);
    table.column_mut::<f32>("ratio")?.fill(0.5);
    table.column_mut::<Date>("day")?[1] = Date(7);
    table.column_mut::<Timestamp>("at")?[0] = Timestamp(-1);
    table.text_mut("name")?.push_option(None)?;
    table.text_mut("name")?.push_option(Some("é"))?;
    let size = table.finish()?;

    let columns: [(&str, Column); 6] = [
        ("flag", vec![None, Some(true)].into()),
        ("small", vec![3, 4].into()),
        ("ratio", vec![0.5_f32, 0.5].into()),
        ("day", vec![Date(0), Date(7)].into()),
        ("at", vec![Timestamp(-1), Timestamp(0)].into()),
        ("name", vec![None, Some("é")].into()),
    ];
    assert_eq!(Table::view(&area[..size])?, Table::from_columns(columns)?);
    Ok(())
}

#[test]
fn a_table_has_the_size_that_its_spec_said() -> Tested {
    let spec = TableSpec::new(100).f64("a rather long name for a column").text("b", 10).nullable();
    let mut area = AlignedBytes::new();
    let mut table = spec.build_in(&mut area)?;
    let mut texts = table.text_mut("b")?;
    for _ in 0..100 {
        texts.push_option(None)?;
    }
    let size = table.finish()?;
    assert_eq!(size, spec.size()?);
    assert_eq!(area.len(), size);
    Ok(())
}

#[test]
fn what_an_area_held_before_does_not_show_in_the_gaps() -> Tested {
    let mut area = AlignedBytes::new();
    area.resize(4096, 0xaa);
    let mut table = TableSpec::new(1).text("x", 100).build_in(&mut area)?;
    table.text_mut("x")?.push("y")?;
    let size = table.finish()?;
    let mut values = [0; 128];
    values[0] = b'y';
    assert_eq!(area[64..192], values);
    assert_eq!(Table::view(&area[..size])?.text("x")?.get(0), "y");
    Ok(())
}

#[test]
fn a_full_text_column_takes_no_more() -> Tested {
    let mut area = AlignedBytes::new();
    let mut table = TableSpec::new(2).text("x", 3).build_in(&mut area)?;
    let mut texts = table.text_mut("x")?;
    let full = TableError::TextFull { column: "x".into(), capacity: 3 };
    assert_eq!(texts.push("four"), Err(full));
    texts.push("abc")?;
    texts.push("")?;
    assert_eq!(texts.push(""), Err(TableError::Rows { column: "x".into(), expected: 2, actual: 3 }));
    assert_eq!(texts.push_option(None), Err(TableError::NotNullable { column: "x".into() }));
    table.finish()?;
    Ok(())
}

#[test]
fn an_unfinished_text_column_is_an_error() -> Tested {
    let mut area = AlignedBytes::new();
    let mut table = TableSpec::new(2).text("x", 3).build_in(&mut area)?;
    table.text_mut("x")?.push("abc")?;
    assert_eq!(table.finish(), Err(TableError::Rows { column: "x".into(), expected: 2, actual: 1 }));
    Ok(())
}

#[test]
fn arrows_buffers_fill_a_text_column() -> Tested {
    let mut area = AlignedBytes::new();
    let mut table = TableSpec::new(2).text("x", 5).build_in(&mut area)?;
    let column = table.column_named("x")?;
    assert!(matches!(column.fill_text(&[0, 9, 2], b"abcdefg"), Err(TableError::Corrupt { .. })));
    assert!(matches!(column.fill_text(&[0, 1, 8], b"abcdefg"), Err(TableError::Corrupt { .. })));
    assert!(matches!(column.fill_text(&[-1, 1, 2], b"abcdefg"), Err(TableError::Corrupt { .. })));
    assert!(matches!(column.fill_text(&[0, 1, 6], b"abcdefg"), Err(TableError::TextFull { .. })));
    assert!(matches!(column.fill_text(&[0, 1], b"abcdefg"), Err(TableError::Rows { .. })));
    column.fill_text(&[2, 4, 7], b"abcdefg")?;
    let size = table.finish()?;
    let table = Table::view(&area[..size])?;
    assert_eq!(table.text("x")?.iter().collect::<Vec<_>>(), ["cd", "efg"]);
    Ok(())
}

#[test]
fn columns_are_borrowed_together_but_not_twice() -> Tested {
    let mut area = AlignedBytes::new();
    let mut table = TableSpec::new(1).f64("x").i64("y").build_in(&mut area)?;
    let [y, x] = table.columns_named(["y", "x"])?;
    (x.values::<f64>()?[0], y.values::<i64>()?[0]) = (1.0, 2);
    assert_eq!(table.columns_named(["x", "x"]).unwrap_err(), TableError::Duplicate { column: "x".into() });
    assert!(matches!(table.columns_named(["x", "z"]), Err(TableError::NoColumn { .. })));
    Ok(())
}

#[test]
fn columns_of_different_lengths_make_no_table() {
    let columns: [(&str, Column); 2] = [("x", vec![1, 2].into()), ("y", vec![1].into())];
    let error = Table::from_columns(columns).unwrap_err();
    assert_eq!(error.to_string(), "column `y` has 1 rows, the table has 2");
}

/// A sink that starts one byte behind a good address.
struct Crooked(AlignedBytes);

impl Sink for Crooked {
    type Error = std::convert::Infallible;

    fn reserve(&mut self, capacity: usize) -> Result<&mut [u8], Self::Error> {
        Sink::reserve(&mut self.0, capacity + 1).map(|area| &mut area[1..])
    }
}

#[test]
fn a_crooked_area_is_refused() {
    let mut area = Crooked(AlignedBytes::new());
    let error = TableSpec::new(1).f64("x").build_in(&mut area).unwrap_err();
    assert_eq!(error.to_string(), "the area does not start at a multiple of 64 bytes");
}
