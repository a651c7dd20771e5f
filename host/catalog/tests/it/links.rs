//! Links in local folders: nothing is written or removed through one, and only files within a set, or requested ones,
//! are read through one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::json;
use wpipe_catalog::{Entry, Partitioned, PartitionedDataset};

use crate::sets_support::*;
use crate::support::*;

/// Returns a root with a folder `set`, and beside it a folder `outside`, which must not be touched.
fn root_with_set(files: &[&str]) -> Root {
    let root = Root::new();
    fs::create_dir_all(root.path("set")).expect("a folder");
    for file in files {
        root.write(&format!("set/{file}"), file);
    }
    root.write("outside/r0/precious", "precious");
    root.write("outside/set.json", "precious");
    root
}

fn link(root: &Root, target: impl AsRef<Path>, name: &str) {
    fs::create_dir_all(root.path(name).parent().expect("a folder")).expect("a folder");
    symlink(target, root.path(name)).expect("a link");
}

fn assert_untouched(root: &Root) {
    let outside: Vec<_> = root.files().into_iter().filter(|file| file.starts_with("outside")).collect();
    assert_eq!(outside, ["outside/r0/precious", "outside/set.json"]);
    assert_eq!(root.read("outside/set.json") + &root.read("outside/r0/precious"), "preciousprecious");
}

fn following(root: &Root, of_set: Partitioned) -> PartitionedDataset {
    let entry = Entry { partitioned: Some(of_set), follow_links: true, ..root.entry("text", "set", json!({})) };
    root.catalog().open_set(&entry).expect("a right entry")
}

#[test]
fn what_is_a_sets_own_is_no_link_whoever_writes_reads_or_confirms() {
    let root = root_with_set(&["a"]);
    link(&root, root.path("outside"), "set/.wpipe");
    let set = root.open_set_as(Partitioned { prune: true, checkpoint: Some(String::new()), ..Partitioned::default() });
    let told = [
        wait(set.begin("r1")).map(drop),
        wait(set.list()).map(drop),
        wait(set.describe()).map(drop),
        wait(set.confirm("a")),
        set.check_place(),
    ];
    for outcome in told {
        let told = message(&outcome.expect_err("a link"));
        assert!(told.contains("/set/.wpipe` is a link to `") && told.contains("help: remove the link"), "{told}");
    }
    assert_untouched(&root);
}

#[test]
fn a_run_does_not_write_into_a_folder_that_a_link_leads_to_and_does_not_sweep_it() {
    let root = root_with_set(&["a"]);
    let set = root.open_set("");
    let writer = begin(&set, "r1");
    for run in ["r0", "r1"] {
        link(&root, root.path("outside/r0"), &format!("set/.wpipe/{run}"));
    }
    let told = message(&wait(writer.save("a", &buffer(b"new"), TEXT)).expect_err("a link"));
    assert!(told.contains("/set/.wpipe/r1` is a link"), "{told}");
    fs::remove_file(root.path("set/.wpipe/r1")).expect("a link");
    let saved = save_texts(&writer, &texts([("a", "new")]));
    commit(&writer, saved);
    assert_eq!(seen(&set), texts([("a", "new")]));
    assert_untouched(&root);
}

#[test]
fn a_manifest_or_a_checkpoint_that_is_a_link_is_neither_read_nor_written() {
    for name in ["set.json", "checkpoint.json"] {
        let root = root_with_set(&["a"]);
        link(&root, root.path("outside/set.json"), &format!("set/.wpipe/{name}"));
        let set = root.open_set_as(Partitioned { checkpoint: Some(String::new()), ..Partitioned::default() });
        let told = match name {
            "set.json" => wait(set.begin("r1")).map(drop),
            _ => wait(set.confirm("a")),
        };
        let told = message(&told.expect_err("a link"));
        assert!(told.contains(&format!("/set/.wpipe/{name}` is a link")), "{told}");
        assert_untouched(&root);
    }
}

#[test]
fn only_folders_that_a_run_has_marked_are_swept() {
    let root = root_with_set(&["a"]);
    root.write("set/.wpipe/runs/2026/run.json", "a journal");
    root.write("set/.wpipe/r0/a", "of a run that failed");
    root.write("set/.wpipe/r0/.wpipe", "");
    let set = root.open_set("");
    replace(&set, "r1", &texts([("a", "new")]));
    assert_eq!(root.read("set/.wpipe/runs/2026/run.json"), "a journal");
    let own: Vec<_> = root.files().into_iter().filter(|file| file.starts_with("set/.wpipe")).collect();
    assert_eq!(own, ["set/.wpipe/runs/2026/run.json", "set/.wpipe/set.json"]);
}

#[test]
fn links_out_of_a_set_are_read_only_where_that_is_asked_for() {
    for (target, name) in [("outside/r0", "dir"), ("outside/set.json", "file"), ("outside/r0", "deep/dir")] {
        let root = root_with_set(&["a"]);
        link(&root, root.path(target), &format!("set/{name}"));
        let told = message(&wait(root.open_set("").list()).expect_err("it leads out"));
        let expected = format!("`set` cannot be read: its `{name}` is a link that leads out of it, to `");
        assert!(told.starts_with(&expected) && told.contains("`follow_links = true`"), "{told}");
        let all = seen(&following(&root, Partitioned::default()));
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all.values().any(|text| text == "precious"), "{all:?}");
    }
}

