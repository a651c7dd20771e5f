//! Tests of tables as rows of structs: what is read is what was written, and what does not fit is told.

use std::borrow::Cow;

use wpipe_data::table::{Decimal, Duration, Time, TimestampNanos, TimestampSeconds};
use wpipe_data::{Column, Date, Table, TableError, TimeUnit, Timestamp, Zone};
use wpipe_sdk_macros::Row;

type Tested = Result<(), Box<dyn std::error::Error>>;

#[derive(Debug, Clone, PartialEq, Row)]
#[row(crate = wpipe_data)]
struct Sale<'t> {
    shop: &'t str,
    amount: f64,
    count: Option<i64>,
    note: Option<String>,
}

fn sales() -> Result<Table<'static>, TableError> {
    Table::from_columns([
        ("amount", vec![1.5, 2.5].into()),
        ("note", vec![None, Some("late")].into()),
        ("shop", vec!["north", "süd"].into()),
        ("count", vec![Some(3_i64), None].into()),
        ("unused", vec![true, false].into()),
    ])
}

#[test]
fn rows_are_read_in_order_by_the_names_of_their_fields() -> Tested {
    let table = sales()?;
    let rows = table.rows_as::<Sale>()?;
    let expected = [
        Sale { shop: "north", amount: 1.5, count: Some(3), note: None },
        Sale { shop: "süd", amount: 2.5, count: None, note: Some("late".to_owned()) },
    ];
    assert_eq!((rows.len(), rows.is_empty(), rows.get(1)), (2, false, expected[1].clone()));
    assert_eq!(rows.iter().collect::<Vec<_>>(), expected);
    assert_eq!(rows.into_iter().rev().map(|sale| sale.shop).collect::<Vec<_>>(), ["süd", "north"]);
    Ok(())
}

#[test]
fn texts_outlive_the_rows_that_borrow_them() -> Tested {
    fn shops<'t>(table: &'t Table) -> Result<Vec<&'t str>, TableError> {
        Ok(table.rows_as::<Sale>()?.into_iter().map(|sale| sale.shop).collect())
    }
    assert_eq!(shops(&sales()?)?, ["north", "süd"]);
    Ok(())
}

#[test]
fn a_table_of_rows_has_a_column_for_each_field() -> Tested {
    let table = sales()?;
    let written = Table::from_rows(table.rows_as::<Sale>()?)?;
    let columns: Vec<String> = written.columns().map(|column| column.to_string()).collect();
    assert_eq!(columns, ["shop: text", "amount: f64", "count: i64 (1 missing)", "note: text (1 missing)"]);
    assert_eq!(
        written.rows_as::<Sale>()?.iter().collect::<Vec<_>>(),
        table.rows_as::<Sale>()?.iter().collect::<Vec<_>>()
    );
    let none = Table::from_rows(std::iter::empty::<Sale>())?;
    assert_eq!((none.rows(), none.columns().len()), (0, 4));
    assert!(none.rows_as::<Sale>()?.is_empty());
    Ok(())
}

/// A field of each type.
#[derive(Debug, Clone, PartialEq, Row)]
#[row(crate = wpipe_data)]
struct Kinds<'t> {
    i8: i8,
    i16: i16,
    i32: i32,
    i64: i64,
    isize: isize,
    u8: u8,
    u16: u16,
    u32: u32,
    u64: u64,
    usize: usize,
    i128: i128,
    f32: f32,
    f64: f64,
    bool: bool,
    maybe: Option<bool>,
    str: &'t str,
    string: String,
    boxed: Box<str>,
    cow: Cow<'t, str>,
    shared: std::sync::Arc<str>,
    bytes: &'t [u8],
    vec: Vec<u8>,
    date: Date,
    day: Option<Date>,
    timestamp: Timestamp,
    nanos: Option<TimestampNanos>,
    time: Time,
    duration: Duration,
    #[row(kind = "decimal(10, 2)")]
    decimal: Decimal,
    numbers: &'t [f64],
    days: Vec<Date>,
    words: Vec<String>,
    tags: Option<Vec<&'t str>>,
    flags: Vec<bool>,
    gaps: Vec<Option<i64>>,
    blobs: Vec<Vec<u8>>,
}

