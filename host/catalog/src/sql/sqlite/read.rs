//! From a file of SQLite's to a table.

use std::fs;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};
use wpipe_data::{ColumnKind, TimeUnit};

use super::declared::Declares;
use super::file::Sqlite;
use crate::destination::Destination;
use crate::fault::Fault;
use crate::sql::database::{Failure, Rows};
use crate::sql::gather::{Gathered, Gathering, declare, selected};
use crate::sql::relation::{Relation, quoted};
use crate::table::{Cell, Declared, Guess, Notation};

/// The number of characters of a value that are shown.
const SHOWN: usize = 40;

/// A column that is read.
struct Source {
    /// Its place in the statement.
    at: usize,
    name: String,
    /// The declaration as SQLite has it, for people.
    declaration: String,
    holds: Holds,
}

/// The source of the kind of a column's values.
enum Holds {
    /// The kind that the entry declares.
    Said(ColumnKind),
    /// The declaration of the file.
    Declares(Declares),
    /// The kind of the texts, of a column of the calendar.
    Guessed(ColumnKind, Guess),
}

impl Sqlite {
    pub(super) fn look_at(&self, relation: &Relation) -> Result<u64, Failure> {
        let connection = self.reader()?;
        let sql = self.statement(&connection, relation)?;
        self.prepare(&connection, &sql)?;
        Ok(fs::metadata(&self.path).map_or(0, |metadata| metadata.len()))
    }

    pub(super) fn digest_of(&self, relation: &Relation) -> Result<String, Failure> {
        let connection = self.reader()?;
        let sql = self.statement(&connection, relation)?;
        let mut statement = self.prepare(&connection, &sql)?;
        let mut hasher = blake3::Hasher::new();
        for column in statement.columns() {
            let declared = column.decl_type().unwrap_or_default();
            hasher.update(format!("{}\0{declared}\0", column.name()).as_bytes());
        }
        let columns = statement.column_count();
        let mut rows = statement.query([]).map_err(|error| self.failure(&error))?;
        let mut row_bytes = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.failure(&error))? {
            row_bytes.clear();
            for at in 0..columns {
                let value = row.get_ref(at).map_err(|error| self.failure(&error))?;
                let (tag, bytes): (u8, &[u8]) = match value {
                    ValueRef::Null => (0, &[]),
                    ValueRef::Integer(value) => (1, &value.to_le_bytes()),
                    ValueRef::Real(value) => (2, &value.to_bits().to_le_bytes()),
                    ValueRef::Text(bytes) => (3, bytes),
                    ValueRef::Blob(bytes) => (4, bytes),
                };
                row_bytes.push(tag);
                row_bytes.extend((bytes.len() as u64).to_le_bytes());
                row_bytes.extend_from_slice(bytes);
            }
            hasher.update(&row_bytes);
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    pub(super) fn read_rows(
        &self,
        relation: &Relation,
        declared: &Declared,
        to: &Destination,
    ) -> Result<Rows, Failure> {
        let mut connection = self.reader()?;
        let watched = to.clone();
        self.stop_when(&mut connection, move || watched.go_on().is_err())?;
        let sql = self.statement(&connection, relation)?;
        let mut statement = self.prepare(&connection, &sql)?;
        let mut sources = sources(&statement, declared)?;
        if let (Relation::Table(table), true) = (relation, declared.columns.is_some()) {
            // Other columns are not read.
            let names: Vec<_> = sources.iter().map(|source| quoted(&source.name)).collect();
            statement =
                self.prepare(&connection, &format!("SELECT {} FROM {}", names.join(", "), quoted(&table.name)))?;
            sources.iter_mut().enumerate().for_each(|(at, source)| source.at = at);
        }
        let columns = sources.iter().map(|source| Gathered::new(&source.name, source.kind())).collect();
        let mut gathering = Gathering::new(columns, to);
        let mut rows = statement.query([]).map_err(|error| self.failure(&error))?;
        while let Some(row) = rows.next().map_err(|error| self.failure(&error))? {
            let mut bytes = 0;
            for (place, source) in sources.iter_mut().enumerate() {
                let value = row.get_ref(source.at).map_err(|error| self.failure(&error))?;
                bytes += size_of_value(value);
                source.push(&mut gathering, place, value).map_err(|fault| match fault.column {
                    Some(_) => fault,
                    None => fault.column(&source.name),
                })?;
            }
            gathering.end_row(bytes)?;
        }
        for (place, source) in sources.iter().enumerate() {
            if let Some(kind) = source.outcome() {
                gathering.column_mut(place).want(kind);
            }
        }
        let (buffer, bytes) = gathering.finish().map_err(|fault| with_text(fault, &sources))?;
        Ok(Rows { buffer, bytes })
    }

    fn prepare<'c>(&self, connection: &'c Connection, sql: &str) -> Result<Statement<'c>, Failure> {
        let statement = connection.prepare(sql).map_err(|error| self.failure(&error))?;
        if statement.column_count() == 0 {
            return Err(Failure::refused("the statement finds no rows", "write a query that begins with `select`"));
        }
        if !statement.readonly() {
            return Err(Failure::refused(
                "the statement changes the database",
                "queries are sources only: write a `select`",
            ));
        }
        if statement.parameter_count() > 0 {
            let help = "queries take no parameters: write the values into it";
            return Err(Failure::refused("the query has places for parameters", help));
        }
        Ok(statement)
    }
}

