//! A store that is ready for requests.

use std::fmt;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as Key;

use super::config::{Retry, Timeouts};
use super::connect;
use super::environment::Environment;
use super::files::LocalFiles;
use super::secrets::Secrets;
use super::walk::Links;
use crate::{OptionError, StoreConfig};

/// A store and its known properties. A clone is another handle to the same, with its connections.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) scheme: Scheme,
    /// The bucket, container or host.
    pub(super) host: Arc<str>,
    /// The identity among stores: scheme, bucket and server. Not for people: the environment's values are in it.
    pub(super) identity: Arc<str>,
    /// The prefix of all keys.
    pub(super) prefix: Key,
    /// The prefix's URL, for people.
    pub(super) shown: Arc<str>,
    pub(super) retry: Retry,
    pub(super) timeouts: Timeouts,
    pub(super) secrets: Secrets,
}

/// The kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    File,
    S3,
    Google,
    Azure,
    /// A web server, to be read only.
    Http,
}

impl Opened {
    /// Opens the store of these settings. Nothing is requested yet.
    pub(crate) fn open(config: &StoreConfig, environment: &Environment) -> Result<Self, Vec<OptionError>> {
        connect::open(config, environment)
    }

    /// Returns the store of all local files.
    pub(crate) fn files() -> Self {
        Self {
            store: Arc::new(LocalFiles::new(Links::Within)),
            scheme: Scheme::File,
            host: "this machine".into(),
            identity: "".into(),
            prefix: Key::default(),
            shown: "".into(),
            retry: Retry::default(),
            timeouts: Timeouts::default(),
            secrets: Secrets::default(),
        }
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Clients hold credentials, and some of them show those.
        write!(f, "Opened({})", self.shown)
    }
}
