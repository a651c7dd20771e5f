//! Web servers as they are: without `HEAD`, lengths, ranges and marks, encoded, redirecting, and with login pages.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::json;
use wpipe_buffer::{Readers, Transports};
use wpipe_catalog::{Catalog, DataError, Dataset, Entry, Environment, Location, StoreConfig};
use wpipe_storage_server::WebServer;

use crate::support::*;

const CSV: &[u8] = b"x\n1\n2\n";

/// Returns an answer with these headers and this body.
fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\nconnection: close\r\n").into_bytes();
    for header in headers {
        bytes.extend(format!("{header}\r\n").bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

/// Returns the whole answer with its length, or, to `HEAD`, its beginning.
fn with_length(method: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}", body.len());
    let headers: Vec<_> = headers.iter().copied().chain([length.as_str()]).collect();
    answer("200 OK", &headers, if method == "HEAD" { b"" } else { body })
}

fn refuse(status: &str) -> Vec<u8> {
    answer(status, &["content-length: 0"], b"")
}

/// Returns the dataset at `path` of a server that answers so.
fn open(server: &WebServer, kind: &str, path: &str) -> Dataset {
    let root = std::env::temp_dir();
    let mut catalog = Catalog::new(&root, &Transports::detect()).with_environment(Environment::default());
    let config = StoreConfig { url: server.url(), retries: Some(1), ..StoreConfig::default() };
    catalog.add_store("web", &config).expect("right settings");
    let at = Location::Store { store: "web".to_owned(), path: path.to_owned() };
    catalog.open(&Entry::new("test", kind, at)).expect("a right entry")
}

fn bytes(server: &WebServer, path: &str) -> Result<Vec<u8>, DataError> {
    let loaded = wait(open(server, "bytes", path).load(BYTES, Readers::Several))?;
    Ok(loaded.buffer.bytes().expect("mapped").to_vec())
}

/// Looks at the object, and loads it: both see the same.
fn assert_serves(server: &WebServer, path: &str, expected: &[u8], why: &str) {
    let size = wait(open(server, "bytes", path).size()).unwrap_or_else(|error| panic!("{why}: {error}"));
    assert_eq!(size, Some(expected.len() as u64), "{why}");
    assert!(bytes(server, path).unwrap_or_else(|error| panic!("{why}: {error}")) == expected, "{why}");
}

fn error(server: &WebServer, kind: &str, schema: (&str, u64)) -> String {
    message(&load(&open(server, kind, "x.csv"), schema).expect_err("an error"))
}

#[test]
fn a_server_that_refuses_head_is_asked_otherwise() {
    for status in ["403 Forbidden", "404 Not Found", "405 Method Not Allowed", "500 Oh No", "501 Not Implemented"] {
        let server = WebServer::start(move |method, _| match method {
            "HEAD" => refuse(status),
            method => with_length(method, &["etag: \"1\""], CSV),
        });
        assert_serves(&server, "x.csv", CSV, status);
    }
    // Or it does not state the length.
    let server = WebServer::start(|method, _| match method {
        "HEAD" => answer("200 OK", &[], b""),
        method => with_length(method, &[], CSV),
    });
    assert_serves(&server, "x.csv", CSV, "no length");
}

#[test]
fn a_body_without_a_length_is_read_to_its_end() {
    let chunks = || answer("200 OK", &["transfer-encoding: chunked"], b"2\r\nx\n\r\n4\r\n1\n2\n\r\n0\r\n\r\n");
    let server = WebServer::start(move |_, _| chunks());
    assert_serves(&server, "x.csv", CSV, "chunks");
    let server = WebServer::start(|_, _| b"HTTP/1.0 200 OK\r\n\r\nx\n1\n2\n".to_vec());
    assert_serves(&server, "x.csv", CSV, "HTTP/1.0");
    let server = WebServer::start(|_, _| answer("200 OK", &[], CSV));
    assert_serves(&server, "x.csv", CSV, "to the end of the connection");
}

#[test]
fn what_breaks_off_is_no_content() {
    let short = |_: &str, _: &str| answer("200 OK", &["content-length: 100"], CSV);
    let server = WebServer::start(short);
    assert!(error(&server, "csv", TABLE).contains("cannot be read"));
    let chunked = |_: &str, _: &str| answer("200 OK", &["transfer-encoding: chunked"], b"6\r\nx\n1\n2\n\r\n");
    let server = WebServer::start(chunked);
    assert!(error(&server, "csv", TABLE).contains("cannot be read"));
    // It comes whole when it is asked for again.
    let asked = Arc::new(AtomicUsize::new(0));
    let server = WebServer::start(move |method, target| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => short(method, target),
        _ => with_length(method, &[], CSV),
    });
    assert_eq!(bytes(&server, "x.csv").expect("loaded"), CSV);
}

