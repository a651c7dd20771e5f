//! `wpipe viz --serve`: the page over HTTP, on loopback alone, with later pictures as server-sent events.
//!
//! Other machines cannot reach it. A page of somebody else that the reader's browser shows could, by a name that leads to
//! loopback (DNS rebinding): so requests must name loopback themselves, and nothing may be read from another origin.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use wpipe::viz::{Follow, Picture};

use crate::error::Error;
use crate::terminal::{note, tell_failure, warn};

/// The pause between two looks at the journal.
const PAUSE: Duration = Duration::from_millis(300);
/// The page has its script and style within it, and asks nobody but this server.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
                      connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Serves the pictures until the process is ended.
pub(super) fn serve(mut follow: Follow, port: u16) -> Result<ExitCode, Error> {
    let Some(first) = follow.next()? else { return Ok(ExitCode::SUCCESS) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.and_then(|runtime| {
        runtime.block_on(async {
            let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            note(&format!("serving `{}` at http://{address}/ (Ctrl-C ends it)", first.pipeline));
            let (sender, pictures) = watch::channel(Arc::new(first));
            tokio::spawn(look(follow, sender));
            accept(listener, pictures).await
        })
    });
    let Err(error) = served else { return Ok(ExitCode::SUCCESS) };
    let help = (error.kind() == io::ErrorKind::AddrInUse).then(|| "`--port 0` takes a free one".to_owned());
    Ok(tell_failure(&format!("failed to serve on port {port} of 127.0.0.1: {error}"), help))
}

/// Looks for new pictures, as long as somebody may ask for them.
async fn look(follow: Follow, pictures: watch::Sender<Arc<Picture>>) {
    let follow = Arc::new(Mutex::new(follow));
    let mut told = String::new();
    loop {
        tokio::time::sleep(PAUSE).await;
        let own = Arc::clone(&follow);
        // A large journal takes a while to be read.
        let looked =
            tokio::task::spawn_blocking(move || own.lock().unwrap_or_else(PoisonError::into_inner).next()).await;
        match looked {
            Ok(Ok(Some(picture))) => {
                told.clear();
                pictures.send_replace(Arc::new(picture));
            }
            Ok(Ok(None)) => {}
            // The manifest may be being edited: the last picture stays.
            Ok(Err(error)) if error.to_string() != told => {
                told = error.to_string();
                warn(&format!("the page stays as it is: {told}"));
            }
            Ok(Err(_)) => {}
            Err(_) => return,
        }
    }
}

async fn accept(listener: TcpListener, pictures: watch::Receiver<Arc<Picture>>) -> io::Result<()> {
    loop {
        // A connection that is gone already is no reason to end.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let pictures = pictures.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| {
                let answer = answered(&request, &pictures);
                async move { Ok::<_, Infallible>(answer) }
            });
            // Whoever asked may go away at any time.
            let _ = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), answer)).await;
        });
    }
}

fn answered<B>(request: &Request<B>, pictures: &watch::Receiver<Arc<Picture>>) -> Response<Body> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_loopback) {
        return refused(StatusCode::MISDIRECTED_REQUEST, "this server answers to 127.0.0.1 and localhost alone\n");
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, "there is nothing to be changed here\n");
        response.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let current = || Arc::clone(&pictures.borrow());
    match request.uri().path() {
        "/" => response(StatusCode::OK, "text/html; charset=utf-8", full(current().to_live_html())),
        "/picture.json" => response(StatusCode::OK, "application/json", full(current().to_json().to_string())),
        "/events" => response(StatusCode::OK, "text/event-stream", StreamBody::new(events(pictures)).boxed_unsync()),
        _ => refused(StatusCode::NOT_FOUND, "there is `/`, `/picture.json` and `/events`\n"),
    }
}

/// The pictures from now on, each as an event; the current one first, since the page may be older.
fn events(pictures: &watch::Receiver<Arc<Picture>>) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + use<> {
    let mut pictures = pictures.clone();
    pictures.mark_changed();
    stream::unfold(pictures, |mut pictures| async move {
        pictures.changed().await.ok()?;
        let picture = pictures.borrow_and_update().to_json();
        Some((picture, pictures))
    })
    .map(|picture| Ok(Frame::data(Bytes::from(format!("data: {picture}\n\n")))))
}

/// Returns true if a request names this machine by a name that leads nowhere else.
fn is_loopback(host: &str) -> bool {
    let is_port = |port: &str| port.chars().all(|digit| digit.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]"
}

fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).boxed_unsync()
}

fn refused(status: StatusCode, why: &'static str) -> Response<Body> {
    response(status, "text/plain; charset=utf-8", full(why))
}

fn response(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, hyper::header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_loopback_are_answered() {
        for host in ["localhost", "127.0.0.1", "127.0.0.1:8080", "LocalHost:1", "[::1]:80", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        let others =
            ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "evil:127.0.0.1", "10.0.0.1"];
        for host in others {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
