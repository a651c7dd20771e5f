//! HTTP as stores speak it: the client of `reqwest`, with somebody who watches.

use std::error::Error;
use std::io;

use async_trait::async_trait;
use http::Uri;
use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    ReqwestConnector,
};

use super::tally::{Break, Failure, Tally};

/// Where machines, tasks and pods ask for their credentials.
const CREDENTIAL_HOSTS: [&str; 4] = ["169.254.169.254", "169.254.170.2", "169.254.170.23", "metadata.google.internal"];

/// What machines ask for there, as somebody may stand in for the host.
const CREDENTIAL_PATHS: [&str; 2] = ["/latest/api/token", "/latest/meta-data/iam/"];

/// Connects clients that are watched.
#[derive(Debug)]
pub(super) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        // Another part of the process may have chosen one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(HttpClient::new(Observed { client: ReqwestConnector::default().connect(options)? }))
    }
}

/// Passes requests on, and tells the tally of the operation how they fail.
#[derive(Debug)]
struct Observed {
    client: HttpClient,
}

#[async_trait]
impl HttpService for Observed {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let Some(tally) = Tally::current() else {
            return self.client.execute(request).await;
        };
        if asks_for_credentials(request.uri()) {
            return self
                .client
                .execute(request)
                .await
                .inspect(|response| {
                    if !response.status().is_success() {
                        tally.failed(Failure::NoCredentials);
                    }
                })
                .map_err(|error| {
                    tally.failed(Failure::NoCredentials);
                    // Most machines have nobody to give them credentials, which need not be asked ten times.
                    HttpError::new(HttpErrorKind::Unknown, error)
                });
        }
        let response = self.client.execute(request).await;
        let (parts, body) = match response {
            Ok(response) => response.into_parts(),
            Err(error) => {
                let failure = broken(&error);
                let is_hopeless = !failure.is_transient();
                tally.failed(failure);
                // The client repeats what could not connect, whatever the reason.
                return Err(if is_hopeless { HttpError::new(HttpErrorKind::Unknown, error) } else { error });
            }
        };
        if parts.status.is_success() {
            let body = body.map_err(move |error| {
                tally.failed(broken(&error));
                error
            });
            return Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)));
        }
        let body = body.collect().await.inspect_err(|error| tally.failed(broken(error)))?.to_bytes();
        let text = String::from_utf8_lossy(&body);
        let (code, message) = (element(&text, "Code"), element(&text, "Message"));
        tally.failed(Failure::Refused { status: parts.status, code, message });
        Ok(HttpResponse::from_parts(parts, body.into()))
    }
}

fn asks_for_credentials(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| CREDENTIAL_HOSTS.contains(&host))
        || CREDENTIAL_PATHS.iter().any(|path| uri.path().starts_with(path))
}

/// The text of the first XML element of this name.
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
    // The last of the chain is the one that says what has happened.
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if words.starts_with("dns error") {
            kind = Break::UnknownHost;
        }
        if is_of_tls(cause) {
            kind = Break::Tls;
        }
        text = words;
        source = cause.source();
    }
    Failure::Broken { kind, text }
}

/// Whether it is TLS that failed: layers wrap its error in theirs, and those do not tell of it as their source.
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
