//! Places with datasets in them, and the content that tests put there.

use std::env;
use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
use serde_json::Value;
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_catalog::{
    Catalog, DataError, Dataset, Entry, Environment, Location, OptionError, Partitioned, PartitionedDataset,
    StoreConfig,
};
use wpipe_data::{Produce, Table, View, to_archive};
use wpipe_storage_server::S3Server;

pub(crate) const TABLE: (&str, u64) = (<Table as View>::NAME, <Table as View>::FINGERPRINT);
pub(crate) const TEXT: (&str, u64) = (<str as View>::NAME, <str as View>::FINGERPRINT);
pub(crate) const BYTES: (&str, u64) = (<[u8] as View>::NAME, <[u8] as View>::FINGERPRINT);

/// A schema of an archive.
pub(crate) const NUMBERS: (&str, u64) = (<Vec<f64> as Produce>::NAME, <Vec<f64> as Produce>::FINGERPRINT);

/// Set in a process that runs one test.
const ALONE: &str = "WPIPE_TEST_ALONE";

/// A place of its own for datasets, gone at the end: a directory, or a prefix in a bucket.
pub(crate) struct Root {
    directory: tempfile::TempDir,
    server: Option<S3Server>,
    /// The store's settings, if it is a bucket.
    pub(crate) config: StoreConfig,
}

/// The prefix of everything in a bucket.
const PREFIX: &str = "some/prefix";

impl Root {
    /// Creates a directory.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self { directory, server: None, config: StoreConfig::default() }
    }

    /// Creates a bucket of a server of its own.
    pub(crate) fn s3() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let server = S3Server::start(directory.path());
        let config = StoreConfig {
            url: format!("s3://{}/{PREFIX}", server.bucket()),
            endpoint: Some(server.endpoint()),
            access_key_id: Some(server.access_key_id().to_owned()),
            secret_access_key: Some(server.secret_access_key().to_owned()),
            ..StoreConfig::default()
        };
        Self { directory, server: Some(server), config }
    }

    /// Creates one of each kind.
    pub(crate) fn all() -> [Self; 2] {
        [Self::new(), Self::s3()]
    }

    pub(crate) fn server(&self) -> &S3Server {
        self.server.as_ref().expect("a bucket")
    }

    /// Returns the file of a dataset, or that in which the server keeps the object.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        match &self.server {
            Some(server) => server.folder().join(PREFIX).join(path),
            None => self.directory.path().join(path),
        }
    }

    /// Returns the name of a dataset in errors.
    pub(crate) fn shown(&self, path: &str) -> String {
        match &self.server {
            Some(server) => format!("s3://{}/{PREFIX}/{path}", server.bucket()),
            None => path.to_owned(),
        }
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

    /// Returns the names of all files, with their folders.
    pub(crate) fn files(&self) -> Vec<String> {
        let root = self.path("");
        let mut names = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a directory") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => names.push(path.strip_prefix(&root).expect("within").display().to_string()),
                }
            }
        }
        names.sort();
        names
    }

    /// Creates a catalog with an empty environment.
    pub(crate) fn catalog(&self) -> Catalog {
        let catalog = Catalog::new(self.directory.path(), &Transports::detect());
        let mut catalog = catalog.with_environment(Environment::default());
        if self.server.is_some() {
            catalog.add_store("lake", &self.config).expect("right settings");
        }
        catalog
    }

    pub(crate) fn entry(&self, kind: &str, path: &str, options: Value) -> Entry {
        let path = path.to_owned();
        let location = match &self.server {
            Some(_) => Location::Store { store: "lake".to_owned(), path },
            None => Location::Path(path),
        };
        let options = serde_json::from_value(options).expect("options are an object");
        Entry { options, ..Entry::new("test", kind, location) }
    }

    pub(crate) fn try_open(&self, kind: &str, path: &str, options: Value) -> Result<Dataset, Vec<OptionError>> {
        self.catalog().open(&self.entry(kind, path, options))
    }

    pub(crate) fn open(&self, kind: &str, path: &str, options: Value) -> Dataset {
        self.try_open(kind, path, options).expect("a right entry")
    }

    pub(crate) fn try_open_set(
        &self,
        kind: &str,
        path: &str,
        of_set: Partitioned,
    ) -> Result<PartitionedDataset, Vec<OptionError>> {
        let entry = Entry { partitioned: Some(of_set), ..self.entry(kind, path, Value::Object(Default::default())) };
        self.catalog().open_set(&entry)
    }

    /// Returns the set of texts below `set`, whose names end with this suffix.
    pub(crate) fn open_set(&self, suffix: &str) -> PartitionedDataset {
        self.open_set_as(Partitioned { suffix: suffix.to_owned(), ..Partitioned::default() })
    }

    pub(crate) fn open_set_as(&self, of_set: Partitioned) -> PartitionedDataset {
        self.try_open_set("text", "set", of_set).expect("a right entry")
    }

    /// Returns the message of the error that loading `content` as a table gives.
    pub(crate) fn load_error(&self, kind: &str, content: impl AsRef<[u8]>, options: Value) -> String {
        let file = format!("data.{kind}");
        self.write(&file, content);
        message(&load(&self.open(kind, &file, options), TABLE).expect_err("an error"))
    }

    /// Returns the table of `content`.
    pub(crate) fn load_table(&self, kind: &str, content: impl AsRef<[u8]>, options: Value) -> Table<'static> {
        let file = format!("data.{kind}");
        self.write(&file, content);
        table_of(&load(&self.open(kind, &file, options), TABLE).expect("a table"))
    }
}

/// Returns the words and the help.
pub(crate) fn message(error: &DataError) -> String {
    match error.help() {
        Some(help) => format!("{error}\nhelp: {help}"),
        None => error.to_string(),
    }
}

/// Waits for a future, which could be waited for on any thread.
pub(crate) fn wait<T>(future: impl Future<Output = T> + Send) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

pub(crate) fn load(dataset: &Dataset, expected: (&str, u64)) -> Result<Buffer, DataError> {
    wait(dataset.load(expected, Readers::Several)).map(|loaded| loaded.buffer)
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

/// Returns a copy of the table in `buffer`.
pub(crate) fn table_of(buffer: &Buffer) -> Table<'static> {
    let view = Table::view(buffer.bytes().expect("mapped")).expect("a table");
    Table::from_archive(to_archive(&view).expect("a table has an archive")).expect("a table")
}

/// Does `work` as a user who may write only if permissions say so, even if that is the system's administrator.
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

/// Runs the test of this name in a process of its own, so that it may limit that; returns `true` in that process.
/// Writing more than the limit is an error there and does not end the process.
pub(crate) fn alone(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    // A signal that the shell ignores stays ignored after `exec`.
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
