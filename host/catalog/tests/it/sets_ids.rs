//! Ids: given ones come back byte for byte, and those that cannot be stored are refused by name.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wpipe_catalog::{DataError, Partitioned};

use crate::sets_support::*;
use crate::support::*;

/// Ids that something on the way could take for something else.
const ODD: [&str; 44] = [
    "2020.01",
    "2020.01.csv",
    ".hidden",
    "...",
    "a..b",
    "a b",
    " a",
    "a ",
    "a/ b /c",
    "%",
    "%20",
    "%2F",
    "%2e%2e/x",
    "100%25",
    "*",
    "?",
    "a?b=c&d",
    "a#b",
    "#",
    "a+b",
    "a&b",
    "&amp;",
    "<a>",
    "\"quoted\"",
    "'",
    "`",
    "a\\b",
    "C:",
    "C|",
    "a:b",
    "{region}",
    "[1]",
    "~",
    "^|",
    "$HOME",
    "-rf",
    "grün/München",
    "gr\u{75}\u{308}n",
    "日本/東京",
    "🦀",
    "\u{200b}",
    "\u{a0}x\u{2028}",
    "a,b;c=d@e!",
    "wpipe/wpipe/set.json",
];

#[test]
fn no_partition_is_a_file_and_a_folder_at_once() {
    for root in Root::all() {
        let set = root.open_set("");
        let writer = begin(&set, "r1");
        let told = |result: Result<(), DataError>| result.expect_err("a clash").to_string();
        let both = told(writer.check_ids(["b", "a-c", "a/b/c", "a"]));
        assert!(both.contains("`a` cannot be a partition of"), "{both}");
        assert!(
            both.contains("the set has the partition `a/b/c`, and one of them would be a file and a folder"),
            "{both}"
        );
        // Saved ids count, in any order; the same again is no other.
        let saved = save_texts(&writer, &texts([("d", "1"), ("e/f", "2"), ("d-x", "3"), ("d", "again")]));
        for id in ["d/x", "d/x/y", "e", "e/f/g"] {
            let refused = wait(writer.save(id, &buffer(b"x"), TEXT)).map(drop);
            assert!(told(refused).contains("a file and a folder at once"), "{id}");
        }
        commit(&writer, saved);
        assert_eq!(seen(&set), texts([("d", "again"), ("e/f", "2"), ("d-x", "3")]));
    }
}

#[test]
fn odd_ids_come_back_from_the_manifest_and_from_a_listing() {
    for root in Root::all() {
        for suffix in ["", ".txt", "/part 0.txt"] {
            let set =
                root.open_set_as(Partitioned { suffix: suffix.to_owned(), hidden: true, ..Partitioned::default() });
            let all: Texts = ODD.iter().map(|id| ((*id).to_owned(), format!("{id:?} of {suffix}"))).collect();
            replace(&set, "r1", &all);
            assert_eq!(seen(&set), all, "{suffix}");
            let again: Texts = ODD.iter().map(|id| ((*id).to_owned(), format!("{id:?} again"))).collect();
            replace(&set, "r2", &again);
            assert_eq!(seen(&set), again, "{suffix}");
            // Others find them by their names alone.
            std::fs::remove_dir_all(root.path("set/.wpipe")).expect("there");
            let listing = list(&set);
            assert_eq!(ids(&listing), again.keys().map(String::as_str).collect::<Vec<_>>(), "{suffix}");
            assert_eq!(load_all(&set, &listing).expect("loaded"), again, "{suffix}");
            std::fs::remove_dir_all(root.path("set")).expect("there");
        }
    }
}

#[test]
fn the_file_of_an_id_is_called_like_it() {
    for root in Root::all() {
        let set = root.open_set_as(Partitioned { suffix: ".txt".to_owned(), hidden: true, ..Partitioned::default() });
        replace(&set, "r1", &ODD.iter().map(|id| ((*id).to_owned(), (*id).to_owned())).collect());
        for id in ODD {
            assert_eq!(root.read(&format!("set/{id}.txt")), id);
        }
    }
}

fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

