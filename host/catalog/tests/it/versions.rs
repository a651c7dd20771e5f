//! Versioned datasets, in every kind of store.

use std::fs;
use std::thread;

use insta::assert_snapshot;
use serde_json::json;
use wpipe_buffer::Readers;
use wpipe_catalog::{Dataset, Entry};

use crate::support::*;

fn open(root: &Root) -> Dataset {
    let entry = Entry { versioned: true, ..root.entry("text", "data/x.txt", json!({})) };
    root.catalog().open(&entry).expect("a right entry")
}

fn at(dataset: &Dataset, version: &str) -> Dataset {
    dataset.with_version(Some(version.to_owned()))
}

fn text(dataset: &Dataset) -> (String, Option<String>) {
    let loaded = wait(dataset.load(TEXT, Readers::Several)).expect("loaded");
    (String::from_utf8(loaded.buffer.bytes().expect("mapped").to_vec()).expect("UTF-8"), loaded.version)
}

#[test]
fn every_save_is_a_version_and_the_newest_is_loaded() {
    for root in Root::all() {
        let dataset = open(&root);
        assert!(!wait(dataset.exists()).expect("the store answers"));
        assert_eq!(wait(dataset.versions()).expect("the store answers"), [""; 0]);
        let missing = load(&dataset, TEXT).expect_err("nothing is there");
        assert_eq!(missing.to_string(), format!("`{}` does not exist", root.shown("data/x.txt")));

        for version in ["2026-01-02", "2026-01-10", "2026-01-01"] {
            let saved = wait(at(&dataset, version).save(&buffer(version.as_bytes()), TEXT)).expect("saved");
            assert_eq!(saved.version.as_deref(), Some(version));
        }
        assert_eq!(root.read("data/x.txt/2026-01-02/x.txt"), "2026-01-02");
        assert_eq!(wait(dataset.versions()).expect("listed"), ["2026-01-10", "2026-01-02", "2026-01-01"]);
        assert_eq!(text(&dataset), ("2026-01-10".to_owned(), Some("2026-01-10".to_owned())));
        assert_eq!(text(&at(&dataset, "2026-01-01")).0, "2026-01-01");
        assert_eq!(wait(dataset.size()).expect("the store answers"), Some(10));
        assert!(!wait(at(&dataset, "2025").exists()).expect("the store answers"));
    }
}

#[test]
fn of_those_who_save_at_once_each_has_its_own_version() {
    for root in Root::all() {
        let dataset = open(&root);
        let all = || {
            let saved = (0..8).map(|_| wait(dataset.save(&buffer(b"x"), TEXT)).expect("saved").version);
            saved.map(|version| version.expect("a version")).collect::<Vec<_>>()
        };
        let mut versions: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(all)).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("all are saved")).collect()
        });
        versions.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(wait(dataset.versions()).expect("listed"), versions);
        assert_eq!(root.files().len(), 32);
    }
}

#[test]
fn of_those_who_save_one_version_at_once_one_succeeds() {
    // The server of the tests looks first and writes then, so that only files can show it.
    let root = Root::new();
    let dataset = at(&open(&root), "1");
    let save = |number: usize| wait(dataset.save(&buffer(number.to_string().as_bytes()), TEXT)).map(|_| number);
    let outcomes: Vec<_> = thread::scope(|scope| {
        let save = &save;
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || save(number))).collect();
        threads.into_iter().map(|thread| thread.join().expect("an outcome")).collect()
    });
    let (saved, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    let saved: Vec<_> = saved.into_iter().flatten().collect();
    assert_eq!((saved.len(), text(&dataset).0), (1, saved[0].to_string()));
    assert!(refused.into_iter().flat_map(Result::err).all(|error| error.to_string().contains("already")));
}

#[test]
fn the_newest_is_what_was_saved_last_whatever_the_clock_says() {
    for root in Root::all() {
        let dataset = open(&root);
        wait(at(&dataset, "2999-12-31T23.59.59.999Z").save(&buffer(b"far off"), TEXT)).expect("saved");
        let saved = wait(dataset.save(&buffer(b"next"), TEXT)).expect("saved").version;
        assert_eq!(text(&dataset), ("next".to_owned(), saved));
        let saved = wait(dataset.saved_by("2026-01-01T00.00.00.000Z").save(&buffer(b"run"), TEXT)).expect("saved");
        assert_eq!(text(&dataset), ("run".to_owned(), saved.version));
        assert_eq!(wait(dataset.versions()).expect("listed").len(), 3);

        wait(at(&dataset, "latest").save(&buffer(b"by hand"), TEXT)).expect("saved");
        let error = wait(dataset.save(&buffer(b"never seen"), TEXT)).expect_err("it would not be the newest");
        let told = message(&error).replace(&root.shown("data/x.txt"), "…");
        assert_eq!(told.split("help: ").count(), 2, "{told}");
        assert!(told.starts_with("what is saved would not be the newest version of `…`: `latest` sorts"), "{told}");
        assert_eq!(text(&dataset).0, "by hand");
    }
}

