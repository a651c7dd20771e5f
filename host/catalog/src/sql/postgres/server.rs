//! A database of a server, and finding a table in it.

use tokio::runtime::Handle;
use tokio_postgres::{Client, Statement};
use wpipe_buffer::Buffer;

use super::settings::Settings;
use crate::destination::Destination;
use crate::progress::Progress;
use crate::sql::database::{Database, Failure, Rows};
use crate::sql::relation::{IfExists, Query, Relation, TableName, quoted};
use crate::table::Declared;

/// The number of attempts: a table that is replaced by another just now may be seen as neither.
const ATTEMPTS: usize = 3;

/// A database of a server.
#[derive(Debug)]
pub(in crate::sql) struct Postgres {
    pub(super) settings: Settings,
}

/// A table or a view of the server's.
pub(super) struct Found {
    pub(super) id: u32,
    pub(super) schema: String,
    /// The kind as `pg_class` has it: `r` for tables, `v` for views.
    pub(super) kind: String,
}

impl Postgres {
    pub(in crate::sql) fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Finds the table of this name; of several of that name without a schema, the one that a query would mean.
    pub(super) async fn find(&self, client: &Client, table: &TableName) -> Result<Option<Found>, Failure> {
        const SQL: &str = "SELECT c.oid, n.nspname, c.relkind::text FROM pg_catalog.pg_class AS c \
                           JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
                           WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
                           AND CASE WHEN $2::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) \
                           ELSE n.nspname = $2 END";
        for _ in 0..ATTEMPTS {
            let found = client.query_opt(SQL, &[&table.name, &table.schema]).await;
            if let Some(row) = found.map_err(|error| self.failure(&error))? {
                return Ok(Some(Found { id: row.get(0), schema: row.get(1), kind: row.get(2) }));
            }
        }
        Ok(None)
    }

    /// Prepares the statement that reads all columns of the relation, as it is, and checked by the server.
    pub(super) async fn prepare(&self, client: &Client, relation: &Relation) -> Result<(String, Statement), Failure> {
        let sql = match relation {
            Relation::Query(Query { text, .. }) => text.clone(),
            Relation::Table(table) => match self.find(client, table).await? {
                Some(found) => format!("SELECT * FROM {}.{}", quoted(&found.schema), quoted(&table.name)),
                None => return Err(Failure::Missing),
            },
        };
        let statement = client.prepare(&sql).await.map_err(|error| self.failure_in(&error, &sql))?;
        if statement.columns().is_empty() {
            return Err(Failure::refused("the statement finds no rows", "write a query that begins with `select`"));
        }
        if !statement.params().is_empty() {
            let help = "queries take no parameters: write the values into it";
            return Err(Failure::refused("the query has places for parameters", help));
        }
        Ok((sql, statement))
    }
}

impl Database for Postgres {
    fn look(&self, relation: &Relation) -> Result<u64, Failure> {
        Handle::current().block_on(self.look_at(relation))
    }

    fn digest(&self, relation: &Relation) -> Result<String, Failure> {
        Handle::current().block_on(self.digest_of(relation))
    }

    fn read(&self, relation: &Relation, declared: &Declared, to: &Destination) -> Result<Rows, Failure> {
        Handle::current().block_on(self.read_rows(relation, declared, to))
    }

    fn write(&self, table: &TableName, how: IfExists, buffer: &Buffer, progress: &Progress) -> Result<u64, Failure> {
        Handle::current().block_on(self.write_rows(table, how, buffer, progress))
    }
}