fn kinds() -> [Kinds<'static>; 2] {
    let first = Kinds {
        i8: i8::MIN,
        i16: i16::MIN,
        i32: i32::MIN,
        i64: i64::MIN,
        isize: -1,
        u8: u8::MAX,
        u16: u16::MAX,
        u32: u32::MAX,
        u64: u64::MAX,
        usize: 7,
        i128: 10_i128.pow(37),
        f32: 0.1,
        f64: f64::MIN_POSITIVE,
        bool: true,
        maybe: Some(false),
        str: "é",
        string: "b".to_owned(),
        boxed: "c".into(),
        cow: "d".into(),
        shared: "e".into(),
        bytes: &[0, 255],
        vec: vec![1],
        date: Date(-1),
        day: Some(Date(1)),
        timestamp: Timestamp(1_700_000_000_000_001),
        nanos: Some(TimestampNanos(5)),
        time: Time(1),
        duration: Duration(-3),
        decimal: Decimal::new(-5, 2),
        numbers: &[0.5, 1.5],
        days: vec![Date(3)],
        words: vec!["x".to_owned(), String::new()],
        tags: Some(vec!["y"]),
        flags: vec![true; 9],
        gaps: vec![None, Some(4)],
        blobs: vec![vec![9, 9]],
    };
    let second = Kinds {
        bool: false,
        maybe: None,
        day: None,
        nanos: None,
        decimal: Decimal::new(700, 2),
        numbers: &[],
        tags: None,
        ..first.clone()
    };
    [first, second]
}

#[test]
fn every_kind_of_field_comes_back() -> Tested {
    let table = Table::from_rows(kinds())?;
    assert_eq!(table.rows_as::<Kinds>()?.iter().collect::<Vec<_>>(), kinds());
    let kind = |name: &str| table.columns().find(|column| column.name == name).map(|column| column.kind.to_string());
    let expected = [
        ("u8", "i32"),
        ("u16", "i32"),
        ("u32", "i64"),
        ("usize", "u64"),
        ("i128", "decimal(38, 0)"),
        ("decimal", "decimal(10, 2)"),
        ("vec", "binary"),
        ("timestamp", "timestamp"),
        ("nanos", "timestamp(ns)"),
        ("numbers", "list<f64>"),
        ("tags", "list<text>"),
        ("blobs", "list<binary>"),
    ];
    for (name, expected) in expected {
        assert_eq!(kind(name).as_deref(), Some(expected), "{name}");
    }
    Ok(())
}

/// Reads the column `x` of a table as a field of a type.
macro_rules! read {
    ($field:ty, $column:expr) => {{
        #[derive(Row)]
        #[row(crate = wpipe_data)]
        struct One {
            x: $field,
        }
        let table = Table::from_columns([("x", Column::from($column))]).expect("a table");
        table.rows_as::<One>().map(|rows| rows.into_iter().map(|row| row.x).collect::<Vec<$field>>())
    }};
}

macro_rules! message {
    ($field:ty, $column:expr) => {
        read!($field, $column).expect_err("the column does not fit").to_string()
    };
}

#[test]
fn a_number_is_the_same_in_every_numeric_kind() -> Tested {
    assert_eq!(read!(f64, vec![3_i32, -4])?, [3.0, -4.0]);
    assert_eq!(read!(f64, vec![3_u64])?, [3.0]);
    assert_eq!(read!(f64, vec![0.5_f32])?, [0.5]);
    assert_eq!(read!(f64, Column::decimal(vec![Some(1999)], 10, 2))?, [19.99]);
    assert_eq!(read!(f32, vec![0.5_f64, f64::INFINITY])?, [0.5, f32::INFINITY]);
    assert_eq!(read!(f32, Column::decimal(vec![Some(1)], 10, 1))?, [0.1]);
    assert_eq!(read!(i64, vec![3_i32])?, [3]);
    assert_eq!(read!(i32, vec![3_i64, -3])?, [3, -3]);
    // Whole numbers of which some are missing are floats in pandas' files.
    assert_eq!(read!(Option<i64>, vec![Some(3.0), None])?, [Some(3), None]);
    assert_eq!(read!(u8, vec![255_i64])?, [255]);
    assert_eq!(read!(usize, vec![7_i64])?, [7]);
    assert_eq!(read!(i32, Column::decimal(vec![Some(300)], 10, 2))?, [3]);
    assert_eq!(read!(i128, vec![u64::MAX])?, [i128::from(u64::MAX)]);
    Ok(())
}

