//! From a table to a file of SQLite's, in one transaction.

use std::fmt::Write;
use std::fs;
use std::sync::PoisonError;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, Transaction, TransactionBehavior};
use wpipe_buffer::Buffer;
use wpipe_data::ColumnKind;

use super::declared::{Affinity, Declares, FLOAT_DIGITS, type_of};
use super::file::Sqlite;
use crate::fault::{At, Fault};
use crate::format::pages;
use crate::progress::Progress;
use crate::sql::database::{Failure, Outgoing};
use crate::sql::relation::{IfExists, TableName, listed, quoted};
use crate::table::{Cell, cells, print};

/// A column of an existing table.
struct Existing {
    name: String,
    declared: String,
}

/// A column that is written.
struct Target {
    name: String,
    kind: ColumnKind,
    /// The conversion of its values by SQLite.
    affinity: Affinity,
    /// The declaration as the table has it, for people.
    declared: String,
}

impl Sqlite {
    pub(super) fn write_rows(
        &self,
        name: &TableName,
        how: IfExists,
        buffer: &Buffer,
        progress: &Progress,
    ) -> Result<u64, Failure> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !self.path.exists();
        let written = self.write_now(name, how, buffer, progress);
        // A file that was made in vain is not left behind.
        if is_new && written.is_err() && fs::metadata(&self.path).is_ok_and(|metadata| metadata.len() == 0) {
            let _ = fs::remove_file(&self.path);
        }
        written
    }

    fn write_now(&self, name: &TableName, how: IfExists, buffer: &Buffer, progress: &Progress) -> Result<u64, Failure> {
        let bytes = pages(buffer)?;
        let from = Outgoing::new(&bytes, progress)?;
        let mut connection = self.writer()?;
        let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.map_err(|error| self.failure(&error))?;
        let targets = self.prepare_table(&transaction, name, how, &from)?;
        let written = self.insert(&transaction, name, &targets, &from)?;
        transaction.commit().map_err(|error| self.failure(&error))?;
        Ok(written)
    }

    /// Makes the table, if need be, to be inserted into.
    fn prepare_table(
        &self,
        transaction: &Transaction<'_>,
        name: &TableName,
        how: IfExists,
        from: &Outgoing<'_>,
    ) -> Result<Vec<Target>, Failure> {
        let made = from.table.columns().map(|column| {
            let no_place = || Fault::new(format!("SQLite has no place for {}", column.kind)).column(column.name);
            let declared = type_of(column.kind).ok_or_else(no_place)?;
            let affinity = Affinity::of(Some(&declared));
            Ok(Target { name: column.name.to_owned(), kind: column.kind, affinity, declared })
        });
        let made: Vec<Target> = made.collect::<Result<_, Fault>>()?;
        match (self.kind_of(transaction, name)?.as_deref(), how) {
            (Some("view"), _) => {
                Err(Failure::refused("it is a view", "save to a table: correct `table`, or drop the view"))
            }
            (Some(_), IfExists::Fail) => Err(Failure::exists()),
            (None, _) => {
                self.create(transaction, name, &made)?;
                Ok(made)
            }
            (Some(_), IfExists::Append) => {
                let existing = self.existing(transaction, name)?;
                Ok(matched(made, &existing)?)
            }
            (Some(_), IfExists::Replace) => {
                let existing = self.existing(transaction, name)?;
                let is_same = existing.len() == made.len()
                    && existing.iter().zip(&made).all(|(there, made)| {
                        there.name == made.name && Declares::of(Some(&there.declared)).is_for(made.kind)
                    });
                self.check_references(transaction, name)?;
                // A foreign key must be kept when all is done, and not before.
                self.run(transaction, "PRAGMA defer_foreign_keys = ON")?;
                if is_same {
                    // Its indexes, triggers and rules stay.
                    self.run(transaction, &format!("DELETE FROM {}", quoted(&name.name)))?;
                    return Ok(matched(made, &existing)?);
                }
                self.run(transaction, &format!("DROP TABLE {}", quoted(&name.name)))?;
                self.create(transaction, name, &made)?;
                Ok(made)
            }
        }
    }

    fn create(&self, connection: &Connection, name: &TableName, columns: &[Target]) -> Result<(), Failure> {
        let columns: Vec<_> =
            columns.iter().map(|column| format!("{} {}", quoted(&column.name), column.declared)).collect();
        self.run(connection, &format!("CREATE TABLE {} ({})", quoted(&name.name), columns.join(", ")))
    }

    /// Returns the columns of an existing table that can be written to.
    fn existing(&self, connection: &Connection, name: &TableName) -> Result<Vec<Existing>, Failure> {
        let read = || {
            let mut statement =
                connection.prepare("SELECT name, type FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")?;
            let rows = statement.query_map([&name.name], |row| {
                Ok(Existing { name: row.get(0)?, declared: row.get::<_, Option<String>>(1)?.unwrap_or_default() })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.failure(&error))
    }

    /// Fails if rows of other tables would go, or change, with the rows that are replaced.
    fn check_references(&self, connection: &Connection, name: &TableName) -> Result<(), Failure> {
        let sql = "SELECT t.name FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS k \
                   WHERE t.type = 'table' AND k.\"table\" = ?1 COLLATE NOCASE \
                   AND k.on_delete NOT IN ('NO ACTION', 'RESTRICT') LIMIT 1";
        let read = || {
            let mut statement = connection.prepare(sql)?;
            statement.query_map([&name.name], |row| row.get::<_, String>(0))?.next().transpose()
        };
        match read().map_err(|error| self.failure(&error))? {
            None => Ok(()),
            Some(other) => Err(Failure::referred_to_by(&other)),
        }
    }

    fn insert(
        &self,
        connection: &Connection,
        name: &TableName,
        targets: &[Target],
        from: &Outgoing<'_>,
    ) -> Result<u64, Failure> {
        let names = listed(targets.iter().map(|target| target.name.as_str()));
        let places = vec!["?"; targets.len()].join(", ");
        let sql = format!("INSERT INTO {} ({names}) VALUES ({places})", quoted(&name.name));
        let mut statement = connection.prepare(&sql).map_err(|error| self.failure(&error))?;
        let columns = cells(&from.table).map_err(Fault::from)?;
        let mut bytes = 0;
        let mut text = String::new();
        for row in 0..from.table.rows() {
            for (place, (cell, target)) in columns.iter().zip(targets).enumerate() {
                let bound = match cell.at(row) {
                    None => statement.raw_bind_parameter(place + 1, rusqlite::types::Null),
                    Some(cell) => {
                        bytes += bind(&mut statement, place + 1, cell, target, &mut text)
                            .map_err(|fault| fault.at(At::Row(row as u64 + 1)).column(&target.name))?;
                        Ok(())
                    }
                };
                bound.map_err(|error| self.failure(&error))?;
            }
            from.reach(row);
            statement.raw_execute().map_err(|error| self.failure(&error))?;
        }
        Ok(bytes)
    }

    fn run(&self, connection: &Connection, sql: &str) -> Result<(), Failure> {
        connection.execute_batch(sql).map_err(|error| self.failure(&error))
    }
}

/// Returns the columns to be written, as the existing table has them.
fn matched(made: Vec<Target>, existing: &[Existing]) -> Result<Vec<Target>, Fault> {
    let matched = made.into_iter().map(|column| {
        let Some(there) = existing.iter().find(|there| there.name.eq_ignore_ascii_case(&column.name)) else {
            let names: Vec<_> = existing.iter().map(|there| &there.name).collect();
            let fault = Fault::new("the table that is there has no such column").column(&column.name);
            return Err(fault.help(format!("its columns: {}", wpipe_text::list(&names))));
        };
        if !Declares::of(Some(&there.declared)).takes(column.kind) {
            let message = format!("it holds {}, and that of the table is declared `{}`", column.kind, there.declared);
            let help = "convert the column before, or write `if_exists = \"replace\"`";
            return Err(Fault::new(message).column(&column.name).help(help));
        }
        let affinity = Affinity::of(Some(&there.declared));
        Ok(Target { name: there.name.clone(), affinity, declared: there.declared.clone(), ..column })
    });
    matched.collect()
}

/// Binds a cell, in a form that SQLite keeps exactly. Returns its number of bytes.
fn bind(
    statement: &mut Statement<'_>,
    place: usize,
    cell: Cell<'_>,
    target: &Target,
    text: &mut String,
) -> Result<u64, Fault> {
    let value = match cell {
        Cell::Bool(value) => ValueRef::Integer(value.into()),
        Cell::I32(value) => ValueRef::Integer(value.into()),
        Cell::I64(value) => ValueRef::Integer(value),
        Cell::U64(value) => ValueRef::Integer(i64::try_from(value).map_err(|_| {
            let fault = Fault::new(format!("`{value}` is beyond the integers of SQLite, which end at {}", i64::MAX));
            fault.help("convert the column to text or decimals before")
        })?),
        Cell::F32(value) => ValueRef::Real(not_nan(value.into())?),
        Cell::F64(value) => ValueRef::Real(not_nan(value)?),
        Cell::Text(text) => {
            if target.affinity == Affinity::Number && text.trim().parse::<f64>().is_ok() {
                let message = format!("SQLite would make a number of the text `{text}`: `{}`", target.declared);
                return Err(Fault::new(message).help("have the column of the table declare `TEXT`"));
            }
            ValueRef::Text(text.as_bytes())
        }
        Cell::Binary(bytes) => ValueRef::Blob(bytes),
        cell => {
            text.clear();
            // A text takes every write.
            let _ = print(cell, text);
            match cell {
                // The form of SQLite's own functions, Python and most others.
                Cell::Timestamp(instant) => {
                    if let Some(at) = text.find('T') {
                        text.replace_range(at..=at, " ");
                    }
                    if instant.zone.is_some() && text.ends_with('Z') {
                        text.truncate(text.len() - 1);
                        let _ = text.write_str("+00:00");
                    }
                }
                Cell::Decimal(decimal) if target.affinity == Affinity::Number && !decimal.fits(FLOAT_DIGITS) => {
                    let message = format!(
                        "`{text}` has more than {FLOAT_DIGITS} digits, and SQLite makes a float of it: `{}`",
                        target.declared
                    );
                    return Err(Fault::new(message).help("have the column of the table declare `TEXT`"));
                }
                _ => {}
            }
            ValueRef::Text(text.as_bytes())
        }
    };
    let bytes = match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len() as u64,
        _ => 8,
    };
    let bound = statement.raw_bind_parameter(place, ToSqlOutput::Borrowed(value));
    bound.map_err(|error| Fault::new(error.to_string()))?;
    Ok(bytes)
}

fn not_nan(value: f64) -> Result<f64, Fault> {
    if !value.is_nan() {
        return Ok(value);
    }
    let fault = Fault::new("it holds NaN, of which SQLite would make a missing value");
    Err(fault.help("make missing values of them before, or text"))
}
