//! Connecting to a server.

use tokio_postgres::Client;

use super::server::Postgres;
use super::tls::Tls;
use crate::sql::database::Failure;

impl Postgres {
    /// Opens a connection of its own. It ends with the client, and with it every transaction that is not committed.
    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        let tls = Tls::new(&self.settings)?;
        let (client, connection) = self.settings.config.connect(tls).await.map_err(|error| self.failure(&error))?;
        // The waiting request gets the connection's error.
        tokio::spawn(async move { drop(connection.await) });
        Ok(client)
    }

    pub(super) async fn run(&self, client: &Client, sql: &str) -> Result<(), Failure> {
        client.batch_execute(sql).await.map_err(|error| self.failure(&error))
    }
}
