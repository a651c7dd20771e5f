//! Archives: mapped and not read if that is safe, read otherwise.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use wpipe_buffer::{Readers, Transport};
use wpipe_catalog::Entry;
use wpipe_data::envelope::encode_footer;
use wpipe_data::{Table, to_archive};

use crate::support::*;

#[test]
fn a_published_archive_is_read_only_and_mapped() {
    let root = Root::new();
    let dataset = root.open("archive", "x", json!({}));
    let content = buffer(&to_archive(&vec![1.0; 100]).expect("an archive"));
    save(&dataset, &content, NUMBERS).expect("saved");
    assert_eq!(fs::metadata(root.path("x")).expect("a file").permissions().mode() & 0o222, 0);

    let loaded = load(&dataset, NUMBERS).expect("loaded");
    assert_eq!(loaded.transport(), Transport::File);
    assert_eq!(loaded.bytes().expect("mapped"), content.bytes().expect("mapped"));
}

#[test]
fn an_archive_that_somebody_may_write_to_is_read() {
    let root = Root::new();
    let dataset = root.open("archive", "x", json!({}));
    let content = buffer(&to_archive(&vec![1.0; 100]).expect("an archive"));
    save(&dataset, &content, NUMBERS).expect("saved");
    fs::set_permissions(root.path("x"), fs::Permissions::from_mode(0o644)).expect("the file is ours");

    let loaded = load(&dataset, NUMBERS).expect("loaded");
    assert_ne!(loaded.transport(), Transport::File);
    fs::write(root.path("x"), "").expect("the file is writable");
    assert_eq!(loaded.bytes().expect("mapped"), content.bytes().expect("mapped"));
}

#[test]
fn an_archive_keeps_a_table_as_it_is() {
    let root = Root::new();
    let table =
        Table::from_columns([("x", vec![1_i32, 2].into()), ("", vec![Some(""), None].into())]).expect("a table");
    let dataset = root.open("archive", "x", json!({}));
    save(&dataset, &buffer_of(&table), TABLE).expect("saved");
    assert_eq!(table_of(&load(&dataset, TABLE).expect("loaded")), table);
}

#[test]
fn what_one_node_reads_can_be_moved_and_a_mapped_file_cannot() {
    let root = Root::new();
    let content = buffer(&to_archive(&vec![1.0; 100_000]).expect("an archive"));
    let bytes = root.open("bytes", "x.bytes", json!({}));
    save(&bytes, &content, BYTES).expect("saved");
    let one = wait(bytes.load(BYTES, Readers::One)).expect("loaded").buffer;
    assert_eq!(one.transport(), Transport::Move);
    assert!(one.into_movable().is_ok());
    assert!(load(&bytes, BYTES).expect("loaded").into_movable().is_err());

    let archive = root.open("archive", "x", json!({}));
    save(&archive, &content, NUMBERS).expect("saved");
    let mapped = wait(archive.load(NUMBERS, Readers::One)).expect("loaded").buffer;
    assert_eq!(mapped.transport(), Transport::File);
}

/// Stores an archive of numbers in a file, writable or not.
fn stored(root: &Root, path: &str, mode: u32) -> Vec<u8> {
    let dataset = root.open("archive", path, json!({}));
    save(&dataset, &buffer(&to_archive(&vec![1.5; 100]).expect("an archive")), NUMBERS).expect("saved");
    let content = fs::read(root.path(path)).expect("a file");
    fs::set_permissions(root.path(path), fs::Permissions::from_mode(mode)).expect("the file is ours");
    content
}

