//! From SQLite's errors to messages for people.

use std::time::Duration;

use rusqlite::{Error, ErrorCode};

use crate::sql::database::{Failure, Refused};
use crate::sql::place::place;

/// Returns the failure of an error, with the help.
pub(super) fn explain(error: &Error, patience: Duration) -> Failure {
    match error {
        Error::SqlInputError { msg, sql, offset, .. } => {
            let at = usize::try_from(*offset).ok().and_then(|offset| sql.get(..offset));
            let at = at.map(|before| place(sql, before.chars().count()));
            let reason = at.map_or_else(|| msg.clone(), |at| format!("{msg} ({at})"));
            Failure::refused(reason, "correct the query")
        }
        Error::MultipleStatement => {
            Failure::refused("the query has more than one statement", "keep the one that finds the rows")
        }
        Error::SqliteFailure(code, words) => {
            let words = words.clone().unwrap_or_else(|| code.to_string());
            let waited = patience.as_secs_f64();
            match code.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Failure::refused(
                    format!("another program writes to it, and has not come to an end in {waited} s"),
                    "let it finish, or wait for longer: add `?timeout=60` to the connection",
                ),
                ErrorCode::NotADatabase => Failure::refused(
                    "the file is no database of SQLite's",
                    "correct the path: `connection = \"sqlite:data/sales.db\"`",
                ),
                ErrorCode::ReadOnly => Failure::refused(
                    "the file, or its folder, is read-only for this user",
                    "let this user write to both, or store the dataset elsewhere",
                ),
                ErrorCode::CannotOpen | ErrorCode::PermissionDenied => Failure::refused(
                    format!("the file cannot be opened: {words}"),
                    "let this user read the file, and for saving write to its folder",
                ),
                ErrorCode::DatabaseCorrupt => {
                    Failure::refused(format!("the file is damaged: {words}"), "restore it from a copy")
                }
                ErrorCode::DiskFull => Failure::refused("no space is left for it", "make room, or store it elsewhere"),
                ErrorCode::ConstraintViolation => Failure::refused(
                    format!("what is saved breaks a rule of the table: {words}"),
                    "correct the rows, or drop the rule",
                ),
                _ => Failure::Refused(Refused { reason: words, help: None, is_transient: false }),
            }
        }
        error => Failure::Refused(Refused { reason: error.to_string(), help: None, is_transient: false }),
    }
}
