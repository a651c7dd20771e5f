//! S3 over a network that fails: nothing is lost, repetitions are counted, and failures are reported without
//! credentials.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;
use wpipe_buffer::{Readers, Transport, Transports};
use wpipe_catalog::{Catalog, DataError, Dataset, Delay, Entry, Environment, Location, Saved, StoreConfig};
use wpipe_data::to_archive;
use wpipe_storage_server::{Fail, Fault, FaultyProxy, Plan};

use crate::support::*;

/// Larger than the content of one request, and no multiple of a part.
const LARGE: usize = (40 << 20) + 7;

/// A bucket behind a proxy.
struct Behind {
    root: Root,
    proxy: FaultyProxy,
}

impl Behind {
    fn new(plan: Plan) -> Self {
        Self::of(Root::s3(), plan)
    }

    fn of(mut root: Root, plan: Plan) -> Self {
        let proxy = FaultyProxy::start(root.server().address(), plan);
        root.config.endpoint = Some(proxy.endpoint());
        Self { root, proxy }
    }

    /// Returns the same bucket behind another proxy.
    fn with(self, plan: Plan) -> Self {
        Self::of(self.root, plan)
    }

    fn open(&self, path: &str) -> Dataset {
        self.root.open("bytes", path, json!({}))
    }

    fn versioned(&self, path: &str) -> Dataset {
        let entry = Entry { versioned: true, ..self.root.entry("bytes", path, json!({})) };
        self.root.catalog().open(&entry).expect("a right entry")
    }
}

fn saved(dataset: &Dataset, bytes: &[u8]) -> Result<Saved, DataError> {
    wait(dataset.save(&buffer(bytes), BYTES))
}

/// Returns bytes that tell their place.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at % 251) as u8).collect()
}

fn is_error<T>(outcome: Result<T, DataError>) -> String {
    let told = message(&outcome.err().expect("an error"));
    assert!(!told.contains("hush") && !told.contains("WPIPETESTACCESSKEY"), "{told}");
    told
}

#[test]
fn a_large_object_goes_and_comes_in_parts_straight_from_and_into_pages() {
    let behind = Behind::new(Fail::never());
    let dataset = behind.open("large");
    let content = pattern(LARGE);
    let before = behind.proxy.requests();
    assert_eq!(saved(&dataset, &content).expect("saved").bytes, LARGE as u64);
    // To begin, three parts, and to end.
    assert_eq!(behind.proxy.requests() - before, 5);
    assert_eq!(fs::read(behind.root.path("large")).expect("an object"), content);
    let before = behind.proxy.requests();
    let loaded = wait(dataset.load(BYTES, Readers::One)).expect("loaded");
    assert_eq!(behind.proxy.requests() - before, 3);
    assert_eq!((loaded.retries, loaded.bytes), (0, LARGE as u64));
    assert!(loaded.buffer.bytes().expect("mapped") == content);
    assert_eq!(loaded.buffer.transport(), Transport::Move);
}

#[test]
fn what_fails_for_a_moment_is_repeated_and_counted() {
    for fault in Fault::QUICK {
        let behind = Behind::new(Fail::first("PUT", fault));
        let done = saved(&behind.open("x"), b"content").expect("saved after all");
        assert_eq!((done.retries, behind.proxy.faults()), (1, 1), "{fault:?}");
        let behind = behind.with(Fail::first("GET", fault));
        let loaded = wait(behind.open("x").load(BYTES, Readers::Several)).expect("loaded after all");
        assert_eq!((loaded.retries, behind.proxy.faults()), (1, 1), "{fault:?}");
        assert_eq!(loaded.buffer.bytes().expect("mapped"), b"content");
    }
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    let mut behind = Behind::new(Fail::first("PUT", Fault::Silence));
    behind.root.config.timeout = Some(Duration::from_secs(2));
    let done = saved(&behind.open("x"), b"content").expect("saved after all");
    assert!(done.retries >= 1 && behind.proxy.faults() == 1);
}

