//! A store that is ready to be asked.

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

/// A store and what is known of it. A clone is another handle to the same, with its connections.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) scheme: Scheme,
    /// The bucket, container or host.
    pub(super) host: Arc<str>,
    /// What tells it from other stores: scheme, bucket and server. Not for people: the environment's values are in it.
    pub(super) identity: Arc<str>,
    /// What all keys begin with.
    pub(super) prefix: Key,
    /// The prefix's URL, for people.
    pub(super) shown: Arc<str>,
    pub(super) retry: Retry,
    pub(super) timeouts: Timeouts,
    pub(super) secrets: Secrets,
}

/// What kind of store it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    File,
    S3,
    Google,
    Azure,
    /// To be read only.
    Http,
}

impl Opened {
    /// The store of these settings. Nothing is asked yet.
    pub(crate) fn open(config: &StoreConfig, environment: &Environment) -> Result<Self, Vec<OptionError>> {
        connect::open(config, environment)
    }

    /// All local files.
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
        // Clients hold credentials, and not all of them keep those to themselves.
        write!(f, "Opened({})", self.shown)
    }
}
