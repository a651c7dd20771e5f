//! Small documents below one folder or prefix of a store, for records that several machines share.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::store::{Place, Publishing};
use crate::{DataError, OptionError};

/// The number of documents that are read at once.
const AT_ONCE: usize = 64;

/// A folder of documents, opened by [`Catalog::documents`](crate::Catalog::documents). A clone is another handle to the
/// same.
///
/// Names are relative, with `/` between their parts. A document is there whole or not at all.
#[derive(Debug, Clone)]
pub struct Documents(Place);

impl Documents {
    pub(crate) fn new(root: Place) -> Result<Self, OptionError> {
        if root.is_read_only() {
            return Err(OptionError {
                key: Some("url".to_owned()),
                message: "web servers are only read from".to_owned(),
                help: Some("name a folder or a bucket".to_owned()),
            });
        }
        Ok(Self(root))
    }

    /// Returns the location for people: without credentials.
    pub fn location(&self) -> &str {
        self.0.location()
    }

    /// Writes a document if there is none of that name; returns false if there is one. Of several who try, one
    /// succeeds.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub async fn create(&self, name: &str, content: Vec<u8>) -> Result<bool, DataError> {
        let created = self.0.child(name)?.create(&Bytes::from(content).into(), Publishing::default()).await?;
        Ok(created.is_some())
    }

    /// Writes a document, in place of the one of that name.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub async fn put(&self, name: &str, content: Vec<u8>) -> Result<(), DataError> {
        self.0.child(name)?.put(&Bytes::from(content).into(), Publishing::default()).await.map(drop)
    }

    /// Writes documents as [`put`](Self::put) does, many at once.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub async fn put_all(&self, documents: Vec<(String, Vec<u8>)>) -> Result<(), DataError> {
        let mut puts = Vec::with_capacity(documents.len());
        for (name, content) in documents {
            puts.push(async move { self.put(&name, content).await }.boxed());
        }
        stream::iter(puts).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Reads a document; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub async fn read(&self, name: &str) -> Result<Option<Bytes>, DataError> {
        Ok(self.0.child(name)?.read().await?.map(|(content, _)| content))
    }

    /// Reads several documents, many at once; returns those that are there, by name.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub async fn read_all(
        &self,
        names: impl IntoIterator<Item = String>,
    ) -> Result<BTreeMap<String, Bytes>, DataError> {
        let mut reads = Vec::new();
        for name in names {
            reads.push(async move { Ok((self.read(&name).await?, name)) }.boxed());
        }
        let read: Vec<(Option<Bytes>, String)> = stream::iter(reads).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(read.into_iter().filter_map(|(content, name)| Some((name, content?))).collect())
    }

    /// Returns the names of all documents below `folder`, sorted; of all if it is empty.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say.
    pub async fn names(&self, folder: &str) -> Result<Vec<String>, DataError> {
        let (root, prefix) = match folder {
            "" => (self.0.clone(), String::new()),
            folder => (self.0.child(folder)?, format!("{folder}/")),
        };
        let found = root.objects().await?.unwrap_or_default();
        Ok(found.objects.into_iter().map(|object| format!("{prefix}{}", object.name)).collect())
    }
}