#[test]
fn what_cannot_be_stored_is_refused_by_name() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        let writer = begin(&set, "r1");
        let saved = wait(writer.save("plain", &buffer(b"x"), TEXT)).expect("saved").stored;
        let before = root.files();
        let too_long = long(252);
        let bad = [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            "../a",
            "a/../b",
            "./a",
            "a/./b",
            "..",
            "a\0b",
            "a\nb",
            "\u{7f}",
            ".wpipe/a",
            "a/.wpipe/b",
        ];
        for id in bad.into_iter().chain([too_long.as_str()]) {
            // The suffix makes a name of what would be none.
            if id == ".." {
                continue;
            }
            let refused = [
                set.check_id(id).expect_err("refused"),
                wait(writer.save(id, &buffer(b"x"), TEXT)).expect_err("refused"),
                wait(set.confirm(id)).expect_err("refused"),
                wait(writer.commit(BTreeMap::from([(id.to_owned(), saved.clone())]), BTreeMap::new()))
                    .expect_err("refused"),
            ];
            for error in refused {
                let DataError::BadPartition { id: told, location, .. } = &error else { panic!("{id:?}: {error}") };
                assert_eq!((told.as_str(), location), (id.escape_debug().to_string().as_str(), &set.location()));
            }
        }
        assert_eq!(root.files(), before);
        // It can be missing all the same: that is why.
        let missing = BTreeMap::from([("a//b".to_owned(), "it cannot be stored".to_owned())]);
        wait(writer.commit(BTreeMap::new(), missing.clone())).expect("committed");
        assert_eq!(wait(set.list()).expect("listed").missing(), &missing);
        let suffixless = root.open_set("");
        for id in [".", "..", "a/..", ".wpipe", "a#1", "a/.x.csv.1-a-2.wpipe~"] {
            assert!(suffixless.check_id(id).is_err(), "{id}");
        }
        assert!(set.check_id(&long(251)).is_ok());
    }
}

#[test]
fn the_longest_names_are_stored_and_replaced() {
    // The server of these tests keeps an object's properties in a file that is called after it, and longer.
    let lengths = [(Root::new(), 255), (Root::s3(), 50)];
    for (root, length) in lengths {
        let set = root.open_set(".txt");
        let id = format!("{}/{}", long(length), long(length - 4));
        for run in ["r1", "r2"] {
            let all = BTreeMap::from([(id.clone(), run.to_owned())]);
            replace(&set, run, &all);
            assert_eq!(seen(&set), all);
        }
    }
    // A bucket's keys end earlier than a file system's paths.
    let deep = vec![long(200); 5].join("/");
    assert!(Root::new().open_set("").check_id(&deep).is_ok());
    let told = Root::s3().open_set("").check_id(&deep).expect_err("too long").to_string();
    assert!(told.contains("and 1024 are the most"), "{told}");
}

#[test]
fn no_id_leads_out_of_the_root() {
    for root in Root::all() {
        root.write("secret.txt", "secret");
        let set = root.open_set(".txt");
        root.write("set/a.txt", "one");
        let listing = list(&set);
        assert!(matches!(load_text(&set, &listing, "../secret"), Err(DataError::NoPartition { .. })));
        // Not even if it was written into the manifest by hand.
        begin(&set, "r1");
        let manifest = root.read("set/.wpipe/set.json");
        for (from, to) in [(r#""a":{"#, r#""../secret":{"#), (r#""size":3"#, r#""size":3,"at":"../..""#)] {
            root.write("set/.wpipe/set.json", manifest.replace(from, to));
            let told = message(&wait(set.list()).expect_err("refused"));
            assert!(told.contains("which cannot be"), "{told}");
        }
    }
}

/// Generates ids of any characters, with a liking for those that matter somewhere.
fn any_id() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => prop::sample::select("ab.%*/ #~:\\\"'&<>?+=@é日🦀\u{301}".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ];
    prop::collection::vec(character, 1..24).prop_map(|characters| characters.into_iter().collect())
}

/// Returns true if one of `ids` is a folder of another: a file system has one of them only.
fn is_below_another(id: &str, suffix: &str, ids: &BTreeSet<String>) -> bool {
    let name = format!("{id}{suffix}");
    ids.iter().any(|other| {
        let other = format!("{other}{suffix}");
        name.starts_with(&format!("{other}/")) || other.starts_with(&format!("{name}/"))
    })
}

fn round_trip(root: &Root, ids: &BTreeSet<String>, suffix: &str) {
    let _ = std::fs::remove_dir_all(root.path("set"));
    let set = root.open_set(suffix);
    let writer = begin(&set, "r1");
    let mut saved = BTreeMap::new();
    let mut all = Texts::new();
    let mut stored = BTreeSet::new();
    for id in ids {
        if set.check_id(id).is_err() {
            assert!(wait(writer.save(id, &buffer(b"x"), TEXT)).is_err(), "{id:?}");
        } else if !is_below_another(id, suffix, &stored) {
            saved.insert(id.clone(), save_text(&writer, id, id));
            all.insert(id.clone(), id.clone());
            stored.insert(id.clone());
        }
    }
    commit(&writer, saved);
    assert_eq!(seen(&set), all);
    std::fs::remove_dir_all(root.path("set/.wpipe")).expect("there");
    if !all.is_empty() {
        assert_eq!(seen(&set), all);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_ids_come_back_from_a_folder(ids in prop::collection::btree_set(any_id(), 1..8), dotted in any::<bool>()) {
        round_trip(&Root::new(), &ids, if dotted { ".txt" } else { "" });
    }
}

#[test]
fn any_ids_come_back_from_a_bucket() {
    // One server for all cases.
    let root = Root::s3();
    let cases = ProptestConfig::with_cases(24);
    proptest!(cases, |(ids in prop::collection::btree_set(any_id(), 1..6), dotted in any::<bool>())| {
        round_trip(&root, &ids, if dotted { ".txt" } else { "" });
    });
}
