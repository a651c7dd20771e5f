//! Tests on hostile bytes: a reader gets an error or a table, never a panic.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use wpipe_data::{AlignedBytes, Table, TableError, ViewError, to_archive};

use crate::random::{self, read_everything};

/// The root of a table and the structure before it, in bytes: a flipped byte does most harm there.
const TAIL: usize = 250;

fn read(bytes: &[u8]) {
    if let Ok(table) = Table::view(bytes) {
        read_everything(&table);
    }
}

fn aligned(bytes: &[u8]) -> AlignedBytes {
    let mut aligned = AlignedBytes::new();
    aligned.extend_from_slice(bytes);
    aligned
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn flipped_bytes_do_not_panic(table in random::table(), flips in vec((any::<Index>(), 1_u8..), 1..4)) {
        let mut archive = to_archive(&table)?;
        for (at, flip) in flips {
            *at.get_mut(archive.as_mut_slice()) ^= flip;
        }
        read(&archive);
    }

    #[test]
    fn flipped_bytes_of_the_root_do_not_panic(table in random::table(), flips in vec((0..TAIL, 1_u8..), 1..4)) {
        let mut archive = to_archive(&table)?;
        for (at, flip) in flips {
            let end = archive.len();
            if let Some(byte) = archive.as_mut_slice().get_mut(end.wrapping_sub(at + 17)) {
                *byte ^= flip;
            }
        }
        read(&archive);
    }

    #[test]
    fn truncated_tables_are_refused(table in random::table(), at in any::<Index>()) {
        let archive = to_archive(&table)?;
        let cut = at.index(archive.len());
        prop_assert!(Table::view(&archive[..cut]).is_err());
        let start = aligned(&archive[cut..]);
        read(&start);
    }

    #[test]
    fn random_bytes_are_refused(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(Table::view(&aligned(&bytes)).is_err());
    }
}

fn small() -> Result<AlignedBytes, Box<dyn std::error::Error>> {
    let table = Table::from_columns([("name", vec!["one", "two"].into()), ("x", vec![Some(1.0), None].into())])?;
    Ok(to_archive(&table)?)
}

#[test]
fn wild_text_offsets_are_found_when_the_column_is_asked_for() -> Result<(), Box<dyn std::error::Error>> {
    let mut archive = small()?;
    archive[4] = 200;
    let table = Table::view(&archive)?;
    assert_eq!(table.nullable::<f64>("x")?.get(0), Some(1.0));
    let error = table.text("name").expect_err("the offset is wild");
    assert_eq!(
        error,
        TableError::Corrupt { column: "name".into(), reason: "an offset points behind its text or into a character" }
    );
    Ok(())
}

#[test]
fn a_lie_about_missing_values_is_found() -> Result<(), Box<dyn std::error::Error>> {
    let mut archive = small()?;
    let validity = Table::view(&archive)?.raw_columns()[1].validity.clone().expect("x is nullable");
    archive[validity.start] = 0b11;
    let table = Table::view(&archive)?;
    assert!(matches!(table.nullable::<f64>("x"), Err(TableError::Corrupt { .. })));
    assert!(matches!(table.column::<f64>("x"), Err(TableError::Corrupt { .. })));
    Ok(())
}

#[test]
fn a_misaligned_table_is_refused() -> Result<(), Box<dyn std::error::Error>> {
    let archive = small()?;
    let mut shifted = aligned(&[0]);
    shifted.extend_from_slice(&archive);
    assert_eq!(Table::view(&shifted[1..]).unwrap_err(), ViewError::Misaligned { schema: "table", needed: 8 });
    Ok(())
}

#[test]
fn a_newer_format_says_so() -> Result<(), Box<dyn std::error::Error>> {
    let mut archive = small()?;
    let version = archive.len() - 16;
    archive[version] = 4;
    let error = Table::view(&archive).unwrap_err();
    assert_eq!(error.to_string(), "format 4 of `table` is newer than 3, the newest known here: update wpipe");
    Ok(())
}

#[test]
fn other_bytes_are_no_table() {
    let error = Table::view(b"sepal_length,sepal_width\n").unwrap_err();
    assert_eq!(error.to_string(), "not a valid `table`: it does not end as a table does");
    let error = Table::view(b"").unwrap_err();
    assert_eq!(error.to_string(), "truncated: a `table` takes at least 40 bytes, there are 0");
}
