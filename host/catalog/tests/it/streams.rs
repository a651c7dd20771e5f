//! Datasets that are no files: pipes, terminals, files that the kernel makes up. They are read to their end and written
//! into, and never replaced.

use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::os::unix::net::UnixListener;
use std::thread;

use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::{Value, json};
use wpipe_buffer::Readers;
use wpipe_catalog::{Dataset, Entry, Partitioned};

use crate::support::*;

fn pipe(root: &Root, name: &str) {
    mkfifoat(CWD, root.path(name), Mode::RUSR | Mode::WUSR).expect("a pipe");
}

/// Returns the form of a table of one column and two rows in every format.
fn contents() -> Vec<(&'static str, Vec<u8>)> {
    let root = Root::new();
    root.write("x.csv", "x\n1\n2\n");
    let table = load(&root.open("csv", "x.csv", json!({})), TABLE).expect("a table");
    ["csv", "json", "parquet", "arrow", "archive"]
        .map(|kind| {
            save(&root.open(kind, "y", json!({})), &table, TABLE).expect("saved");
            let content = fs::read(root.path("y")).expect("a file");
            fs::remove_file(root.path("y")).expect("a file");
            (kind, content)
        })
        .into()
}

#[test]
fn every_format_is_read_from_a_pipe_to_its_end() {
    for (kind, content) in contents() {
        let root = Root::new();
        pipe(&root, "pipe");
        let dataset = root.open(kind, "pipe", json!({}));
        assert!(dataset.is_read_as_stream());
        let path = root.path("pipe");
        let writing = thread::spawn(move || fs::write(path, content).expect("written"));
        let table = load(&dataset, TABLE).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(table_of(&table).rows(), 2, "{kind}");
        writing.join().expect("written");
    }
}

#[test]
fn every_format_is_written_into_a_pipe() {
    for (kind, content) in contents() {
        let root = Root::new();
        root.write("x.csv", "x\n1\n2\n");
        pipe(&root, "pipe");
        symlink("pipe", root.path("link")).expect("a link");
        let table = load(&root.open("csv", "x.csv", json!({})), TABLE).expect("a table");
        let path = root.path("pipe");
        let reading = thread::spawn(move || fs::read(path).expect("read"));
        save(&root.open(kind, "link", json!({})), &table, TABLE).expect("saved");
        assert_eq!(reading.join().expect("read"), content, "{kind}");
        assert!(fs::symlink_metadata(root.path("pipe")).expect("there").file_type().is_fifo());
        assert!(root.path("link").is_symlink());
    }
}

#[test]
fn a_pipe_that_nobody_writes_is_given_up_when_nobody_waits_any_more() {
    let root = Root::new();
    pipe(&root, "pipe");
    let dataset = root.open("text", "pipe", json!({}));
    wait(async {
        let loading = tokio::spawn(async move { dataset.load(TEXT, Readers::Several).await.map(drop) });
        tokio::task::yield_now().await;
        loading.abort();
        assert!(loading.await.expect_err("it was given up").is_cancelled());
    });
}

#[test]
fn what_does_not_end_is_bounded() {
    let root = Root::new();
    pipe(&root, "pipe");
    let path = root.path("pipe");
    // It ends once the reader is gone.
    let writing = thread::spawn(move || {
        let mut pipe = fs::OpenOptions::new().write(true).open(path).expect("a pipe");
        while std::io::Write::write_all(&mut pipe, &[b'y'; 4096]).is_ok() {}
    });
    let dataset = root.open("text", "pipe", json!({})).with_memory(1 << 20);
    let told = message(&load(&dataset, TEXT).expect_err("it does not end"));
    assert!(told.contains("has not ended after 1048576 bytes") && told.contains("--memory"), "{told}");
    writing.join().expect("the reader is gone");
}

