//! Runs over S3: a real server on loopback, a proxy before it that fails on purpose, and processes that are killed.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use wpipe_storage_server::{Fail, Fault, FaultyProxy, S3Server};

use crate::support::{Ended, Project, ended, filtered};

const LINKS: usize = 6;

/// `blob ─► d1 ─► … ─► d6` as in [`tee`](super::tee), with everything but the blob in a bucket.
fn chain(endpoint: &str, bucket: &str, retries: u32) -> Project {
    let mut manifest = format!(
        "[stores.lake]\nurl = \"s3://{bucket}/run\"\nendpoint = \"{endpoint}\"\nregion = \"us-east-1\"\nallow_http = true\n\
         access_key_id = \"${{env:LAKE_KEY}}\"\nsecret_access_key = \"${{env:LAKE_SECRET}}\"\n\
         timeout = \"5s\"\nretries = {retries}\n"
    );
    for link in 1..=LINKS {
        let from = if link == 1 { "blob".to_owned() } else { format!("d{}", link - 1) };
        manifest.push_str(&format!(
            "[nodes.n{link}]\nuses = \"good/pass_bytes\"\ninputs = [\"{from}\"]\noutputs = [\"d{link}\"]\n\
             [datasets.d{link}]\ntype = \"bytes\"\nstore = \"lake\"\npath = \"d{link}\"\n"
        ));
    }
    manifest.push_str("[datasets.blob]\ntype = \"bytes\"\npath = \"blob\"\n");
    let project = Project::new(&manifest);
    project.write("blob", blob());
    project
}

fn blob() -> Vec<u8> {
    (0..300_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn command(project: &Project, server: &S3Server, arguments: &[&str]) -> Command {
    let mut command = project.command(arguments);
    command.env("LAKE_KEY", server.access_key_id()).env("LAKE_SECRET", server.secret_access_key());
    command
}

/// Runs it; nothing that is told may hold the secret.
fn run(project: &Project, server: &S3Server, arguments: &[&str]) -> Ended {
    let ended = ended(command(project, server, arguments).output().unwrap());
    assert!(!ended.told().contains(server.secret_access_key()), "the secret is told");
    ended
}

fn object(server: &S3Server, link: usize) -> PathBuf {
    server.folder().join(format!("run/d{link}"))
}

/// The objects that are there, all of which must be whole.
fn whole(server: &S3Server) -> usize {
    let there: Vec<_> = (1..=LINKS).map(|link| object(server, link)).filter(|path| path.exists()).collect();
    assert!(there.iter().all(|path| std::fs::read(path).unwrap() == blob()), "an object is not whole");
    there.len()
}

#[test]
fn every_mode_saves_to_a_bucket_whose_server_has_a_bad_day() {
    for (seed, persist) in ["tee", "sync", "cache+async"].into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let server = S3Server::start(folder.path());
        let proxy = FaultyProxy::start(server.address(), Fail::randomly(seed as u64 + 1, 2, &Fault::QUICK));
        let project = chain(&proxy.endpoint(), server.bucket(), 8);
        let ended = run(&project, &server, &["run", "--quiet", "--persist", persist]);
        assert_eq!(ended.code, 0, "{persist}: {}", ended.told());
        assert_eq!(whole(&server), LINKS);
        assert!(proxy.faults() > 0, "the proxy did not fail once");
        assert!(ended.stderr.contains("after transient failures"), "{persist}: {}", ended.told());
    }
}

#[test]
fn kill_minus_nine_leaves_only_whole_objects() {
    let folder = tempfile::tempdir().unwrap();
    let server = S3Server::start(folder.path());
    let project = chain(&server.endpoint(), server.bucket(), 2);
    let mut random = 7_u64;
    for _ in 0..20 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut command = command(&project, &server, &["run", "--quiet", "--events", "-", "--workers", "2"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut events = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        for _ in 0..random >> 33 & 31 {
            line.clear();
            if events.read_line(&mut line).unwrap() == 0 {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        whole(&server);
    }
    let ended = run(&project, &server, &["run", "--quiet"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    assert_eq!(whole(&server), LINKS);
}

#[test]
fn what_a_store_refuses_is_told_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let server = S3Server::start(folder.path());
    let mut told = String::new();

    let project = chain(&server.endpoint(), server.bucket(), 1);
    let mut wrong = command(&project, &server, &["run", "--quiet"]);
    let denied = ended(wrong.env("LAKE_SECRET", "not the secret").output().unwrap());
    assert_eq!(denied.code, 1, "{}", denied.told());
    assert!(!denied.told().contains("not the secret"), "{}", denied.told());
    told.push_str(&format!("==== wrong credentials\n{}", error_of(&denied, "d1")));

    let proxy = FaultyProxy::start(server.address(), Fail::every("", Fault::NoSuchBucket));
    let project = chain(&proxy.endpoint(), "puddle", 1);
    let nowhere = run(&project, &server, &["run", "--quiet"]);
    assert_eq!(nowhere.code, 1, "{}", nowhere.told());
    told.push_str(&format!("==== a bucket that is not there\n{}", error_of(&nowhere, "d1")));

    let mut unset = project.command(&["run", "--quiet"]);
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
