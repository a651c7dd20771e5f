//! From a server to a table: one statement, in a transaction that changes nothing.

use std::pin::pin;

use futures_util::TryStreamExt;
use serde_json::Value;
use tokio_postgres::{SimpleQueryMessage, Statement};
use wpipe_data::ColumnKind;

use super::numeric::Numeric;
use super::server::Postgres;
use super::stream::{Malformed, Reader, Row};
use super::types::{Misread, Wire};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::sql::database::{Failure, Refused, Rows};
use crate::sql::gather::{Gathered, Gathering, declare, selected};
use crate::sql::relation::{Relation, quoted};
use crate::table::Declared;

/// Preparing a statement locks its tables, so that they are not replaced, and its rows are those of the moment when it
/// runs: a moment before the lock could see a table that replaces another without any rows.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";
/// The form of the texts of values, independent of the server's and the user's settings.
const PLAIN: &str = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; \
                     SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'";
/// The most digits of a decimal.
const MOST_DIGITS: usize = 38;

/// A column that is read.
struct Source {
    name: String,
    wire: Wire,
    /// The most digits before the point and behind it, of numbers without declared digits.
    digits: Option<(usize, usize)>,
    text: String,
}

impl Postgres {
    pub(super) async fn look_at(&self, relation: &Relation) -> Result<u64, Failure> {
        let client = self.connect().await?;
        let (sql, _) = self.prepare(&client, relation).await?;
        if let Relation::Table(table) = relation
            && let Some(found) = self.find(&client, table).await?
            && matches!(found.kind.as_str(), "r" | "m")
        {
            let row = client.query_one("SELECT pg_catalog.pg_table_size($1::oid)", &[&found.id]).await;
            let size: i64 = row.map_err(|error| self.failure(&error))?.get(0);
            return Ok(size.unsigned_abs());
        }
        // The real size is unknown, and this is the server's estimate.
        let explain = format!("EXPLAIN (FORMAT JSON) {sql}");
        let answer = client.simple_query(&explain).await.map_err(|error| self.failure(&error))?;
        let text: String = answer
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            })
            .collect();
        let plan: Value = serde_json::from_str(&text).unwrap_or_default();
        let number = |key: &str| plan[0]["Plan"][key].as_f64().unwrap_or_default();
        Ok((number("Plan Rows") * number("Plan Width")) as u64)
    }

    /// Returns the sum of the digests of all rows, which the server computes itself, in any order.
    pub(super) async fn digest_of(&self, relation: &Relation) -> Result<String, Failure> {
        let client = self.connect().await?;
        self.run(&client, BEGIN).await?;
        self.run(&client, PLAIN).await?;
        let (sql, statement) = self.prepare(&client, relation).await?;
        let mut hasher = blake3::Hasher::new();
        for column in statement.columns() {
            let (name, type_) = (column.name(), column.type_().name());
            hasher.update(format!("{name}\0{type_}\0{}\0", column.type_modifier()).as_bytes());
        }
        let sum = |seed: u8| format!("coalesce(sum(pg_catalog.hashtextextended(wpipe_row::text, {seed})), 0)::text");
        let digest = format!("SELECT count(*)::text, {}, {} FROM (\n{sql}\n) AS wpipe_row", sum(0), sum(1));
        let row = client.query_one(&digest, &[]).await.map_err(|error| self.failure(&error))?;
        for at in 0..3 {
            hasher.update(row.get::<_, &str>(at).as_bytes());
            hasher.update(b"\0");
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    pub(super) async fn read_rows(
        &self,
        relation: &Relation,
        declared: &Declared,
        to: &Destination,
    ) -> Result<Rows, Failure> {
        let client = self.connect().await?;
        self.run(&client, BEGIN).await?;
        self.run(&client, PLAIN).await?;
        let (sql, statement) = self.prepare(&client, relation).await?;
        let (mut sources, columns, select) = plan(&statement, &sql, declared)?;
        let mut gathering = Gathering::new(columns, to);
        let mut reader = Reader::default();
        let copy = format!("COPY (\n{select}\n) TO STDOUT (FORMAT binary)");
        let mut pieces = pin!(client.copy_out(&copy).await.map_err(|error| self.failure(&error))?);
        while let Some(piece) = pieces.try_next().await.map_err(|error| self.failure(&error))? {
            reader.take(&piece, |row| push(&mut gathering, &mut sources, row))?;
        }
        if !reader.has_ended() {
            return Err(Malformed.into());
        }
        for (place, source) in sources.iter().enumerate() {
            if let Some(digits) = source.digits {
                gathering.column_mut(place).want(source.decimal(digits)?);
            }
        }
        let (buffer, bytes) = gathering.finish()?;
        Ok(Rows { buffer, bytes })
    }
}

/// Returns the columns that are read, and the statement that reads no others.
fn plan(statement: &Statement, sql: &str, declared: &Declared) -> Result<(Vec<Source>, Vec<Gathered>, String), Fault> {
    let found = statement.columns();
    let names: Vec<_> = found.iter().map(|column| column.name()).collect();
    let wanted = selected(&names, declared)?;
    let (mut sources, mut columns, mut selects) = (Vec::new(), Vec::new(), Vec::new());
    for wanted in &wanted {
        let Some(column) = wanted.at.and_then(|at| found.get(at)) else { continue };
        let name = quoted(&wanted.name);
        let own = Wire::of(column.type_(), column.type_modifier());
        let is_text = |wire: Option<Wire>| wire.is_some_and(|wire| wire.kind() == Some(ColumnKind::Text));
        let wire = match (own, wanted.kind) {
            // The server has a text for all of its values.
            (own, Some(ColumnKind::Text)) if !is_text(own) => {
                selects.push(format!("{name}::text AS {name}"));
                Wire::Text
            }
            (Some(own), _) => {
                selects.push(name);
                own
            }
            (None, _) => {
                // The name of an array is that of its items.
                let type_ = column.type_().name();
                let type_ = type_.strip_prefix('_').map_or(type_.to_owned(), |item| format!("{item}[]"));
                let message = format!("its type `{type_}` has no place in a table");
                let help = format!(
                    "take it as text, {}, or name the columns that you want with the option `columns`",
                    declare(&wanted.name, "text")
                );
                return Err(Fault::new(message).column(&wanted.name).help(help));
            }
        };
        let digits = (wire == Wire::Numeric && wanted.kind.is_none()).then_some((0, 0));
        let kind = match wire {
            Wire::Numeric if digits.is_some() => Some(ColumnKind::Text),
            _ => wanted.kind.or(wire.kind()),
        };
        columns.push(Gathered::new(&wanted.name, kind));
        sources.push(Source { name: wanted.name.clone(), wire, digits, text: String::new() });
    }
    // All columns as they are: the statement itself, so that its own order holds.
    let is_all =
        selects.len() == names.len() && selects.iter().zip(&names).all(|(select, name)| *select == quoted(name));
    let select = match is_all {
        true => sql.to_owned(),
        false => format!("SELECT {} FROM (\n{sql}\n) AS wpipe_rows", selects.join(", ")),
    };
    Ok((sources, columns, select))
}

fn push(rows: &mut Gathering<'_>, sources: &mut [Source], row: Row<'_>) -> Result<(), Failure> {
    let mut bytes = 0;
    for (place, source) in sources.iter_mut().enumerate() {
        let Some(value) = row.get(place) else {
            rows.push(place, None)?;
            continue;
        };
        bytes += value.len() as u64;
        if let Some((before, behind)) = &mut source.digits {
            let number = Numeric::read(value).ok_or(Malformed)?;
            if let Some(word) = number.word() {
                return Err(no_place(word, source).at(rows.at()).into());
            }
            let own = number.digits();
            (*before, *behind) = ((*before).max(own.0), (*behind).max(own.1));
        }
        source.text.clear();
        match source.wire.read(value, &mut source.text) {
            Ok(cell) => rows.push(place, Some(cell))?,
            Err(Misread::NoPlace(word)) => return Err(no_place(&word, source).at(rows.at()).into()),
            Err(Misread::Malformed) => return Err(Malformed.into()),
        }
    }
    Ok(rows.end_row(bytes)?)
}

/// Returns the fault of a value that the server has and a column has not.
fn no_place(word: &str, source: &Source) -> Fault {
    let kind = source.wire.kind().map_or("a decimal".to_owned(), |kind| format!("{kind}"));
    let fault = Fault::new(format!("`{word}` has no place in a column of {kind}")).column(&source.name);
    let text = declare(&source.name, "text");
    match source.wire {
        Wire::Numeric | Wire::Decimal(..) => {
            let float = declare(&source.name, "f64");
            fault.help(format!("take floats or texts in its place: {float}, or {text}"))
        }
        _ => fault.help(format!("take the texts in its place: {text}")),
    }
}

impl Source {
    /// Returns the decimals that hold all numbers of a column.
    fn decimal(&self, (before, behind): (usize, usize)) -> Result<ColumnKind, Fault> {
        if before + behind <= MOST_DIGITS {
            return Ok(ColumnKind::Decimal(MOST_DIGITS as u8, behind as i8));
        }
        let message = format!(
            "its numbers have up to {before} digits before the point and {behind} behind it, and a decimal has \
             {MOST_DIGITS} in all"
        );
        let (text, float) = (declare(&self.name, "text"), declare(&self.name, "f64"));
        Err(Fault::new(message)
            .column(&self.name)
            .help(format!("take texts or floats in its place: {text}, or {float}")))
    }
}

impl From<Malformed> for Failure {
    fn from(_: Malformed) -> Self {
        let reason = "the server sends what its types do not say".to_owned();
        Self::Refused(Refused { reason, help: None, is_transient: false })
    }
}
