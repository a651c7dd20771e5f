//! A file of SQLite's, as a database.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use wpipe_buffer::Buffer;

use crate::destination::Destination;
use crate::progress::Progress;
use crate::sql::database::{Database, Failure, Rows};
use crate::sql::relation::{IfExists, Relation, TableName};
use crate::table::Declared;

/// The longest wait for a file that another program writes to.
pub(in crate::sql) const PATIENCE: Duration = Duration::from_secs(5);

/// A file of SQLite's.
#[derive(Debug)]
pub(in crate::sql) struct Sqlite {
    pub(super) path: PathBuf,
    pub(super) patience: Duration,
    /// The lock of the file's writer: those of one process wait for each other, however long it takes.
    pub(super) turn: Arc<Mutex<()>>,
}

impl Sqlite {
    /// Creates the database of the file at `path`.
    pub(in crate::sql) fn new(path: PathBuf, patience: Duration) -> Self {
        static TURNS: LazyLock<Mutex<BTreeMap<PathBuf, Arc<Mutex<()>>>>> = LazyLock::new(Mutex::default);
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = turns.entry(real).or_default().clone();
        Self { path, patience, turn }
    }
}

impl Database for Sqlite {
    fn look(&self, relation: &Relation) -> Result<u64, Failure> {
        self.look_at(relation)
    }

    fn digest(&self, relation: &Relation) -> Result<String, Failure> {
        self.digest_of(relation)
    }

    fn read(&self, relation: &Relation, declared: &Declared, to: &Destination) -> Result<Rows, Failure> {
        self.read_rows(relation, declared, to)
    }

    fn write(&self, table: &TableName, how: IfExists, buffer: &Buffer, progress: &Progress) -> Result<u64, Failure> {
        self.write_rows(table, how, buffer, progress)
    }
}