#[test]
fn links_that_stay_within_a_set_are_read_and_those_that_cannot_be_partitions_are_let_alone() {
    let root = root_with_set(&["a/x.txt", "y.txt"]);
    link(&root, "a", "set/b");
    link(&root, "y.txt", "set/z.txt");
    link(&root, root.path("outside"), "set/.git");
    link(&root, root.path("outside/set.json"), "set/notes.md");
    link(&root, "user@host.4711", "set/.#y.txt");
    let (x, y) = ("a/x.txt", "y.txt");
    assert_eq!(seen(&root.open_set(".txt")), texts([("a/x", x), ("b/x", x), ("y", y), ("z", y)]));
}

#[test]
fn a_root_that_is_a_link_is_as_good_as_what_it_leads_to() {
    let root = root_with_set(&[]);
    fs::remove_dir(root.path("set")).expect("an empty folder");
    fs::create_dir(root.path("real")).expect("a folder");
    link(&root, "real", "set");
    let set = root.open_set(".txt");
    replace(&set, "r1", &texts([("deep/a", "one"), ("b", "two")]));
    replace(&set, "r2", &texts([("deep/a", "three"), ("b", "two")]));
    assert_eq!(seen(&set), texts([("deep/a", "three"), ("b", "two")]));
    assert!(root.path("set").is_symlink() && root.path("real/deep/a.txt").is_file());
}

#[test]
fn broken_links_loops_and_pipes_that_may_be_meant_as_partitions_are_told() {
    let cases = [
        ("gone.txt", "nothing", "is a link to `nothing`, which does not exist"),
        ("round", ".", "is a link to `.`, which it is in itself"),
        ("self.txt", "self.txt", "is a link to `self.txt`, which it is in itself"),
    ];
    for (name, target, words) in cases {
        let root = root_with_set(&["a.txt"]);
        link(&root, target, &format!("set/{name}"));
        for set in
            [root.open_set(".txt"), following(&root, Partitioned { suffix: ".txt".into(), ..Default::default() })]
        {
            let told = message(&wait(set.list()).expect_err("no partition"));
            assert!(told.contains(&format!("its `{name}` {words}")), "{told}");
        }
    }
    let root = root_with_set(&["a.txt"]);
    mkfifoat(CWD, root.path("set/pipe.txt"), Mode::RUSR).expect("a pipe");
    let told = message(&wait(root.open_set(".txt").list()).expect_err("no partition"));
    assert!(told.contains("its `pipe.txt` is a pipe, no file"), "{told}");
}

#[test]
fn nothing_is_written_or_removed_through_a_link() {
    let root = root_with_set(&["a/x", "y"]);
    link(&root, root.path("outside"), "set/link");
    link(&root, root.path("outside/set.json"), "set/file");
    link(&root, "a", "set/inner");
    let set = following(&root, Partitioned { prune: true, ..Partitioned::default() });
    let writer = begin(&set, "r1");
    for (id, words) in [
        ("link/r0/precious", "a link leads out of `set`"),
        ("link/new", "a link leads out of `set`"),
        ("link/deep/new", "a link leads out of `set`"),
        ("inner/x", "a link leads around in `set`"),
    ] {
        let told = message(&wait(writer.save(id, &buffer(b"no"), TEXT)).expect_err("a link"));
        assert!(told.contains(words), "{told}");
    }
    // A link to a file is replaced, and its target is as it was. No file behind a link is pruned: the file behind
    // `inner/x` is a partition.
    let saved = save_texts(&writer, &texts([("file", "own"), ("a/x", "new")]));
    let committed = commit(&writer, saved);
    assert_eq!(committed.pruned, ["y"]);
    assert_eq!(seen(&set), texts([("file", "own"), ("a/x", "new")]));
    assert!(!root.path("set/file").is_symlink());
    assert_untouched(&root);
}

#[test]
fn a_partition_that_has_become_a_link_out_since_it_was_saved_is_not_read() {
    let root = root_with_set(&[]);
    let set = root.open_set("");
    replace(&set, "r1", &texts([("deep/a", "precious")]));
    let listing = list(&set);
    fs::rename(root.path("set/deep"), root.path("outside/deep")).expect("moved");
    link(&root, root.path("outside/deep"), "set/deep");
    let told = message(&load_text(&set, &listing, "deep/a").expect_err("it leads out"));
    assert!(told.contains("its `deep/a` is a link that leads out of it"), "{told}");
    assert_eq!(
        load_text(&following(&root, Partitioned::default()), &listing, "deep/a").expect("asked for"),
        "precious"
    );
}

#[test]
fn versions_behind_links_are_read_only_where_that_is_asked_for() {
    let root = Root::new();
    root.write("x/2020/x", "old");
    root.write("outside/x", "new");
    link(&root, root.path("outside"), "x/2021");
    let entry = Entry { versioned: true, ..root.entry("text", "x", json!({})) };
    let told = message(&load(&root.catalog().open(&entry).expect("a right entry"), TEXT).expect_err("it leads out"));
    assert!(told.contains("`x` cannot be read: its `2021` is a link that leads out of it"), "{told}");
    let following = root.catalog().open(&Entry { follow_links: true, ..entry }).expect("a right entry");
    assert_eq!(load(&following, TEXT).expect("a version").bytes().expect("mapped"), b"new");
}
