//! The progress of loads and saves, for observers.

use serde_json::{Value, json};
use wpipe_buffer::Readers;
use wpipe_catalog::{Dataset, Phase, Progress, ProgressSnapshot};
use wpipe_data::Table;

use crate::support::*;

/// Returns some columns of some rows.
fn table() -> Table<'static> {
    let texts: Vec<String> = (0..2000).map(|row| format!("row {row}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Table::from_columns([("x", (0..2000_i64).collect::<Vec<_>>().into()), ("s", texts.into())]).expect("a table")
}

/// Returns the progress of a save and a load in the end.
fn ends(dataset: &Dataset) -> [Option<ProgressSnapshot>; 2] {
    let (save, load) = (Progress::default(), Progress::default());
    assert_eq!(save.look(), None);
    wait(save.of(dataset.save(&buffer_of(&table()), TABLE))).expect("saved");
    wait(load.of(dataset.load(TABLE, Readers::One))).expect("loaded");
    [save.look(), load.look()]
}

#[test]
fn every_byte_is_written_and_decoded_in_the_end() {
    for root in Root::all() {
        for (kind, options) in [("csv", json!({})), ("parquet", json!({})), ("json", json!({ "lines": true }))] {
            let dataset = root.open(kind, kind, options);
            let [save, load] = ends(&dataset);
            let size = wait(dataset.size()).expect("asked").expect("there");
            assert_eq!(
                save,
                Some(ProgressSnapshot { phase: Phase::Writing, bytes: size, total: Some(size) }),
                "{kind}"
            );
            let load = load.expect("begun");
            assert_eq!((load.phase, load.total.is_some()), (Phase::Decoding, true), "{kind}");
            // The header of CSV and the blanks around JSON are read before it begins.
            let is_whole = load.total.is_some_and(|total| load.bytes + 8 >= total);
            assert!(is_whole, "{kind}: {load:?}");
        }
    }
}

#[test]
fn what_is_unpacked_counts_as_it_is_decoded() {
    let root = Root::new();
    let plain = root.open("csv", "x.csv", Value::Object(Default::default()));
    let packed = root.open("csv", "x.csv.gz", Value::Object(Default::default()));
    let totals = [plain, packed].map(|dataset| ends(&dataset)[1].expect("begun").total);
    assert_eq!(totals[0], totals[1]);
}
