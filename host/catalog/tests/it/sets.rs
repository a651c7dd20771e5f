//! The promises of partitioned datasets, in every kind of place.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;
use wpipe_buffer::Readers;
use wpipe_catalog::{DataError, Entry, Leftover, Location, Partitioned, StoreConfig, Stored};

use crate::sets_support::*;
use crate::support::*;

fn pruned() -> Partitioned {
    Partitioned { suffix: ".txt".to_owned(), prune: true, ..Partitioned::default() }
}

#[test]
fn what_a_run_commits_is_the_set() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        let first = texts([("2020.01", "one"), ("2020.02", "two"), ("nested/x", "three")]);
        let writer = begin(&set, "r1");
        assert!(writer.before().partitions().is_empty());
        let saved = save_texts(&writer, &first);
        commit(&writer, saved);
        assert_eq!(seen(&set), first);
        let listing = list(&set);
        assert_eq!((listing.run(), listing.is_complete()), (Some("r1"), true));
        assert_eq!(listing.sizes().collect::<Vec<_>>(), [("2020.01", 3), ("2020.02", 3), ("nested/x", 5)]);
        // Nothing else is there.
        let names = ["set/.wpipe/set.json", "set/2020.01.txt", "set/2020.02.txt", "set/nested/x.txt"];
        assert_eq!(root.files(), names);

        let second = texts([("2020.01", "1"), ("2020.02", "2"), ("nested/x", "3"), ("nested/y", "4")]);
        let writer = begin(&set, "r2");
        let saved = save_texts(&writer, &second);
        assert_eq!(saved["2020.01"].at.as_deref(), Some("r2"));
        assert_eq!(saved["nested/y"].at, None);
        assert_eq!(seen(&set), first);
        commit(&writer, saved);
        assert_eq!(seen(&set), second);
        assert_eq!(list(&set).partitions()["2020.01"].at, None);
        assert_eq!(root.read("set/nested/x.txt"), "3");
        assert_eq!(root.files().len(), 5);
    }
}

#[test]
fn objects_that_nobody_has_committed_are_the_set_when_there_is_no_manifest() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        for (name, content) in
            [("2020.01.txt", "one"), ("a/b.c/d.txt", "two"), ("readme.md", "no"), ("a.txt.bak", "no")]
        {
            root.write(&format!("set/{name}"), content);
        }
        let foreign = texts([("2020.01", "one"), ("a/b.c/d", "two")]);
        assert_eq!(seen(&set), foreign);
        let listing = list(&set);
        assert_eq!((listing.run(), listing.is_complete()), (None, true));
        // A run that begins changes nothing, and its saved partitions are not seen.
        let before = mark(&set);
        let writer = begin(&set, "r1");
        assert_eq!(writer.before().partitions(), listing.partitions());
        assert!(wait(set.is_current(&listing)).expect("asked"));
        let saved = save_texts(&writer, &texts([("2020.01", "ONE!"), ("new", "three")]));
        assert_eq!(seen(&set), foreign);
        assert_eq!(mark(&set), before);
        // Former partitions can be kept as they are.
        let mut all = writer.before().partitions().clone();
        all.extend(saved);
        commit(&writer, all);
        assert_eq!(seen(&set), texts([("2020.01", "ONE!"), ("a/b.c/d", "two"), ("new", "three")]));
        assert_ne!(mark(&set), before);
        // From here on, objects of others are none of it.
        root.write("set/late.txt", "no");
        assert_eq!(ids(&list(&set)), ["2020.01", "a/b.c/d", "new"]);
        assert_eq!(root.read("set/readme.md"), "no");
    }
}

#[test]
fn a_first_set_that_is_half_made_is_never_taken_for_one() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        assert!(matches!(wait(set.list()), Err(DataError::NotFound { .. })));
        assert_eq!(mark(&set), None);
        assert!(matches!(wait(set.describe()), Err(DataError::NotFound { .. })));
        save_text(&begin(&set, "r1"), "a", "half");
        let told = message(&wait(set.list()).expect_err("unfinished"));
        assert!(told.contains("no run has completed it") && told.contains("--resume"), "{told}");
        assert_eq!(mark(&set), None);
        // The next run has nothing before, and overwrites the present objects.
        let writer = begin(&set, "r2");
        assert!(writer.before().partitions().is_empty());
        let saved = save_texts(&writer, &texts([("a", "whole")]));
        commit(&writer, saved);
        assert_eq!(seen(&set), texts([("a", "whole")]));
    }
}

