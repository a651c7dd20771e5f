//! Tests that a table comes back unchanged.

use proptest::collection::vec;
use proptest::prelude::*;
use wpipe_data::{Column, Table, View, to_archive};

use crate::random;

proptest! {
    #[test]
    fn a_table_equals_its_archive(table in random::table()) {
        let archive = to_archive(&table)?;
        let read = <Table as View>::view(&archive)?;
        prop_assert_eq!(&read, &table);
        let again = to_archive(&read)?;
        prop_assert_eq!(again.as_slice(), archive.as_slice());
    }

    #[test]
    fn values_come_back(values in vec(any::<f64>(), 0..100)) {
        let table = Table::from_columns([("x", values.as_slice().into())])?;
        let read: Vec<_> = table.column::<f64>("x")?.iter().map(|value| value.to_bits()).collect();
        prop_assert_eq!(read, values.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
    }

    #[test]
    fn gaps_come_back(values in vec(any::<Option<i64>>(), 0..100)) {
        let table = Table::from_columns([("x", values.clone().into())])?;
        let read = table.nullable::<i64>("x")?;
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), values.clone());
        prop_assert_eq!(read.null_count(), values.iter().filter(|value| value.is_none()).count());
    }

    #[test]
    fn texts_come_back(texts in vec(any::<Option<String>>(), 0..50)) {
        let table = Table::from_columns([("x", texts.clone().into())])?;
        let read = table.nullable_text("x")?;
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), texts.iter().map(Option::as_deref).collect::<Vec<_>>());
    }

    #[test]
    fn bits_come_back(bits in vec(any::<Option<bool>>(), 0..100)) {
        let table = Table::from_columns([("x", bits.clone().into())])?;
        prop_assert_eq!(table.nullable_bools("x")?.iter().collect::<Vec<_>>(), bits);
    }

    #[test]
    fn another_value_makes_another_table(mut values in vec(any::<i32>(), 1..50), at in any::<prop::sample::Index>()) {
        let table = Table::from_columns([("x", values.clone().into())])?;
        *at.get_mut(&mut values) ^= 1;
        prop_assert_ne!(Table::from_columns([("x", values.into())])?, table);
    }
}

#[test]
fn a_table_without_columns_is_a_table() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_columns::<String>([])?;
    let archive = to_archive(&table)?;
    let read = Table::view(&archive)?;
    assert_eq!((read.rows(), read.columns().len()), (0, 0));
    assert_eq!(read, table);
    Ok(())
}

#[test]
fn a_table_without_rows_keeps_its_columns() -> Result<(), Box<dyn std::error::Error>> {
    let columns: [(&str, Column); 3] =
        [("x", Vec::<f64>::new().into()), ("y", Vec::<String>::new().into()), ("z", Vec::<Option<bool>>::new().into())];
    let archive = to_archive(&Table::from_columns(columns)?)?;
    let read = Table::view(&archive)?;
    assert_eq!(read.column::<f64>("x")?, [0.0; 0]);
    assert!(read.text("y")?.is_empty());
    assert!(read.bools("z")?.is_empty());
    Ok(())
}
