//! Opening a file, and finding a table in it.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use super::explain::explain;
use super::file::Sqlite;
use crate::sql::database::Failure;
use crate::sql::relation::{Relation, TableName, quoted};

/// The number of steps that SQLite takes before it checks that the load is still wanted.
const STEPS: i32 = 100_000;

impl Sqlite {
    /// Opens a connection that changes nothing, not even SQLite's own files if possible.
    pub(super) fn reader(&self) -> Result<Connection, Failure> {
        self.check_file()?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&self.path, flags).and_then(|connection| self.prepared(connection));
        let opened = opened.or_else(|error| match error.sqlite_error_code() {
            // With a log, SQLite wants to write next to the file, where this user may not.
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if self.is_at_rest() => self.unchanging(flags),
            _ => Err(error),
        });
        opened.map_err(|error| self.failure(&error))
    }

    /// Opens a connection that writes, and makes the file if there is none.
    pub(super) fn writer(&self) -> Result<Connection, Failure> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)
                .map_err(|error| Failure::refused(format!("its folder cannot be made: {error}"), "correct the path"))?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&self.path, flags).and_then(|connection| {
            connection.busy_timeout(self.patience)?;
            Ok(connection)
        });
        opened.map_err(|error| self.failure(&error))
    }

    fn check_file(&self) -> Result<(), Failure> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => {
                Err(Failure::refused("it is a folder", "name the file of the database in `connection`"))
            }
            Ok(_) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::Missing),
            Err(error) => Err(Failure::refused(error.to_string(), "correct the path, or let this user read the file")),
        }
    }

    fn prepared(&self, connection: Connection) -> rusqlite::Result<Connection> {
        connection.busy_timeout(self.patience)?;
        // Files are untrusted: their views may do nothing but read.
        connection.pragma_update(None, "trusted_schema", false)?;
        // Reads the first page, to check that this is possible.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    }

    /// Returns true if a log says that all changes are in the file, or there is none.
    fn is_at_rest(&self) -> bool {
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        fs::metadata(Path::new(&log)).map_or(true, |log| log.len() == 0)
    }

    fn unchanging(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let path = percent_encoding::percent_encode(self.path.as_os_str().as_encoded_bytes(), PLAIN);
        let url = format!("file:{path}?immutable=1");
        let connection = Connection::open_with_flags(url, flags | OpenFlags::SQLITE_OPEN_URI)?;
        self.prepared(connection)
    }

    /// Makes a connection give up when `is_over` returns true.
    pub(super) fn stop_when(
        &self,
        connection: &mut Connection,
        is_over: impl FnMut() -> bool + Send + 'static,
    ) -> Result<(), Failure> {
        connection.progress_handler(STEPS, Some(is_over)).map_err(|error| self.failure(&error))
    }

    /// Returns the statement that reads the relation, all columns of it.
    pub(super) fn statement(&self, connection: &Connection, relation: &Relation) -> Result<String, Failure> {
        match relation {
            Relation::Query(query) => Ok(query.text.clone()),
            Relation::Table(table) => match self.kind_of(connection, table)? {
                Some(_) => Ok(format!("SELECT * FROM {}", quoted(&table.name))),
                None => Err(Failure::Missing),
            },
        }
    }

    /// Returns `table` or `view`; `None` if there is nothing of this name.
    pub(super) fn kind_of(&self, connection: &Connection, table: &TableName) -> Result<Option<String>, Failure> {
        let sql = "SELECT type FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')";
        let found = connection.query_row(sql, [&table.name], |row| row.get(0)).optional();
        found.map_err(|error| self.failure(&error))
    }

    pub(super) fn failure(&self, error: &rusqlite::Error) -> Failure {
        explain(error, self.patience)
    }
}

/// The characters that a path of a URL may have as they are.
const PLAIN: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