#[test]
fn a_set_without_partitions_is_one() {
    for root in Root::all() {
        let set = root.open_set("");
        replace(&set, "r1", &texts([]));
        assert_eq!(seen(&set), texts([]));
        assert!(list(&set).is_complete() && mark(&set).is_some());
    }
    let root = Root::new();
    fs::create_dir(root.path("set")).expect("a folder");
    assert_eq!(seen(&root.open_set("")), texts([]));
}

#[test]
fn an_incomplete_set_is_read_and_says_what_is_missing() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        let writer = begin(&set, "r1");
        let saved = save_texts(&writer, &texts([("a", "one")]));
        let missing = BTreeMap::from([("b".to_owned(), "node `n` failed: no such station".to_owned())]);
        wait(writer.commit(saved, missing.clone())).expect("committed");
        assert_eq!(seen(&set), texts([("a", "one")]));
        let listing = list(&set);
        assert!(!listing.is_complete());
        assert_eq!(listing.missing(), &missing);
        let told = load_text(&set, &listing, "b").expect_err("missing").to_string();
        assert!(told.ends_with("has no partition `b`: node `n` failed: no such station"), "{told}");
        replace(&set, "r2", &texts([("b", "two")]));
        assert!(list(&set).is_complete());
    }
}

#[test]
fn partitions_are_saved_at_the_same_time() {
    const PARTITIONS: usize = 40;
    for root in Root::all() {
        let set = root.open_set(".txt");
        for (run, digit) in [("r1", "1"), ("r2", "2")] {
            let text = |partition: usize| digit.repeat(partition + 1);
            let writer = begin(&set, run);
            let all = async {
                let save = |partition: usize| {
                    let (writer, content) = (writer.clone(), buffer(text(partition).as_bytes()));
                    tokio::spawn(async move {
                        let id = format!("p/{partition}");
                        let saved = writer.save(&id, &content, TEXT).await.expect("saved");
                        (id, saved.stored)
                    })
                };
                let tasks: Vec<_> = (0..PARTITIONS).map(save).collect();
                let mut saved = BTreeMap::new();
                for task in tasks {
                    saved.extend([task.await.expect("done")]);
                }
                saved
            };
            let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
            let saved = threads.expect("threads").block_on(all);
            commit(&writer, saved);
            let expected = (0..PARTITIONS).map(|partition| (format!("p/{partition}"), text(partition))).collect();
            assert_eq!(seen(&set), expected);
        }
        assert_eq!(root.files().len(), PARTITIONS + 1);
    }
}

#[test]
fn a_set_that_is_replaced_while_it_is_read_is_noticed() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        replace(&set, "r1", &texts([("a", "one"), ("b", "two"), ("c", "three")]));
        let old = list(&set);
        assert_eq!(load_text(&set, &old, "a").expect("loaded"), "one");
        let writer = begin(&set, "r2");
        let saved = save_texts(&writer, &texts([("a", "ONE"), ("b", "another size")]));
        assert!(wait(set.is_current(&old)).expect("asked"));
        commit(&writer, saved);
        assert!(!wait(set.is_current(&old)).expect("asked"));
        // Of the same size: only a request shows it.
        assert_eq!(load_text(&set, &old, "a").expect("loaded"), "ONE");
        let told = load_text(&set, &old, "b").expect_err("replaced").to_string();
        assert!(told.contains("has 12 bytes: it was replaced since it was listed"), "{told}");
        fs::remove_file(root.path("set/c.txt")).expect("stale, but there");
        let told = load_text(&set, &old, "c").expect_err("replaced").to_string();
        assert!(told.contains("is gone: it was replaced since it was listed"), "{told}");
        assert_eq!(seen(&set), texts([("a", "ONE"), ("b", "another size")]));
    }
}

