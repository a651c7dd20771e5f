//! Opening entries: every problem at once, in words.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Map, Value, json};
use wpipe_buffer::Transports;
use wpipe_catalog::{Dataset, Location, schema_of};

use crate::support::*;

fn problems(kind: &str, options: Value) -> String {
    told(Root::new().try_open(kind, "data", options))
}

fn told(outcome: Result<Dataset, Vec<wpipe_catalog::OptionError>>) -> String {
    let lines = outcome.expect_err("problems").into_iter().map(|error| {
        let key = error.key.as_deref().unwrap_or("(entry)");
        let help = error.help.map(|help| format!("\n  help: {help}")).unwrap_or_default();
        format!("{key}: {}{help}", error.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_unknown_type_comes_with_the_one_it_may_have_meant() {
    assert_snapshot!(problems("parket", json!({ "anything": 1 })));
}

#[test]
fn an_unknown_type_without_a_near_miss_comes_with_the_known_ones() {
    assert_snapshot!(problems("excel", json!({})));
}

#[test]
fn all_problems_of_an_entry_are_told_at_once() {
    let options = json!({
        "delimitter": ";", "colour": 1, "delimiter": ";;", "quote": "\n", "header": "no", "encoding": "utf-99",
        "nulls": ["NA", 0], "types": { "a": "int", "b": "f46", "c": 1 },
    });
    assert_snapshot!(problems("csv", options));
}

#[test]
fn values_that_contradict_each_other_are_told() {
    assert_snapshot!(problems("csv", json!({ "delimiter": "'", "quote": "'", "nulls": [] })));
    assert_snapshot!(problems("csv", json!({ "delimiter": "-", "nulls": ["", "-"], "types": ["a"] })));
}

#[test]
fn a_choice_lists_what_may_be_chosen() {
    assert_snapshot!(problems("parquet", json!({ "compression": "zstd", "lines": true })));
}

#[test]
fn a_type_without_options_says_so() {
    assert_snapshot!(problems("archive", json!({ "compression": "snappy" })));
}

#[test]
fn wrong_places_are_told() {
    let open = |location| Dataset::open("x", Path::new("/r"), "text", &location, &Map::new(), &Transports::copy());
    let url = |url: &str| told(open(Location::Url(url.to_owned())));
    let path = |path: &str| told(open(Location::Path(path.to_owned())));
    let all = [
        url("s3://me:secret@bucket/key?token=secret"),
        url("bucket/key"),
        url("file://host/x"),
        url("file:///x/"),
        path(""),
        path("x/"),
        path("x#12"),
        path("a\nb"),
    ];
    assert_snapshot!(all.join("\n"));
}

#[test]
fn a_place_and_options_are_told_together() {
    assert_snapshot!(told(Root::new().try_open("json", "", json!({ "lines": "yes" }))));
}

#[test]
fn an_entry_knows_what_it_is() {
    let root = Root::new();
    let dataset = root.open("csv", "data/x.csv", json!({}));
    assert_eq!((dataset.name(), dataset.kind(), dataset.schema()), ("test", "csv", Some("table")));
    assert_eq!(dataset.location(), "data/x.csv");
    assert_eq!(dataset.path(), Some(root.path("data/x.csv").as_path()));
    assert_eq!(format!("{dataset:?}"), "Dataset(`test`: csv at `data/x.csv`)");
    assert_eq!(root.open("archive", "x", json!({})).schema(), None);
    assert_eq!(schema_of("excel"), None);
}

#[test]
fn a_file_url_is_a_file() {
    let root = Root::new();
    let url = format!("file://{}", root.path("a%20b").display());
    let dataset = Dataset::open("x", Path::new("/r"), "bytes", &Location::Url(url), &Map::new(), &Transports::copy());
    save(&dataset.expect("a right entry"), &buffer(b"x"), BYTES).expect("saved");
    assert!(root.path("a b").is_file());
}
