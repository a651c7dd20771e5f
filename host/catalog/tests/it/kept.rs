//! Outputs that exist already: their owners stay, links to them stay, and files that cannot be replaced are written in
//! place or refused.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use rustix::fs::{XattrFlags, getxattr, setxattr};
use rustix::process::geteuid;
use serde_json::json;
use wpipe_catalog::DataError;

use crate::support::*;

fn save_text(root: &Root, path: &str, text: &str) -> Result<u64, DataError> {
    save(&root.open("text", path, json!({})), &buffer(text.as_bytes()), TEXT)
}

fn set_mode(root: &Root, path: &str, mode: u32) {
    fs::set_permissions(root.path(path), Permissions::from_mode(mode)).expect("permissions");
}

fn mode(root: &Root, path: &str) -> u32 {
    fs::metadata(root.path(path)).expect("a file").mode() & 0o7777
}

#[test]
fn an_output_that_is_there_keeps_its_mode_owner_and_attributes() {
    let root = Root::new();
    for bits in [0o664, 0o600, 0o640, 0o666] {
        root.write("x.txt", "old");
        set_mode(&root, "x.txt", bits);
        // Some users may not give files away, and some file systems have no attributes.
        let gives = geteuid().is_root() && chown(root.path("x.txt"), Some(1000), Some(1001)).is_ok();
        let attaches = setxattr(root.path("x.txt"), "user.of", b"somebody", XattrFlags::empty()).is_ok();
        let inode = fs::metadata(root.path("x.txt")).expect("a file").ino();
        save_text(&root, "x.txt", "new").expect("saved");
        let metadata = fs::metadata(root.path("x.txt")).expect("a file");
        assert_eq!((root.read("x.txt").as_str(), metadata.mode() & 0o7777), ("new", bits));
        assert_ne!(metadata.ino(), inode, "it is replaced as a whole");
        if gives {
            assert_eq!((metadata.uid(), metadata.gid()), (1000, 1001));
        }
        if attaches {
            let mut value = [0; 16];
            let length = getxattr(root.path("x.txt"), "user.of", &mut value[..]).expect("an attribute");
            assert_eq!(&value[..length], b"somebody");
        }
    }
}

#[test]
fn the_target_of_a_link_is_replaced_and_the_link_stays() {
    let root = Root::new();
    root.write("elsewhere/x.txt", "old");
    for (target, link) in [("elsewhere/x.txt", "to_file"), ("to_file", "to_link"), ("elsewhere/new.txt", "to_nothing")]
    {
        symlink(target, root.path(link)).expect("a link");
    }
    for (link, file) in
        [("to_file", "elsewhere/x.txt"), ("to_link", "elsewhere/x.txt"), ("to_nothing", "elsewhere/new.txt")]
    {
        save_text(&root, link, link).expect("saved");
        assert!(root.path(link).is_symlink());
        assert_eq!(root.read(file), link);
    }
    assert_eq!(root.files().len(), 5, "{:?}", root.files());
}

#[test]
fn another_name_of_an_output_keeps_what_it_had() {
    let root = Root::new();
    root.write("x.txt", "old");
    fs::hard_link(root.path("x.txt"), root.path("backup.txt")).expect("a name");
    save_text(&root, "x.txt", "new").expect("saved");
    assert_eq!((root.read("x.txt"), root.read("backup.txt")), ("new".to_owned(), "old".to_owned()));
}

#[test]
fn a_read_only_output_is_not_replaced_unless_it_is_an_archive_of_ours() {
    let root = Root::new();
    root.write("x", "by hand");
    set_mode(&root, "x", 0o444);
    let archive = root.open("archive", "x", json!({}));
    for outcome in [save_text(&root, "x", "new"), save(&archive, &buffer(&[0; 16]), NUMBERS)] {
        let told = message(&outcome.expect_err("read-only"));
        assert!(told.contains("is there and read-only") && told.contains("chmod u+w"), "{told}");
    }
    assert_eq!(root.read("x"), "by hand");
    let numbers = |value: f64| buffer(&wpipe_data::to_archive(&vec![value]).expect("an archive"));
    let archive = root.open("archive", "y", json!({}));
    for value in [1.0, 2.0] {
        save(&archive, &numbers(value), NUMBERS).expect("saved");
        assert_eq!(mode(&root, "y") & 0o222, 0);
    }
    assert_eq!(
        load(&archive, NUMBERS).expect("loaded").bytes().expect("mapped"),
        numbers(2.0).bytes().expect("mapped")
    );
    save_text(&root, "y", "text").expect("the archive was ours");
    assert_ne!(mode(&root, "y") & 0o200, 0);
}

#[test]
fn a_partition_that_is_replaced_keeps_its_mode() {
    use crate::sets_support::*;
    let root = Root::new();
    root.write("set/a", "old");
    set_mode(&root, "set/a", 0o660);
    let set = root.open_set("");
    replace(&set, "r1", &texts([("a", "new"), ("b", "new")]));
    assert_eq!((seen(&set), mode(&root, "set/a")), (texts([("a", "new"), ("b", "new")]), 0o660));
}
