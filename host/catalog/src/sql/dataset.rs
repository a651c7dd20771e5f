//! A dataset that is a table of a database, or the result of a query.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use wpipe_buffer::{Buffer, Transports};
use wpipe_data::Table;
use wpipe_text::message;

use super::connection::OpenedDatabase;
use super::database::{Database, Failure, Refused};
use super::relation::{Entry, IfExists, KIND, Relation};
use crate::Address;
use crate::LineageName;
use crate::dataset::{Asked, Kept, Loaded, Saved, Which};
use crate::destination::{Destination, Stop};
use crate::error::DataError;
use crate::format::{Checked, Identity};
use crate::options::Options;
use crate::progress::{Phase, Progress};
use crate::store::{Action, Backoff, Delay, Tolls, tried_again};
use crate::table::Declared;
use crate::verify::Verification;

/// A dataset that is a relation of a database.
pub(crate) struct StoredRelation {
    pub(crate) name: String,
    pub(crate) entry: Entry,
    pub(crate) declared: Declared,
    pub(crate) database: OpenedDatabase,
    pub(crate) transports: Transports,
    /// The most memory that a table may take, in bytes.
    pub(crate) memory: u64,
    pub(crate) delay: Delay,
    pub(crate) tolls: Tolls,
}

/// Requests all options that there are.
pub(crate) fn ask_all(options: &mut Options) {
    Entry::open(options, Path::new(""));
    options.declared_without_lists(KIND);
}

impl StoredRelation {
    fn relation(&self) -> &Relation {
        &self.entry.relation
    }

    /// Runs a request on a thread that may wait; again, if it fails transiently. Returns the number of repetitions.
    async fn ask<T: Send + 'static>(
        &self,
        action: Action,
        question: impl Fn(&dyn Database) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<(T, u32), DataError> {
        let question = Arc::new(question);
        let (mut backoff, started, mut retries) = (Backoff::new(), Instant::now(), 0);
        let retry = self.database.retry;
        loop {
            let failure = match self.ask_once(question.clone()).await {
                Ok(answer) => return Ok((answer, retries)),
                Err(failure) => failure,
            };
            let is_transient = matches!(&failure, Failure::Refused(Refused { is_transient: true, .. }));
            if !is_transient || retries >= retry.most || started.elapsed() > retry.timeout {
                return Err(self.error(action, failure, retries));
            }
            retries += 1;
            sleep(backoff.next()).await;
        }
    }

    async fn ask_once<T: Send + 'static>(
        &self,
        question: Arc<impl Fn(&dyn Database) -> Result<T, Failure> + Send + Sync + 'static>,
    ) -> Result<T, Failure> {
        let on_purpose = |_| Refused {
            reason: "it failed on purpose, as `fail_rate` wants it".to_owned(),
            help: None,
            is_transient: true,
        };
        self.tolls.enter().await.map_err(|error| Failure::Refused(on_purpose(error)))?;
        // The semaphore is never closed.
        let _permit = match &self.database.permits {
            Some(permits) => permits.clone().acquire_owned().await.ok(),
            None => None,
        };
        let database = self.database.database.clone();
        let gave_up = |error: tokio::task::JoinError| Refused {
            reason: format!("the host failed within it: {error}"),
            help: None,
            is_transient: false,
        };
        spawn_blocking(move || question(&*database)).await.unwrap_or_else(|error| Err(Failure::Refused(gave_up(error))))
    }

    fn error(&self, action: Action, failure: Failure, retries: u32) -> DataError {
        let location = self.location();
        match (failure, action) {
            (Failure::Missing, Action::Look | Action::Read) => DataError::NotFound { location },
            (Failure::Missing, Action::Write | Action::Remove) => {
                let reason = "it was removed while it was written".to_owned();
                DataError::Store { location, action: "written", reason, help: None }
            }
            (Failure::Fault(fault), Action::Write) => DataError::encode(&location, fault),
            (Failure::Fault(fault), _) => DataError::decode(&location, fault),
            (Failure::Refused(Refused { reason, help, .. }), action) => {
                let plain = |text: &str| message(&self.database.secrets.scrub(text)).into_owned();
                let reason = plain(&reason) + &tried_again(retries);
                DataError::Store { location, action: action.as_str(), reason, help: help.as_deref().map(plain) }
            }
        }
    }

    /// Fails if the schema is another than a table's.
    fn agree(&self, other: &Identity) -> Result<(), DataError> {
        Identity::of::<Table>().agree(other, &self.location())
    }

    async fn read(&self, asked: Asked) -> Result<(super::database::Rows, u32), DataError> {
        let stop = Stop::default();
        let _stopping = stop.on_drop();
        let to = Destination {
            transports: self.transports.clone(),
            readers: asked.readers,
            memory: asked.memory.unwrap_or(self.memory),
            most: u64::MAX,
            stop,
            progress: Progress::current(),
        };
        to.progress.begin(Phase::Reading, None);
        let (relation, declared) = (self.relation().clone(), self.declared.clone());
        self.ask(Action::Read, move |database| database.read(&relation, &declared, &to)).await
    }
}

