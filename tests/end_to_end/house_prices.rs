//! The house-prices example: wide tables from node to node.

use std::path::Path;

use serde_json::Value;

use crate::support::{Ended, ended, wpipe};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/house-prices");

fn houses(command: &str, manifest: &str, arguments: &[&str]) -> Ended {
    let manifest = Path::new(FOLDER).join(manifest);
    let all: Vec<_> = [command, manifest.to_str().unwrap()].into_iter().chain(arguments.iter().copied()).collect();
    let ended = ended(wpipe(&all).output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.told());
    ended
}

fn inspect(dataset: &str) -> Value {
    let manifest = Path::new(FOLDER).join("pipeline.toml");
    let arguments = ["inspect", dataset, "--manifest", manifest.to_str().unwrap(), "--format", "json"];
    let ended = ended(wpipe(&arguments).output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.told());
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn houses_are_prepared_and_nothing_is_missing_in_the_end() {
    houses("build", "pipeline.toml", &[]);
    houses("run", "generate.toml", &["--quiet", "--no-journal"]);
    let run = houses("run", "pipeline.toml", &["--no-journal", "--params", "augment.multiplier=3"]);
    let rows = inspect("house_prices_clean")["rows"].as_u64().unwrap();
    assert!(run.stderr.contains(&format!("{rows} of 4380 houses are no outliers")), "{}", run.told());

    let (clean, filled, target) = (inspect("house_prices_clean"), inspect("house_prices_no_na"), inspect("y_train"));
    let columns = |table: &Value| table["columns"].as_array().unwrap().clone();
    let missing = |table: &Value| columns(table).iter().map(|column| column["missing"].as_u64().unwrap()).sum::<u64>();
    assert_eq!([columns(&clean), columns(&filled), columns(&target)].map(|columns| columns.len()), [80, 79, 1]);
    assert_eq!([&filled, &target].map(|table| table["rows"].as_u64().unwrap()), [rows, rows]);
    assert!(missing(&clean) > 0);
    assert_eq!((missing(&filled), missing(&target)), (0, 0));
    assert!(columns(&filled).iter().all(|column| column["type"] == "f64" || column["type"] == "text"));
}