#[test]
fn no_flipped_bit_is_read_as_data_mapped_read_or_from_a_bucket() {
    for (root, mode) in [(Root::new(), 0o444), (Root::new(), 0o644), (Root::s3(), 0o644)] {
        let content = stored(&root, "x", mode);
        let dataset = root.open("archive", "x", json!({}));
        for at in [0, 8, 413, 807, 808, 936, 952, content.len() - 1] {
            let mut damaged = content.clone();
            damaged[at] ^= 1;
            root.write("x", &damaged);
            fs::set_permissions(root.path("x"), fs::Permissions::from_mode(mode)).expect("the file is ours");
            assert!(load(&dataset, NUMBERS).is_err(), "byte {at} of {}", content.len());
            let found = wait(dataset.verify()).expect("the store answers");
            assert_eq!((found.damaged.len(), found.objects), (1, 0), "byte {at}");
        }
        let mut damaged = content.clone();
        damaged[100] ^= 4;
        root.write("x", &damaged);
        let told = message(&load(&dataset, NUMBERS).expect_err("damaged"));
        let (told, help) = told.split_once(" (its digest").expect("the digests");
        assert_eq!(told, format!("`{}`: damaged: its content is not what was saved", root.shown("x")));
        assert!(help.contains("help: restore the file") && help.contains("`verify = false`"), "{help}");
        // A reader without interest in it reads it as it is.
        assert!(load(&root.open("archive", "x", json!({"verify": false})), NUMBERS).is_ok());
        root.write("x", &content);
        assert!(load(&dataset, NUMBERS).is_ok());
    }
}

#[test]
fn an_archive_of_before_there_were_digests_is_read_and_told_of() {
    let root = Root::new();
    let archive = to_archive(&vec![1.5; 100]).expect("an archive");
    let mut file = archive.to_vec();
    file.extend(encode_footer(file.len() as u64, NUMBERS.0, NUMBERS.1).expect("a short name"));
    root.write("x", &file);
    let dataset = root.open("archive", "x", json!({}));
    assert_eq!(load(&dataset, NUMBERS).expect("loaded").bytes().expect("mapped"), &archive[..]);
    let found = wait(dataset.verify()).expect("the store answers");
    assert_eq!((found.objects, found.damaged.len(), found.without_digest), (1, 0, vec!["x".to_owned()]));
}

#[test]
fn everything_stored_is_verified_whatever_its_format() {
    for root in Root::all() {
        let table = buffer_of(&Table::from_columns([("x", vec![1_i64, 2].into())]).expect("a table"));
        for kind in ["csv", "json", "parquet", "arrow", "archive"] {
            let dataset = root.open(kind, kind, json!({}));
            let nothing = wait(dataset.verify()).expect("the store answers");
            assert_eq!((nothing.objects, nothing.damaged.len()), (0, 0), "{kind}");
            let bytes = save(&dataset, &table, TABLE).expect("saved");
            let found = wait(dataset.verify()).expect("the store answers");
            assert_eq!((found.objects, found.bytes, found.damaged.len()), (1, bytes, 0), "{kind}");
            let content = fs::read(root.path(kind)).expect("a file");
            root.write(kind, if kind == "csv" { &b"x\n1,2\n"[..] } else { &content[..content.len() - 3] });
            assert_eq!(wait(dataset.verify()).expect("the store answers").damaged.len(), 1, "{kind}");
        }
    }
}

#[test]
fn every_version_is_verified() {
    let root = Root::new();
    let entry = Entry { versioned: true, ..root.entry("archive", "x", json!({})) };
    let dataset = root.catalog().open(&entry).expect("a right entry");
    let numbers = buffer(&to_archive(&vec![1.5; 100]).expect("an archive"));
    for version in ["1", "2", "3"] {
        wait(dataset.with_version(Some(version.to_owned())).save(&numbers, NUMBERS)).expect("saved");
    }
    let mut content = fs::read(root.path("x/2/x")).expect("a file");
    content[3] ^= 1;
    root.write("x/2/x", content);
    let found = wait(dataset.verify()).expect("the store answers");
    assert_eq!(found.objects, 2);
    assert!(found.damaged[0].to_string().starts_with("`x/2/x`: damaged"), "{:?}", found.damaged);
}
