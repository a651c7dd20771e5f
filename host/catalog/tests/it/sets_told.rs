//! The messages about sets that cannot be.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use insta::assert_snapshot;
use serde_json::json;
use wpipe_catalog::{Delay, Entry, Location, OptionError, Partitioned};
use wpipe_data::to_archive;

use crate::sets_support::*;
use crate::support::*;

fn problems(errors: Vec<OptionError>) -> String {
    let line = |error: OptionError| {
        let key = error.key.as_deref().unwrap_or("(entry)").to_owned();
        let help = error.help.map(|help| format!("\n  help: {help}")).unwrap_or_default();
        format!("{key}: {}{help}", error.message)
    };
    errors.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn all_problems_of_an_entry_are_told_at_once() {
    let root = Root::new();
    let of_set = |suffix: &str, checkpoint: Option<&str>| {
        let checkpoint = checkpoint.map(str::to_owned);
        Some(Partitioned { suffix: suffix.to_owned(), checkpoint, ..Partitioned::default() })
    };
    let open = |entry: &Entry| problems(root.catalog().open_set(entry).expect_err("problems"));
    let wrong = Entry {
        versioned: true,
        partitioned: of_set("/../x", Some("state/")),
        ..root.entry("csv", "", json!({ "delimitter": ";" }))
    };
    let web = Location::Url("https://me:hush@example.com/set?token=hush".to_owned());
    let of_web = Entry { partitioned: of_set(".csv", None), ..Entry::new("x", "csv", web) };
    let single = Entry { delay: Delay::default(), ..root.entry("csv", "set", json!({})) };
    let many = Entry { partitioned: of_set("", None), ..single.clone() };
    let told =
        [open(&wrong), open(&of_web), open(&single), problems(root.catalog().open(&many).expect_err("problems"))];
    assert!(!told.concat().contains("hush"));
    assert_snapshot!(told.join("\n\n"));
}

#[test]
fn files_that_nobody_can_ask_for_are_told_and_not_left_out() {
    let root = Root::new();
    root.write("set/a.txt", "one");
    let names: [&[u8]; 2] = [b"line\nbreak.txt", b"\xff.txt"];
    let told = names.map(|name| {
        let file = root.path("set").join(OsStr::from_bytes(name));
        std::fs::write(&file, "two").expect("a file");
        let told = message(&wait(root.open_set(".txt").list()).expect_err("it cannot be a partition"));
        std::fs::remove_file(file).expect("a file");
        told.replace(root.path("").display().to_string().trim_matches('/'), "…")
    });
    assert_snapshot!(told.join("\n\n"));
}

#[test]
fn what_goes_wrong_with_a_set_is_told() {
    let root = Root::new();
    let set = root.open_set(".txt");
    let mut told = Vec::new();
    let mut tell = |error: wpipe_catalog::DataError| told.push(message(&error));
    tell(wait(set.list()).expect_err("nothing there"));
    tell(wait(set.begin("set.json")).expect_err("a run that cannot be"));
    root.write("set", "a file");
    tell(wait(set.list()).expect_err("a file"));
    tell(wait(set.begin("r1")).expect_err("a file"));
    std::fs::remove_file(root.path("set")).expect("a file");

    let writer = begin(&set, "r1");
    tell(wait(set.list()).expect_err("unfinished"));
    for id in ["", "../a", "a\nb", ".wpipe/x", &"ä".repeat(126)] {
        tell(set.check_id(id).expect_err("no id"));
    }
    let saved = save_texts(&writer, &texts([("a", "one"), ("b", "two")]));
    let gone = BTreeMap::from([("c".to_owned(), saved["a"].clone())]);
    tell(wait(writer.commit(gone, BTreeMap::new())).expect_err("not saved"));
    let missing = BTreeMap::from([("x".to_owned(), "node `n`: no such station".to_owned())]);
    wait(writer.commit(saved, missing)).expect("committed");
    let listing = list(&set);
    for id in ["x", "y"] {
        tell(load_text(&set, &listing, id).expect_err("not of the set"));
    }
    root.write("set/a.txt", "another");
    tell(load_text(&set, &listing, "a").expect_err("changed by hand"));
    std::fs::remove_file(root.path("set/a.txt")).expect("there");
    tell(load_text(&set, &listing, "a").expect_err("removed by hand"));
    root.write("set/a.txt", "another");
    let slow = begin(&set, "r2");
    replace(&set, "r3", &texts([("a", "three")]));
    tell(load_text(&set, &listing, "a").expect_err("replaced"));
    tell(wait(slow.commit(BTreeMap::new(), BTreeMap::new())).expect_err("too late"));
    for manifest in ["", "{", r#"{"format": 2, "sets": []}"#, r#"{"format": 1, "partitions": 3}"#] {
        root.write("set/.wpipe/set.json", manifest);
        tell(wait(set.list()).expect_err("damaged"));
    }
    let a = r#"{"format":1,"run":"r","complete":true,"missing":{},"partitions":{"../a":{"size":1}}}"#;
    root.write("set/.wpipe/set.json", a);
    tell(wait(set.begin("r5")).expect_err("damaged"));
    root.write("set/.wpipe/checkpoint.json", "[]");
    tell(wait(set.checkpoint()).expect_err("damaged"));
    assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_set_is_verified_by_its_manifest_and_its_partitions() {
    let root = Root::new();
    let set = root.try_open_set("archive", "set", Partitioned::default()).expect("a right entry");
    assert_eq!(wait(set.verify()).expect("the store answers").objects, 0);
    wait(async {
        let writer = set.begin("run").await.expect("begun");
        let mut saved = BTreeMap::new();
        for id in ["a", "b", "c", "d", "e", "f"] {
            let numbers = buffer(&to_archive(&vec![f64::from(id.as_bytes()[0]); 9]).expect("an archive"));
            saved.insert(id.to_owned(), writer.save(id, &numbers, NUMBERS).await.expect("saved").stored);
        }
        writer.commit(saved, BTreeMap::new()).await.expect("committed");
    });
    let found = wait(set.verify()).expect("the store answers");
    assert_eq!((found.objects, found.damaged.len(), found.foreign.len()), (6, 0, 0));

    // One is gone, one cut off, two are swapped, and one is another file.
    std::fs::remove_file(root.path("set/a")).expect("a file");
    root.write("set/b", "short");
    std::fs::rename(root.path("set/c"), root.path("set/x")).expect("a file");
    std::fs::rename(root.path("set/d"), root.path("set/c")).expect("a file");
    std::fs::rename(root.path("set/x"), root.path("set/d")).expect("a file");
    root.write("set/x", "somebody else's");
    let found = wait(set.verify()).expect("the store answers");
    let told: Vec<_> = found.damaged.iter().map(|error| error.to_string()).collect();
    assert_eq!((found.objects, told.len()), (2, 4), "{told:?}");
    for (told, name) in told.iter().zip(["a", "b", "c", "d"]) {
        assert!(told.starts_with(&format!("`set/{name}` is not what run `run` has saved")), "{told}");
    }
    assert_eq!(found.foreign, ["set/x"]);
}