#[test]
fn what_the_kernel_makes_up_is_read_to_its_end_and_not_written() {
    let root = Root::new();
    let status = root.open("text", "/proc/self/status", json!({}));
    let text = load(&status, TEXT).expect("it can be read");
    assert!(text.bytes().expect("mapped").starts_with(b"Name:"));
    for path in ["/proc/self/comm", "/proc/new", "/sys/new"] {
        let dataset = root.open("text", path, json!({}));
        let told = message(&save(&dataset, &buffer(b"x"), TEXT).expect_err("it is the kernel's"));
        assert!(told.contains("it is in a file system of the kernel's"), "{told}");
        assert_eq!(message(&dataset.check_writable().expect_err("the same")), told);
    }
}

#[test]
fn devices_are_not_replaced_and_only_those_without_content_are_used() {
    let root = Root::new();
    for (target, link) in [("/dev/null", "null"), ("/dev/full", "full"), ("/dev/zero", "zero")] {
        symlink(target, root.path(link)).expect("a link");
    }
    let open = |path: &str| root.open("text", path, json!({}));
    save(&open("null"), &buffer(b"gone"), TEXT).expect("written into");
    assert!(load(&open("null"), TEXT).expect("nothing").is_empty());
    let told = message(&save(&open("full"), &buffer(b"x"), TEXT).expect_err("it is full"));
    assert!(told.contains("no storage space"), "{told}");
    for told in [open("zero").check_readable(), load(&open("zero"), TEXT).map(drop), open("zero").check_writable()] {
        let told = message(&told.expect_err("it is senseless"));
        assert!(told.contains("it is a device") && told.contains("`path = \"-\"`"), "{told}");
    }
    assert!(["null", "full", "zero"].iter().all(|link| root.path(link).is_symlink()));
    assert!(fs::metadata("/dev/null").expect("there").file_type().is_char_device());
}

#[test]
fn sockets_are_refused_and_stay() {
    let root = Root::new();
    let _listener = UnixListener::bind(root.path("socket")).expect("a socket");
    let dataset = root.open("text", "socket", json!({}));
    for told in [load(&dataset, TEXT).map(drop), save(&dataset, &buffer(b"x"), TEXT).map(drop)] {
        assert!(message(&told.expect_err("a socket")).contains("it is a socket"));
    }
    assert!(fs::metadata(root.path("socket")).expect("there").file_type().is_socket());
}

#[test]
fn streams_have_no_versions_and_no_partitions() {
    let root = Root::new();
    pipe(&root, "pipe");
    let versioned = Entry { versioned: true, ..root.entry("text", "pipe", json!({})) };
    let versioned = root.catalog().open(&versioned).expect("a right entry");
    for told in [versioned.check_readable(), versioned.check_writable()] {
        assert!(message(&told.expect_err("no folder")).contains("remove `versioned`"));
    }
    let set = root.try_open_set("text", "pipe", Partitioned::default()).expect("a right entry");
    for told in [set.check_place(), wait(set.list()).map(drop), wait(set.begin("r1")).map(drop)] {
        assert!(message(&told.expect_err("no folder")).contains("a folder is expected"));
    }
}

#[test]
fn nobody_knows_whether_a_stream_is_what_it_was() {
    let root = Root::new();
    pipe(&root, "pipe");
    let dataset = root.open("text", "pipe", json!({}));
    let mark = || wait(dataset.mark()).expect("asked").expect("it is there");
    assert_ne!(mark(), mark());
    assert_eq!(wait(dataset.size()).expect("asked"), Some(0));
}

#[test]
fn a_dash_is_standard_input_and_output_and_a_file_may_be_called_so() {
    let root = Root::new();
    let open = |path: &str| -> Dataset { root.open("text", path, Value::Object(Default::default())) };
    assert!(open("-").is_read_as_stream() && open("-").is_written_as_stream());
    assert_eq!(open("-").location(), "-");
    save(&open("./-"), &buffer(b"a file"), TEXT).expect("saved");
    assert_eq!(root.read("-"), "a file");
}
