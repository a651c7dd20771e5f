//! Data in a bucket: from there through a node and back, and no credential in anything that is told.

use std::fs;

use tempfile::TempDir;
use wpipe_storage_server::{Fail, Fault, FaultyProxy, S3Server};

use crate::support::{Ended, Project, ended, filtered};

/// What the tests' manifests have in common, but for the settings of the store.
const DOUBLE: &str = "
[nodes.double]
uses = \"good/double\"
inputs = [\"numbers\"]
outputs = [\"doubled\"]

[datasets.numbers]
type = \"csv\"
store = \"lake\"
path = \"raw/numbers.csv\"

[datasets.doubled]
type = \"csv\"
store = \"lake\"
path = \"out/doubled.csv\"
";

/// A bucket with numbers in it.
fn bucket() -> (S3Server, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = S3Server::start(folder.path());
    fs::create_dir_all(server.folder().join("prod/raw")).unwrap();
    fs::write(server.folder().join("prod/raw/numbers.csv"), "x\n1.5\n2.5\n").unwrap();
    (server, folder)
}

fn manifest(endpoint: &str) -> String {
    format!(
        "[stores.lake]\nurl = \"s3://lake/prod\"\nendpoint = \"{endpoint}\"\naccess_key_id = \"${{env:LAKE_KEY}}\"\n\
         secret_access_key = \"${{env:LAKE_SECRET}}\"\n{DOUBLE}"
    )
}

/// Runs the command with these credentials, and looks for them in what it says.
fn wpipe(project: &Project, server: &S3Server, secret: &str, arguments: &[&str]) -> Ended {
    let mut command = project.command(arguments);
    command.env("LAKE_KEY", server.access_key_id()).env("LAKE_SECRET", secret);
    let ended = ended(command.output().unwrap());
    for hidden in [server.access_key_id(), secret] {
        assert!(!ended.told().contains(hidden), "{}", ended.told());
    }
    ended
}

#[test]
fn data_comes_from_a_bucket_and_goes_there_even_if_the_network_fails_now_and_then() {
    let (server, _folder) = bucket();
    let proxy = FaultyProxy::start(server.address(), Fail::randomly(7, 3, &Fault::QUICK));
    let project = Project::new(&manifest(&proxy.endpoint()));
    let run = wpipe(&project, &server, server.secret_access_key(), &["run", "--verbose", "--events", "events.jsonl"]);
    assert_eq!(run.code, 0, "{}", run.told());
    assert_eq!(fs::read_to_string(server.folder().join("prod/out/doubled.csv")).unwrap(), "x\n3.0\n5.0\n");
    assert!(proxy.faults() > 0);
    let events = project.read("events.jsonl");
    assert!(events.contains("s3://lake/prod/out/doubled.csv"), "{events}");
    assert!(!events.contains(server.secret_access_key()) && !events.contains(server.access_key_id()), "{events}");
}

#[test]
fn a_wrong_secret_is_told_before_anything_runs() {
    let (server, _folder) = bucket();
    let project = Project::new(&manifest(&server.endpoint()));
    let check = wpipe(&project, &server, "hush/this-is-wrong", &["check"]);
    assert_eq!(check.code, 2, "{}", check.told());
    filtered(|| insta::assert_snapshot!("a_wrong_secret", check.told().replace(&server.endpoint(), "[endpoint]")));
}

#[test]
fn a_plan_asks_nobody_and_shows_no_credentials() {
    let project = Project::new(&manifest("http://no.such.host.invalid").replace("${env:LAKE_SECRET}", "hush-hush"));
    let plan = project.wpipe(&["plan"]);
    assert_eq!(plan.code, 0, "{}", plan.told());
    assert!(plan.stdout.contains("s3://lake/prod/out/doubled.csv") && !plan.told().contains("hush"), "{}", plan.told());
}

#[test]
fn all_problems_of_stores_are_told_at_once_with_their_places() {
    let project = Project::new(&format!(
        "[stores.lake]\nurl = \"s3://lake/prod\"\nsecret_access_key = \"${{env:WPIPE_TEST_UNSET}}\"\n\
         [stores.sea]\nurl = \"gs://sea\"\nregion = \"here\"\nsession_token = \"hush-hush\"\n{DOUBLE}"
    ));
    let check = project.wpipe(&["check"]);
    assert_eq!(check.code, 2, "{}", check.told());
    assert!(!check.told().contains("hush"), "{}", check.told());
    filtered(|| insta::assert_snapshot!("problems_of_stores", check.told()));
}