/// Returns a bucket of a server that knows conditions, and one of a server that refuses them.
fn with_and_without_conditions() -> [Behind; 2] {
    [Behind::new(Fail::never()), Behind::new(Fail::every("PUT", Fault::RefuseConditions))]
}

#[test]
fn a_new_version_is_claimed_by_a_condition_or_by_a_name_like_no_other() {
    for behind in with_and_without_conditions() {
        let dataset = behind.versioned("x");
        let save = || saved(&dataset, b"content").expect("saved").version.expect("a version");
        let mut versions: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(save)).collect();
            threads.into_iter().map(|thread| thread.join().expect("saved")).collect()
        });
        versions.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(wait(dataset.versions()).expect("listed"), versions);
    }
}

#[test]
fn a_version_that_is_there_is_not_written_again_small_or_large() {
    for behind in with_and_without_conditions() {
        for length in [7, LARGE] {
            let dataset = behind.versioned(&format!("of {length}")).with_version(Some("1".to_owned()));
            let content = pattern(length);
            saved(&dataset, &content).expect("saved");
            let error = is_error(saved(&dataset, &vec![1; length]));
            assert!(error.contains("has the version `1` already"), "{error}");
            let loaded = wait(dataset.load(BYTES, Readers::Several)).expect("loaded");
            assert!(loaded.buffer.bytes().expect("mapped") == content);
        }
        // No claim is left.
        assert_eq!(behind.root.files().iter().filter(|name| name.contains("claim")).count(), 0);
    }
}

#[test]
fn a_version_whose_answer_gets_lost_is_saved_once_and_not_refused() {
    for fault in [Fault::ResetAfter, Fault::Truncated] {
        let behind = Behind::new(Fail::first("PUT", fault));
        let dataset = behind.versioned("x");
        let done = saved(&dataset, b"content").expect("saved");
        assert_eq!(wait(dataset.versions()).expect("listed"), [done.version.expect("a version")], "{fault:?}");
    }
}

#[test]
fn an_upload_in_parts_that_was_killed_is_no_version_and_hides_none() {
    let behind = Behind::new(Fail::never());
    let dataset = behind.versioned("x");
    let first = saved(&dataset, b"first").expect("saved").version;
    behind.root.write("x/2999-01-01T00.00.00.000Z/.x.claim", "somebody");
    let loaded = wait(dataset.load(BYTES, Readers::Several)).expect("loaded");
    assert_eq!((loaded.buffer.bytes().expect("mapped"), loaded.version), (&b"first"[..], first));
    let claimed = dataset.with_version(Some("2999-01-01T00.00.00.000Z".to_owned()));
    is_error(saved(&claimed, &pattern(LARGE)));
}

#[test]
fn a_large_upload_whose_end_gets_lost_is_there_all_the_same() {
    // The server has completed the upload when it is asked again.
    let mut plan = Fail::first("POST", Fault::Truncated);
    let behind = Behind::new(Box::new(move |method, target| match target.contains("uploadId") {
        true => plan(method, target),
        false => None,
    }));
    let content = pattern(LARGE);
    let done = saved(&behind.open("x"), &content).expect("saved after all");
    assert!(done.retries >= 1 && behind.proxy.faults() == 1);
    assert!(fs::read(behind.root.path("x")).expect("an object") == content);
}

