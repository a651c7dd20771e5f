//! From a table to a server, in one transaction.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::{Client, CopyInSink};
use wpipe_buffer::Buffer;
use wpipe_data::{ColumnKind, Zone};

use super::server::{Found, Postgres};
use super::stream::{END, MISSING, SIGNATURE};
use super::types::Wire;
use crate::fault::{At, Fault};
use crate::format::pages;
use crate::progress::Progress;
use crate::sql::database::{Failure, Outgoing};
use crate::sql::relation::{IfExists, TableName, listed, quoted};
use crate::table::{cells, convert, misfit_of, print};

/// The number of bytes that are sent at a time.
const PIECE: usize = 256 << 10;
/// The longest name that the server knows, in bytes.
const LONGEST_NAME: usize = 63;

/// A column that is written.
#[derive(Clone)]
struct Target {
    name: String,
    kind: ColumnKind,
    wire: Wire,
    /// The kind that its values get before they are sent.
    sent: ColumnKind,
    /// The declaration as the table has it.
    declared: String,
}

impl Postgres {
    pub(super) async fn write_rows(
        &self,
        name: &TableName,
        how: IfExists,
        buffer: &Buffer,
        progress: &Progress,
    ) -> Result<u64, Failure> {
        let bytes = pages(buffer)?;
        let from = Outgoing::new(&bytes, progress)?;
        let made: Vec<Target> = from
            .table
            .columns()
            .map(|column| Target::made(column.name, column.kind).map_err(|fault| fault.column(column.name)))
            .collect::<Result<_, Fault>>()?;
        let client = self.connect().await?;
        let patience = self.settings.patience.as_millis();
        self.run(&client, &format!("BEGIN; SET LOCAL lock_timeout = {patience}")).await?;
        let written = match (self.find(&client, name).await?, how) {
            (None, _) => {
                let place = place(name.schema.as_deref(), &name.name);
                self.create(&client, &place, &made).await?;
                self.copy(&client, &place, &made, &from).await?
            }
            (Some(_), IfExists::Fail) => {
                return Err(Failure::exists());
            }
            (Some(found), _) if !matches!(found.kind.as_str(), "r" | "p") => {
                let help = "save to a table: correct `table`, or drop the view";
                return Err(Failure::refused("it is a view, or a foreign table", help));
            }
            (Some(found), IfExists::Append) => {
                let place = place(Some(&found.schema), &name.name);
                let existing = self.existing(&client, &place).await?;
                self.copy(&client, &place, &matched(made, &existing)?, &from).await?
            }
            (Some(found), IfExists::Replace) => self.replace(&client, &found, &name.name, made, &from).await?,
        };
        match client.batch_execute("COMMIT").await {
            Ok(()) => Ok(written),
            // The outcome is unknown, and rows that are added twice are wrong.
            Err(error) if how == IfExists::Append && error.as_db_error().is_none() => Err(Failure::refused(
                "the connection broke when the rows had been added, and nobody knows whether they are kept",
                "look at the table before you run it again",
            )),
            Err(error) => Err(self.failure(&error)),
        }
    }

