//! Files of SQLite's.
//!
//! | SQLite declares | column |
//! |---|---|
//! | `INTEGER`, `BIGINT`, … | i64 |
//! | `REAL`, `FLOAT`, `DOUBLE` | f64 |
//! | `TEXT`, `VARCHAR(20)`, … | text |
//! | `BLOB` | binary |
//! | `BOOLEAN` | bool, of 0 and 1 |
//! | `DATE`, `TIME`, `DATETIME`, `TIMESTAMP` | as the texts say it; numbers are an error |
//! | `DECIMAL(10, 2)`, `NUMERIC(10, 2)` | decimal |
//! | anything else, or nothing, as the columns of queries | i64, f64, text or binary, as the first value is |
//!
//! A column of SQLite's may hold values of any type, against its declaration. Those that differ from the others are an
//! error that names the row, unless `types` declares their kind.

mod declared;
mod explain;
mod file;
mod open;
mod read;
mod write;

pub(super) use file::{PATIENCE, Sqlite};
