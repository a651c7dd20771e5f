//! `[stores]`: settings that several datasets share, such as an S3 server and its credentials.

use std::fmt;
use std::time::Duration;

use super::amounts::{rate, time, time_limit};
use super::components::bad_name;
use super::fields::Fields;
use super::spec::KeySpans;
use super::tree::Entry;
use crate::dataset_name::is_word;
use crate::problem::Problem;

/// One entry of `[stores]`. Texts that may hold `${env:NAME}` are as written.
#[derive(Clone)]
pub struct StoreSpec {
    /// Its name in `store` of a dataset.
    pub name: String,
    /// The prefix below which its datasets are, such as `s3://bucket/prefix`.
    pub url: String,
    /// The server, if it is not the provider's own.
    pub endpoint: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The id of the access key.
    pub access_key_id: Option<Secret>,
    /// The secret of the access key.
    pub secret_access_key: Option<Secret>,
    /// The token of temporary credentials.
    pub session_token: Option<Secret>,
    /// True if the server may be asked without TLS.
    pub allow_http: Option<bool>,
    /// True if the bucket is part of the host's name and not of the path.
    pub virtual_hosted_style: Option<bool>,
    /// True if requests bear no signature, as for public data.
    pub skip_signature: Option<bool>,
    /// The longest silence of the server.
    pub timeout: Option<Duration>,
    /// The longest wait for a connection.
    pub connect_timeout: Option<Duration>,
    /// The most retries of a request that failed transiently.
    pub retries: Option<u64>,
    /// The time after a request's start when it is no longer repeated.
    pub retry_timeout: Option<Duration>,
    /// The most requests at once.
    pub max_concurrent: Option<u64>,
    /// Bytes a second, of all requests together.
    pub max_bandwidth: Option<u64>,
    pub(crate) spans: KeySpans,
}

impl fmt::Debug for StoreSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs may hold credentials.
        write!(f, "StoreSpec(`{}`)", self.name)
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads one entry of `[stores]`.
pub(crate) fn store(entry: &Entry, out: &mut Vec<Problem>) -> Option<StoreSpec> {
    let mut fields = Fields::of(format!("store `{}`", entry.key), entry, out)?;
    if !is_word(&entry.key) {
        out.push(bad_name("store", &entry.key, &entry.key_span));
    }
    let url = fields.required_string("url", out);
    let text = |fields: &mut Fields<'_>, key, out: &mut _| fields.string(key, out).map(|(text, _)| text.to_owned());
    let secret = |fields: &mut Fields<'_>, key, out: &mut _| text(fields, key, out).map(Secret);
    let spec = StoreSpec {
        name: entry.key.clone(),
        url: url.map(|(url, _)| url.to_owned()).unwrap_or_default(),
        endpoint: text(&mut fields, "endpoint", out),
        region: text(&mut fields, "region", out),
        access_key_id: secret(&mut fields, "access_key_id", out),
        secret_access_key: secret(&mut fields, "secret_access_key", out),
        session_token: secret(&mut fields, "session_token", out),
        allow_http: fields.boolean("allow_http", out),
        virtual_hosted_style: fields.boolean("virtual_hosted_style", out),
        skip_signature: fields.boolean("skip_signature", out),
        timeout: time_limit(&mut fields, "timeout", out),
        connect_timeout: time_limit(&mut fields, "connect_timeout", out),
        retries: fields.whole("retries", out),
        retry_timeout: time(&mut fields, "retry_timeout", out),
        max_concurrent: at_least_one(&mut fields, "max_concurrent", out),
        max_bandwidth: rate(&mut fields, "max_bandwidth", out),
        spans: KeySpans::of(entry),
    };
    fields.refuse_rest(out);
    url.map(|_| spec)
}

fn at_least_one(fields: &mut Fields<'_>, key: &'static str, out: &mut Vec<Problem>) -> Option<u64> {
    let number = fields.whole(key, out)?;
    if number == 0 {
        let message = format!("`{key}` of {} is 0", fields.owner());
        let problem = Problem::new("wpipe::manifest::bad_value", message);
        let at = fields.optional(key).map_or(fields.at(), |entry| &entry.value.span);
        out.push(problem.label(at, "nothing could ever be asked").help("write 1 or more, or leave it out".to_owned()));
        return None;
    }
    Some(number)
}