    /// Replaces the rows of a table of the same columns, which keeps its indexes, rules and rights, or else the table.
    async fn replace(
        &self,
        client: &Client,
        found: &Found,
        name: &str,
        made: Vec<Target>,
        from: &Outgoing<'_>,
    ) -> Result<u64, Failure> {
        let old = place(Some(&found.schema), name);
        // Others may read until the end, but not write: rows of both would be there.
        self.run(client, &format!("LOCK TABLE {old} IN SHARE ROW EXCLUSIVE MODE")).await?;
        let existing = self.existing(client, &old).await?;
        let is_same = existing.len() == made.len()
            && existing
                .iter()
                .zip(&made)
                .all(|((name, wire, _), made)| *name == made.name && wire.is_some_and(|wire| wire.is_for(made.kind)));
        if is_same {
            self.check_references(client, found).await?;
            self.run(client, &format!("SET CONSTRAINTS ALL DEFERRED; DELETE FROM {old}")).await?;
            return self.copy(client, &old, &matched(made, &existing)?, from).await;
        }
        // The old one is locked for readers no longer than it takes to change names.
        let end =
            name.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= LONGEST_NAME - 16).last();
        let other = format!("{}_wpipe_{:08x}", &name[..end.unwrap_or(0)], found.id);
        let new = place(Some(&found.schema), &other);
        self.create(client, &new, &made).await?;
        let written = self.copy(client, &new, &made, from).await?;
        self.run(client, &format!("DROP TABLE {old}; ALTER TABLE {new} RENAME TO {}", quoted(name))).await?;
        Ok(written)
    }

    /// Fails if rows of other tables would go, or change, with the rows that are replaced.
    async fn check_references(&self, client: &Client, found: &Found) -> Result<(), Failure> {
        const SQL: &str = "SELECT conrelid::regclass::text FROM pg_catalog.pg_constraint WHERE confrelid = $1 \
                           AND contype = 'f' AND confdeltype IN ('c', 'n', 'd') LIMIT 1";
        let row = client.query_opt(SQL, &[&found.id]).await.map_err(|error| self.failure(&error))?;
        let Some(row) = row else { return Ok(()) };
        let other: &str = row.get(0);
        Err(Failure::referred_to_by(other))
    }

    async fn create(&self, client: &Client, place: &str, columns: &[Target]) -> Result<(), Failure> {
        let columns: Vec<_> =
            columns.iter().map(|column| format!("{} {}", quoted(&column.name), column.declared)).collect();
        self.run(client, &format!("CREATE TABLE {place} ({})", columns.join(", "))).await
    }

    /// Returns the columns of an existing table; without a type if that has no place in a table of ours.
    async fn existing(&self, client: &Client, place: &str) -> Result<Vec<(String, Option<Wire>, String)>, Failure> {
        let sql = format!("SELECT * FROM {place}");
        let statement = client.prepare(&sql).await.map_err(|error| self.failure(&error))?;
        let columns = statement.columns().iter();
        Ok(columns
            .map(|column| {
                let wire = Wire::of(column.type_(), column.type_modifier());
                (column.name().to_owned(), wire, column.type_().name().to_owned())
            })
            .collect())
    }

    async fn copy(
        &self,
        client: &Client,
        place: &str,
        targets: &[Target],
        from: &Outgoing<'_>,
    ) -> Result<u64, Failure> {
        let names = listed(targets.iter().map(|target| target.name.as_str()));
        let sql = format!("COPY {place} ({names}) FROM STDIN (FORMAT binary)");
        let mut sink = Box::pin(client.copy_in(&sql).await.map_err(|error| self.failure(&error))?);
        let encoded = {
            let mut pieces = Pieces { sink: sink.as_mut(), piece: Vec::with_capacity(2 * PIECE), sent: 0 };
            encode(&mut pieces, targets, from).await
        };
        match encoded {
            Ok(sent) => sink.as_mut().finish().await.map(|_| sent).map_err(|error| self.failure(&error)),
            Err(Stopped::Fault(fault)) => Err(fault.into()),
            // The server gives the reason in the end.
            Err(Stopped::Sink(error)) => Err(self.failure(&sink.as_mut().finish().await.err().unwrap_or(error))),
        }
    }
}

/// The reason why no more is sent.
enum Stopped {
    Fault(Fault),
    Sink(tokio_postgres::Error),
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The content that is sent, piece by piece.
struct Pieces<'s> {
    sink: Pin<&'s mut CopyInSink<Bytes>>,
    piece: Vec<u8>,
    sent: u64,
}

impl Pieces<'_> {
    async fn send(&mut self) -> Result<(), Stopped> {
        self.sent += self.piece.len() as u64;
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(2 * PIECE));
        self.sink.send(piece.into()).await.map_err(Stopped::Sink)
    }
}

