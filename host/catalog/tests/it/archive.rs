//! Archives: mapped and not read where that is safe, read otherwise.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use wpipe_buffer::{Readers, Transport};
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
