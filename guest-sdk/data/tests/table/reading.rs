//! Tests of the errors that readers get when they ask for the wrong thing.

use wpipe_data::table::TimestampNanos;
use wpipe_data::{Column, Table, TableError, Timestamp, Zone};

fn table() -> Result<Table<'static>, TableError> {
    Table::from_columns([
        ("petal_length", vec![Some(1.4), None].into()),
        ("species", vec!["setosa", "virginica"].into()),
        ("count", vec![1, 2].into()),
    ])
}

fn message<T: std::fmt::Debug>(result: Result<T, TableError>) -> String {
    result.expect_err("the request is wrong").to_string()
}

#[test]
fn errors_say_what_to_do() -> Result<(), TableError> {
    let table = table()?;
    assert_eq!(
        message(table.column::<f64>("petal_lenth")),
        "no column `petal_lenth`, did you mean `petal_length`? the table has `petal_length`, `species`, `count`"
    );
    assert_eq!(
        message(table.column::<f64>("petal_length")),
        "column `petal_length` has 1 missing values: read it with `nullable`"
    );
    assert_eq!(
        message(table.column::<f64>("count")),
        "column `count` is i32, not f64: a file that it comes from is read so with `types = { count = \"f64\" }`; a node \
         takes numbers of every kind by `numbers`"
    );
    assert_eq!(
        message(table.text("count")),
        "column `count` is i32, not text: a file that it comes from is read so with `types = { count = \"text\" }`"
    );
    assert_eq!(message(table.bools(7)), "no column 7: the table has 3 columns");
    Ok(())
}

#[test]
fn names_and_positions_find_the_same_column() -> Result<(), TableError> {
    let table = table()?;
    assert_eq!(table.column::<i32>(2)?, table.column::<i32>("count")?);
    assert_eq!(table.text(&"species".to_owned())?.get(1), table.text(1)?.get(1));
    Ok(())
}

#[test]
fn a_table_without_gaps_can_be_read_as_nullable() -> Result<(), TableError> {
    let table = table()?;
    let count = table.nullable::<i32>("count")?;
    assert_eq!(count.iter().collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(count.values(), [1, 2]);
    Ok(())
}

#[test]
fn a_clone_shares_its_bytes() -> Result<(), TableError> {
    let table = table()?;
    assert_eq!(table.clone().bytes().as_ptr(), table.bytes().as_ptr());
    Ok(())
}

#[test]
fn columns_of_files_that_tell_no_kinds_are_read_as_what_is_asked_for() -> Result<(), TableError> {
    let table = Table::from_columns([
        ("empty", vec![None::<&str>, None].into()),
        ("whole", vec![Some(2_i64), None].into()),
        ("id", vec![7_i64, (1 << 53) + 1].into()),
        ("word", vec![Some("a"), None].into()),
    ])?;
    assert_eq!(table.nullable::<f64>("empty")?.iter().collect::<Vec<_>>(), [None, None]);
    assert_eq!(table.nullable::<f64>("empty")?.values(), [0.0, 0.0]);
    assert_eq!(table.nullable::<i128>("empty")?.iter().collect::<Vec<_>>(), [None, None]);
    assert_eq!(table.nullable_bools("empty")?.iter().collect::<Vec<_>>(), [None, None]);
    assert_eq!(table.nullable_binary("empty")?.iter().collect::<Vec<_>>(), [None, None]);
    assert_eq!(table.nullable::<f64>("whole")?.iter().collect::<Vec<_>>(), [Some(2.0), None]);
    assert_eq!(
        message(table.column::<f64>("id")),
        "column `id` is i64, and 9007199254740993 in row 2 has no exact place in f64: read it as i64"
    );
    assert!(matches!(table.nullable::<f64>("word"), Err(TableError::Misread { .. })));
    assert!(matches!(table.column::<i32>("id"), Err(TableError::Misread { .. })));
    assert!(matches!(table.column::<f64>("empty"), Err(TableError::HasNulls { .. })));
    Ok(())
}

#[test]
fn timestamps_are_read_in_their_own_unit_whatever_the_zone() -> Result<(), TableError> {
    let table = Table::from_columns([
        ("us", Column::from(vec![Timestamp(1)]).in_zone(Zone::UTC)),
        ("ns", vec![TimestampNanos(1)].into()),
    ])?;
    assert_eq!(table.column::<Timestamp>("us")?, [Timestamp(1)]);
    assert_eq!(table.column::<TimestampNanos>("ns")?, [TimestampNanos(1)]);
    assert!(message(table.column::<Timestamp>("ns")).starts_with("column `ns` is timestamp(ns), not timestamp: "));
    Ok(())
}

#[test]
fn a_table_without_rows_is_read_as_what_is_asked_for() -> Result<(), TableError> {
    let table = Table::from_columns([("x", Vec::<String>::new().into())])?;
    assert_eq!(table.column::<f64>("x")?, [0.0; 0]);
    assert_eq!(table.nullable::<i128>("x")?.len(), 0);
    assert!(table.bools("x")?.is_empty());
    assert!(table.binary("x")?.is_empty());
    Ok(())
}

#[test]
fn every_error_of_a_table_with_a_name_says_the_name() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_columns([
        ("price", vec![Some(1.5), None].into()),
        ("city", vec!["a", "b"].into()),
        ("list", vec![vec![Some(1_i64), None], vec![]].into()),
    ])?
    .named("the input `sales`");
    let told = [
        table.column::<f64>("prices").map(drop),
        table.column::<f64>(7).map(drop),
        table.column::<f64>("price").map(drop),
        table.nullable::<i64>("price").map(drop),
        table.text("price").map(drop),
        table.nullable_text("price").map(drop),
        table.bools("city").map(drop),
        table.nullable_bools("city").map(drop),
        table.binary("city").map(drop),
        table.nullable_binary("city").map(drop),
        table.numbers("city").map(drop),
        table.nullable_numbers("city").map(drop),
        table.dictionary("city").map(drop),
        table.nullable_dictionary("city").map(drop),
        table.lists::<i64>("list").map(drop),
        table.nullable_lists::<f64>("city").map(drop),
        table.list_ranges("lists").map(drop),
        wpipe_data::table::AnyColumn::new(&table, "cities").map(drop),
    ];
    for error in told.map(|result| result.expect_err("it does not fit").to_string()) {
        assert!(error.starts_with("the input `sales`: "), "{error}");
        assert_eq!(error.matches("the input `sales`").count(), 1, "{error}");
    }
    Ok(())
}
