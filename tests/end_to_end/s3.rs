//! Runs over S3: a real server on loopback, a proxy before it that fails on purpose, and processes that are killed.

use fastrand::Rng;
use wpipe_storage_server::{Fail, Fault, FaultyProxy};

use crate::chain::{Chain, LINKS};
use crate::lake::Lake;
use crate::processes::kill_at_random;
use crate::support::{Ended, ended, filtered};

#[test]
fn every_mode_saves_to_a_bucket_whose_server_has_a_bad_day() {
    for (seed, persist) in ["tee", "sync", "cache+async"].into_iter().enumerate() {
        let lake = Lake::new();
        let proxy = FaultyProxy::start(lake.server.address(), Fail::randomly(seed as u64 + 1, 2, &Fault::QUICK));
        let chain = Chain::in_lake(&lake, &proxy.endpoint(), lake.server.bucket(), 8);
        let ended = lake.wpipe(&chain.project, &["run", "--quiet", "--persist", persist]);
        assert_eq!(ended.code, 0, "{persist}: {}", ended.told());
        assert_eq!(chain.whole(), LINKS);
        assert!(proxy.faults() > 0, "the proxy did not fail once");
        assert!(ended.stderr.contains("after transient failures"), "{persist}: {}", ended.told());
    }
}

#[test]
fn kill_minus_nine_leaves_only_whole_objects() {
    let lake = Lake::new();
    let chain = Chain::in_lake(&lake, &lake.server.endpoint(), lake.server.bucket(), 2);
    let mut random = Rng::with_seed(7);
    for _ in 0..20 {
        let run = lake.command(&chain.project, &["run", "--workers", "2"]);
        lake.assert_secret_kept(&kill_at_random(&mut random, 0..32, run));
        chain.whole();
    }
    let ended = lake.wpipe(&chain.project, &["run", "--quiet"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    assert_eq!(chain.whole(), LINKS);
}

#[test]
fn what_a_store_refuses_is_told_without_secrets() {
    let lake = Lake::new();
    let server = &lake.server;
    let mut told = String::new();

    let chain = Chain::in_lake(&lake, &server.endpoint(), server.bucket(), 1);
    let mut wrong = lake.command(&chain.project, &["run", "--quiet"]);
    let denied = ended(wrong.env("LAKE_SECRET", "not the secret").output().unwrap());
    assert_eq!(denied.code, 1, "{}", denied.told());
    assert!(!denied.told().contains("not the secret"), "{}", denied.told());
    told.push_str(&format!("==== wrong credentials\n{}", error_of(&denied, "d1")));

    let proxy = FaultyProxy::start(server.address(), Fail::every("", Fault::NoSuchBucket));
    let chain = Chain::in_lake(&lake, &proxy.endpoint(), "puddle", 1);
    let nowhere = lake.wpipe(&chain.project, &["run", "--quiet"]);
    assert_eq!(nowhere.code, 1, "{}", nowhere.told());
    told.push_str(&format!("==== a bucket that is not there\n{}", error_of(&nowhere, "d1")));

    let mut unset = chain.project.command(&["run", "--quiet"]);
    let unset = ended(unset.env("LAKE_KEY", "key").env_remove("LAKE_SECRET").output().unwrap());
    assert_eq!(unset.code, 2, "{}", unset.told());
    told.push_str(&format!("==== a variable that is not set\n{}", unset.stderr));
    let told = told.replace(&server.endpoint(), "[endpoint]").replace(&proxy.endpoint(), "[endpoint]");
    filtered(|| insta::assert_snapshot!(told));
}

/// The error of a dataset's save, and what helps.
fn error_of(ended: &Ended, dataset: &str) -> String {
    let mut lines = ended
        .stderr
        .lines()
        .skip_while(|line| !line.starts_with(&format!("error: failed to save dataset `{dataset}`")));
    lines.by_ref().take(2).map(|line| format!("{line}\n")).collect()
}