#[test]
fn a_number_that_would_change_is_told_with_its_row() {
    assert_eq!(
        message!(i32, vec![1_i64, 1 << 31]),
        "column `x` is i64, and 2147483648 in row 2 has no exact place in i32: read it as i64"
    );
    assert_eq!(
        message!(i64, vec![1.0, 0.5]),
        "column `x` is f64, and 0.5 in row 2 has no exact place in i64: read it as f64"
    );
    assert_eq!(
        message!(f32, vec![0.1]),
        "column `x` is f64, and 0.1 in row 1 has no exact place in f32: read it as f64"
    );
    assert_eq!(
        message!(u64, vec![-1_i32]),
        "column `x` is i32, and -1 in row 1 has no exact place in u64: read it as i32"
    );
    assert_eq!(
        message!(i64, Column::decimal(vec![Some(1050)], 10, 2)),
        "column `x` is decimal(10, 2), and 10.50 in row 1 has no exact place in i64: read it as decimal(10, 2)"
    );
    assert!(message!(i64, vec![f64::NAN]).contains("NaN in row 1"));
    // What is missing is nothing that could change.
    assert_eq!(read!(Option<u8>, vec![None::<i64>, Some(1)]).ok(), Some(vec![None, Some(1)]));
}

#[test]
fn decimals_keep_their_places() -> Tested {
    assert_eq!(read!(Decimal, Column::decimal(vec![Some(1050)], 10, 2))?, [Decimal::new(1050, 2)]);
    assert_eq!(read!(Decimal, vec![7_i32])?, [Decimal::new(7, 0)]);
    assert!(message!(Decimal, vec![0.5]).starts_with("column `x` is f64, not decimal(38, 2)"));
    Ok(())
}

#[test]
fn times_are_read_in_another_unit_if_they_are_whole_there() -> Tested {
    let zone = Zone::new("Europe/Berlin").ok_or("no zone")?;
    let nanos = Column::from(vec![Some(TimestampNanos(2_000)), None]).in_zone(zone);
    assert_eq!(read!(Option<Timestamp>, nanos)?, [Some(Timestamp(2)), None]);
    assert_eq!(read!(TimestampNanos, vec![TimestampSeconds(1)])?, [TimestampNanos(1_000_000_000)]);
    assert_eq!(
        message!(Timestamp, vec![TimestampNanos(1_500)]),
        "column `x` is timestamp(ns), and 1970-01-01T00:00:00.000001500 in row 1 has no exact place in Timestamp: read \
         it as timestamp(ns)"
    );
    assert!(message!(Timestamp, vec![Date(1)]).starts_with("column `x` is date, not timestamp"));
    Ok(())
}

#[test]
fn a_column_without_any_value_is_one_of_each_kind() -> Tested {
    let nothing = || vec![None::<&str>, None];
    assert_eq!(read!(Option<f64>, nothing())?, [None, None]);
    assert_eq!(read!(Option<bool>, nothing())?, [None, None]);
    assert_eq!(read!(Option<Timestamp>, nothing())?, [None, None]);
    assert_eq!(read!(Option<Vec<i64>>, nothing())?, [None, None]);
    assert_eq!(read!(Option<Decimal>, nothing())?, [None, None]);
    assert_eq!(read!(Option<Vec<u8>>, nothing())?, [None, None]);
    assert_eq!(read!(f64, Vec::<Option<&str>>::new())?, Vec::<f64>::new());
    Ok(())
}

