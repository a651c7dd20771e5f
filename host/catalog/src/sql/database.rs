//! The interface of every database.

use std::fmt::Debug;

use wpipe_buffer::Buffer;
use wpipe_data::Table;

use super::relation::{IfExists, Relation, TableName};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::progress::Progress;
use crate::table::Declared;

/// A database that tables are read from and written to. Every method blocks: call it on a thread that may.
pub(super) trait Database: Debug + Send + Sync {
    /// Finds the relation, and returns its size in bytes, as far as the database has one without reading it.
    fn look(&self, relation: &Relation) -> Result<u64, Failure>;

    /// Returns a digest of the rows, and of the names and types of the columns.
    fn digest(&self, relation: &Relation) -> Result<String, Failure>;

    /// Reads the rows, all of one moment.
    fn read(&self, relation: &Relation, declared: &Declared, to: &Destination) -> Result<Rows, Failure>;

    /// Writes the table in `buffer` in one transaction, durable on return. Returns the number of bytes of values.
    fn write(&self, table: &TableName, how: IfExists, buffer: &Buffer, progress: &Progress) -> Result<u64, Failure>;
}

/// A table that is written, and the progress.
pub(super) struct Outgoing<'t> {
    pub(super) table: Table<'t>,
    /// The bytes of the whole table.
    bytes: usize,
    progress: &'t Progress,
}

impl<'t> Outgoing<'t> {
    /// Reads the table in a buffer's bytes.
    pub(super) fn new(bytes: &'t [u8], progress: &'t Progress) -> Result<Self, Fault> {
        let table = Table::view(bytes)?;
        if table.columns().len() == 0 {
            return Err(Fault::new("a table without columns has no place in a database"));
        }
        Ok(Self { table, bytes: bytes.len(), progress })
    }

    /// Reports that a row is written.
    pub(super) fn reach(&self, row: usize) {
        const ROWS: usize = 4096;
        if row.is_multiple_of(ROWS) {
            self.progress.reach((self.bytes as u64 * row as u64 / self.table.rows().max(1) as u64) as usize);
        }
    }
}

/// The rows that were read.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) buffer: Buffer,
    /// Bytes of values, as the database has them.
    pub(super) bytes: u64,
}

/// The reason why a database did not do what was requested.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no such table, or no such database file.
    Missing,
    /// A value has no place in a table, or in the database.
    Fault(Fault),
    /// The database refuses, or cannot be reached.
    Refused(Refused),
}

/// The words of a database, for people.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) reason: String,
    pub(super) help: Option<String>,
    /// True if the same request may succeed later on.
    pub(super) is_transient: bool,
}

impl Failure {
    pub(super) fn refused(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Refused(Refused { reason: reason.into(), help: Some(help.into()), is_transient: false })
    }

    /// Returns the failure of a table that is to be made, and exists.
    pub(super) fn exists() -> Self {
        Self::refused(
            "the table is there already, and `if_exists = \"fail\"` keeps it",
            "drop the table, or write `if_exists = \"replace\"`",
        )
    }

    /// Returns the failure of rows whose end would end or change rows of the table `other`.
    pub(super) fn referred_to_by(other: &str) -> Self {
        Self::refused(
            format!("replacing its rows would delete or change those of `{other}`, by `on delete` of a foreign key"),
            "write `if_exists = \"append\"`, or drop the foreign key",
        )
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
