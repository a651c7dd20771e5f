//! Files that state more than they have, and small files that decode to large tables: refused before memory is taken.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use wpipe_buffer::Readers;

use crate::support::*;

const LIMIT: u64 = 64 << 20;

/// Returns the error of a load that takes more than the limit.
fn refused(kind: &str, content: &[u8]) -> String {
    let root = Root::new();
    root.write("data", content);
    let catalog = root.catalog().with_memory(LIMIT);
    let dataset = catalog.open(&root.entry(kind, "data", json!({}))).expect("a right entry");
    message(&wait(dataset.load(TABLE, Readers::One)).expect_err("too large"))
}

fn batch(column: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([("x", column)]).expect("one column")
}

/// Returns one text of a megabyte, a hundred times.
fn repeated_text() -> RecordBatch {
    let text = "x".repeat(1 << 20);
    batch(Arc::new(StringArray::from(vec![text.as_str(); 100])))
}

#[test]
fn a_small_parquet_file_with_one_long_text_many_times_is_refused() {
    let batch = repeated_text();
    let zstd = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(zstd)).expect("a schema");
    writer.write(&batch).expect("a batch");
    let file = writer.into_inner().expect("a file");
    assert!(file.len() < 4 << 20, "{}", file.len());
    let told = refused("parquet", &file);
    assert!(told.contains("MiB or more in memory, of 64 MiB") && told.contains("`--memory`"), "{told}");
}

#[test]
fn a_small_arrow_file_of_zeros_is_refused() {
    let batch = batch(Arc::new(Int64Array::from(vec![0; 10_000_000])));
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD)).expect("zstd");
    let mut file = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options.clone()).expect("a schema");
    file.write(&batch).expect("a batch");
    let mut stream = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).expect("a schema");
    stream.write(&batch).expect("a batch");
    for content in [file.into_inner().expect("a file"), stream.into_inner().expect("a stream")] {
        assert!(content.len() < 1 << 20, "{}", content.len());
        let told = refused("arrow", &content);
        assert!(told.contains("MiB or more in memory, of 64 MiB"), "{told}");
    }
}

/// A generator of numbers that look random, and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// Loads every file of `tests/files` with some bytes changed, in a process that may not take much more memory than it
/// has.
#[test]
fn no_damaged_file_takes_more_memory_than_its_limit() {
    if !alone("memory::no_damaged_file_takes_more_memory_than_its_limit") {
        return;
    }
    const MUTATIONS: usize = 100;
    // A reader's allocation beyond it ends the process, and with it the test.
    let most = Rlimit { current: Some(3 << 30), ..getrlimit(Resource::As) };
    setrlimit(Resource::As, most).expect("a lower limit");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let root = Root::new();
    let catalog = root.catalog().with_memory(LIMIT);
    let mut random = Random(1);
    for path in files {
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => "parquet",
            Some("arrow") => "arrow",
            _ => continue,
        };
        let good = fs::read(&path).expect("a file");
        let dataset = catalog.open(&root.entry(kind, "data", json!({}))).expect("a right entry");
        for _ in 0..MUTATIONS {
            let mut bytes = good.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len());
                bytes[at] = [0, 0x7f, 0xff, random.below(256) as u8][random.below(4)];
            }
            root.write("data", &bytes);
            if let Err(error) = wait(dataset.load(TABLE, Readers::One)) {
                assert!(!error.to_string().contains("gave up"), "{}: {error}", path.display());
            }
        }
    }
}