#[test]
fn texts_are_read_by_dictionaries_as_well() -> Tested {
    let city = Column::dictionary(["Oslo", "Turku"], vec![Some(1), None, Some(0)]);
    let read = read!(Option<String>, city)?;
    assert_eq!(read, [Some("Turku".to_owned()), None, Some("Oslo".to_owned())]);
    Ok(())
}

#[test]
fn lists_are_read_by_the_rules_of_lists() -> Tested {
    assert_eq!(read!(Vec<f64>, vec![vec![1_i64, 2], vec![]])?, [vec![1.0, 2.0], vec![]]);
    assert_eq!(read!(Vec<String>, vec![vec!["a"]])?, [vec!["a".to_owned()]]);
    assert_eq!(
        message!(Vec<f64>, vec![vec![Some(0.5), None]]),
        "column `x` has 1 missing items in its lists: read them as `Option<f64>`"
    );
    assert!(message!(Vec<f64>, vec![1.0]).starts_with("column `x` is f64, not list<f64>"));
    Ok(())
}

#[test]
fn missing_values_need_an_option() {
    assert_eq!(
        message!(f64, vec![Some(0.5), None]),
        "column `x` has 1 missing values: let the field `x` be an `Option<f64>`"
    );
    assert_eq!(
        message!(String, vec![Some("a"), None, None]),
        "column `x` has 2 missing values: let the field `x` be an `Option<String>`"
    );
}

#[test]
fn another_kind_is_told_with_what_reads_it() {
    assert_eq!(
        message!(f64, vec!["3"]),
        "column `x` is text, not f64: a file that it comes from is read so with `types = { x = \"f64\" }`"
    );
    assert!(message!(String, vec![3_i64]).starts_with("column `x` is i64, not text"));
    assert!(message!(bool, vec![3_i64]).starts_with("column `x` is i64, not bool"));
    assert!(message!(Vec<u8>, vec!["a"]).starts_with("column `x` is text, not binary"));
}

/// Names of columns that are no names of fields.
#[derive(Debug, PartialEq, Row)]
#[row(crate = wpipe_data, rename_all = "PascalCase")]
struct Named {
    #[row(rename = "unit price", alias = "price")]
    unit_price: f64,
    sold_at: i64,
    r#type: String,
    #[row(default)]
    discount: f64,
    #[row(default = "one", alias = "n")]
    count: Option<i64>,
    #[row(skip)]
    seen: bool,
}

fn one() -> Option<i64> {
    Some(1)
}

#[test]
fn columns_have_other_names_and_some_need_not_be_there() -> Tested {
    let named = |discount, count, price: &'static str| {
        let row = Named { unit_price: 2.5, sold_at: 7, r#type: "a".to_owned(), discount, count, seen: false };
        (price, row)
    };
    let columns = |price: &'static str| -> [(&str, Column); 3] {
        [(price, vec![2.5].into()), ("SoldAt", vec![7_i64].into()), ("Type", vec!["a"].into())]
    };
    for (price, expected) in [named(0.0, Some(1), "unit price"), named(0.0, Some(1), "price")] {
        assert_eq!(Table::from_columns(columns(price))?.rows_as::<Named>()?.get(0), expected);
    }
    let more: [(&str, Column); 2] = [("Discount", vec![0.5].into()), ("n", vec![None::<i64>].into())];
    let table = Table::from_columns(columns("price").into_iter().chain(more))?;
    assert_eq!(table.rows_as::<Named>()?.get(0), named(0.5, None, "").1);

    let written = Table::from_rows([named(0.5, None, "").1])?;
    let names: Vec<_> = written.columns().map(|column| column.name.to_owned()).collect();
    assert_eq!(names, ["unit price", "SoldAt", "Type", "Discount", "Count"]);
    Ok(())
}

