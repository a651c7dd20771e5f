//! Delimited text as people and other programs have it: every option, read and written.

use insta::assert_snapshot;
use serde_json::{Value, json};
use wpipe_data::{Column, ColumnKind, Date, Table, TimeUnit, Timestamp};

use crate::support::*;

fn table<const N: usize>(columns: [(&str, Column); N]) -> Table<'static> {
    Table::from_columns(columns).expect("columns of one length")
}

fn kind(table: &Table<'_>, at: usize) -> ColumnKind {
    table.columns().nth(at).expect("a column").kind
}

/// Returns the text of `table`, which comes back from that.
fn written(table: &Table<'_>, options: Value) -> String {
    let root = Root::new();
    let dataset = root.open("csv", "out.csv", options);
    save(&dataset, &buffer_of(table), TABLE).expect("saved");
    assert_eq!(&table_of(&load(&dataset, TABLE).expect("loaded")), table);
    root.read("out.csv")
}

#[test]
fn a_decimal_comma_and_thousands_are_read_and_written() {
    let options = json!({ "decimal": ",", "thousands": "." });
    let read =
        Root::new().load_table("csv", "n;x;version\n1.234;1.234.567,5\u{3b}1.5\n-7;0,25;2.0.1\n", options.clone());
    let expected = table([
        ("n", vec![1_234_i64, -7].into()),
        ("x", vec![1_234_567.5, 0.25].into()),
        // Neither is a number here.
        ("version", vec!["1.5", "2.0.1"].into()),
    ]);
    assert_eq!(read, expected);
    assert_eq!(written(&expected, options), "n;x;version\n1234;1234567,5;1.5\n-7;0,25;2.0.1\n");

    let quoted = json!({ "decimal": ",", "delimiter": "," });
    let read = Root::new().load_table("csv", "x,y\n\"1,5\",2\n", quoted.clone());
    let expected = table([("x", vec![1.5].into()), ("y", vec![2_i64].into())]);
    assert_eq!(read, expected);
    assert_eq!(written(&expected, quoted), "x,y\n\"1,5\",2\n");
}

#[test]
fn identifiers_with_a_decimal_comma_keep_every_digit() {
    let options = json!({ "decimal": ",", "thousands": "." });
    let read = Root::new().load_table("csv", "id\n9.007.199.254.740.993\n0,5\n", options);
    assert_eq!(read.text("id").expect("texts").get(0), "9.007.199.254.740.993");
}

