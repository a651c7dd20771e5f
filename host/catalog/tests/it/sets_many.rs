//! Ten thousand partitions: an algorithm with a step for each pair of them would hardly end.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use wpipe_catalog::Partitioned;

use crate::sets_support::*;
use crate::support::*;

const MANY: usize = 10_000;
/// More than the pages of two listings. The server of these tests lists everything for each page.
const IN_A_BUCKET: usize = 2_500;

fn id(number: usize) -> String {
    format!("{:02}/station {number}", number % 100)
}

/// Puts files there without a run: names of one file, as it takes long to make so many.
fn fill(root: &Root, below: &str, content: &str, count: usize) {
    let file = format!("content of {}", below.replace('/', "-"));
    root.write(&file, content);
    for folder in 0..100 {
        fs::create_dir_all(root.path(&format!("{below}/{folder:02}"))).expect("a folder");
    }
    for number in 0..count {
        fs::hard_link(root.path(&file), root.path(&format!("{below}/{}.txt", id(number)))).expect("a name");
    }
    fs::remove_file(root.path(&file)).expect("it has other names");
}

#[test]
fn ten_thousand_partitions_list_commit_settle_and_are_described() {
    let root = Root::new();
    let set = root.open_set_as(Partitioned { suffix: ".txt".to_owned(), prune: true, ..Partitioned::default() });
    fill(&root, "set", "one", MANY);
    assert_eq!(list(&set).partitions().len(), MANY);
    let writer = begin(&set, "r1");
    let all = writer.before().partitions().clone();
    commit(&writer, all);
    assert_eq!((list(&set).run(), list(&set).partitions().len()), (Some("r1"), MANY));

    // The state after as many saves.
    let writer = begin(&set, "r2");
    fill(&root, "set/.wpipe/r2", "two!", MANY);
    root.write("set/.wpipe/r2/.wpipe", "");
    let stored: BTreeMap<_, _> =
        (0..MANY - 1).map(|number| (id(number), stored(json!({ "size": 4, "at": "r2" })))).collect();
    assert_eq!(wait(set.describe()).expect("described").staged["r2"].count, MANY);
    let committed = commit(&writer, stored);
    assert_eq!(committed.pruned, [id(MANY - 1)]);
    let listing = list(&set);
    assert_eq!((listing.sizes().map(|(_, size)| size).sum::<u64>(), listing.partitions().len()), (39_996, MANY - 1));
    assert_eq!(load_text(&set, &listing, &id(77)).expect("loaded"), "two!");
    let description = wait(set.describe()).expect("described");
    assert_eq!((description.count, description.stale.len(), description.staged.len()), (MANY - 1, 0, 0));
    assert_eq!(root.files().len(), MANY);
}

fn stored(value: Value) -> wpipe_catalog::Stored {
    serde_json::from_value(value).expect("as it is written")
}

#[test]
fn many_partitions_of_a_bucket_list_and_commit() {
    let root = Root::s3();
    let set = root.open_set(".txt");
    fill(&root, "set", "one", IN_A_BUCKET);
    let listing = list(&set);
    assert_eq!(listing.partitions().len(), IN_A_BUCKET);
    let writer = begin(&set, "r1");
    let mut all = writer.before().partitions().clone();
    all.insert(id(5), save_text(&writer, &id(5), "two!"));
    let committed = commit(&writer, all);
    assert_eq!((committed.stale, list(&set).partitions().len()), (0, IN_A_BUCKET));
    assert_eq!(load_text(&set, &list(&set), &id(5)).expect("loaded"), "two!");
}
