//! Loads of some columns from a bucket fetch the parts of objects that hold those, and no more.

use std::fs;

use serde_json::{Value, json};
use wpipe_buffer::Readers;
use wpipe_catalog::Loaded;
use wpipe_data::Table;
use wpipe_storage_server::{Fail, Fault, FaultyProxy, Plan};

use crate::support::*;

const KINDS: [&str; 2] = ["parquet", "arrow"];
const COLUMNS: u64 = 20;
const ROWS: u64 = 20_000;

/// Returns numbers that no compression makes much smaller.
fn numbers(column: u64) -> Vec<f64> {
    let mix =
        |at: u64| (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (0..ROWS).map(|row| (mix(column * ROWS + row) >> 11) as f64).collect()
}

/// Returns a bucket with a table of some megabytes, behind a proxy.
fn behind(kind: &str, options: Value, plan: Plan) -> (Root, FaultyProxy) {
    let mut root = Root::s3();
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("c{column}")).collect();
    let columns = names.iter().zip(0..).map(|(name, column)| (name.as_str(), numbers(column).into()));
    let table = Table::from_columns(columns.collect::<Vec<_>>()).expect("a table");
    save(&root.open(kind, "data", options), &buffer_of(&table), TABLE).expect("saved");
    let proxy = FaultyProxy::start(root.server().address(), plan);
    root.config.endpoint = Some(proxy.endpoint());
    (root, proxy)
}

fn loaded(root: &Root, kind: &str, options: Value) -> Loaded {
    wait(root.open(kind, "data", options).load(TABLE, Readers::One)).expect("loaded")
}

fn two_columns() -> Table<'static> {
    Table::from_columns([("c17", numbers(17).into()), ("c3", numbers(3).into())]).expect("a table")
}

#[test]
fn wanted_columns_are_fetched_alone() {
    let layouts = [("parquet", json!({})), ("parquet", json!({ "row_group_rows": 7000 })), ("arrow", json!({}))];
    for (kind, options) in layouts.into_iter().chain([("arrow", json!({ "compression": "lz4" }))]) {
        let (root, proxy) = behind(kind, options, Fail::never());
        let size = fs::metadata(root.path("data")).expect("an object").len();
        let loaded = loaded(&root, kind, json!({ "columns": ["c17", "c3"] }));
        assert_eq!(table_of(&loaded.buffer), two_columns(), "{kind}");
        assert_eq!(loaded.bytes, proxy.bytes() as u64, "{kind}: the bytes that came");
        // A tenth of it, and ends of pieces.
        assert!(loaded.bytes < size / 3, "{kind}: {} of {size}", loaded.bytes);
    }
}

#[test]
fn all_columns_are_fetched_at_once() {
    for kind in KINDS {
        let (root, proxy) = behind(kind, json!({}), Fail::never());
        let size = fs::metadata(root.path("data")).expect("an object").len();
        assert_eq!(loaded(&root, kind, json!({})).bytes, size);
        assert_eq!((proxy.requests(), proxy.bytes() as u64), (1, size), "{kind}");
    }
}

#[test]
fn parts_that_fail_for_a_moment_are_fetched_again() {
    for kind in KINDS {
        for fault in Fault::QUICK {
            let (root, proxy) = behind(kind, json!({}), Fail::first("GET", fault));
            let loaded = loaded(&root, kind, json!({ "columns": ["c17", "c3"] }));
            assert_eq!(table_of(&loaded.buffer), two_columns(), "{kind}");
            assert_eq!((loaded.retries, proxy.faults()), (1, 1), "{kind} {fault:?}");
        }
    }
}

#[test]
fn what_is_wrong_with_an_object_is_told_as_of_a_file() {
    for kind in KINDS {
        let (root, _proxy) = behind(kind, json!({}), Fail::never());
        let right = fs::read(root.path("data")).expect("an object");
        let cut = right[..right.len() - 100].to_vec();
        let swapped: Vec<u8> = right[..8]
            .iter()
            .chain(right[8..right.len() / 2].iter().rev())
            .chain(&right[right.len() / 2..])
            .copied()
            .collect();
        for wrong in [cut, swapped] {
            let local = Root::new();
            local.write("data", &wrong);
            root.write("data", &wrong);
            let options = json!({ "columns": ["c3", "c0"] });
            let told = |root: &Root| match load(&root.open(kind, "data", options.clone()), TABLE) {
                Ok(_) => None,
                Err(error) => Some(message(&error).replace(&root.shown("data"), "data")),
            };
            assert_eq!(told(&root), told(&local), "{kind}");
        }
    }
}

#[test]
fn an_object_that_is_not_there_is_told_as_such() {
    for kind in KINDS {
        let root = Root::s3();
        let missing = load(&root.open(kind, "data", json!({ "columns": ["x"] })), TABLE).expect_err("nothing");
        assert!(matches!(missing, wpipe_catalog::DataError::NotFound { .. }), "{kind}: {missing:?}");
    }
}
