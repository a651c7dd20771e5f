//! The first difference between two values, in words.

use insta::assert_snapshot;
use proptest::prelude::*;
use wpipe_catalog::compare;
use wpipe_data::{Column, Date, Table};

use crate::support::*;

fn told(a: &Table<'_>, b: &Table<'_>) -> String {
    compare(&buffer_of(a), &buffer_of(b), TABLE.0).map(|difference| difference.to_string()).unwrap_or_default()
}

fn table<const N: usize>(columns: [(&str, Column); N]) -> Table<'static> {
    Table::from_columns(columns).expect("columns of one length")
}

#[test]
fn the_first_difference_of_tables_is_told() {
    let one = table([("x", vec![1.5, 2.5].into()), ("name", vec![Some("a"), None].into())]);
    assert_eq!(told(&one, &one), "");
    let other = |x: Column, name: Column| table([("x", x), ("name", name)]);
    let names = || vec![Some("a"), None].into();
    let numbers = || Column::from(vec![1.5, 2.5]);
    assert_snapshot!(told(&one, &other(vec![1.5, 2.25].into(), names())), @"column `x`, row 2: `2.5` and `2.25`");
    assert_snapshot!(told(&one, &other(vec![Some(1.5), None].into(), names())), @"column `x`, row 2: `2.5` and nothing");
    assert_snapshot!(told(&one, &other(numbers(), vec!["a", ""].into())), @"column `name`, row 2: nothing and ``");
    assert_snapshot!(told(&one, &other(vec![1.5_f32, 2.5].into(), names())), @"column `x` holds f64 and f32");
    assert_snapshot!(told(&one, &table([("x", numbers())])), @"the columns differ: `name` and nothing");
    assert_snapshot!(told(&one, &table([("name", names()), ("x", numbers())])), @"the columns differ: `x`, `name` and `name`, `x`");
    assert_snapshot!(told(&one, &table([("x", vec![1.5].into()), ("name", vec!["a"].into())])), @"there are 2 and 1 rows");
    let days = |day| table([("day", vec![Date(day)].into())]);
    assert_snapshot!(told(&days(0), &days(1)), @"column `day`, row 1: `1970-01-01` and `1970-01-02`");
    let long = |end: &str| table([("t", vec![format!("{}{end}", "long ".repeat(20))].into())]);
    assert_snapshot!(told(&long("a"), &long("b")), @"column `t`, row 1: `long long long long long long long long …` and `long long long long long long long long …`");
}

#[test]
fn numbers_are_the_same_to_the_bit_but_for_nans() {
    let numbers = |value: f64| table([("x", vec![value].into())]);
    assert_eq!(told(&numbers(f64::NAN), &numbers(-f64::NAN)), "");
    assert_snapshot!(told(&numbers(0.0), &numbers(-0.0)), @"column `x`, row 1: `0.0` and `-0.0`");
}

#[test]
fn a_layout_is_no_difference() {
    // With a place for missing values, and without.
    let all_there = table([("x", vec![Some(1.5), Some(2.5)].into())]);
    assert_eq!(told(&all_there, &table([("x", vec![1.5, 2.5].into())])), "");
}

#[test]
fn the_first_byte_that_differs_is_told() {
    let told = |a: &[u8], b: &[u8]| compare(&buffer(a), &buffer(b), "bytes").map(|difference| difference.to_string());
    assert_eq!(told(b"abc", b"abc"), None);
    assert_eq!(told(b"abc", b"aXc").as_deref(), Some("byte 1: 0x62 and 0x58"));
    assert_eq!(told(b"abc", b"ab").as_deref(), Some("byte 2: 0x63 and the end"));
}

#[test]
fn what_is_no_table_is_told() {
    let good = buffer_of(&table([("x", vec![1.5].into())]));
    let difference = compare(&good, &buffer(b"no table"), TABLE.0).expect("a difference");
    assert!(difference.to_string().starts_with("one of them cannot be read: "), "{difference}");
}

proptest! {
    #[test]
    fn values_are_the_same_exactly_if_their_bytes_are(a: Vec<u8>, b: Vec<u8>) {
        prop_assert_eq!(compare(&buffer(&a), &buffer(&b), "bytes").is_none(), a == b);
        prop_assert!(compare(&buffer(&a), &buffer(&a), "bytes").is_none());
    }
}