#[test]
fn a_listing_outlives_the_tidying_of_the_set_that_it_lists() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        replace(&set, "r1", &texts([("a", "one")]));
        // As after a commit that is killed once its manifest is in force.
        let writer = begin(&set, "r2");
        save_text(&writer, "a", "ONE");
        let manifest = root.read("set/.wpipe/set.json");
        let staged = manifest.replace(r#""size":3"#, r#""size":3,"at":"r2""#).replace("r1", "r2");
        root.write("set/.wpipe/set.json", staged);
        let listing = list(&set);
        assert_eq!(load_text(&set, &listing, "a").expect("loaded"), "ONE");
        assert_eq!(root.read("set/a.txt"), "one");
        let before = mark(&set);
        begin(&set, "r3");
        assert_eq!(root.files(), ["set/.wpipe/set.json", "set/a.txt"]);
        assert_eq!(root.read("set/a.txt"), "ONE");
        assert_eq!(load_text(&set, &listing, "a").expect("loaded"), "ONE");
        assert!(wait(set.is_current(&listing)).expect("asked"));
        assert_eq!(mark(&set), before);
    }
}

#[test]
fn partitions_that_a_set_has_no_more_are_ignored_and_shown() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        replace(&set, "r1", &texts([("a", "one"), ("b/c", "three"), ("d", "four")]));
        let committed = replace(&set, "r2", &texts([("d", "4")]));
        assert_eq!((committed.stale, committed.pruned.len()), (2, 0));
        assert_eq!(seen(&set), texts([("d", "4")]));
        let description = wait(set.describe()).expect("described");
        assert_eq!(description.stale, [("a".to_owned(), 3), ("b/c".to_owned(), 5)]);
        // They are overwritten when they come again, since no reader sees them.
        let writer = begin(&set, "r3");
        assert_eq!(save_text(&writer, "a", "again").at, None);
        assert_eq!(seen(&set), texts([("d", "4")]));
        // They are removed if that is wanted.
        let set = root.open_set_as(pruned());
        root.write("set/other.md", "kept");
        let writer = begin(&set, "r4");
        let saved = save_texts(&writer, &texts([("d", "5")]));
        // But of a failed one it is all that there is.
        let missing = BTreeMap::from([("a".to_owned(), "it failed".to_owned())]);
        let committed = wait(writer.commit(saved, missing)).expect("committed");
        assert_eq!((committed.stale, committed.pruned), (1, vec!["b/c".to_owned()]));
        assert_eq!(root.files(), ["set/.wpipe/set.json", "set/a.txt", "set/d.txt", "set/other.md"]);
        let committed = replace(&set, "r5", &texts([("d", "6")]));
        assert_eq!((committed.stale, committed.pruned), (0, vec!["a".to_owned()]));
    }
}

#[test]
fn all_that_is_there_is_described() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        root.write("set/a.txt", "one");
        root.write("set/notes.md", "four");
        let foreign = wait(set.describe()).expect("described");
        assert_eq!((foreign.has_manifest, foreign.complete, foreign.count, foreign.bytes), (false, true, 1, 3));
        assert_eq!(foreign.others, [("notes.md".to_owned(), 4)]);

        replace(&set, "r1", &texts([("a", "1"), ("b", "22"), ("c", "333")]));
        let writer = begin(&set, "r2");
        let mut saved = save_texts(&writer, &texts([("a", "staged"), ("b", "too"), ("new", "plain")]));
        let description = wait(set.describe()).expect("described");
        assert_eq!((description.run.as_deref(), description.count, description.bytes), (Some("r1"), 3, 6));
        assert_eq!(description.stale, [("new".to_owned(), 5)]);
        let staged = BTreeMap::from([("r2".to_owned(), leftover(2, 9))]);
        assert_eq!(description.staged, staged);

        saved.remove("b");
        let missing = BTreeMap::from([("b".to_owned(), "it failed".to_owned())]);
        wait(writer.commit(saved, missing.clone())).expect("committed");
        fs::remove_file(root.path("set/new.txt")).expect("there");
        let description = wait(set.describe()).expect("described");
        assert_eq!((description.complete, description.missing, description.count), (false, missing, 2));
        assert_eq!((description.gone, description.staged.len()), (vec!["new".to_owned()], 0));
        assert_eq!(description.stale, [("b".to_owned(), 2), ("c".to_owned(), 3)]);
    }
}