#[async_trait]
impl Kept for StoredRelation {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        KIND
    }

    fn location(&self) -> String {
        format!("{} of {}", self.relation(), self.database.shown)
    }

    fn address(&self) -> Address {
        self.database.address_of(self.relation())
    }

    fn lineage_name(&self) -> LineageName {
        self.database.lineage_name_of(self.relation())
    }

    fn check_writable(&self) -> Result<(), DataError> {
        let Relation::Query(_) = self.relation() else { return Ok(()) };
        Err(DataError::Store {
            location: self.location(),
            action: "written",
            reason: "queries are sources only".to_owned(),
            help: Some("name the table to be saved to: `table = \"…\"`".to_owned()),
        })
    }

    fn is_added_to(&self) -> bool {
        self.entry.if_exists == IfExists::Append
    }

    fn how_to_put(&self) -> Option<String> {
        Some(self.database.how_to_put(self.relation()))
    }

    async fn glance(&self, _: &Which) -> Result<Option<(u64, Option<String>)>, DataError> {
        let relation = self.relation().clone();
        match self.ask(Action::Look, move |database| database.look(&relation)).await {
            Ok((size, _)) => Ok(Some((size, None))),
            Err(DataError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn mark(&self, _: &Which) -> Result<Option<String>, DataError> {
        let relation = self.relation().clone();
        match self.ask(Action::Look, move |database| database.digest(&relation)).await {
            Ok((digest, _)) => Ok(Some(digest)),
            Err(DataError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn load(&self, _: &Which, asked: Asked) -> Result<Loaded, DataError> {
        self.agree(&asked.schema)?;
        sleep(self.delay.load).await;
        let (rows, retries) = self.read(asked).await?;
        self.tolls.carry(rows.bytes).await;
        Ok(Loaded { buffer: rows.buffer, bytes: rows.bytes, retries, version: None })
    }

    async fn save(&self, _: &Which, buffer: &Buffer, schema: Identity) -> Result<Saved, DataError> {
        self.agree(&schema)?;
        self.check_writable()?;
        let Relation::Table(table) = self.relation().clone() else {
            return Err(self.error(Action::Write, Failure::Missing, 0));
        };
        sleep(self.delay.save).await;
        self.tolls.carry(buffer.len() as u64).await;
        let (how, buffer) = (self.entry.if_exists, buffer.clone());
        let progress = Progress::current();
        progress.begin(Phase::Writing, Some(buffer.len() as u64));
        let writing = move |database: &dyn Database| database.write(&table, how, &buffer, &progress);
        let (bytes, retries) = self.ask(Action::Write, writing).await?;
        // The mark is unknown until all of it is read.
        Ok(Saved { bytes, retries, version: None, mark: None })
    }

    async fn verify(&self) -> Result<Verification, DataError> {
        let mut found = Verification::default();
        let asked = Asked { schema: Identity::of::<Table>(), readers: wpipe_buffer::Readers::Several, memory: None };
        match self.read(asked).await {
            Err(DataError::NotFound { .. }) => {}
            Err(error @ DataError::Store { .. }) => return Err(error),
            read => found.note(&self.location(), read.map(|(rows, _)| (Checked::WithoutDigest, rows.bytes))),
        }
        Ok(found)
    }
}
