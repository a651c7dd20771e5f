//! HTTP for stores: the client of `reqwest`, watched.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt, StreamBody};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    ReqwestConnector,
};
use tokio::time::timeout;

use super::explain::lacks_descriptors;
use super::tally::{Break, Failure, Tally};
use super::web;
use crate::causes::causes;

/// The hosts that machines, tasks and pods request their credentials from.
const CREDENTIAL_HOSTS: [&str; 4] = ["169.254.169.254", "169.254.170.2", "169.254.170.23", "metadata.google.internal"];

/// The paths of those requests, as a proxy may stand in for the host.
const CREDENTIAL_PATHS: [&str; 2] = ["/latest/api/token", "/latest/meta-data/iam/"];

/// The slowest upload that is waited for, in bytes a second and connection. A server sends nothing during an upload, so
/// that slow and dead look the same.
const SLOWEST_UPLOAD: f64 = (128 << 10) as f64;

/// Chooses the cryptography of TLS for the process. Another part of it may have chosen one already, which is as good.
pub fn choose_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Connects clients that are watched.
#[derive(Debug)]
pub(super) struct Connector {
    /// The longest silence of a server.
    pub(super) silence: Duration,
    /// True if it is a web server, and no store.
    pub(super) is_web: bool,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        choose_tls();
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Observed { client, silence: self.silence, is_web: self.is_web }))
    }
}

/// Passes requests on, as long as their server gives signs of life, and reports their failures to the operation's
/// tally.
#[derive(Debug)]
pub(super) struct Observed {
    client: HttpClient,
    silence: Duration,
    is_web: bool,
}

#[async_trait]
impl HttpService for Observed {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if self.is_web { web::ask(self, request).await } else { self.ask(request).await }
    }
}

impl Observed {
    /// Returns the server's answer; failures are recorded.
    pub(super) async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let tally = Tally::current().unwrap_or_default();
        if asks_for_credentials(request.uri()) {
            let response = self.answer(request).await;
            if !response.as_ref().is_ok_and(|response| response.status().is_success()) {
                tally.failed(Failure::NoCredentials);
            }
            // Most machines have no source of credentials, and need not repeat the request.
            return response.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error));
        }
        let (parts, body) = match self.answer(request).await {
            Ok(response) => response.into_parts(),
            Err(error) => {
                let failure = broken(&error);
                let is_hopeless = !failure.is_transient();
                tally.failed(failure);
                // The client repeats failed connections, whatever the reason.
                return Err(if is_hopeless { HttpError::new(HttpErrorKind::Unknown, error) } else { error });
            }
        };
        let body = self.watched(body, tally.clone());
        if parts.status.is_success() {
            return Ok(HttpResponse::from_parts(parts, body));
        }
        let body = body.collect().await?.to_bytes();
        let text = String::from_utf8_lossy(&body);
        let (code, message) = (element(&text, "Code"), element(&text, "Message"));
        tally.failed(Failure::Refused { status: parts.status, code, message });
        if parts.status == StatusCode::NOT_IMPLEMENTED {
            // The client repeats all errors of servers.
            return Err(HttpError::new(HttpErrorKind::Unknown, io::Error::from(io::ErrorKind::Unsupported)));
        }
        Ok(HttpResponse::from_parts(parts, body.into()))
    }

    /// Returns the beginning of the server's answer.
    pub(super) async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let sending = Duration::from_secs_f64(request.body().content_length() as f64 / SLOWEST_UPLOAD);
        let answer = timeout(self.silence + sending, self.client.execute(request));
        answer.await.unwrap_or_else(|elapsed| Err(HttpError::new(HttpErrorKind::Timeout, elapsed)))
    }

    /// Returns `body`, which ends with an error if nothing comes for too long.
    fn watched(&self, body: HttpResponseBody, tally: Arc<Tally>) -> HttpResponseBody {
        let silence = self.silence;
        let frames = stream::unfold((body, tally), move |(mut body, tally)| async move {
            let frame = timeout(silence, body.frame()).await;
            let frame = frame.unwrap_or_else(|elapsed| Some(Err(HttpError::new(HttpErrorKind::Timeout, elapsed))))?;
            if let Err(error) = &frame {
                tally.failed(broken(error));
            }
            Some((frame, (body, tally)))
        });
        HttpResponseBody::new(StreamBody::new(frames))
    }
}

fn asks_for_credentials(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| CREDENTIAL_HOSTS.contains(&host))
        || CREDENTIAL_PATHS.iter().any(|path| uri.path().starts_with(path))
}

/// Returns the text of the first XML element of this name.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, after) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = after.split_once(&format!("</{name}>"))?;
    Some(text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

fn broken(error: &HttpError) -> Failure {
    let mut kind = match error.kind() {
        HttpErrorKind::Timeout => Break::Timeout,
        HttpErrorKind::Connect => Break::Unreachable,
        _ => Break::Cut,
    };
    // The last error of the chain says what has happened.
    let mut text = error.to_string();
    for cause in causes(error) {
        let words = cause.to_string();
        if words.starts_with("dns error") {
            kind = Break::UnknownHost;
        }
        if is_of_tls(cause) {
            kind = Break::Tls;
        }
        if cause.downcast_ref::<io::Error>().is_some_and(lacks_descriptors) {
            kind = Break::Descriptors;
        }
        if cause.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_redirect) {
            kind = Break::Redirects;
        }
        text = words;
    }
    Failure::Broken { kind, text }
}

/// Returns true if TLS failed: layers wrap its error in theirs, and do not return it as their source.
fn is_of_tls(error: &(dyn Error + 'static)) -> bool {
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>() || inner.is_some_and(|inner| is_of_tls(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_taken_out_of_its_xml() {
        let xml = "<Error><Code>NoSuchBucket</Code><Message>no &lt;lake&gt; &amp; no sea</Message></Error>";
        assert_eq!(element(xml, "Code").as_deref(), Some("NoSuchBucket"));
        assert_eq!(element(xml, "Message").as_deref(), Some("no <lake> & no sea"));
        assert_eq!(element(xml, "Resource"), None);
    }
}
