//! Sets over a network: their costs, and their state when it fails.

use std::collections::BTreeMap;

use wpipe_buffer::Readers;
use wpipe_catalog::{DataError, PartitionedDataset};
use wpipe_storage_server::{Fail, Fault, FaultyProxy, Plan};

use crate::sets_support::*;
use crate::support::*;

/// Returns a set behind a proxy in front of its bucket.
fn behind(root: &mut Root, plan: Plan) -> (FaultyProxy, PartitionedDataset) {
    let proxy = FaultyProxy::start(root.server().address(), plan);
    root.config.endpoint = Some(proxy.endpoint());
    let set = root.open_set(".txt");
    (proxy, set)
}

#[test]
fn a_partition_takes_one_request_to_save_and_one_to_load() {
    let mut root = Root::s3();
    let (proxy, set) = behind(&mut root, Fail::never());
    let cost = |work: &mut dyn FnMut()| {
        let before = proxy.requests();
        work();
        proxy.requests() - before
    };
    replace(&set, "r1", &texts([("a", "one"), ("b", "two")]));
    let writer = begin(&set, "r2");
    let mut saved = BTreeMap::new();
    for id in ["a", "new"] {
        assert_eq!(cost(&mut || drop(saved.insert(id.to_owned(), save_text(&writer, id, "text")))), 1);
    }
    let listing = list(&set);
    assert_eq!(cost(&mut || drop(load_text(&set, &listing, "a").expect("loaded"))), 1);
    assert_eq!(cost(&mut || drop(list(&set))), 1);
    assert_eq!(cost(&mut || assert!(wait(set.is_current(&listing)).expect("asked"))), 1);
    // The manifest, a listing, the manifest, a copy, the manifest twice, and the removal of staged objects.
    assert_eq!(cost(&mut || drop(commit(&writer, saved.clone()))), 7);
    assert_eq!(cost(&mut || drop(begin(&set, "r3"))), 1);
}

#[test]
fn what_fails_for_a_moment_is_repeated_and_counted() {
    for seed in 0..3 {
        let mut root = Root::s3();
        let (proxy, set) = behind(&mut root, Fail::randomly(seed, 4, &Fault::QUICK));
        let first = texts([("a", "one"), ("b", "two"), ("c", "three")]);
        let second = texts([("a", "1"), ("b", "2"), ("d", "4")]);
        replace(&set, "r1", &first);
        assert_eq!(seen(&set), first, "{seed}");
        replace(&set, "r2", &second);
        assert_eq!(seen(&set), second, "{seed}");
        assert!(proxy.faults() > 0);
    }
    let mut root = Root::s3();
    let (_proxy, set) = behind(&mut root, Fail::never());
    let writer = begin(&set, "r1");
    let (_proxy, failing) = behind(&mut root, Fail::first("PUT", Fault::SlowDown));
    let writer_of_failing = wait(failing.begin("r1")).expect("begun");
    assert!(writer_of_failing.before().partitions().is_empty() && writer.before().partitions().is_empty());
    let saved = wait(writer_of_failing.save("a", &buffer(b"one"), TEXT)).expect("saved after all");
    assert_eq!(saved.retries, 1);
}

/// Lets `alive` requests through; the next one is served or not, and no answers come from there on.
fn dies_after(alive: usize, last: Fault) -> Plan {
    let mut asked = 0;
    Box::new(move |_, _| {
        asked += 1;
        match asked - 1 {
            request if request < alive => None,
            request if request == alive => Some(last),
            _ => Some(Fault::Reset),
        }
    })
}

/// Replaces the set; returns `true` if that has succeeded as far as the writer knows.
async fn try_replace(set: &PartitionedDataset, run: &str, texts: &Texts) -> Result<bool, DataError> {
    let writer = set.begin(run).await?;
    let mut saved = BTreeMap::new();
    for (id, text) in texts {
        saved.insert(id.clone(), writer.save(id, &buffer(text.as_bytes()), TEXT).await?.stored);
    }
    let committed = writer.commit(saved, BTreeMap::new()).await?;
    Ok(committed.untidy.is_none())
}

#[test]
fn a_network_that_goes_away_for_good_leaves_the_old_set_or_the_new_one() {
    let old = texts([("a", "one"), ("b", "two"), ("c", "three")]);
    let new = texts([("a", "ONE"), ("c", "a longer one"), ("d", "four")]);
    let newest = texts([("a", "1"), ("d", "4"), ("e", "5")]);
    // Whether the last request is served and its answer lost, or neither.
    for last in [Fault::ResetAfter, Fault::Reset] {
        let mut ends = [0, 0];
        for alive in 0.. {
            let mut root = Root::s3();
            root.config.retries = Some(0);
            replace(&root.open_set(".txt"), "r1", &old);
            let (proxy, set) = behind(&mut root, dies_after(alive, last));
            let outcome = wait(try_replace(&set, "r2", &new));
            let is_over = proxy.faults() == 0;
            root.config.endpoint = Some(root.server().endpoint());
            let set = root.open_set(".txt");
            let found = seen(&set);
            match outcome {
                Ok(_) => assert_eq!(found, new, "{alive}"),
                Err(error) => assert!(found == old || found == new, "{alive}: {error}: {found:?}"),
            }
            ends[usize::from(found == new)] += 1;
            replace(&set, "r3", &newest);
            assert_eq!(seen(&set), newest, "{alive}");
            assert_eq!(wait(set.describe()).expect("described").staged, BTreeMap::new(), "{alive}");
            if is_over {
                break;
            }
        }
        assert!(ends[0] > 3 && ends[1] > 3, "{ends:?}");
    }
}

#[test]
fn credentials_are_shown_in_no_error_of_a_set() {
    let mut root = Root::s3();
    root.config.secret_access_key = Some("hush-hush".to_owned());
    let set = root.open_set(".txt");
    let errors = [
        wait(set.list()).expect_err("refused"),
        wait(set.begin("r1")).expect_err("refused"),
        wait(set.describe()).expect_err("refused"),
        wait(set.checkpoint()).expect_err("refused"),
        wait(set.confirm("a")).expect_err("refused"),
    ];
    for error in errors {
        let told = format!("{} {error:?} {set:?}", message(&error));
        assert!(!told.contains("hush") && told.contains("the secret does not fit the access key"), "{told}");
    }
    let listing = {
        let other = Root::new();
        other.write("set/a.txt", "one");
        list(&other.open_set(".txt"))
    };
    assert!(wait(set.load(&listing, "a", TEXT, Readers::One)).is_err());
}
