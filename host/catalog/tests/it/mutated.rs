//! Files as no writer makes them: bits flipped, parts cut, moved and doubled, lengths and offsets changed, in data and
//! in its description. Each is an error or a table; never a panic, never for ever, never more memory than there is room
//! for.
//!
//! A few hundred of them in every run; `cargo xtask test --long` tries 10 000.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use wpipe_buffer::Readers;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::support::*;

/// Mutations of each format in every run, and in long ones.
const FEW: u64 = 60;
const MANY: u64 = 2_000;
/// The most bytes that a load may take, and that the process may have beside.
const MEMORY: u64 = 256 << 20;
const DATA: u64 = 3 << 30;
/// A time longer than any of these files could take: a load that is not done by then hangs.
const FOREVER: Duration = Duration::from_secs(120);

/// Numbers that are the same in every run (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A file, and the parts of it that describe the rest, which are worth a second look.
struct Seed {
    bytes: Vec<u8>,
    descriptions: Vec<Range<usize>>,
}

impl Seed {
    fn plain(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let start = 0..bytes.len().min(64);
        Self { descriptions: Vec::from([start]), bytes }
    }

    /// Marks the footer, whose length stands before the magic at the end, and the start of the first page.
    fn parquet(bytes: Vec<u8>) -> Self {
        let end = bytes.len() - 8;
        let length = u32::from_le_bytes(bytes[end..end + 4].try_into().expect("four bytes")) as usize;
        let descriptions = vec![end - length..end, end - length..end, 4..48, end..end + 8];
        Self { bytes, descriptions }
    }

    /// Marks the footer as in Parquet, and the messages.
    fn arrow(bytes: Vec<u8>) -> Self {
        let end = bytes.len() - 10;
        let length = i32::from_le_bytes(bytes[end..end + 4].try_into().expect("four bytes")) as usize;
        let mut descriptions = vec![end - length..end, end..end + 10];
        let is_start = |at: &usize| bytes[*at..].starts_with(&[0xff; 4]);
        descriptions.extend((8..end - length).step_by(8).filter(is_start).map(|at| at..(at + 256).min(end)));
        Self { bytes, descriptions }
    }
}

fn mutate(seed: &Seed, other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seed.bytes.clone();
    for _ in 0..1 + chance.below(3) {
        let length = bytes.len();
        if length == 0 {
            break;
        }
        let description = chance.of(&seed.descriptions).clone();
        let place = if chance.below(3) > 0 {
            description.start + chance.below(description.len())
        } else {
            chance.below(length)
        };
        let place = place.min(length - 1);
        let end = (place + 1 + chance.below(24)).min(length);
        match chance.below(8) {
            0 | 1 => bytes[place] ^= 1 << chance.below(8),
            2 => bytes[place] = *chance.of(&[0, 1, 0x7f, 0x80, 0xff]),
            // A length, an offset or a count, of either width.
            3 | 4 => {
                let near = length as i64 + chance.below(5) as i64 - 2;
                let number =
                    *chance.of(&[0, 1, -1, near, i64::from(i32::MAX), i64::from(i32::MIN), i64::MAX, 1 << 31, 1 << 40]);
                let width = *chance.of(&[2, 4, 8]);
                let end = (place + width).min(length);
                bytes[place..end].copy_from_slice(&number.to_le_bytes()[..end - place]);
            }
            5 => bytes.truncate(place),
            6 => {
                let part = bytes[place..end].to_vec();
                let to = chance.below(length);
                bytes.splice(to..to, part);
            }
            _ => {
                let from = chance.below(other.len());
                let part = other[from..(from + end - place).min(other.len())].to_vec();
                bytes.splice(place..end, part);
            }
        }
    }
    bytes
}

/// Returns the committed files of other writers with this ending.
fn files(suffix: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let mut names: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    names.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).expect("plain names");
        name.ends_with(suffix) && !name.starts_with("damaged")
    });
    names.sort();
    names.into_iter().map(|path| fs::read(path).expect("a file")).collect()
}

