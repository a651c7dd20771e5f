//! The HTTP client of the exporters: the one that stores have, so that certificates and proxies are the same for all.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use reqwest::Certificate;
use reqwest::blocking;

use crate::environment::{Environment, SetupError};

/// The time for a request where `OTEL_EXPORTER_OTLP_TIMEOUT` does not say it: the specification's.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends the exporters' requests, and remembers the last trouble.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: blocking::Client,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Client {
    pub(crate) fn new<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Self, SetupError> {
        // Another part of the process may have chosen one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let timeout = environment.get("OTEL_EXPORTER_OTLP_TIMEOUT").and_then(|text| text.parse().ok());
        let mut builder = blocking::Client::builder().timeout(timeout.map_or(TIMEOUT, Duration::from_millis));
        if let Some(path) = environment.get("OTEL_EXPORTER_OTLP_CERTIFICATE") {
            let unusable = |reason: String| SetupError::Certificate { path: path.clone(), reason };
            let text = fs::read(&path).map_err(|error| unusable(error.to_string()))?;
            let certificates = Certificate::from_pem_bundle(&text).map_err(|error| unusable(error.to_string()))?;
            builder = certificates.into_iter().fold(builder, blocking::ClientBuilder::add_root_certificate);
        }
        // A blocking client cannot be made on a thread of an async program.
        let made = thread::spawn(move || builder.build()).join();
        let http = made.map_err(|_| SetupError::Exporter("the HTTP client cannot be made".to_owned()))?;
        let http = http.map_err(|error| SetupError::Exporter(words(&error)))?;
        Ok(Self { http, trouble: Arc::default() })
    }

    /// Returns what went wrong last.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, trouble: String) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, reqwest::Error> {
        let mut answer = self.http.execute(request.try_into()?)?;
        let headers = std::mem::take(answer.headers_mut());
        let mut response = Response::builder().status(answer.status()).body(answer.bytes()?).unwrap_or_default();
        *response.headers_mut() = headers;
        Ok(response)
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let place = request.uri().clone();
        // What a place may hold beside its host and path is not told.
        let place = format!("{}://{}{}", place.scheme_str().unwrap_or("http"), host_of(&place), place.path());
        match self.send(request) {
            Ok(response) => {
                if !response.status().is_success() {
                    self.note(format!("`{place}` answered {}", response.status()));
                }
                Ok(response)
            }
            Err(error) => {
                let error = error.without_url();
                self.note(format!("`{place}`: {}", words(&error)));
                Err(Box::new(error))
            }
        }
    }
}

/// Returns the host and port of a place, without the name and password that may stand before them.
fn host_of(place: &http::Uri) -> &str {
    let authority = place.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Returns the last cause of an error, which says what happened.
fn words(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_without_its_password() {
        let place: http::Uri = "http://me:secret@collector:4318/v1/traces".parse().expect("a place");
        assert_eq!(host_of(&place), "collector:4318");
    }
}