/// Returns the requested columns of a statement.
fn sources(statement: &Statement<'_>, declared: &Declared) -> Result<Vec<Source>, Fault> {
    let columns: Vec<_> = statement.columns().collect();
    let names: Vec<_> = columns.iter().map(|column| column.name()).collect();
    let wanted = selected(&names, declared)?.into_iter().filter_map(|wanted| {
        let (at, column) = wanted.at.and_then(|at| Some((at, columns.get(at)?)))?;
        let holds = match (wanted.kind, Declares::of(column.decl_type())) {
            (Some(kind), _) => Holds::Said(kind),
            (None, Declares::Calendar(kind)) => Holds::Guessed(kind, Guess::new()),
            (None, declares) => Holds::Declares(declares),
        };
        let declaration = column.decl_type().unwrap_or_default().to_owned();
        Some(Source { at, name: wanted.name, declaration, holds })
    });
    Ok(wanted.collect())
}

impl Source {
    /// Returns the kind that the values are kept as, if that is known before there is one.
    fn kind(&self) -> Option<ColumnKind> {
        match self.holds {
            // pandas declares `TEXT` for bytes as well.
            Holds::Declares(Declares::Kind(ColumnKind::Text)) => None,
            Holds::Said(kind) | Holds::Declares(Declares::Kind(kind)) => Some(kind),
            Holds::Guessed(..) => Some(ColumnKind::Text),
            Holds::Declares(_) => None,
        }
    }

    /// Returns the kind of the texts of a column of the calendar.
    fn outcome(&self) -> Option<ColumnKind> {
        let Holds::Guessed(declared, guess) = &self.holds else { return None };
        Some(match (declared, guess.kind()) {
            (ColumnKind::Date, kind @ (ColumnKind::Date | ColumnKind::Timestamp(..))) => kind,
            (ColumnKind::Timestamp(..), kind @ ColumnKind::Timestamp(..)) => kind,
            // One of the texts that do not fit is reported.
            (declared, _) => *declared,
        })
    }

    fn push(&mut self, rows: &mut Gathering<'_>, place: usize, value: ValueRef<'_>) -> Result<(), Fault> {
        let at = rows.at();
        let cell = match value {
            ValueRef::Null => return rows.push(place, None),
            ValueRef::Integer(value) => Cell::I64(value),
            ValueRef::Real(value) => Cell::F64(value),
            ValueRef::Blob(bytes) => Cell::Binary(bytes),
            ValueRef::Text(bytes) => match (str::from_utf8(bytes), &self.holds) {
                (_, Holds::Said(ColumnKind::Binary)) => Cell::Binary(bytes),
                (Ok(text), _) => Cell::Text(text),
                (Err(_), _) => {
                    let fault = Fault::new("its text is not UTF-8").at(at);
                    return Err(fault.help(format!("take the bytes as they are: {}", declare(&self.name, "binary"))));
                }
            },
        };
        let cell = match (&mut self.holds, cell) {
            (Holds::Said(ColumnKind::Bool) | Holds::Declares(Declares::Kind(ColumnKind::Bool)), cell) => match cell {
                Cell::I64(0) => Cell::Bool(false),
                Cell::I64(1) => Cell::Bool(true),
                cell => cell,
            },
            (Holds::Guessed(_, guess), Cell::Text(text)) => {
                guess.see(text, &Notation::PLAIN);
                cell
            }
            (Holds::Guessed(..), cell) => return Err(self.number_in_calendar(cell).at(at)),
            (_, cell) => cell,
        };
        let is_said = matches!(self.holds, Holds::Said(_));
        let kind = rows.column(place).kind();
        match kind {
            None => rows.column_mut(place).set_kind(natural(cell))?,
            Some(kind) if !is_said && !is_stored_as(cell, kind) => return Err(self.mixed(cell, kind).at(at)),
            Some(_) => {}
        }
        rows.push(place, Some(cell))
    }

