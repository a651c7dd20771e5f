//! Publishing local files: readers see the old file or the new one, with any writer, and any end of it.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::prelude::*;
use serde_json::json;
use wpipe_buffer::{Buffer, Transports};
use wpipe_catalog::{Catalog, Dataset, Entry, Location};
use wpipe_data::to_archive;

use crate::support::*;

/// Set in a process that saves until it is killed: the root that it saves to.
const SAVING: &str = "WPIPE_TEST_SAVING";

/// Numbers that are all alike, so that a mixture of two saves shows.
fn alike(value: u8, length: usize) -> Vec<u8> {
    vec![value; length]
}

fn is_alike(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == bytes[0]) && bytes.len() == length_of(bytes[0])
}

/// Returns the length of a value in the tens of kilobytes, which is its own.
fn length_of(value: u8) -> usize {
    30_000 + usize::from(value) * 1000
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn readers_see_whole_files_while_several_write(values in prop::collection::vec(any::<[u8; 2]>(), 2..12)) {
        let root = Root::new();
        let save_alike = |value| save(&root.open("bytes", "x", json!({})), &buffer(&alike(value, length_of(value))), BYTES);
        save_alike(values[0][0]).expect("saved");
        let is_over = AtomicBool::new(false);
        let all_alike = thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let dataset = root.open("bytes", "x", json!({}));
                let mut alike = true;
                while !is_over.load(Ordering::Relaxed) {
                    alike &= is_alike(load(&dataset, BYTES).expect("it is always there").bytes().expect("mapped"));
                }
                alike
            });
            let writers = [0, 1].map(|writer| {
                let (values, save_alike) = (&values, &save_alike);
                scope.spawn(move || values.iter().all(|value| save_alike(value[writer]).is_ok()))
            });
            assert!(writers.map(|writer| writer.join().expect("written")).iter().all(|written| *written));
            is_over.store(true, Ordering::Relaxed);
            reading.join().expect("read")
        });
        prop_assert!(all_alike);
        prop_assert_eq!(root.files(), ["x"]);
    }
}

/// Saves again and again, and reports each time. Only in a process of its own, which ends by being killed.
#[test]
fn saving_until_killed() {
    let Some(root) = env::var_os(SAVING) else { return };
    let catalog = Catalog::new(Path::new(&root), &Transports::detect());
    let open = |kind, path: &str| catalog.open(&Entry::new("x", kind, Location::Path(path.to_owned()))).expect("right");
    let (bytes, archive) = (open("bytes", "x"), open("archive", "y"));
    for value in (0..=u8::MAX).cycle() {
        save(&bytes, &buffer(&alike(value, length_of(value))), BYTES).expect("saved");
        save(&archive, &numbers(value), NUMBERS).expect("saved");
        // The harness would keep the output of `println!` until the test ends.
        let _ = writeln!(io::stderr(), "saved");
    }
}

fn numbers(value: u8) -> Buffer {
    buffer(&to_archive(&vec![f64::from(value); length_of(value)]).expect("an archive"))
}

fn saving(root: &Root) -> Child {
    let mut process = Command::new(env::current_exe().expect("a program"));
    process.args(["publish::saving_until_killed", "--exact", "--nocapture"]).env(SAVING, root.path(""));
    process.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a process")
}

#[test]
fn killed_writers_leave_whole_files_and_the_next_save_no_others() {
    const ENOUGH: usize = 8;
    let root = Root::new();
    let bytes = root.open("bytes", "x", json!({}));
    let archive = root.open("archive", "y", json!({}));
    let staged = || root.files().iter().filter(|name| name.ends_with(".wpipe~")).count();
    let mut within_a_save = 0;
    for _ in 0..50 * ENOUGH {
        // Two at a time, so that one sweeps while the other writes.
        let mut children = [saving(&root), saving(&root)];
        for child in &mut children {
            let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
            let line = lines.next().expect("it saves").expect("it says so");
            assert!(line == "saved", "{line}");
        }
        while staged() == 0 {
            assert!(children.iter_mut().all(|child| child.try_wait().is_ok_and(|end| end.is_none())), "it saves on");
        }
        for child in &mut children {
            child.kill().expect("it runs");
            child.wait().expect("it ends");
        }
        within_a_save += usize::from(staged() > 0);
        assert!(is_alike(load(&bytes, BYTES).expect("loaded").bytes().expect("mapped")));
        let value = first_number(&archive);
        assert_eq!(load(&archive, NUMBERS).expect("loaded").len(), numbers(value).len());
        // The next save removes the leftovers of the interrupted ones.
        save(&bytes, &buffer(&alike(1, length_of(1))), BYTES).expect("saved");
        save(&archive, &numbers(1), NUMBERS).expect("saved");
        assert_eq!(root.files(), ["x", "y"]);
        if within_a_save == ENOUGH {
            return;
        }
    }
    panic!("only {within_a_save} writers were killed within a save");
}

fn first_number(archive: &Dataset) -> u8 {
    let loaded = load(archive, NUMBERS).expect("loaded");
    let bytes = loaded.bytes().expect("mapped");
    f64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as u8
}