#[test]
fn a_default_is_for_a_column_that_is_not_there_and_for_no_other() -> Tested {
    let table = Table::from_columns([
        ("price", vec![2.5].into()),
        ("SoldAt", vec![7_i64].into()),
        ("Type", vec!["a"].into()),
        ("Discount", vec!["none"].into()),
    ])?;
    let error = table.rows_as::<Named>().expect_err("it is text").to_string();
    assert!(error.starts_with("column `Discount` is text, not f64"), "{error}");
    Ok(())
}

#[test]
fn a_column_that_is_not_there_is_told_with_those_that_are() -> Tested {
    let table = Table::from_columns([("shop", vec!["a"].into()), ("amuont", vec![1.0].into())])?;
    assert_eq!(
        table.rows_as::<Sale>().expect_err("no amount").to_string(),
        "no column `amount`, did you mean `amuont`? the table has `shop`, `amuont`"
    );
    let error = table.named("the input `sales`").rows_as::<Sale>().map(drop).expect_err("no amount").to_string();
    assert!(error.starts_with("the input `sales`: no column `amount`, did you mean"), "{error}");
    Ok(())
}

#[test]
fn the_kind_of_a_written_column_can_be_chosen() -> Tested {
    #[derive(Row)]
    #[row(crate = wpipe_data)]
    struct Order<'t> {
        #[row(kind = "timestamp(us, Europe/Berlin)")]
        at: Timestamp,
        #[row(kind = "decimal(6, 3)")]
        price: Option<Decimal>,
        #[row(dictionary)]
        city: Option<&'t str>,
    }
    let orders = [("Oslo", 15), ("Turku", 25), ("Oslo", 35)];
    let orders =
        orders.map(|(city, price)| Order { at: Timestamp(1), price: Some(Decimal::new(price, 1)), city: Some(city) });
    let table = Table::from_rows(orders.into_iter().chain([Order { at: Timestamp(2), price: None, city: None }]))?;
    let columns: Vec<String> = table.columns().map(|column| column.to_string()).collect();
    assert_eq!(
        columns,
        [
            "at: timestamp(us, Europe/Berlin)",
            "price: decimal(6, 3) (1 missing)",
            "city: text by a dictionary of 2 (1 missing)"
        ]
    );
    assert_eq!(table.nullable::<i128>("price")?.get(1), Some(2500));
    let zone = table.columns().next().map(|column| column.kind);
    let berlin = Zone::new("Europe/Berlin");
    assert_eq!(zone, Some(wpipe_data::ColumnKind::Timestamp(TimeUnit::Micro, berlin)));
    Ok(())
}

#[test]
fn what_cannot_be_written_is_told() {
    macro_rules! refusal {
        ($field:ty, $value:expr $(, $option:meta)*) => {{
            #[derive(Row)]
            #[row(crate = wpipe_data)]
            struct One {
                $(#[$option])*
                x: $field,
            }
            Table::from_rows([One { x: $value }]).map(drop).expect_err("it cannot be written").to_string()
        }};
    }
    assert_eq!(
        refusal!(Decimal, Decimal::new(1, 2)),
        "column `x` cannot be made of the field `x`: say how many digits it has, as in `#[row(kind = \"decimal(10, 2)\")]`"
    );
    assert_eq!(
        refusal!(Decimal, Decimal::new(1005, 3), row(kind = "decimal(10, 2)")),
        "column `x` is decimal(10, 2), and 1.005 in row 1 has no exact place there"
    );
    assert_eq!(
        refusal!(Decimal, Decimal::new(1, 2), row(kind = "decimals(10, 2)")),
        "column `x` cannot be made of the field `x`: `decimals` is no type of a column"
    );
    assert_eq!(refusal!(f64, 0.5, row(kind = "text")), "column `x` is text, not f64");
    assert_eq!(
        refusal!(i64, 1, row(dictionary)),
        "column `x` cannot be made of the field `x`: only text has a dictionary, and it is i64"
    );
    assert_eq!(
        refusal!(i128, i128::MAX),
        "column `x` is decimal(38, 0), and 170141183460469231731687303715884105727 in row 1 has no exact place there"
    );
}
