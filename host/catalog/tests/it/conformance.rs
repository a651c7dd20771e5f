//! The promises of every format. A new format is one line in [`formats`].

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use wpipe_buffer::Buffer;
use wpipe_catalog::{DataError, kinds, schema_of};
use wpipe_data::{Date, Table, Timestamp, to_archive};

use crate::support::*;

/// A format and two contents for it.
struct Case {
    kind: &'static str,
    schema: (&'static str, u64),
    first: Buffer,
    second: Buffer,
}

fn formats() -> Vec<Case> {
    let tables = (buffer_of(&table(3)), buffer_of(&table(5)));
    let case = |kind, schema, (first, second): &(Buffer, Buffer)| Case {
        kind,
        schema,
        first: first.clone(),
        second: second.clone(),
    };
    let numbers = |count: usize| buffer(&to_archive(&vec![0.5; count]).expect("numbers have an archive"));
    vec![
        case("csv", TABLE, &tables),
        case("json", TABLE, &tables),
        case("parquet", TABLE, &tables),
        case("arrow", TABLE, &tables),
        case("archive", NUMBERS, &(numbers(10), numbers(20))),
        case("archive", TABLE, &tables),
        // Larger than the pieces that are copied between host and guests.
        case("archive", NUMBERS, &(numbers(100_000), numbers(3))),
        case("bytes", BYTES, &(buffer(b"\xff\x00"), buffer(b""))),
        case("text", TEXT, &(buffer("grün".as_bytes()), buffer(b""))),
    ]
}

fn table(rows: i64) -> Table<'static> {
    let numbers = || 0..rows;
    Table::from_columns([
        ("x", numbers().map(|row| row as f64 / 2.0).collect::<Vec<_>>().into()),
        ("n", numbers().map(|row| (row % 2 == 0).then_some(row)).collect::<Vec<_>>().into()),
        ("name", numbers().map(|row| format!("row \"{row}\", of many")).collect::<Vec<_>>().into()),
        ("even", numbers().map(|row| row % 2 == 0).collect::<Vec<_>>().into()),
        ("day", numbers().map(|row| Date(row as i32)).collect::<Vec<_>>().into()),
        ("at", numbers().map(|row| Some(Timestamp(row * 1_000_001))).collect::<Vec<_>>().into()),
    ])
    .expect("columns of one length")
}

fn assert_same(case: &Case, actual: &Buffer, expected: &Buffer) {
    if case.schema == TABLE {
        assert_eq!(table_of(actual), table_of(expected), "{}", case.kind);
    } else {
        assert_eq!(actual.bytes().expect("mapped"), expected.bytes().expect("mapped"), "{}", case.kind);
    }
}

/// Tries every format in every kind of store.
fn everywhere(test: impl Fn(&Root, &Case)) {
    for case in formats() {
        Root::all().iter().for_each(|root| test(root, &case));
    }
}

#[test]
fn every_format_is_in_the_suite() {
    let tried: Vec<_> = formats().iter().map(|case| case.kind).collect();
    // Workbooks are read only, and databases have a suite of their own.
    assert!(kinds().all(|kind| matches!(kind, "excel" | "sql") || tried.contains(&kind)));
}

#[test]
fn what_is_saved_comes_back_and_takes_as_many_bytes_as_told() {
    everywhere(|root, case| {
        let dataset = root.open(case.kind, "data", json!({}));
        assert!(!wait(dataset.exists()).expect("the store answers"));
        assert_eq!(wait(dataset.size()).expect("the store answers"), None);

        let written = save(&dataset, &case.first, case.schema).expect("saved");
        assert_eq!(fs::metadata(root.path("data")).expect("a file").len(), written);
        assert_eq!(wait(dataset.size()).expect("the store answers"), Some(written));
        assert!(wait(dataset.exists()).expect("the store answers"));
        assert_same(case, &load(&dataset, case.schema).expect("loaded"), &case.first);
    });
}

#[test]
fn parents_are_made() {
    everywhere(|root, case| {
        let dataset = root.open(case.kind, "a/b c/data.x", json!({}));
        save(&dataset, &case.first, case.schema).expect("saved");
        assert!(root.path("a/b c/data.x").is_file());
        assert_same(case, &load(&dataset, case.schema).expect("loaded"), &case.first);
    });
}

#[test]
fn an_overwrite_changes_nothing_for_a_live_reader() {
    everywhere(|root, case| {
        let dataset = root.open(case.kind, "data", json!({}));
        save(&dataset, &case.first, case.schema).expect("saved");
        let old = load(&dataset, case.schema).expect("loaded");
        save(&dataset, &case.second, case.schema).expect("saved over");
        assert_same(case, &old, &case.first);
        assert_same(case, &load(&dataset, case.schema).expect("loaded"), &case.second);
    });
}

