//! The settings of a store, as the manifest's `[stores]` has them.

use std::fmt;
use std::time::Duration;

/// The settings of a store. Only `url` is required; texts may hold `${env:NAME}`.
///
/// Settings that an S3 store lacks come from the usual AWS variables, or else from the profile `AWS_PROFILE` (or
/// `default`) of `~/.aws/credentials` and `~/.aws/config`: keys, token and region. Without any of them, the credentials
/// of the machine, pod or task are requested. Google and Azure stores take theirs from `GOOGLE_…` and `AZURE_…`
/// variables.
#[derive(Clone, Default)]
pub struct StoreConfig {
    /// The prefix below which datasets are: `s3://bucket/prefix`, `gs://…`, `az://…`, `http(s)://…`, `file:///…`.
    pub url: String,
    /// The server of an S3 store, if it is not Amazon's.
    pub endpoint: Option<String>,
    /// The region of an S3 store; by default `us-east-1`.
    pub region: Option<String>,
    /// The user of an S3 store.
    pub access_key_id: Option<String>,
    /// The user's secret.
    pub secret_access_key: Option<String>,
    /// The token of temporary credentials.
    pub session_token: Option<String>,
    /// True if requests may go without TLS; by default only on this machine.
    pub allow_http: Option<bool>,
    /// True if the bucket is part of the host's name and not of the path.
    pub virtual_hosted_style: Option<bool>,
    /// True if requests bear no signature, as for public data.
    pub skip_signature: Option<bool>,
    /// The longest silence of the server; 30 s by default.
    pub timeout: Option<Duration>,
    /// The longest wait for a connection; 5 s by default.
    pub connect_timeout: Option<Duration>,
    /// The number of repetitions of a request that failed transiently; 5 by default.
    pub retries: Option<u32>,
    /// The time after its beginning from which an operation is not repeated any more; 2 min by default.
    pub retry_timeout: Option<Duration>,
    /// The most requests that run at once.
    pub max_concurrent: Option<usize>,
    /// The most bytes a second, of all requests together.
    pub max_bandwidth: Option<u64>,
}

impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Any of the texts may be a credential.
        f.write_str("StoreConfig(…)")
    }
}

/// The number and the time of repetitions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retry {
    pub(crate) most: u32,
    pub(crate) timeout: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { most: 5, timeout: Duration::from_secs(120) }
    }
}

/// The longest waits for a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    /// The longest time between two signs of life.
    pub(crate) silence: Duration,
    pub(crate) connect: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { silence: Duration::from_secs(30), connect: Duration::from_secs(5) }
    }
}

impl StoreConfig {
    pub(crate) fn retry(&self) -> Retry {
        let default = Retry::default();
        Retry { most: self.retries.unwrap_or(default.most), timeout: self.retry_timeout.unwrap_or(default.timeout) }
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        let default = Timeouts::default();
        Timeouts {
            silence: self.timeout.unwrap_or(default.silence),
            connect: self.connect_timeout.unwrap_or(default.connect),
        }
    }
}