#[test]
fn a_run_saves_its_own_version() {
    let root = Root::new();
    let dataset = open(&root);
    wait(at(&dataset, "2025-01-01T00.00.00.000Z").save(&buffer(b"old"), TEXT)).expect("saved");
    let run = dataset.saved_by("2026-01-01T00.00.00.000Z");
    let saved = wait(run.save(&buffer(b"new"), TEXT)).expect("saved").version;
    assert_eq!(saved.as_deref(), Some("2026-01-01T00.00.00.000Z"));
    assert_eq!(text(&run), ("new".to_owned(), saved));
}

#[test]
fn a_version_that_nobody_names_is_the_time() {
    let root = Root::new();
    let dataset = open(&root);
    let first = wait(dataset.save(&buffer(b"1"), TEXT)).expect("saved").version.expect("a version");
    assert_eq!(wait(dataset.versions()).expect("listed"), [first.as_str()]);
    assert!(first.starts_with("20") && first.ends_with('Z'), "{first}");
}

#[test]
fn what_is_not_complete_is_no_version() {
    for root in Root::all() {
        let dataset = open(&root);
        wait(at(&dataset, "1").save(&buffer(b"1"), TEXT)).expect("saved");
        root.write("data/x.txt/2/other.txt", "not the dataset's");
        root.write("data/x.txt/3/x.txt/x.txt", "too deep");
        assert_eq!(wait(dataset.versions()).expect("listed"), ["1"]);
        assert_eq!(text(&dataset).0, "1");
    }
}

#[test]
fn a_version_is_written_once() {
    for root in Root::all() {
        let dataset = at(&open(&root), "1");
        wait(dataset.save(&buffer(b"first"), TEXT)).expect("saved");
        let error = wait(dataset.save(&buffer(b"second"), TEXT)).expect_err("it is there");
        assert!(error.to_string().ends_with("has the version `1` already"), "{error}");
        assert_eq!(text(&dataset).0, "first");
    }
}

#[test]
fn a_file_in_the_way_and_bad_names_are_told() {
    let root = Root::new();
    root.write("data/x.txt", "not versioned");
    let dataset = open(&root);
    assert_snapshot!(message(&load(&dataset, TEXT).expect_err("a file")), @r"
    `data/x.txt` is a file, and the dataset is versioned: a folder of versions is expected
    help: move the file away, or remove `versioned`
    ");
    let error = wait(dataset.save(&buffer(b"x"), TEXT)).expect_err("a file");
    assert_eq!(error.to_string(), load(&dataset, TEXT).expect_err("a file").to_string());
    assert_eq!(root.read("data/x.txt"), "not versioned");

    let root = Root::new();
    let bad = at(&open(&root), "../../etc");
    assert_snapshot!(message(&wait(bad.save(&buffer(b"x"), TEXT)).expect_err("a path")), @r"
    `../../etc` cannot be a version of `data/x.txt`
    help: a version is a name without `/` and `\`, such as `2026-01-31T23.59.59.999Z`
    ");
    assert!(load(&bad, TEXT).is_err());
}

#[test]
fn remains_of_crashed_versions_are_swept() {
    let root = Root::new();
    let dataset = open(&root);
    root.write("data/x.txt/1/.x.txt.1-a-0.wpipe~", "half");
    root.write("data/x.txt/2/.y.txt.1-a-0.wpipe~", "somebody else's");
    wait(at(&dataset, "3").save(&buffer(b"x"), TEXT)).expect("saved");
    assert_eq!(root.files(), ["data/x.txt/2/.y.txt.1-a-0.wpipe~", "data/x.txt/3/x.txt"]);
    assert!(!fs::exists(root.path("data/x.txt/1")).expect("a directory"));
}

#[test]
fn versions_mean_nothing_to_other_datasets() {
    let root = Root::new();
    let dataset = at(&root.open("text", "x", json!({})), "1");
    assert_eq!(wait(dataset.save(&buffer(b"x"), TEXT)).expect("saved").version, None);
    assert_eq!(root.files(), ["x"]);
    assert_eq!(text(&dataset), ("x".to_owned(), None));
    assert!(wait(dataset.versions()).expect("none").is_empty());
}

#[test]
fn a_copy_beside_the_versions_is_not_the_newest_one() {
    for root in Root::all() {
        let dataset = open(&root);
        let first = wait(dataset.save(&buffer(b"first"), TEXT)).expect("saved").version.expect("a version");
        for copy in ["_old", ".tmp", &format!("{first}.bak"), &format!("{first} (copy)")] {
            root.write(&format!("data/x.txt/{copy}/x.txt"), "a copy");
        }
        assert_eq!(text(&dataset), ("first".to_owned(), Some(first.clone())));
        // A named one is loaded all the same, and the saved one is the newest.
        assert_eq!(text(&at(&dataset, "_old")).0, "a copy");
        let second = wait(dataset.save(&buffer(b"second"), TEXT)).expect("saved").version.expect("a version");
        assert!(second > first);
        assert_eq!(text(&dataset).0, "second");
    }
}
