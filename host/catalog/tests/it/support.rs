//! A directory with datasets in it, and what tests put there.

use std::env;
use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
use serde_json::{Map, Value};
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_catalog::{DataError, Dataset, Location, OptionError};
use wpipe_data::{Produce, Table, View, to_archive};

pub(crate) const TABLE: (&str, u64) = (<Table as View>::NAME, <Table as View>::FINGERPRINT);
pub(crate) const TEXT: (&str, u64) = (<str as View>::NAME, <str as View>::FINGERPRINT);
pub(crate) const BYTES: (&str, u64) = (<[u8] as View>::NAME, <[u8] as View>::FINGERPRINT);

/// A schema of an archive.
pub(crate) const NUMBERS: (&str, u64) = (<Vec<f64> as Produce>::NAME, <Vec<f64> as Produce>::FINGERPRINT);

/// Set in a process that runs one test.
const ALONE: &str = "WPIPE_TEST_ALONE";

/// A root of its own, gone at the end.
pub(crate) struct Root {
    directory: tempfile::TempDir,
}

impl Root {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file has a parent")).expect("parents can be made");
        // A read-only file is replaced, not written.
        let _ = fs::remove_file(&path);
        fs::write(path, content).expect("a file can be written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a text file")
    }

    pub(crate) fn try_open(&self, kind: &str, path: &str, options: Value) -> Result<Dataset, Vec<OptionError>> {
        let options: Map<String, Value> = serde_json::from_value(options).expect("options are an object");
        let location = Location::Path(path.to_owned());
        Dataset::open("test", self.directory.path(), kind, &location, &options, &Transports::detect())
    }

    pub(crate) fn open(&self, kind: &str, path: &str, options: Value) -> Dataset {
        self.try_open(kind, path, options).expect("a right entry")
    }

    /// The message of the error that loading `content` as a table gives.
    pub(crate) fn load_error(&self, kind: &str, content: impl AsRef<[u8]>, options: Value) -> String {
        let file = format!("data.{kind}");
        self.write(&file, content);
        message(&load(&self.open(kind, &file, options), TABLE).expect_err("an error"))
    }

    /// The table that `content` is.
    pub(crate) fn load_table(&self, kind: &str, content: impl AsRef<[u8]>, options: Value) -> Table<'static> {
        let file = format!("data.{kind}");
        self.write(&file, content);
        table_of(&load(&self.open(kind, &file, options), TABLE).expect("a table"))
    }
}

/// The words and the help.
pub(crate) fn message(error: &DataError) -> String {
    match error.help() {
        Some(help) => format!("{error}\nhelp: {help}"),
        None => error.to_string(),
    }
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

pub(crate) fn load(dataset: &Dataset, expected: (&str, u64)) -> Result<Buffer, DataError> {
    wait(dataset.load(expected, Readers::Several))
}

pub(crate) fn save(dataset: &Dataset, buffer: &Buffer, schema: (&str, u64)) -> Result<u64, DataError> {
    wait(dataset.save(buffer, schema)).map(|saved| saved.bytes)
}

pub(crate) fn buffer(bytes: &[u8]) -> Buffer {
    Buffer::copy_from(bytes, &Transports::detect()).expect("memory")
}

pub(crate) fn buffer_of(table: &Table<'_>) -> Buffer {
    buffer(&to_archive(table).expect("a table has an archive"))
}

/// A copy of the table in `buffer`.
pub(crate) fn table_of(buffer: &Buffer) -> Table<'static> {
    let view = Table::view(buffer.bytes().expect("mapped")).expect("a table");
    Table::from_archive(to_archive(&view).expect("a table has an archive")).expect("a table")
}

/// Does `work` as one who may write only where permissions say so, even if that is the system's administrator.
pub(crate) fn without_privileges<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let none = CapabilitySet::empty();
    // Privileges are a thread's, and those of the threads that it starts.
    let thread = || {
        set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
            .expect("privileges can be given up");
        work()
    };
    thread::scope(|scope| scope.spawn(thread).join().expect("the work is done"))
}

/// Runs the test of this name in a process of its own, so that it may limit that; `true` in that process. Writing more
/// than the limit is an error there and not the process's end.
pub(crate) fn alone(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    // A signal that the shell ignores stays ignored in what it becomes.
    let ignoring = ["-c", "trap '' XFSZ && exec \"$@\"", "sh"];
    let program = env::current_exe().expect("a program");
    let mut process = Command::new("sh");
    process.args(ignoring).arg(program).args([test, "--exact", "--nocapture"]).env(ALONE, "1");
    let output = process.output().expect("a shell");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
    false
}
