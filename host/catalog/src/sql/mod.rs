//! Tables of databases: `type = "sql"`.
//!
//! ```text
//!   connection, or a store ──parse──► OpenedDatabase = SQLite or PostgreSQL, and how patient one is with it
//!   load:  Database::read ──cells──► Gathering, a column each ──► Buffer      one statement, one snapshot
//!   save:  Buffer ──cells──► Database::write                                 one transaction: old table or new
//! ```
//!
//! A database is one of two implementations of the trait [`Database`], and one conformance suite is over both
//! (`tests/it/sql`). A dataset is a table of it, or the result of a query, which nothing can be saved to. Its mark is a
//! digest of its rows: a database does not say otherwise whether one of its tables has changed.

mod connection;
mod database;
mod dataset;
mod gather;
mod place;
mod postgres;
mod relation;
mod sqlite;

pub(crate) use connection::{OpenedDatabase, is_database};
pub(crate) use dataset::{StoredRelation, ask_all};
pub(crate) use relation::{Entry, KIND};
