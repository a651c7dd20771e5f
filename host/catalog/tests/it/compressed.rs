//! Compressed text: by the file's name or by the option, of one piece or several, and files that are none.

use insta::assert_snapshot;
use serde_json::{Value, json};
use std::io::Write;
use wpipe_catalog::{Catalog, Partitioned};
use wpipe_data::Table;

use crate::support::*;

fn table() -> Table<'static> {
    Table::from_columns([("x", vec![1_i64, 2].into()), ("s", vec!["a", "grün"].into())]).expect("columns of one length")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

fn bzip2(text: &str) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::stream::encode_all(text.as_bytes(), 1).expect("memory")
}

/// Returns the content that a file of this name comes back as, and its first bytes.
fn round_trip(kind: &str, file: &str, options: Value) -> (Table<'static>, Vec<u8>) {
    let root = Root::new();
    let dataset = root.open(kind, file, options);
    save(&dataset, &buffer_of(&table()), TABLE).expect("saved");
    let stored = std::fs::read(root.path(file)).expect("a file");
    (table_of(&load(&dataset, TABLE).expect("loaded")), stored)
}

#[test]
fn names_and_options_say_how_files_are_compressed() {
    for (magic, suffix, words) in [
        (&b"\x1f\x8b"[..], ".gz", ["gzip", "gz"]),
        (b"\x28\xb5\x2f\xfd", ".zst", ["zstd", "zst"]),
        (b"BZh", ".bz2", ["bzip2", "bz2"]),
    ] {
        for kind in ["csv", "json"] {
            let (read, stored) = round_trip(kind, &format!("data.{kind}{suffix}"), json!({ "level": 1 }));
            assert_eq!(read, table(), "{suffix}");
            assert!(stored.starts_with(magic), "{suffix}");
            for word in words {
                let (read, stored) = round_trip(kind, "data", json!({ "compression": word }));
                assert_eq!(read, table(), "{word}");
                assert!(stored.starts_with(magic), "{word}");
            }
        }
        let (read, stored) = round_trip("csv", &format!("data{suffix}"), json!({ "compression": "none" }));
        assert_eq!((read, &stored[..]), (table(), "x,s\n1,a\n2,grün\n".as_bytes()));
    }
}

#[test]
fn texts_are_compressed_too() {
    let root = Root::new();
    for (file, bytes) in [("a.txt.gz", gzip("grün")), ("a.txt.zst", zstd("grün")), ("a.txt.bz2", bzip2("grün"))] {
        root.write(file, bytes);
        let dataset = root.open("text", file, json!({}));
        let read = load(&dataset, TEXT).expect(file);
        assert_eq!(read.bytes().expect("mapped"), "grün".as_bytes());
        save(&dataset, &buffer("blau".as_bytes()), TEXT).expect("saved");
        assert_eq!(load(&dataset, TEXT).expect(file).bytes().expect("mapped"), b"blau");
    }
}

#[test]
fn a_file_of_several_pieces_is_all_of_them() {
    let root = Root::new();
    for (file, pack) in [("a.csv.gz", gzip as fn(&str) -> Vec<u8>), ("a.csv.zst", zstd), ("a.csv.bz2", bzip2)] {
        root.write(file, [pack("x,s\n1,a\n"), pack("2,grün\n")].concat());
        assert_eq!(table_of(&load(&root.open("csv", file, json!({})), TABLE).expect(file)), table(), "{file}");
    }
}

#[test]
fn partitions_are_compressed_as_their_suffix_says() {
    let root = Root::new();
    root.write("set/a.csv.gz", gzip("x\n1\n"));
    let set = root
        .try_open_set("csv", "set", Partitioned { suffix: ".csv.gz".to_owned(), ..Partitioned::default() })
        .expect("a right entry");
    let listing = wait(set.list()).expect("a listing");
    let read = wait(set.load(&listing, "a", TABLE, wpipe_buffer::Readers::Several)).expect("loaded");
    assert_eq!(table_of(&read.buffer).column::<i64>("x").expect("numbers"), [1]);
}

#[test]
fn what_is_compressed_otherwise_is_told() {
    let root = Root::new();
    let told = |file: &str, bytes: &[u8], options: Value| {
        root.write(file, bytes);
        message(&load(&root.open("csv", file, options), TABLE).expect_err("an error"))
    };
    assert_snapshot!(told("in.csv", &gzip("x\n1\n"), json!({})), @r#"
    `in.csv`: it is compressed by gzip
    help: declare `compression = "gzip"`, or name it `.gz`
    "#);
    assert_snapshot!(told("in.csv.gz", b"x\n1\n", json!({})), @r#"
    `in.csv.gz`: it is not compressed by gzip
    help: its name says so: declare `compression = "none"` if it is wrong
    "#);
    assert_snapshot!(told("in.csv.gz", &zstd("x\n1\n"), json!({ "compression": "gzip" })), @r"
    `in.csv.gz`: it is not compressed by gzip
    help: correct the option `compression`, or leave it out if nothing is compressed
    ");
    assert_snapshot!(told("in.zip", b"PK\x03\x04rest", json!({})), @r"
    `in.zip`: it is a zip archive, which is not read
    help: unpack it before: `gzip`, `zstd` and `bzip2` are read
    ");
    let packed = gzip("x\n1\n");
    assert_snapshot!(told("in.csv.gz", &packed[..packed.len() - 9], json!({})), @r"
    `in.csv.gz`: not readable by gzip: it ends too early
    help: the file may be cut off or damaged
    ");
    // Text that begins like a compressed file.
    assert_eq!(root.load_table("csv", "BZh\n1\n", json!({})).column::<i64>("BZh").expect("numbers"), [1]);
}

#[test]
fn a_small_file_that_unpacks_to_a_large_one_is_refused_before_it_is_there() {
    let root = Root::new();
    root.write("in.csv.zst", zstd(&"x\n".repeat(4 << 20)));
    let catalog: Catalog = root.catalog().with_memory(4 << 20);
    let dataset = catalog.open(&root.entry("csv", "in.csv.zst", json!({}))).expect("a right entry");
    assert_snapshot!(message(&load(&dataset, TABLE).expect_err("too large")), @r"
    `in.csv.zst`: it takes more than 4 MiB in memory once it is unpacked
    help: partition the data, or raise `--memory`
    ");
}
