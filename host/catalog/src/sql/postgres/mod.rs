//! Databases of PostgreSQL servers. Rows come and go by `COPY` in its binary form.
//!
//! | PostgreSQL | column |
//! |---|---|
//! | `boolean` | bool |
//! | `smallint`, `integer` | i32 |
//! | `bigint`, `oid` | i64 |
//! | `real`, `double precision` | f32, f64 |
//! | `numeric(p, s)` | decimal(p, s); without digits, decimal(38, as many places as there are) |
//! | `text`, `varchar`, `char`, `uuid`, `json`, `jsonb`, `xml`, `citext`, enumerations | text |
//! | `bytea` | binary |
//! | `date`, `time`, `timestamp` | date, time, timestamp |
//! | `timestamptz` | timestamp(us, UTC) |
//! | `interval` | duration, of days of 24 hours; one with months is an error |
//!
//! Every other type is refused by column, unless `types` declares it as `text`: then the server converts it.

mod connect;
mod explain;
mod numeric;
mod read;
mod server;
mod settings;
mod stream;
mod tls;
mod types;
mod write;

pub(super) use server::Postgres;
pub(super) use settings::Settings;