/// Loads mutations of seeds, and reads the results.
fn survive(kind: &'static str, seeds: Vec<Seed>, pack: fn(Vec<u8>) -> Vec<u8>) {
    let count = if std::env::var_os("WPIPE_LONG_TESTS").is_some() { MANY } else { FEW };
    let (sender, seen) = channel();
    let worker = thread::spawn(move || {
        let root = Root::new();
        let catalog = root.catalog().with_memory(MEMORY);
        for number in 0..count {
            let mut chance = Chance(number);
            let seed = chance.of(&seeds);
            let other = chance.of(&seeds);
            root.write("data", pack(mutate(seed, &other.bytes, &mut chance)));
            let dataset = catalog.open(&root.entry(kind, "data", json!({}))).expect("a right entry");
            let told = match wait(dataset.load(TABLE, Readers::One)) {
                Ok(loaded) => {
                    let table = table_of(&loaded.buffer);
                    // Equal to itself, or damaged: every value is read.
                    let _ = table == table.clone();
                    None
                }
                Err(error) => Some(error.to_string()),
            };
            // The receiver is gone if the test has failed.
            let _ = sender.send((number, told));
        }
    });
    let mut errors = 0;
    for expected in 0..count {
        let (number, told) =
            seen.recv_timeout(FOREVER).unwrap_or_else(|_| panic!("{kind}: mutation {expected} hangs or panics"));
        let told = told.unwrap_or_default();
        assert!(!told.contains("gave up") && !told.contains("panicked"), "{kind}: mutation {number}: {told}");
        errors += u64::from(!told.is_empty());
    }
    worker.join().expect("no panic");
    assert!(
        errors > 0 && errors < count,
        "{kind}: {errors} of {count} are errors: the mutations miss what they are for"
    );
}

/// Runs in a process that may have so much memory and no more.
fn within_limits(test: &str, run: impl FnOnce()) {
    if alone(&format!("mutated::{test}")) {
        let limit = getrlimit(Resource::Data);
        setrlimit(Resource::Data, Rlimit { current: Some(DATA), ..limit }).expect("a lower limit");
        run();
    }
}

#[test]
fn parquet_files() {
    within_limits("parquet_files", || {
        survive("parquet", files(".parquet").into_iter().map(Seed::parquet).collect(), |bytes| bytes);
    });
}

#[test]
fn arrow_files() {
    within_limits("arrow_files", || {
        let (streams, arrows): (Vec<_>, Vec<_>) =
            files(".arrow").into_iter().partition(|file| !file.starts_with(b"ARROW1"));
        let streams = streams.into_iter().map(Seed::plain);
        survive("arrow", arrows.into_iter().map(Seed::arrow).chain(streams).collect(), |bytes| bytes);
    });
}

#[test]
fn csv_files() {
    within_limits("csv_files", || {
        let quoted = "id,x,name,at\n1,0.5,\"a, \"\"b\"\"\",2024-02-29T12:30:05Z\n2,,grün,\n3,1e300,\"two\nlines\",2024-03-01T00:00:00Z\n";
        let many: String = (0..200).map(|row| format!("{row};{},5;text {row}\r\n", row * 7)).collect();
        let seeds = vec![Seed::plain(quoted), Seed::plain(format!("sep=;\r\na;b;c\r\n{many}"))];
        survive("csv", seeds, |bytes| bytes);
    });
}

#[test]
fn json_files() {
    within_limits("json_files", || {
        let records = r#"[{"id": 1, "x": 0.5, "tags": ["a", null], "v": [1, 2.5]}, {"id": 18446744073709551615, "x": null, "tags": []}]"#;
        let lines: String =
            (0..50).map(|row| format!("{{\"n\": {row}, \"s\": \"\\u00e9 {row}\", \"ok\": true}}\n")).collect();
        survive("json", vec![Seed::plain(records), Seed::plain(lines)], |bytes| bytes);
    });
}

/// Returns the parts of a workbook, one behind the other, each behind its name and its length.
fn unzipped(file: Vec<u8>) -> Seed {
    let mut archive = ZipArchive::new(Cursor::new(file)).expect("a workbook");
    let (mut bytes, mut descriptions) = (Vec::new(), Vec::new());
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).expect("a part");
        let (name, mut content) = (part.name().expect("a name").into_owned(), Vec::new());
        part.read_to_end(&mut content).expect("the part's bytes");
        bytes.extend_from_slice(format!("{name}\0").as_bytes());
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        descriptions.push(bytes.len()..bytes.len() + content.len().max(1));
        bytes.extend_from_slice(&content);
    }
    Seed { bytes, descriptions }
}

/// Returns a workbook of such parts, as far as they can be told apart: the rest belongs to the last one.
fn zipped(bytes: Vec<u8>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut rest = bytes.as_slice();
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        let name = String::from_utf8_lossy(&rest[..end]).into_owned();
        let Some((length, content)) = rest[end + 1..].split_first_chunk::<8>() else { break };
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX).min(content.len());
        if archive.start_file(name, options).is_err() {
            break;
        }
        archive.write_all(&content[..length]).expect("written");
        rest = &content[length..];
    }
    archive.finish().expect("finished").into_inner()
}

#[test]
fn parts_of_workbooks() {
    within_limits("parts_of_workbooks", || {
        survive("excel", files(".xlsx").into_iter().map(unzipped).collect(), zipped);
    });
}

#[test]
fn workbooks() {
    within_limits("workbooks", || {
        let seeds = files(".xlsx").into_iter().map(|bytes| {
            let end = bytes.len();
            Seed { descriptions: vec![0..64, end - 200..end], bytes }
        });
        survive("excel", seeds.collect(), |bytes| bytes);
    });
}
