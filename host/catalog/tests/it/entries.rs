//! Opening entries: every problem at once, in words.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};
use wpipe_buffer::Transports;
use wpipe_catalog::{Catalog, Dataset, Entry, Environment, Location, StoreConfig, schema_of};

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
    assert_snapshot!(problems("hdf5", json!({})));
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
    assert_snapshot!(problems("parquet", json!({ "compression": "lzo", "lines": true })));
}

#[test]
fn a_type_without_options_says_so() {
    assert_snapshot!(problems("bytes", json!({ "compression": "snappy" })));
}

#[test]
fn wrong_places_are_told() {
    let open = |location| nobodys(Path::new("/r")).open(&Entry::new("x", "text", location));
    let url = |url: &str| told(open(Location::Url(url.to_owned())));
    let path = |path: &str| told(open(Location::Path(path.to_owned())));
    let all = [
        url("ftp://me:secret@bucket/key?token=secret"),
        url("s3://me:secret@bucket/?token=secret"),
        url("s3://${env:BUCKET}/key"),
        url("bucket/key"),
        url("file://host/x"),
        url("file:///x/"),
        path(""),
        path("x/"),
        path("x#12"),
        path("a\nb"),
    ];
    assert!(!all.concat().contains("secret"));
    assert_snapshot!(all.join("\n"));
}

/// Returns a catalog whose environment is empty.
fn nobodys(root: &Path) -> Catalog {
    Catalog::new(root, &Transports::copy()).with_environment(Environment::default())
}

#[test]
fn all_problems_of_a_store_are_told_at_once() {
    let add = |config: StoreConfig| {
        let errors = nobodys(Path::new("/r")).add_store("lake", &config).expect_err("problems");
        told(Err(errors))
    };
    let config = |url: &str| StoreConfig { url: url.to_owned(), ..StoreConfig::default() };
    let text = |text: &str| Some(text.to_owned());
    let all = [
        add(StoreConfig {
            access_key_id: text("${env:LAKE_KEY}"),
            secret_access_key: text("${env:LAKE_SECRET}"),
            ..config("s3://${env:BUCKET}")
        }),
        add(config("lake")),
        add(config("ftp://me:hush@host/x?hush")),
        add(StoreConfig { access_key_id: text("hush"), endpoint: text("http://example.org"), ..config("s3://lake") }),
        add(StoreConfig { region: text("x"), endpoint: text("http://hush"), ..config("gs://lake") }),
        add(StoreConfig { session_token: text("hush"), ..config("az://lake") }),
        add(StoreConfig { virtual_hosted_style: Some(true), ..config("file:///data") }),
        add(config("file://host/data")),
    ];
    assert!(!all.concat().contains("hush"));
    assert_snapshot!(all.join("\n"));
}

#[test]
fn a_profile_that_is_not_there_is_told() {
    let environment = Environment::new([("AWS_PROFILE".to_owned(), "work".to_owned())]);
    let catalog = Catalog::new("/r", &Transports::copy()).with_environment(environment);
    let open = catalog.open(&Entry::new("x", "text", Location::Url("s3://lake/x".to_owned())));
    assert_snapshot!(told(open), @r"
    url: neither `~/.aws/credentials` nor `~/.aws/config` has the profile `work`
      help: correct `AWS_PROFILE`, or unset it
    ");
}

#[test]
fn a_key_lies_below_the_stores_prefix() {
    let mut catalog = nobodys(Path::new("/r"));
    catalog
        .add_store("lake", &StoreConfig { url: "file:///data/lake".to_owned(), ..Default::default() })
        .expect("right");
    let broken = StoreConfig { url: "no".to_owned(), ..Default::default() };
    catalog.add_store("broken", &broken).expect_err("no URL");
    let open = |store: &str, path: &str| {
        let location = Location::Store { store: store.to_owned(), path: path.to_owned() };
        catalog.open(&Entry::new("x", "text", location))
    };
    let all = ["", "a/", "/a", "../a", "a\u{7}"].map(|path| told(open("lake", path)));
    assert_snapshot!(all.join("\n"));
    // The store's own problems have been reported.
    assert_eq!(open("broken", "a").expect_err("no store"), []);
    assert_eq!(open("none", "a").expect_err("no store")[0].message, "there is no store `none`");
    let dataset = open("lake", "a/b c.txt").expect("right");
    assert_eq!(dataset.path(), Some(Path::new("/data/lake/a/b c.txt")));
    assert_eq!(dataset.location(), "file:///data/lake/a/b c.txt");
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
    assert_eq!(schema_of("hdf5"), None);
}

#[test]
fn a_file_url_is_a_file() {
    let root = Root::new();
    let url = format!("file://{}", root.path("a%20b").display());
    let dataset = nobodys(Path::new("/r")).open(&Entry::new("x", "bytes", Location::Url(url)));
    save(&dataset.expect("a right entry"), &buffer(b"x"), BYTES).expect("saved");
    assert!(root.path("a b").is_file());
}
