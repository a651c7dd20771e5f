//! Tests of columns of any numeric kind, read as floats.

use wpipe_data::{Column, Table, TableError};

fn table(column: impl Into<Column>) -> Result<Table<'static>, TableError> {
    Table::from_columns([("price", column.into())])
}

fn numbers(column: impl Into<Column>) -> Result<Vec<f64>, TableError> {
    Ok(table(column)?.numbers("price")?.iter().collect())
}

fn message(column: impl Into<Column>) -> String {
    numbers(column).expect_err("the request is wrong").to_string()
}

#[test]
fn every_numeric_kind_is_read_as_floats() -> Result<(), TableError> {
    assert_eq!(numbers(vec![3_i32, -4])?, [3.0, -4.0]);
    assert_eq!(numbers(vec![3_i64, -4])?, [3.0, -4.0]);
    assert_eq!(numbers(vec![3_u64, 1 << 63])?, [3.0, 9_223_372_036_854_775_808.0]);
    assert_eq!(numbers(vec![0.5_f32, f32::INFINITY])?, [0.5, f64::INFINITY]);
    assert_eq!(numbers(vec![0.1_f64, -0.0])?, [0.1, -0.0]);
    Ok(())
}

#[test]
fn a_decimal_is_the_float_that_its_text_is() -> Result<(), TableError> {
    let prices = vec![Some(1999), Some(-5), Some(0)];
    assert_eq!(numbers(Column::decimal(prices, 10, 2))?, [19.99, -0.05, 0.0]);
    let many_digits = 12_345_678_901_234_567_890_123_456_789_i128;
    assert_eq!(numbers(Column::decimal(vec![Some(many_digits)], 38, 10))?, [1_234_567_890_123_456_789.012_345_678_9]);
    assert_eq!(numbers(Column::decimal(vec![Some(7)], 5, -3))?, [7000.0]);
    Ok(())
}

#[test]
fn a_column_without_any_value_has_missing_numbers() -> Result<(), TableError> {
    let table = table(vec![None::<&str>, None])?;
    assert_eq!(table.nullable_numbers("price")?.iter().collect::<Vec<_>>(), [None, None]);
    Ok(())
}

#[test]
fn missing_numbers_are_told_and_can_be_asked_for() -> Result<(), TableError> {
    let column = || vec![Some(3_i32), None];
    assert_eq!(message(column()), "column `price` has 1 missing values: read it with `nullable_numbers`");
    let table = table(column())?;
    assert_eq!(table.nullable_numbers("price")?.iter().collect::<Vec<_>>(), [Some(3.0), None]);
    Ok(())
}

#[test]
fn whole_numbers_that_floats_do_not_have_are_refused() {
    assert_eq!(
        message(vec![1_i64, (1 << 53) + 1]),
        "column `price` is i64, and 9007199254740993 in row 2 has no exact place in f64: read it as i64"
    );
    assert_eq!(
        message(vec![u64::MAX]),
        "column `price` is u64, and 18446744073709551615 in row 1 has no exact place in f64: read it as u64"
    );
}

#[test]
fn what_is_no_number_is_refused() {
    assert_eq!(
        message(vec!["3"]),
        "column `price` is text, not f64: a file that it comes from is read so with `types = { price = \"f64\" }`"
    );
    assert!(message(vec![true]).starts_with("column `price` is bool, not f64"));
}