fn encoded(encoding: &str) -> Vec<u8> {
    fn finish<W: Write>(mut writer: W, end: impl FnOnce(W) -> std::io::Result<Vec<u8>>) -> Vec<u8> {
        writer.write_all(CSV).and_then(|()| end(writer)).expect("encoded")
    }
    let level = Compression::default();
    match encoding {
        "deflate" => finish(ZlibEncoder::new(Vec::new(), level), ZlibEncoder::finish),
        "raw" => finish(DeflateEncoder::new(Vec::new(), level), DeflateEncoder::finish),
        "br" => finish(brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20), |writer| Ok(writer.into_inner())),
        _ => finish(GzEncoder::new(Vec::new(), level), GzEncoder::finish),
    }
}

#[test]
fn what_was_encoded_for_the_way_is_decoded() {
    let all = [("gzip", "gzip"), ("x-gzip", "gzip"), ("deflate", "deflate"), ("deflate", "raw"), ("br", "br")];
    for (encoding, how) in all {
        for has_length in [true, false] {
            let header = format!("content-encoding: {encoding}");
            let server = WebServer::start(move |method, _| match has_length {
                true => with_length(method, &[&header, "etag: \"1\""], &encoded(how)),
                false => answer("200 OK", &[&header], if method == "HEAD" { b"" } else { return both(&header, how) }),
            });
            assert_serves(&server, "x.csv", CSV, how);
        }
    }
    // A file that is compressed itself stays so.
    let server = WebServer::start(|method, _| with_length(method, &["content-encoding: gzip"], &encoded("gzip")));
    assert_serves(&server, "x.csv.gz", &encoded("gzip"), "a compressed file");
    let server =
        WebServer::start(|method, _| with_length(method, &["content-type: application/gzip"], &encoded("gzip")));
    assert_serves(&server, "x.csv.gz", &encoded("gzip"), "a compressed file");

    let server = WebServer::start(|method, _| with_length(method, &["content-encoding: zebra"], CSV));
    assert!(error(&server, "csv", TABLE).contains("encoded as `zebra`"));
    let server = WebServer::start(|method, _| with_length(method, &["content-encoding: gzip"], CSV));
    assert!(error(&server, "csv", TABLE).contains("as `gzip`"));
}

fn both(header: &str, how: &str) -> Vec<u8> {
    answer("200 OK", &[header], &encoded(how))
}

#[test]
fn redirections_are_followed_as_far_as_they_lead_somewhere() {
    let other = WebServer::start(|method, _| with_length(method, &[], CSV));
    let elsewhere = format!("location: {}/data", other.url());
    let server = WebServer::start(move |_, target| match target {
        "/here" => answer("302 Found", &["location: /x.csv", "content-length: 0"], b""),
        "/loop" => answer("301 Moved", &["location: /loop", "content-length: 0"], b""),
        _ => answer("307 Temporary Redirect", &[&elsewhere, "content-length: 0"], b""),
    });
    assert_serves(&server, "here", CSV, "twice");
    assert_serves(&server, "elsewhere", CSV, "to another host");
    let told = message(&load(&open(&server, "csv", "loop"), TABLE).expect_err("a loop"));
    assert!(told.contains("from one address to another without end") && !told.contains("tried again"), "{told}");
}

#[test]
fn a_server_without_ranges_is_read_in_one_go() {
    let large: Arc<[u8]> = (0..(34_usize << 20) + 5).map(|at| (at / 251) as u8).collect();
    let served = large.clone();
    // It has marks, so that parts would be requested.
    let server = WebServer::start(move |method, _| with_length(method, &["etag: \"1\""], &served));
    assert!(bytes(&server, "large").expect("loaded") == *large);
}

