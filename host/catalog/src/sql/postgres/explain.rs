//! From an error of a server or its network to a message for people.

use std::io;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use super::server::Postgres;
use crate::causes::{find_cause, innermost};
use crate::sql::database::{Failure, Refused};
use crate::sql::place::place;

const CREDENTIALS: &str = "correct user and password: `postgresql://${env:USER}:${env:PASSWORD}@host/database`, or the \
                           variable `PGPASSWORD`, or `~/.pgpass`";

impl Postgres {
    /// Returns the failure of an error, with the help.
    pub(super) fn failure(&self, error: &Error) -> Failure {
        self.explain(error, None)
    }

    /// Returns the same for a query that people have written.
    pub(super) fn failure_in(&self, error: &Error, query: &str) -> Failure {
        self.explain(error, Some(query))
    }

    fn explain(&self, error: &Error, query: Option<&str>) -> Failure {
        if let Some(error) = error.as_db_error() {
            return self.of_server(error, query);
        }
        let server = self.settings.server();
        let cause = innermost(error);
        let io = find_cause::<io::Error>(error);
        let (reason, help, is_transient) = match io.map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => {
                (format!("nobody answers at {server}"), "start the server, or correct host and port", true)
            }
            Some(io::ErrorKind::NotFound) => {
                (format!("there is no socket of a server in {server}"), "start the server, or correct the host", false)
            }
            _ if cause.contains("lookup") || cause.contains("resolve") => {
                (format!("nobody knows the host {server}: {cause}"), "correct the host", true)
            }
            _ if cause.contains("certificate") => {
                let help = "say whom to trust by `sslrootcert`, or write `sslmode=require`, which trusts anybody";
                (format!("the server {server} is not who it should be: {cause}"), help, false)
            }
            _ if cause.contains("does not support TLS") => {
                (format!("{server} speaks no TLS"), "write `sslmode=prefer` or `sslmode=disable`", false)
            }
            _ if cause.contains("password") => (format!("{server} asks for a password"), CREDENTIALS, false),
            Some(_) => {
                (format!("the connection to {server} broke: {cause}"), "try again when the server is there", true)
            }
            None if error.is_closed() => {
                (format!("the server {server} has ended the connection"), "try again when the server is there", true)
            }
            None => {
                let is_timeout = cause.contains("timeout");
                (format!("{server}: {cause}"), "correct host and port, or start the server", is_timeout)
            }
        };
        Failure::Refused(Refused { reason, help: Some(help.to_owned()), is_transient })
    }

    fn of_server(&self, error: &DbError, query: Option<&str>) -> Failure {
        let code = error.code();
        let mut reason = error.message().to_owned();
        if let (Some(ErrorPosition::Original(position)), Some(query)) = (error.position(), query) {
            let at = usize::try_from(*position).unwrap_or(usize::MAX).saturating_sub(1);
            reason = format!("{reason} ({})", place(query, at));
        }
        if let Some(detail) = error.detail() {
            reason = format!("{reason}: {detail}");
        }
        if let Some(context) = error.where_().filter(|context| context.starts_with("COPY")) {
            reason = format!("{reason} ({context})");
        }
        let patience = self.settings.patience.as_secs_f64();
        let is_of = |class: &str| code.code().starts_with(class);
        let help = match code {
            _ if is_of("28") => Some(CREDENTIALS.to_owned()),
            code if *code == SqlState::INVALID_CATALOG_NAME => Some("correct the database behind the host".to_owned()),
            code if *code == SqlState::INVALID_SCHEMA_NAME => {
                Some("make the schema (`create schema …`), or correct `schema`".to_owned())
            }
            code if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                Some(format!("let this user do it: `grant … to {}`", self.settings.config.get_user().unwrap_or("…")))
            }
            code if *code == SqlState::LOCK_NOT_AVAILABLE => {
                reason = format!("others use the table, and have not come to an end in {patience} s");
                Some("let them finish, or wait for longer by `timeout` of a store".to_owned())
            }
            code if *code == SqlState::DEPENDENT_OBJECTS_STILL_EXIST => Some(
                "a table whose columns change is made anew: keep its columns, drop what depends on it, or save to \
                 another table"
                    .to_owned(),
            ),
            code if *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
                Some("queries are sources only; to save, name a server that can be written to".to_owned())
            }
            _ if is_of("42") && query.is_some() => {
                error.hint().map(str::to_owned).or(Some("correct the query".to_owned()))
            }
            _ if is_of("22") => Some("correct the values, or convert the column".to_owned()),
            _ if is_of("23") => Some("correct the rows, or drop the rule of the table".to_owned()),
            _ => error.hint().map(str::to_owned),
        };
        // A server that starts, ends, or has no room just now; conflicting transactions.
        let is_transient =
            is_of("08") || is_of("40") || is_of("57P") || *code == SqlState::TOO_MANY_CONNECTIONS && !is_of("28");
        Failure::Refused(Refused { reason, help, is_transient })
    }
}