    /// Returns the fault of a value of another type than the column's.
    fn mixed(&self, cell: Cell<'_>, kind: ColumnKind) -> Fault {
        let found = shown(cell);
        let message = match self.holds {
            Holds::Declares(Declares::Kind(_)) => format!("it holds {found}, and is declared `{}`", self.declaration),
            _ => format!("it holds {found}, and {} before it", plural(kind)),
        };
        let takes_both = match (cell, kind) {
            (Cell::Binary(_), _) | (_, ColumnKind::Binary) => "binary",
            (Cell::I64(_), ColumnKind::F64) | (Cell::F64(_), ColumnKind::I64) => "f64",
            (Cell::I64(_), ColumnKind::Bool) => "i64",
            _ => "text",
        };
        Fault::new(message).help(format!("say what the column is to hold: {}", declare(&self.name, takes_both)))
    }

    /// Returns the fault of a number or bytes in a column of dates or times.
    fn number_in_calendar(&self, cell: Cell<'_>) -> Fault {
        let kind = match cell {
            Cell::I64(_) => "i64",
            Cell::F64(_) => "f64",
            _ => "binary",
        };
        let fault = Fault::new(format!("it holds {}, and is declared `{}`", shown(cell), self.declaration));
        let declare = declare(&self.name, kind);
        fault.help(format!(
            "nobody knows what the numbers count: take them as they are, {declare}, or convert them in a query"
        ))
    }
}

/// Returns the kind of a value without any declaration.
fn natural(cell: Cell<'_>) -> ColumnKind {
    match cell {
        Cell::I64(_) => ColumnKind::I64,
        Cell::F64(_) => ColumnKind::F64,
        Cell::Binary(_) => ColumnKind::Binary,
        _ => ColumnKind::Text,
    }
}

/// Returns true if a value is of the type that SQLite stores values of this kind as.
fn is_stored_as(cell: Cell<'_>, kind: ColumnKind) -> bool {
    match kind {
        ColumnKind::Bool => matches!(cell, Cell::Bool(_)),
        ColumnKind::Decimal(..) => !matches!(cell, Cell::Binary(_)),
        kind => natural(cell) == kind,
    }
}

fn plural(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::I64 => "integers",
        ColumnKind::F64 => "floats",
        ColumnKind::Binary => "bytes",
        _ => "texts",
    }
}

fn shown(cell: Cell<'_>) -> String {
    match cell {
        Cell::I64(value) => format!("the integer `{value}`"),
        Cell::F64(value) => format!("the float `{value:?}`"),
        Cell::Binary(bytes) => format!("{} bytes", bytes.len()),
        Cell::Text(text) => match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("the text `{}…`", &text[..end]),
            None => format!("the text `{text}`"),
        },
        _ => "a value".to_owned(),
    }
}

fn size_of_value(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 8,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len() as u64,
    }
}

/// Returns the same fault of a text that is no date or time, with a way out.
fn with_text(fault: Fault, sources: &[Source]) -> Fault {
    let is_guessed =
        |source: &&Source| matches!(source.holds, Holds::Guessed(..)) && fault.column.as_ref() == Some(&source.name);
    let Some(source) = sources.iter().find(is_guessed) else { return fault };
    let keep = format!("keep the texts as they are: {}", declare(&source.name, "text"));
    let finer = matches!(source.outcome(), Some(ColumnKind::Time(TimeUnit::Micro)));
    let keep = if finer { format!("{keep}, or count in ns: {}", declare(&source.name, "time(ns)")) } else { keep };
    let help = fault.help.as_ref().map_or(keep.clone(), |help| format!("{help}; {keep}"));
    fault.help(help)
}
