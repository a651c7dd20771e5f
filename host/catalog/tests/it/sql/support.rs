//! Databases of tests.

use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::types::ValueRef;
use serde_json::Value;
use wpipe_catalog::{Dataset, Entry, Location, OptionError};
use wpipe_data::{Column, Table};
use wpipe_database_server::PostgresServer;

use crate::support::*;

/// A database of a test's own.
pub(crate) struct Database {
    pub(crate) root: Root,
    pub(crate) connection: String,
    pub(crate) server: Option<(&'static PostgresServer, String)>,
}

impl Database {
    /// Opens a file of SQLite's, which is not there yet.
    pub(crate) fn sqlite() -> Self {
        Self { root: Root::new(), connection: "sqlite:data/test.db".to_owned(), server: None }
    }

    /// Opens a database of a server's; `None`, with a message, if there is no server.
    pub(crate) fn postgres() -> Option<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let server = PostgresServer::of_process()?;
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let connection = server.database(&name);
        Some(Self { root: Root::new(), connection, server: Some((server, name)) })
    }

    /// Creates one of each kind.
    pub(crate) fn all() -> Vec<Self> {
        [Some(Self::sqlite()), Self::postgres()].into_iter().flatten().collect()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.server.is_none()
    }

    pub(crate) fn entry(&self, options: Value) -> Entry {
        let options = serde_json::from_value(options).expect("options are an object");
        Entry { options, ..Entry::new("test", "sql", Location::Connection(self.connection.clone())) }
    }

    pub(crate) fn try_open(&self, options: Value) -> Result<Dataset, Vec<OptionError>> {
        self.root.catalog().open(&self.entry(options))
    }

    pub(crate) fn open(&self, options: Value) -> Dataset {
        self.try_open(options).expect("a right entry")
    }

    pub(crate) fn load(&self, options: Value) -> Table<'static> {
        table_of(&load(&self.open(options), TABLE).expect("a table"))
    }

    pub(crate) fn load_error(&self, options: Value) -> String {
        message(&load(&self.open(options), TABLE).expect_err("an error"))
    }

    pub(crate) fn save(&self, options: Value, table: &Table<'_>) {
        save(&self.open(options), &buffer_of(table), TABLE).expect("saved");
    }

    pub(crate) fn save_error(&self, options: Value, table: &Table<'_>) -> String {
        message(&save(&self.open(options), &buffer_of(table), TABLE).expect_err("an error"))
    }

    /// Runs statements as other programs would, and returns their results.
    pub(crate) fn run(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        match &self.server {
            Some((server, name)) => server.query(name, sql),
            None => self.run_in_file(sql),
        }
    }

    fn run_in_file(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let file = self.root.path("data/test.db");
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        let connection = rusqlite::Connection::open(file).expect("a database");
        if !sql.trim_start().to_lowercase().starts_with("select") {
            connection.execute_batch(sql).expect(sql);
            return Vec::new();
        }
        let mut statement = connection.prepare(sql).expect(sql);
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let value = |at| {
                Ok(match row.get_ref(at)? {
                    ValueRef::Null => None,
                    ValueRef::Integer(value) => Some(value.to_string()),
                    ValueRef::Real(value) => Some(value.to_string()),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                })
            };
            (0..columns).map(value).collect::<rusqlite::Result<Vec<_>>>()
        });
        rows.expect(sql).collect::<Result<_, _>>().expect("rows")
    }
}

/// Returns a table of these columns.
pub(crate) fn table<const N: usize>(columns: [(&str, Column); N]) -> Table<'static> {
    Table::from_columns(columns).expect("columns of one length")
}