#[test]
fn what_is_missing_is_not_found() {
    everywhere(|root, case| {
        let error = load(&root.open(case.kind, "a/data", json!({})), case.schema).expect_err("nothing is there");
        assert!(matches!(error, DataError::NotFound { .. }), "{}: {error}", case.kind);
        assert_eq!(error.to_string(), format!("`{}` does not exist", root.shown("a/data")));
    });
}

#[test]
fn a_directory_in_the_way_is_named() {
    for case in formats() {
        let root = Root::new();
        fs::create_dir(root.path("data")).expect("a directory");
        let dataset = root.open(case.kind, "data", json!({}));
        let expected = "`data` is a directory, a file is expected";
        assert_eq!(load(&dataset, case.schema).expect_err("a directory").to_string(), expected);
        assert_eq!(save(&dataset, &case.first, case.schema).expect_err("a directory").to_string(), expected);
        assert_eq!(wait(dataset.exists()).expect_err("a directory").to_string(), expected);
    }
}

#[test]
fn a_file_in_the_way_of_a_parent_is_told() {
    for case in formats() {
        let root = Root::new();
        root.write("a", "");
        let dataset = root.open(case.kind, "a/data", json!({}));
        let error = save(&dataset, &case.first, case.schema).expect_err("no directory can be made");
        assert!(error.to_string().starts_with("`a/data` cannot be written: "), "{error}");
    }
}

#[test]
fn another_schema_is_refused_in_both_directions() {
    everywhere(|root, case| {
        let dataset = root.open(case.kind, "data", json!({}));
        save(&dataset, &case.first, case.schema).expect("saved");
        let other = load(&dataset, ("Model", 1)).expect_err("another schema");
        assert!(matches!(other, DataError::SchemaMismatch { .. }), "{other}");
        let older = load(&dataset, (case.schema.0, 1)).expect_err("another layout");
        assert!(matches!(older, DataError::SchemaMismatch { .. }) && older.help().is_some(), "{older}");
        if schema_of(case.kind).is_some() {
            let error = save(&dataset, &case.first, ("Model", 1)).expect_err("another schema");
            assert_eq!(
                error.to_string(),
                format!("`{}` holds a `{}`, not a `Model`", root.shown("data"), case.schema.0)
            );
        }
    });
}

#[test]
fn a_save_that_cannot_be_encoded_leaves_the_old_version() {
    everywhere(|root, case| {
        if matches!(case.kind, "archive" | "bytes") {
            return;
        }
        let dataset = root.open(case.kind, "data", json!({}));
        save(&dataset, &case.first, case.schema).expect("saved");
        let error = save(&dataset, &buffer(b"\xff\xfe no data"), case.schema).expect_err("not the schema's bytes");
        assert!(matches!(error, DataError::Encode { .. }), "{error}");
        assert_same(case, &load(&dataset, case.schema).expect("loaded"), &case.first);
        assert_eq!(root.files(), ["data"]);
    });
}

#[test]
fn a_write_that_is_refused_leaves_the_old_version() {
    for case in formats() {
        let root = Root::new();
        let dataset = root.open(case.kind, "in/data", json!({}));
        save(&dataset, &case.first, case.schema).expect("saved");
        let directory = root.path("in");
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o555)).expect("the directory is ours");
        let outcome = without_privileges(|| save(&dataset, &case.second, case.schema));
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).expect("the directory is ours");
        assert_eq!(outcome.expect_err("not writable").to_string(), "`in/data` cannot be written: permission denied");
        assert_same(&case, &load(&dataset, case.schema).expect("loaded"), &case.first);
    }
}

#[test]
fn a_write_that_breaks_off_leaves_the_old_version() {
    if !alone("conformance::a_write_that_breaks_off_leaves_the_old_version") {
        return;
    }
    for case in formats() {
        let root = Root::new();
        let dataset = root.open(case.kind, "data", json!({}));
        // The first contents are those of which none is empty.
        save(&dataset, &case.second, case.schema).expect("saved");
        let limit = getrlimit(Resource::Fsize);
        setrlimit(Resource::Fsize, Rlimit { current: Some(1), ..limit }).expect("a lower limit");
        let outcome = save(&dataset, &case.first, case.schema);
        setrlimit(Resource::Fsize, limit).expect("the limit from before");
        assert_eq!(outcome.expect_err("one byte fits").to_string(), "`data` cannot be written: file too large");
        assert_same(&case, &load(&dataset, case.schema).expect("loaded"), &case.second);
        assert_eq!(root.files(), ["data"]);
    }
}