#[test]
fn what_nothing_marks_is_marked_by_its_content() {
    let content = Arc::new(AtomicUsize::new(0));
    let served = content.clone();
    let server = WebServer::start(move |method, _| {
        with_length(method, &[], format!("x\n{}\n", served.load(Ordering::Relaxed)).as_bytes())
    });
    let mark = || wait(open(&server, "csv", "x.csv").mark()).expect("answered").expect("there");
    let first = mark();
    assert_eq!(mark(), first);
    content.store(1, Ordering::Relaxed);
    assert_ne!(mark(), first);
}

#[test]
fn a_login_page_is_no_table() {
    let page = b"\n<!DOCTYPE html><html><body>Please, log in</body></html>";
    let html = "content-type: text/html; charset=utf-8";
    let server = WebServer::start(move |method, _| with_length(method, &[html], page));
    let told = error(&server, "csv", TABLE);
    assert!(told.contains("x.csv`: the server sent a web page") && told.contains("log in"), "{told}");
    assert!(error(&server, "json", TABLE).contains("web page"));
    // A request for a page gets it.
    assert_eq!(bytes(&server, "x.csv").expect("loaded"), page);
    // And a server that knows no types serves tables all the same.
    let server = WebServer::start(move |method, _| with_length(method, &[html], CSV));
    assert!(load(&open(&server, "csv", "x.csv"), TABLE).is_ok());
}

#[test]
fn refusals_are_told_apart() {
    let told = |status: &'static str| {
        let server = WebServer::start(move |_, _| refuse(status));
        error(&server, "csv", TABLE)
    };
    assert!(told("404 Not Found").contains("does not exist"));
    assert!(told("403 Forbidden").contains("access is denied: 403"));
    assert!(told("401 Unauthorized").contains("access is denied: 401"));
    assert!(told("405 Method Not Allowed").contains("405"));
    assert!(told("410 Gone").contains("410"));
    assert!(told("500 Oh No").contains("the server is in trouble: 500"));
}

#[test]
fn an_empty_body_and_a_signed_url_are_what_they_are() {
    let server = WebServer::start(|method, _| with_length(method, &[], b""));
    assert_serves(&server, "x", b"", "empty");
    let server = WebServer::start(|method, target| match (method, target) {
        ("GET", "/a/x.csv?signature=hush%2Fhush&expires=1") => with_length(method, &[], CSV),
        _ => refuse("403 Forbidden"),
    });
    let catalog = Catalog::new("/", &Transports::detect()).with_environment(Environment::default());
    let url = |query: &str| Location::Url(format!("{}/a/x.csv?{query}", server.url()));
    let right = catalog.open(&Entry::new("test", "csv", url("signature=hush%2Fhush&expires=1"))).expect("an entry");
    assert_eq!(wait(right.size()).expect("answered"), Some(6));
    assert!(load(&right, TABLE).is_ok());
    let wrong = catalog
        .open(&Entry {
            options: serde_json::from_value(json!({})).expect("none"),
            ..Entry::new("test", "csv", url("signature=hush-hush"))
        })
        .expect("an entry");
    let told = message(&load(&wrong, TABLE).expect_err("denied"));
    assert!(told.contains("access is denied: 403") && !told.contains("hush"), "{told}");
}

#[test]
fn a_part_and_a_promise_are_not_taken_for_the_whole() {
    for (status, headers) in [
        ("206 Partial Content", &["content-range: bytes 0-7/1000", "content-length: 8"][..]),
        ("202 Accepted", &["content-length: 8"]),
    ] {
        let server =
            WebServer::start(move |method, _| answer(status, headers, if method == "HEAD" { b"" } else { CSV }));
        let told = error(&server, "csv", TABLE);
        assert!(told.contains(&format!("the server answered {status}")), "{told}");
    }
}

#[test]
fn a_time_of_just_now_marks_nothing() {
    // A server that counts in seconds, and whose file changes within one.
    let changes = Arc::new(AtomicUsize::new(0));
    let seen = changes.clone();
    let now = jiff::Timestamp::now().strftime("last-modified: %a, %d %b %Y %H:%M:%S GMT").to_string();
    let server = WebServer::start(move |method, _| {
        let body: &[u8] = if seen.load(Ordering::Relaxed) == 0 { b"aaa" } else { b"bbb" };
        with_length(method, &[&now], body)
    });
    let dataset = open(&server, "bytes", "x");
    let before = wait(dataset.mark()).expect("the server answers");
    assert_eq!(wait(dataset.mark()).expect("the server answers"), before);
    changes.store(1, Ordering::Relaxed);
    assert_ne!(wait(dataset.mark()).expect("the server answers"), before);
}
