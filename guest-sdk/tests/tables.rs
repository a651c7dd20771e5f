//! Tests of splitting tables into partitions and joining them: no row is lost, and mistakes are reported with their
//! place.

use std::error::Error;

use proptest::prelude::*;
use wpipe_sdk::data::Column;
use wpipe_sdk::partitions::{Concat, ConcatError, Split, SplitError, WrittenPartitions};
use wpipe_sdk::{Date, Output, PartitionedOutput, Partitions, Table, TableSpec, Timestamp};

fn split(split: &Split, table: &Table) -> Result<WrittenPartitions, SplitError> {
    let (output, written) = PartitionedOutput::in_memory();
    split.write(table, &output)?;
    Ok(written)
}

fn tables(written: &WrittenPartitions) -> Result<Vec<(String, Table<'static>)>, Box<dyn Error>> {
    let table = |id: String| {
        let archive = written.archive(&id).ok_or("not written")?;
        Ok((id, Table::from_archive(archive)?))
    };
    written.ids().into_iter().map(table).collect()
}

fn partitions(tables: &[(String, Table<'static>)]) -> Result<Partitions<Table<'static>>, Box<dyn Error>> {
    Ok(Partitions::in_memory(tables.iter().map(|(id, table)| (id.as_str(), table)))?)
}

fn named(tables: &[(&str, &Table<'static>)]) -> Result<Partitions<Table<'static>>, Box<dyn Error>> {
    Ok(Partitions::in_memory(tables.iter().copied())?)
}

/// Rows of two keys, and their numbers.
type Row = (Option<char>, i32, Option<f64>);

fn table(rows: &[Row]) -> Result<Table<'static>, Box<dyn Error>> {
    let letters: Vec<_> = rows.iter().map(|(letter, ..)| letter.map(String::from)).collect();
    let digits: Vec<_> = rows.iter().map(|(_, digit, _)| *digit).collect();
    let values: Vec<_> = rows.iter().map(|(.., value)| *value).collect();
    let numbers: Vec<_> = (0..rows.len() as i64).collect();
    let columns =
        [("letter", letters.into()), ("digit", digits.into()), ("value", values.into()), ("row", numbers.into())];
    Ok(Table::from_columns(columns)?)
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec(
        (proptest::option::of(proptest::char::range('a', 'c')), 0..3, proptest::option::of(-1.0..1.0)),
        0..60,
    )
}

proptest! {
    #[test]
    fn every_row_is_in_the_partition_of_its_keys_and_in_no_other(rows in rows()) {
        let by = Split::by(["letter", "digit"]).folder("{digit}").file("{letter}").missing("none");
        let written = split(&by, &table(&rows).expect("a table")).expect("all keys have names");
        let mut seen = Vec::new();
        for (id, table) in tables(&written).expect("tables") {
            let numbers = table.column::<i64>("row").expect("a column");
            prop_assert!(numbers.is_sorted() && !numbers.is_empty());
            for row in numbers {
                let (letter, digit, _) = &rows[*row as usize];
                prop_assert_eq!(&id, &format!("{digit}/{}", letter.map_or("none".to_owned(), String::from)));
            }
            seen.extend_from_slice(numbers);
        }
        seen.sort_unstable();
        prop_assert!(seen.into_iter().eq(0..rows.len() as i64));
    }

    #[test]
    fn what_was_divided_is_put_together_again(rows in rows()) {
        let original = table(&rows).expect("a table");
        let written = split(&Split::by(["letter", "digit"]).missing("none"), &original).expect("all keys have names");
        let empty = TableSpec::new(0).text("letter", 0).nullable().i32("digit").f64("value").nullable().i64("row");
        let together = tables(&written).expect("tables");
        let together = Concat::new().or_empty(empty).table(partitions(&together).expect("tables")).expect("they fit");
        // They are sorted by id, which is by letter (`none` is behind them) and digit; otherwise they keep their order.
        let mut sorted: Vec<(usize, Row)> = rows.into_iter().enumerate().collect();
        sorted.sort_by_key(|(_, (letter, digit, _))| (letter.unwrap_or('n'), *digit));
        let numbers: Vec<i64> = sorted.iter().map(|(row, _)| *row as i64).collect();
        prop_assert_eq!(together.column::<i64>("row").expect("a column"), &numbers);
        let rows: Vec<Row> = sorted.into_iter().map(|(_, row)| row).collect();
        let expected = table(&rows).expect("a table");
        for column in ["letter", "digit", "value"] {
            let (found, expected) = (describe(&together, column), describe(&expected, column));
            prop_assert_eq!(found, expected);
        }
    }
}

fn describe(table: &Table, column: &str) -> String {
    match column {
        "letter" => format!("{:?}", table.nullable_text(column)),
        "digit" => format!("{:?}", table.nullable::<i32>(column)),
        _ => format!("{:?}", table.nullable::<f64>(column)),
    }
}

#[test]
fn ids_are_made_of_all_kinds_of_keys() -> Result<(), Box<dyn Error>> {
    let table = Table::from_columns([
        ("text", vec!["ü b"].into()),
        ("bool", vec![true].into()),
        ("i32", vec![-1_i32].into()),
        ("i64", vec![i64::MAX].into()),
        ("date", vec![Date(19_782)].into()),
        ("timestamp", vec![Timestamp(0)].into()),
    ])?;
    let ids = |by: Split| split(&by, &table).map(|written| written.ids());
    assert_eq!(ids(Split::by(["text", "bool"]))?, ["ü b/true/ü b_true"], "as kedro-partitioned names them");
    assert_eq!(ids(Split::by(["i32", "i64"]).folder(""))?, ["-1_9223372036854775807"]);
    let by = Split::by(["date", "timestamp"]).folder("all of {date}").file("t={timestamp}");
    assert_eq!(ids(by)?, ["all of 2024-02-29/t=1970-01-01T00:00:00"]);
    Ok(())
}

#[test]
fn a_split_can_be_a_parameter() -> Result<(), Box<dyn Error>> {
    let json = r#"{ "keys": ["year"], "folder": "", "file": "{year}", "missing": "unknown" }"#;
    let by: Split = wpipe_sdk::serde_json::from_str(json)?;
    assert_eq!(by, Split::by(["year"]).folder("").file("{year}").missing("unknown"));
    assert!(wpipe_sdk::serde_json::from_str::<Split>(r#"{ "keys": ["year"], "folders": "" }"#).is_err());
    Ok(())
}

#[test]
fn mistakes_in_splits_are_told() -> Result<(), Box<dyn Error>> {
    let table = Table::from_columns([
        ("station", vec![Some("north"), None, Some("a/b"), Some("none")].into()),
        ("year", vec![2023, 2023, 1, 2023].into()),
        ("a", vec!["1", "11", "1", "1"].into()),
        ("b", vec!["11", "1", "11", "11"].into()),
        ("value", vec![0.5; 4].into()),
        ("empty", vec!["x", "", "x", "x"].into()),
    ])?;
    let told = |by: Split| split(&by, &table).expect_err("a mistake").to_string();
    let errors = [
        told(Split::by(["station"])),
        told(Split::by(["station"]).missing("x")),
        told(Split::by(["station"]).missing("..")),
        told(Split::by(["empty"])),
        told(Split::by(["value"])),
        told(Split::by(["yaer"])),
        told(Split::by(Vec::<String>::new())),
        told(Split::by(["a", "b"]).folder("").file("{a}{b}")),
        told(Split::by(["a", "b"]).folder("").file("{a}")),
        told(Split::by(["a"]).file("{c}")),
        told(Split::by(["a"]).folder("{a}/..")),
        told(Split::by(["a"]).folder("/{a}")),
    ];
    insta::assert_snapshot!(errors.join("\n"));
    Ok(())
}

#[test]
fn nothing_is_written_of_a_table_with_a_mistake() -> Result<(), Box<dyn Error>> {
    let table = Table::from_columns([("key", vec!["a", "b", ""].into())])?;
    let (output, written) = PartitionedOutput::in_memory();
    assert!(Split::by(["key"]).write(&table, &output).is_err());
    assert!(written.ids().is_empty());
    Ok(())
}

#[test]
fn columns_are_found_by_name_and_may_have_gaps_in_some_partitions() -> Result<(), Box<dyn Error>> {
    let first = Table::from_columns([("x", vec![1, 2].into()), ("name", vec!["a", "b"].into())])?;
    let second = Table::from_columns([("name", vec![None, Some("d")].into()), ("x", vec![3, 4].into())])?;
    let none = Table::from_columns([("name", Vec::<&str>::new().into()), ("x", Vec::<i32>::new().into())])?;
    let (output, written) = Output::in_memory();
    let days = named(&[("2", &second), ("1", &first), ("3", &none)])?;
    Concat::new().id_column("day").write(days, output)?;
    let archive = written.archive().ok_or("not written")?;
    let together = Table::view(&archive)?;
    let expected = Table::from_columns([
        ("x", vec![1, 2, 3, 4].into()),
        ("name", vec![Some("a"), Some("b"), None, Some("d")].into()),
        ("day", vec!["1", "1", "2", "2"].into()),
    ])?;
    assert_eq!(together, expected);
    Ok(())
}

#[test]
fn no_partitions_are_what_was_said_or_an_error() -> Result<(), Box<dyn Error>> {
    let empty = Concat::new().id_column("day").or_empty(TableSpec::new(0).f64("x")).table(named(&[])?)?;
    let columns: Vec<String> = empty.columns().map(|column| column.to_string()).collect();
    assert_eq!((empty.rows(), columns), (0, vec!["x: f64".to_owned(), "day: text".to_owned()]));
    let error = Concat::new().table(named(&[])?).expect_err("nothing was said").to_string();
    assert_eq!(error, "the input `input` has no partitions: say with `or_empty` what the table is then");
    Ok(())
}

#[test]
fn partitions_that_disagree_are_named() -> Result<(), Box<dyn Error>> {
    let first = Table::from_columns([("x", vec![1.0].into()), ("y", vec![1].into())])?;
    let fewer = Table::from_columns([("x", vec![1.0].into())])?;
    let more = Table::from_columns([("x", vec![1.0].into()), ("y", vec![1].into()), ("z", vec![1].into())])?;
    let other = Table::from_columns([("x", vec![1.0].into()), ("y", vec!["1"].into())])?;
    let told = |concat: Concat, second: &Table<'static>| -> Result<String, Box<dyn Error>> {
        Ok(concat.table(named(&[("a", &first), ("b", second)])?).expect_err("they disagree").to_string())
    };
    let errors = [
        told(Concat::new(), &fewer)?,
        told(Concat::new(), &more)?,
        told(Concat::new(), &other)?,
        told(Concat::new().id_column("x"), &first)?,
    ];
    insta::assert_snapshot!(errors.join("\n"));
    Ok(())
}

#[test]
fn a_partition_that_is_no_table_is_named() -> Result<(), Box<dyn Error>> {
    use wpipe_sdk::__private::{Argument, Buffer, Call};
    let given = vec![("a".to_owned(), Buffer::new(b"no table")), ("b".to_owned(), Buffer::unavailable("on fire"))];
    let mut told = Vec::new();
    for only in given {
        let partitions = Call::new(vec![Argument::Partitioned(vec![only])], Vec::new()).partitions::<Table>("days")?;
        let error = Concat::new().table(partitions).expect_err("no table");
        assert!(matches!(error, ConcatError::Partition(_)));
        told.push(error.to_string());
    }
    insta::assert_snapshot!(told.join("\n"));
    Ok(())
}

#[test]
fn lists_and_dictionaries_of_partitions_become_one_table() -> Result<(), Box<dyn Error>> {
    let one = |vector: Column, city: Column| Table::from_columns([("vector", vector), ("city", city)]);
    let monday = one(vec![vec![1_i64, 2], vec![]].into(), Column::dictionary(["Oslo", "Turku"], vec![Some(1), None]))?;
    let tuesday = one(vec![Some(vec![Some(0.5), None]), None].into(), vec![Some("Bergen"), Some("Oslo")].into())?;
    // As JSON without items and values has it.
    let wednesday = one(vec![Vec::<String>::new()].into(), vec![None::<String>].into())?;
    let days = [("monday", &monday), ("tuesday", &tuesday), ("wednesday", &wednesday)];
    let table = Concat::new().table(named(&days)?)?;
    let expected = one(
        vec![Some(vec![Some(1.0), Some(2.0)]), Some(vec![]), Some(vec![Some(0.5), None]), None, Some(vec![])].into(),
        vec![Some("Turku"), None, Some("Bergen"), Some("Oslo"), None].into(),
    )?;
    assert_eq!(table, expected);
    let cities = table.nullable_dictionary("city")?.values().values();
    assert_eq!(cities.iter().collect::<Vec<_>>(), ["Turku", "Bergen", "Oslo"]);

    let by_city = split(&Split::by(["city"]).folder("").missing("none"), &table)?;
    assert_eq!(by_city.ids(), ["Bergen", "Oslo", "Turku", "none"]);
    let oslo = Table::from_archive(by_city.archive("Oslo").ok_or("not written")?)?;
    assert_eq!(oslo.nullable_dictionary("city")?.values().values().len(), 1);
    Ok(())
}

#[test]
fn an_order_that_only_some_partitions_have_is_told() -> Result<(), Box<dyn Error>> {
    let one = |size: Column| Table::from_columns([("size", size)]);
    let ordered = one(Column::dictionary(["low", "high"], vec![Some(1)]).in_order())?;
    let plain = one(vec!["low"].into())?;
    let error = Concat::new().table(named(&[("a", &ordered), ("b", &plain)])?).expect_err("no order");
    assert_eq!(
        error.to_string(),
        "column `size` of partition `b` of the input `input` does not fit: it is text, and text in partition `a`: the order of one means \
         something; read both as text with `dictionary = false` for their dataset"
    );
    Ok(())
}