#[test]
fn what_is_declared_as_a_number_is_one_as_the_options_write_it() {
    let options = json!({ "decimal": ",", "types": { "x": "decimal(10, 2)" } });
    let root = Root::new();
    let read = root.load_table("csv", "x\n1,50\n", options.clone());
    assert_eq!(read.column::<i128>("x").expect("decimals"), [150]);
    assert_snapshot!(root.load_error("csv", "x\n1.50\n", options), @r"
    `data.csv`, line 2, column `x`: `1.50` cannot be read as decimal(10, 2)
    help: declare another type for the column: `text` takes everything
    ");
}

#[test]
fn lines_before_the_header_and_comments_are_left_out() {
    let text = "station 7\n\"quoted\n# a comment\ntime,x\n1,0.5\n#2,0.75\n3,1.5\n";
    let read = Root::new().load_table("csv", text, json!({ "skip_rows": 2, "comment": "#" }));
    let expected = table([("time", vec![1_i64, 3].into()), ("x", vec![0.5, 1.5].into())]);
    assert_eq!(read, expected);
    assert_eq!(written(&expected, json!({ "skip_rows": 2, "comment": "#" })), "\n\ntime,x\n1,0.5\n3,1.5\n");
    let hashes = table([("#", vec!["# a", "b"].into()), ("x", vec!["#", "1"].into())]);
    assert_eq!(written(&hashes, json!({ "comment": "#" })), "\"#\",x\n\"# a\",#\nb,1\n");
    let negative = table([("x", vec![-1_i64, 2].into())]);
    assert_eq!(written(&negative, json!({ "comment": "-" })), "x\n\"-1\"\n2\n");
    let error = Root::new().load_error("csv", "a\nb\n", json!({ "skip_rows": 3 }));
    assert_snapshot!(error, @r"
    `data.csv`: it has 2 lines, and `skip_rows` is 3
    help: correct the option `skip_rows`
    ");
}

#[test]
fn spark_writes_backslashes_before_quotes() {
    let text = include_str!("../files/spark_quotes.csv");
    let options = json!({ "escape": "\\", "types": { "amount": "decimal(10, 2)" } });
    let read = Root::new().load_table("csv", text, options.clone());
    let texts: Vec<_> = read.nullable_text("s").expect("texts").iter().collect();
    assert_eq!(texts, [Some("he said \"hi\""), Some("a\\b"), None, Some("")]);
    assert_eq!(kind(&read, 2), ColumnKind::Timestamp(TimeUnit::Micro, wpipe_data::Zone::new("UTC")));
    let plain = table([("s", vec!["a\"b\\", "c\\d", "\\"].into()), ("n", vec![1_i64, 2, 3].into())]);
    assert_eq!(written(&plain, json!({ "escape": "\\" })), "s,n\n\"a\\\"b\\\\\",1\nc\\d,2\n\\,3\n");
}

#[test]
fn blanks_behind_delimiters_are_dropped_on_request() {
    let options = json!({ "skip_initial_space": true });
    let read = Root::new().load_table("csv", "a, b\nx, \"y, z\"\n u,  v \n", options.clone());
    let expected = table([("a", vec!["x", "u"].into()), ("b", vec!["y, z", "v "].into())]);
    assert_eq!(read, expected);
    let blank = table([("a", vec![" x", "y"].into())]);
    assert_eq!(written(&blank, options), "a\n\" x\"\ny\n");
}

#[test]
fn one_spelling_of_missing_values_may_stand_alone() {
    let read = Root::new().load_table("csv", "x,s\n-,-\n1,\n", json!({ "null": "-" }));
    let expected = table([("x", vec![None, Some(1_i64)].into()), ("s", vec![None, Some("")].into())]);
    assert_eq!(read, expected);
}

#[test]
fn short_rows_are_filled_on_request() {
    let root = Root::new();
    let text = "a,b,c\n1,2\n3,4,5\n6\n";
    let read = root.load_table("csv", text, json!({ "short_rows": true }));
    let expected = table([
        ("a", vec![1_i64, 3, 6].into()),
        ("b", vec![Some(2_i64), Some(4), None].into()),
        ("c", vec![None, Some(5_i64), None].into()),
    ]);
    assert_eq!(read, expected);
    assert_snapshot!(root.load_error("csv", text, json!({})), @r"
    `data.csv`, line 2: 2 fields, expected 3
    help: check the options `delimiter` and `quote`, correct the line, or declare `short_rows = true`
    ");
    let long = root.load_error("csv", "a,b\n1,2,3\n", json!({ "short_rows": true }));
    assert!(long.contains("line 2: 3 fields, expected 2"), "{long}");
}

#[test]
fn dates_and_times_have_the_forms_that_are_declared() {
    let options = json!({
        "date_format": "%d.%m.%Y",
        "timestamp_format": "%m/%d/%Y %I:%M %p",
        "time_format": "%H.%M",
        "types": { "c": "time" },
    });
    let text = "day,at,c,iso\n29.02.2024,02/29/2024 01:05 PM,23.59,2024-02-29\n";
    let read = Root::new().load_table("csv", text, options.clone());
    let expected = table([
        ("day", vec![Date::from_ymd(2024, 2, 29).expect("a day")].into()),
        ("at", vec![Timestamp(1_709_211_900_000_000)].into()),
        ("c", vec![wpipe_data::table::Time((23 * 60 + 59) * 60_000_000)].into()),
        ("iso", vec!["2024-02-29"].into()),
    ]);
    assert_eq!(read, expected);
    assert_eq!(written(&expected, options.clone()), text);

    let root = Root::new();
    let lossy = table([("at", vec![Timestamp(1)].into())]);
    let error = save(&root.open("csv", "out", options.clone()), &buffer_of(&lossy), TABLE).expect_err("µs are lost");
    assert_snapshot!(message(&error), @r"
    the data cannot be written to `out`: row 1, column `at`: `1970-01-01T00:00:00.000001` would lose something: the option `timestamp_format` is `%m/%d/%Y %I:%M %p`
    help: add what is missing to the format, or leave the option out
    ");
    let declared = json!({ "date_format": "%d.%m.%Y", "types": { "day": "date" } });
    assert_snapshot!(root.load_error("csv", "day\n2024-02-29\n", declared), @r"
    `data.csv`, line 2, column `day`: `2024-02-29` cannot be read as date
    help: the option `date_format` is `%d.%m.%Y`
    ");
}

#[test]
fn encodings_have_their_usual_names() {
    let root = Root::new();
    let expected = table([("größe", vec!["groß", "klein"].into())]);
    for (name, bytes) in [
        ("utf-8-sig", "\u{feff}größe\ngroß\nklein\n".as_bytes().to_vec()),
        ("latin-1", b"gr\xf6\xdfe\ngro\xdf\nklein\n".to_vec()),
        ("cp850", b"gr\x94\xe1e\ngro\xe1\nklein\n".to_vec()),
        ("cp1252", b"gr\xf6\xdfe\ngro\xdf\nklein\n".to_vec()),
        ("mac_roman", b"gr\x9a\xa7e\ngro\xa7\nklein\n".to_vec()),
    ] {
        root.write("in.csv", &bytes);
        let dataset = root.open("csv", "in.csv", json!({ "encoding": name }));
        assert_eq!(table_of(&load(&dataset, TABLE).expect(name)), expected, "{name}");
        save(&dataset, &buffer_of(&expected), TABLE).expect("saved");
        assert_eq!(std::fs::read(root.path("in.csv")).expect("a file"), bytes, "{name}");
    }
}

#[test]
fn what_cannot_be_meant_is_told_by_its_key() {
    let told = |options: Value| {
        let errors = Root::new().try_open("csv", "in.csv", options).expect_err("wrong options");
        errors
            .into_iter()
            .map(|error| format!("{}: {}", error.key.unwrap_or_default(), error.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(json!({ "decimal": "5" })), ["decimal: is '5', which cannot stand between digits"]);
    assert_eq!(
        told(json!({ "thousands": "." , "decimal": "." })),
        ["thousands: is `.`, which stands before fractions"]
    );
    assert_eq!(told(json!({ "comment": "" })), ["comment: is empty: every line begins so"]);
    assert_eq!(told(json!({ "escape": "," })), ["escape: is `,`, which is the delimiter"]);
    assert_eq!(told(json!({ "skip_rows": -1 })).len(), 1);
    assert_eq!(told(json!({ "null": "a", "nulls": ["b"] })), ["null: stands beside `nulls`, which says the same"]);
    assert_eq!(told(json!({ "encoding": "klingon" })), ["encoding: `klingon` is not known"]);
    let format = told(json!({ "date_format": "%! %d" }));
    assert!(format[0].starts_with("date_format: `%! %d` is no format: "), "{format:?}");
}