async fn encode(pieces: &mut Pieces<'_>, targets: &[Target], from: &Outgoing<'_>) -> Result<u64, Stopped> {
    pieces.piece.extend(SIGNATURE);
    pieces.piece.extend([0; 8]);
    let count = i16::try_from(targets.len()).map_err(|_| Fault::new("PostgreSQL has no tables of so many columns"))?;
    let columns = cells(&from.table).map_err(Fault::from)?;
    let mut text = String::new();
    for row in 0..from.table.rows() {
        pieces.piece.extend(count.to_be_bytes());
        for (cell, target) in columns.iter().zip(targets) {
            match cell.at(row) {
                None => pieces.piece.extend(MISSING),
                Some(cell) => {
                    let put = target.put(cell, &mut text, &mut pieces.piece);
                    put.map_err(|fault| fault.at(At::Row(row as u64 + 1)).column(&target.name))?;
                }
            }
        }
        from.reach(row);
        if pieces.piece.len() >= PIECE {
            pieces.send().await?;
        }
    }
    pieces.piece.extend(END);
    pieces.send().await?;
    Ok(pieces.sent)
}

impl Target {
    /// Creates a column of a table that is made for it.
    fn made(name: &str, kind: ColumnKind) -> Result<Self, Fault> {
        if let ColumnKind::Timestamp(_, Some(zone)) = kind
            && zone != Zone::UTC
        {
            let fault =
                Fault::new(format!("its zone {zone} has no place in PostgreSQL, which keeps points in time alone"));
            return Err(fault.help("convert the column to UTC before"));
        }
        let no_place = || Fault::new(format!("PostgreSQL has no place for {kind}"));
        let (wire, declared) = Wire::for_kind(kind).ok_or_else(no_place)?;
        let sent = wire.kind().unwrap_or(kind);
        Ok(Self { name: name.to_owned(), kind, wire, sent, declared })
    }

    fn put(&self, cell: crate::table::Cell<'_>, text: &mut String, to: &mut Vec<u8>) -> Result<(), Fault> {
        match convert(cell, self.sent, text) {
            Some(converted) => self.wire.put(converted, to),
            None => {
                let mut shown = String::new();
                // A text takes every write.
                let _ = print(cell, &mut shown);
                let fault = misfit_of(&self.name, self.sent, &shown);
                let message = format!("`{shown}` has no place in a `{}` of PostgreSQL's", self.declared);
                Err(Fault {
                    message,
                    help: Some("correct the value, or convert the column before".to_owned()),
                    ..fault
                })
            }
        }
    }
}

/// Returns the columns to be written, as the existing table has them.
fn matched(made: Vec<Target>, existing: &[(String, Option<Wire>, String)]) -> Result<Vec<Target>, Fault> {
    let matched = made.into_iter().map(|column| {
        let Some((_, wire, declared)) = existing.iter().find(|(name, ..)| *name == column.name) else {
            let names: Vec<_> = existing.iter().map(|(name, ..)| name).collect();
            let fault = Fault::new("the table that is there has no such column").column(&column.name);
            return Err(fault.help(format!("its columns: {}", wpipe_text::list(&names))));
        };
        let Some(wire) = wire.filter(|wire| wire.takes(column.kind)) else {
            let message = format!("it holds {}, and that of the table is a `{declared}`", column.kind);
            let help = "convert the column before, or write `if_exists = \"replace\"`";
            return Err(Fault::new(message).column(&column.name).help(help));
        };
        // Numbers of any length take whole numbers and decimals as they are.
        let sent = wire.kind().unwrap_or(match column.kind {
            kind @ ColumnKind::Decimal(..) => kind,
            _ => ColumnKind::Decimal(20, 0),
        });
        Ok(Target { wire, sent, declared: declared.clone(), ..column })
    });
    matched.collect()
}

fn place(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(name)),
        None => quoted(name),
    }
}