#[test]
fn an_upload_that_fails_is_taken_back_and_leaves_the_old_object() {
    let behind = Behind::new(Box::new(|method, target| {
        (method == "PUT" && target.contains("partNumber=2")).then_some(Fault::InternalError)
    }));
    let mut root = behind.root;
    root.config.retries = Some(1);
    let dataset = root.open("bytes", "x", json!({}));
    saved(&dataset, b"old").expect("saved");
    is_error(saved(&dataset, &pattern(LARGE)));
    assert_eq!(root.read("x"), "old");
    let parts = fs::read_dir(root.server().root()).expect("a folder").filter_map(Result::ok);
    let parts: Vec<_> =
        parts.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().contains("upload_id")).collect();
    assert!(parts.is_empty(), "{parts:?}");
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_is_read_again() {
    let first = pattern(LARGE);
    let second = vec![7; LARGE];
    let root = Root::s3();
    let dataset = root.open("bytes", "x", json!({}));
    saved(&dataset, &first).expect("saved");
    // Between the first part and the others.
    let mut replacement = Some((root.open("bytes", "x", json!({})), second.clone()));
    let mut gets = 0;
    let plan: Plan = Box::new(move |method, _| {
        gets += usize::from(method == "GET");
        if gets == 2
            && let Some((dataset, content)) = replacement.take()
        {
            saved(&dataset, &content).expect("saved");
        }
        None
    });
    let loaded = wait(Behind::of(root, plan).open("x").load(BYTES, Readers::Several)).expect("loaded");
    assert!(loaded.buffer.bytes().expect("mapped") == second);
    assert!(loaded.retries >= 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn whatever_fails_nothing_is_lost(seed: u64, length in 0..100_000_usize) {
        let mut behind = Behind::new(Fail::randomly(seed, 4, &Fault::QUICK));
        // More than ever fail one after the other.
        behind.root.config.retries = Some(30);
        let dataset = behind.open("x");
        let content = pattern(length);
        let mut retries = 0;
        for _ in 0..4 {
            retries += saved(&dataset, &content).expect("saved after all").retries;
            let loaded = wait(dataset.load(BYTES, Readers::Several)).expect("loaded after all");
            prop_assert_eq!(loaded.buffer.bytes().expect("mapped"), &content);
            retries += loaded.retries;
        }
        prop_assert_eq!(retries as usize, behind.proxy.faults());
    }
}

#[test]
fn trouble_is_told() {
    let load = |root: &Root| is_error(load(&root.open("text", "x.txt", json!({})), TEXT));
    let mut wrong_secret = Root::s3();
    wrong_secret.config.secret_access_key = Some("hush-hush-hush".to_owned());
    let mut wrong_user = Root::s3();
    wrong_user.config.access_key_id = Some("hush-hush-hush".to_owned());
    let mut no_bucket = Root::s3();
    no_bucket.config.url = "s3://sea/x".to_owned();

    let mut unknown_host = Root::s3();
    unknown_host.config.retries = Some(0);
    unknown_host.config.connect_timeout = Some(Duration::from_secs(60));
    unknown_host.config.endpoint = Some("http://no.such.host.invalid:9000".to_owned());
    unknown_host.config.allow_http = Some(true);
    // The system's words differ.
    let unknown_host = load(&unknown_host);
    assert!(unknown_host.contains("cannot be read: nobody knows its host: "), "{unknown_host}");

    let mut nobody = Root::s3();
    // A port that is reserved, and not in use.
    nobody.config.endpoint = Some("http://127.0.0.1:1".to_owned());
    nobody.config.retries = Some(0);

    // It speaks no TLS.
    let mut plain = Root::s3();
    plain.config.endpoint = Some(format!("https://{}", plain.server().address()));
    plain.config.retries = Some(0);

    let all = [load(&wrong_secret), load(&wrong_user), load(&no_bucket), load(&nobody), load(&plain)];
    assert_snapshot!(all.join("\n\n"));
}

#[test]
fn trouble_that_lasts_is_told_with_the_number_of_repetitions() {
    let told = |fault| {
        let mut behind = Behind::new(Fail::every("", fault));
        behind.root.config.retries = Some(1);
        if fault == Fault::Silence {
            behind.root.config.timeout = Some(Duration::from_millis(200));
        }
        is_error(saved(&behind.open("x"), b"x"))
    };
    let all = [told(Fault::InternalError), told(Fault::SlowDown), told(Fault::Silence), told(Fault::Reset)];
    assert_snapshot!(all.join("\n"));
}

#[test]
fn credentials_that_nobody_has_are_asked_for_once_and_told() {
    let behind = Behind::new(Fail::every("", Fault::InternalError));
    // It stands in for the source of the machine's credentials.
    let variables =
        ["AWS_ENDPOINT_URL", "AWS_METADATA_ENDPOINT"].map(|name| (name.to_owned(), behind.proxy.endpoint()));
    for fault in [Fault::Reset, Fault::Silence] {
        let proxy = FaultyProxy::start(behind.root.server().address(), Fail::every("", fault));
        let mut variables = variables.to_vec();
        variables[1].1 = proxy.endpoint();
        let catalog = Catalog::new("/", &Transports::detect()).with_environment(Environment::new(variables));
        let mut catalog = catalog;
        let config = StoreConfig {
            url: "s3://lake".to_owned(),
            timeout: Some(Duration::from_secs(2)),
            ..StoreConfig::default()
        };
        catalog.add_store("lake", &config).expect("right");
        let location = Location::Store { store: "lake".to_owned(), path: "x".to_owned() };
        let dataset = catalog.open(&Entry::new("x", "text", location)).expect("right");
        let told = is_error(load(&dataset, TEXT));
        assert!(told.contains("nobody has credentials for it\nhelp: set `access_key_id`"), "{told}");
        assert_eq!((proxy.requests(), behind.proxy.requests()), (1, 0));
    }
}

#[test]
fn the_environment_and_profiles_say_who_asks() {
    let root = Root::s3();
    let server = root.server();
    root.write("x", "content");
    let url = || Location::Url(format!("s3://{}/some/prefix/x", server.bucket()));
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let open = |variables: Vec<(String, String)>| {
        let catalog = Catalog::new("/", &Transports::detect());
        catalog.with_environment(Environment::new(variables)).open(&Entry::new("x", "text", url())).expect("right")
    };
    let endpoint = variable("AWS_ENDPOINT_URL", &server.endpoint());
    let id = variable("AWS_ACCESS_KEY_ID", server.access_key_id());
    let secret = variable("AWS_SECRET_ACCESS_KEY", server.secret_access_key());
    let dataset = open(vec![endpoint.clone(), id, secret]);
    assert_eq!(load(&dataset, TEXT).expect("loaded").bytes().expect("mapped"), b"content");
    assert!(!format!("{dataset:?}").contains("hush"));

    let home = tempfile::tempdir().expect("a directory");
    fs::create_dir(home.path().join(".aws")).expect("a directory");
    let keys = format!(
        "[work]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        server.access_key_id(),
        server.secret_access_key()
    );
    fs::write(home.path().join(".aws/credentials"), keys).expect("a file");
    let home = variable("HOME", &home.path().display().to_string());
    let dataset = open(vec![endpoint, home, variable("AWS_PROFILE", "work")]);
    assert_eq!(load(&dataset, TEXT).expect("loaded").bytes().expect("mapped"), b"content");
}

#[test]
fn a_server_of_buckets_in_host_names_is_asked_by_them() {
    let mut root = Root::s3();
    root.config.endpoint = Some("http://storage.invalid".to_owned());
    root.config.allow_http = Some(true);
    root.config.virtual_hosted_style = Some(true);
    root.config.retries = Some(0);
    root.config.connect_timeout = Some(Duration::from_secs(60));
    let told = is_error(load(&root.open("text", "x", json!({})), TEXT));
    assert!(told.contains("nobody knows its host"), "{told}");
}

#[test]
fn nothing_shows_credentials_or_what_the_environment_puts_in() {
    let root = Root::s3();
    let variables = [
        ("AWS_ACCESS_KEY_ID", root.server().access_key_id()),
        ("AWS_SECRET_ACCESS_KEY", "hush-hush-hush"),
        ("AWS_SESSION_TOKEN", "hush-hush"),
        ("BUCKET", "hush-bucket"),
        ("HOST", &root.server().endpoint()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let catalog = Catalog::new("/", &Transports::detect()).with_environment(Environment::new(variables));
    let mut catalog = catalog;
    let config = StoreConfig {
        url: "s3://me:hush@${env:BUCKET}/hidden".to_owned(),
        endpoint: Some("${env:HOST}".to_owned()),
        ..StoreConfig::default()
    };
    catalog.add_store("lake", &config).expect("right");
    let in_store = Location::Store { store: "lake".to_owned(), path: "x".to_owned() };
    let by_url = Location::Url("${env:HOST}/${env:BUCKET}/x?token=hush".to_owned());
    for location in [in_store, by_url] {
        let dataset = catalog.open(&Entry::new("x", "text", location)).expect("right");
        let error = load(&dataset, TEXT).expect_err("wrong credentials");
        let told = format!("{catalog:?} {config:?} {dataset:?} {error:?} {} {}", message(&error), dataset.location());
        assert!(told.contains("${env:BUCKET}"), "{told}");
        for secret in ["hush", root.server().access_key_id(), &root.server().endpoint()] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

#[test]
fn limits_change_nothing_but_the_time() {
    let mut root = Root::s3();
    root.config.max_concurrent = Some(1);
    root.config.max_bandwidth = Some(1 << 30);
    let dataset = root.open("bytes", "x", json!({}));
    let content = pattern(LARGE);
    saved(&dataset, &content).expect("saved");
    assert!(load(&dataset, BYTES).expect("loaded").bytes().expect("mapped") == content);
}

#[test]
fn a_web_server_is_read_from() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/a%20b/x.txt?token=hush", server.local_addr().expect("bound"));
    let serving = thread::spawn(move || {
        let (mut client, _) = server.accept().expect("somebody asks");
        let lines = BufReader::new(client.try_clone().expect("a connection")).lines().map_while(Result::ok);
        let request: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        write!(client, "HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\ncontent").expect("it listens");
        request[0].clone()
    });
    let dataset = Root::new().catalog().open(&Entry::new("x", "text", Location::Url(url))).expect("right");
    assert_eq!(load(&dataset, TEXT).expect("loaded").bytes().expect("mapped"), b"content");
    assert_eq!(serving.join().expect("asked"), "GET /a%20b/x.txt?token=hush HTTP/1.1");
}

#[test]
fn a_web_server_that_refuses_is_told_and_none_is_written_to() {
    let root = Root::s3();
    root.write("x", "content");
    // A bucket's server is a web server too; this one wants signatures.
    let url = format!("{}/lake/some/prefix/x?token=hush", root.server().endpoint());
    let dataset = root.catalog().open(&Entry::new("x", "text", Location::Url(url))).expect("right");
    assert!(dataset.location().ends_with("/lake/some/prefix/x"), "{dataset:?}");
    let told = is_error(load(&dataset, TEXT));
    assert!(told.contains("access is denied: 403 Forbidden"), "{told}");
    assert!(is_error(wait(dataset.save(&buffer(b"x"), TEXT))).contains("web servers are read from only"));
}

#[test]
fn delays_fail_as_often_as_they_are_to_and_change_nothing() {
    for root in Root::all() {
        let delay = Delay { fail_rate: 0.25, latency: Duration::from_millis(1), seed: 7, ..Delay::default() };
        let entry = Entry { delay, ..root.entry("archive", "x", json!({})) };
        let dataset = root.catalog().open(&entry).expect("right");
        let content = buffer(&to_archive(&vec![0.5; 100]).expect("an archive"));
        let mut retries = 0;
        for _ in 0..4 {
            retries += wait(dataset.save(&content, NUMBERS)).expect("saved after all").retries;
            let loaded = wait(dataset.load(NUMBERS, Readers::Several)).expect("loaded after all");
            assert_eq!(loaded.buffer.bytes().expect("mapped"), content.bytes().expect("mapped"));
            retries += loaded.retries;
        }
        assert!(retries > 0);
    }
}

#[test]
fn a_load_and_a_save_take_as_long_as_they_are_to_without_a_thread() {
    let root = Root::new();
    let delay = Delay { load: Duration::from_secs(3600), save: Duration::from_secs(7200), ..Delay::default() };
    let dataset = root.catalog().open(&Entry { delay, ..root.entry("bytes", "x", json!({})) }).expect("right");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let start = tokio::time::Instant::now();
        dataset.save(&buffer(b"x"), BYTES).await.expect("saved");
        let saved = start.elapsed();
        dataset.load(BYTES, Readers::Several).await.expect("loaded");
        assert_eq!((saved.as_secs(), start.elapsed().as_secs()), (7200, 10800));
    });
}