#[test]
fn what_is_of_a_set_or_a_project_within_is_no_partition_and_nobodys_to_remove() {
    for root in Root::all() {
        for name in ["set/in/.wpipe/set.json", "set/in/.wpipe/runs/r/run.json", "set/in/deep/.wpipe/r0/x"] {
            root.write(name, "of others");
        }
        root.write("set/in/a", "one");
        let set = root.open_set_as(Partitioned { prune: true, ..Partitioned::default() });
        assert_eq!(seen(&set), texts([("in/a", "one")]));
        let committed = replace(&set, "r1", &texts([("b", "two")]));
        assert_eq!((committed.pruned, committed.stale), (vec!["in/a".to_owned()], 0));
        let description = wait(set.describe()).expect("described");
        assert_eq!((description.stale.len(), description.others.len(), description.staged.len()), (0, 0, 0));
        let left = root.files().into_iter().filter(|name| name.contains("in/")).count();
        assert_eq!(left, 3, "{:?}", root.files());
    }
}

fn leftover(count: usize, bytes: u64) -> Leftover {
    let mut leftover = Leftover::default();
    (leftover.count, leftover.bytes) = (count, bytes);
    leftover
}

#[test]
fn a_run_goes_on_with_what_a_failed_one_has_saved() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        replace(&set, "r1", &texts([("a", "one"), ("b", "two")]));
        let failed = begin(&set, "r2");
        let saved = save_texts(&failed, &texts([("a", "ONE"), ("new", "NEW")]));
        drop(failed);
        let writer = begin(&set, "r3");
        let mut all = wait(set.still_there(saved.clone())).expect("asked");
        assert_eq!(all, saved);
        all.extend(save_texts(&writer, &texts([("b", "TWO")])));
        commit(&writer, all);
        assert_eq!(seen(&set), texts([("a", "ONE"), ("b", "TWO"), ("new", "NEW")]));
        // A third run that goes on with the same finds the staged one under its plain name.
        let of_others = BTreeMap::from([("a", &saved["a"]), ("c", &saved["new"])]);
        let of_others = of_others.into_iter().map(|(id, stored)| (id.to_owned(), stored.clone()));
        let there = wait(set.still_there(of_others.collect())).expect("asked");
        assert_eq!(there, BTreeMap::from([("a".to_owned(), Stored { at: None, ..saved["a"].clone() })]));
    }
}

#[test]
fn an_object_of_the_same_size_that_somebody_else_has_saved_is_another() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        let writer = begin(&set, "r1");
        let first = save_text(&writer, "a", "one");
        // So that no other file gets its number, which marks it.
        fs::hard_link(root.path("set/a.txt"), root.path("first")).expect("a link");
        let second = save_text(&begin(&set, "r2"), "a", "two");
        let is_there = |stored: &Stored| {
            let saved = BTreeMap::from([("a".to_owned(), stored.clone())]);
            !wait(set.still_there(saved)).expect("asked").is_empty()
        };
        assert!(!is_there(&first));
        assert!(is_there(&second));
        replace(&set, "r3", &texts([("a", "six")]));
        let resumed = begin(&set, "r4");
        let told = wait(resumed.commit(BTreeMap::from([("a".to_owned(), first)]), BTreeMap::new()));
        assert!(matches!(told, Err(DataError::NotSaved { .. })), "{told:?}");
        assert_eq!(seen(&set), texts([("a", "six")]));
    }
}

#[test]
fn a_commit_names_nothing_that_is_not_there() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        replace(&set, "r1", &texts([("a", "one")]));
        let writer = begin(&set, "r2");
        let saved = save_texts(&writer, &texts([("a", "ONE"), ("b", "two")]));
        fs::remove_file(root.path("set/b.txt")).expect("saved");
        let told = wait(writer.commit(saved.clone(), BTreeMap::new())).expect_err("gone").to_string();
        assert!(told.ends_with("/b.txt` is not there"), "{told}");
        root.write("set/b.txt", "longer");
        let told = wait(writer.commit(saved.clone(), BTreeMap::new())).expect_err("changed").to_string();
        assert!(told.ends_with("/b.txt` has 6 bytes, not 3"), "{told}");
        assert_eq!(seen(&set), texts([("a", "one")]));
        root.write("set/b.txt", "two");
        commit(&writer, saved);
        assert_eq!(seen(&set), texts([("a", "ONE"), ("b", "two")]));
    }
}

#[test]
fn a_second_writer_is_told_when_it_commits() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        replace(&set, "r1", &texts([("a", "one")]));
        let slow = begin(&set, "r2");
        let saved = save_texts(&slow, &texts([("a", "slow")]));
        replace(&set, "r3", &texts([("a", "fast")]));
        let told = message(&wait(slow.commit(saved, BTreeMap::new())).expect_err("too late"));
        assert!(told.contains("was written by the run `r3` while this run wrote to it"), "{told}");
        assert_eq!(seen(&set), texts([("a", "fast")]));
    }
}

#[test]
fn a_commit_that_is_tried_again_is_one() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        replace(&set, "r1", &texts([("a", "one")]));
        let writer = begin(&set, "r2");
        let saved = save_texts(&writer, &texts([("a", "ONE"), ("b", "two")]));
        commit(&writer, saved.clone());
        commit(&writer, saved);
        assert_eq!(seen(&set), texts([("a", "ONE"), ("b", "two")]));
        assert_eq!(root.files().len(), 3);
    }
}

#[test]
fn marks_change_with_the_content_only() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        let mark = || mark(&set);
        let of = |id: &str| list(&set).partitions()[id].mark.clone();
        replace(&set, "r1", &texts([("a", "one"), ("b", "two")]));
        let (whole, a, b) = (mark(), of("a"), of("b"));
        assert!(whole.is_some() && a.is_some() && b.is_some());
        assert_eq!(mark(), whole);
        let writer = begin(&set, "r2");
        let mut all = writer.before().partitions().clone();
        all.insert("b".to_owned(), save_text(&writer, "b", "TWO"));
        assert_eq!(mark(), whole);
        commit(&writer, all);
        assert_ne!(mark(), whole);
        assert_eq!(of("a"), a);
        assert_ne!(of("b"), b);
        // For any writer, and with or without a record in the manifest.
        let whole = mark();
        root.write("set/a.txt", "by hand");
        assert_ne!(mark(), whole);
    }
}

#[test]
fn checkpoints_never_go_back() {
    for root in Root::all() {
        let elsewhere = Partitioned { checkpoint: Some("state/done".to_owned()), ..Partitioned::default() };
        let within = Partitioned { checkpoint: Some("set/done".to_owned()), ..Partitioned::default() };
        for (of_set, file) in [
            (Partitioned::default(), "set/.wpipe/checkpoint.json"),
            (Partitioned { checkpoint: Some(String::new()), ..Partitioned::default() }, "set/.wpipe/checkpoint.json"),
            (elsewhere, "state/done"),
            (within, "set/done"),
        ] {
            let _ = fs::remove_file(root.path(file));
            let set = root.open_set_as(Partitioned { prune: true, ..of_set });
            let checkpoint = || wait(set.checkpoint()).expect("asked");
            assert_eq!(checkpoint(), None);
            wait(set.confirm("2020.02")).expect("confirmed");
            assert!(root.path(file).is_file(), "{file}");
            wait(set.confirm("2020.01")).expect("nothing to do");
            assert_eq!(checkpoint().as_deref(), Some("2020.02"));
            wait(set.confirm("2020.10 ä%/\"x\"")).expect("confirmed");
            assert_eq!(checkpoint().as_deref(), Some("2020.10 ä%/\"x\""));
            assert!(wait(set.confirm("../x")).is_err());
            // It is none of the set's, in any case.
            replace(&set, "r1", &texts([("a", "one")]));
            assert_eq!(checkpoint().as_deref(), Some("2020.10 ä%/\"x\""));
            root.write(file, "damaged");
            assert!(matches!(wait(set.checkpoint()), Err(DataError::Decode { .. })));
            assert!(wait(set.confirm("z")).is_err());
        }
    }
}

#[test]
fn ids_that_are_confirmed_at_the_same_time_leave_the_greatest() {
    for root in Root::all() {
        let set = root.open_set("");
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
        threads.expect("threads").block_on(async {
            let confirm = |number: usize| {
                let set = set.clone();
                tokio::spawn(async move { set.confirm(&format!("{:02}", number * 7 % 20)).await })
            };
            for task in (0..20).map(confirm).collect::<Vec<_>>() {
                task.await.expect("done").expect("confirmed");
            }
        });
        assert_eq!(wait(set.checkpoint()).expect("asked").as_deref(), Some("19"));
    }
}

#[test]
fn partitions_are_of_the_sets_format_and_schema() {
    for root in Root::all() {
        let set = root.try_open_set("archive", "set", Partitioned::default()).expect("right");
        let writer = begin(&set, "r1");
        let numbers = buffer(&wpipe_data::to_archive(&vec![0.5; 9]).expect("an archive"));
        let saved = wait(writer.save("n", &numbers, NUMBERS)).expect("saved");
        commit(&writer, BTreeMap::from([("n".to_owned(), saved.stored)]));
        let listing = list(&set);
        let loaded = wait(set.load(&listing, "n", NUMBERS, Readers::One)).expect("loaded");
        assert_eq!(
            (loaded.buffer.bytes().expect("mapped"), loaded.bytes),
            (numbers.bytes().expect("mapped"), saved.bytes)
        );
        let error = wait(set.load(&listing, "n", TABLE, Readers::One));
        assert!(matches!(error, Err(DataError::SchemaMismatch { .. })), "{error:?}");

        let set = root.open_set("");
        let writer = begin(&set, "r2");
        assert!(matches!(wait(writer.save("t", &buffer(b"x"), TABLE)), Err(DataError::SchemaMismatch { .. })));
        let told = wait(writer.save("t", &buffer(b"\xff"), TEXT)).expect_err("no text").to_string();
        assert!(told.contains("set/t`"), "{told}");
        assert_eq!(root.files(), ["set/.wpipe/set.json", "set/n"]);
    }
}

#[test]
fn one_object_and_many_are_opened_each_in_its_way() {
    let root = Root::new();
    let one = root.entry("text", "set", json!({}));
    let many = Entry { partitioned: Some(Partitioned::default()), ..one.clone() };
    assert!(root.catalog().open(&many).is_err() && root.catalog().open_set(&one).is_err());
    assert!(root.catalog().open(&one).is_ok() && root.catalog().open_set(&many).is_ok());
    let set = root.try_open_set("text", "set/", Partitioned::default()).expect("a slash says nothing new");
    assert_eq!((set.location(), set.path()), ("set".to_owned(), Some(root.path("set").as_path())));
    assert_eq!((set.name(), set.kind(), set.schema(), set.suffix()), ("test", "text", Some("text"), ""));
}

#[test]
fn a_folder_is_named_by_a_path_a_url_or_a_store() {
    let root = Root::new();
    let folder = root.path("").display().to_string();
    let folder = folder.trim_end_matches('/');
    let config = StoreConfig { url: format!("file://{folder}"), ..StoreConfig::default() };
    let mut catalog = root.catalog();
    catalog.add_store("disk", &config).expect("right settings");
    let in_store = Location::Store { store: "disk".to_owned(), path: "in store/".to_owned() };
    for (location, name, checkpoint) in [
        (Location::Path("by path".to_owned()), "by path", "done.json".to_owned()),
        (Location::Url(format!("file://{folder}/by%20url/")), "by url", format!("file://{folder}/done.json")),
        (in_store, "in store", "done.json".to_owned()),
    ] {
        let of_set = Partitioned { suffix: ".txt".to_owned(), checkpoint: Some(checkpoint), ..Partitioned::default() };
        let entry = Entry { partitioned: Some(of_set), ..Entry::new("test", "text", location) };
        let set = catalog.open_set(&entry).expect("a right entry");
        for text in ["one", "two"] {
            let all = texts([("100%/x:", text), ("b", text)]);
            replace(&set, text, &all);
            assert_eq!(seen(&set), all);
            assert_eq!(root.read(&format!("{name}/100%/x:.txt")), text);
        }
        wait(set.confirm("b")).expect("confirmed");
        assert_eq!(set.path(), Some(root.path(name).as_path()));
        fs::remove_file(root.path("done.json")).expect("it is there");
    }
}

#[test]
fn what_a_killed_writer_has_left_is_no_partition_and_swept() {
    let root = Root::new();
    let set = root.open_set("");
    root.write("set/a", "one");
    root.write("set/.a.4711-1c-0.wpipe~", "half");
    assert_eq!(seen(&set), texts([("a", "one")]));
    let writer = begin(&set, "r1");
    let saved = save_texts(&writer, &texts([("a", "two"), ("b", "three")]));
    root.write("set/.wpipe/r0/deep/.a.4711-1c-0.wpipe~", "half");
    root.write("set/.wpipe/r0/deep/a", "of a run that failed");
    root.write("set/.wpipe/r0/.wpipe", "");
    commit(&writer, saved);
    assert_eq!(root.files(), ["set/.wpipe/set.json", "set/a", "set/b"]);
}
