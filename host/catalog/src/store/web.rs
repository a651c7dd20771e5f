//! Web servers as they are: some do not answer `HEAD`, state no length, or send encoded content.
//!
//! A store is asked for an object's properties (`HEAD`), and then for it, with a length that is known before. If `HEAD`
//! is refused, as by signed URLs, `GET` is used and its body ignored. Content without a length (in chunks, or to the
//! end of the connection) or encoded is held in memory as a whole, decoded, and passed on as if the server had stated
//! it.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, RANGE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use object_store::client::{HttpError, HttpErrorKind, HttpRequest, HttpResponse};

use super::http::Observed;
use super::tally::{Break, Failure, Tally};

/// The ends of paths of files that are compressed themselves: a request for one wants it so.
const COMPRESSED: [&str; 6] = [".gz", ".tgz", ".gzip", ".br", ".zz", ".z"];

/// Returns the server's answer in the form of a store's.
pub(super) async fn ask(server: &Observed, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let is_head = request.method() == Method::HEAD;
    let is_of_part = request.headers().contains_key(RANGE);
    let path = request.uri().path().to_owned();
    if is_head {
        // A failure says nothing yet.
        let answer = server.answer(request.clone()).await;
        if let Ok(answer) = answer
            && is_all(answer.status())
            && encodings(answer.headers(), &path).is_empty()
            && answer.headers().contains_key(CONTENT_LENGTH)
        {
            return Ok(answer);
        }
        *request.method_mut() = Method::GET;
    }
    let (mut parts, body) = server.ask(request).await?.into_parts();
    if parts.status.is_success()
        && !is_all(parts.status)
        && !(is_of_part && parts.status == StatusCode::PARTIAL_CONTENT)
    {
        let failure = Failure::Refused { status: parts.status, code: None, message: None };
        Tally::current().unwrap_or_default().failed(failure);
        return Err(HttpError::new(HttpErrorKind::Unknown, io::Error::other(parts.status.to_string())));
    }
    if !parts.status.is_success() || parts.status == StatusCode::PARTIAL_CONTENT {
        return Ok(HttpResponse::from_parts(parts, body));
    }
    let encodings = encodings(&parts.headers, &path);
    if encodings.is_empty() && parts.headers.contains_key(CONTENT_LENGTH) {
        let body = if is_head { Bytes::new().into() } else { body };
        return Ok(HttpResponse::from_parts(parts, body));
    }
    let mut content = body.collect().await?.to_bytes();
    for encoding in encodings.iter().rev() {
        content = decode(encoding, &content).inspect_err(|error| {
            let failure = Failure::Broken { kind: Break::Encoding, text: error.to_string() };
            Tally::current().unwrap_or_default().failed(failure);
        })?;
    }
    for header in [CONTENT_ENCODING, TRANSFER_ENCODING] {
        parts.headers.remove(header);
    }
    if !is_head {
        // Decoded content must not be requested in parts.
        parts.headers.remove(ETAG);
    }
    parts.headers.insert(CONTENT_LENGTH, content.len().into());
    let body = if is_head { Bytes::new() } else { content };
    Ok(HttpResponse::from_parts(parts, body.into()))
}

/// Returns true if an answer comes with all of the content: not with a part of it, or with word that it is being
/// prepared.
fn is_all(status: StatusCode) -> bool {
    matches!(status, StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION)
}

/// Returns the encodings of the content for the transfer, the first first.
fn encodings(headers: &HeaderMap, path: &str) -> Vec<String> {
    let path = path.to_ascii_lowercase();
    let all = headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let all = all.flat_map(|value| value.split(',')).map(|encoding| encoding.trim().to_ascii_lowercase());
    let mut all: Vec<_> = all.filter(|encoding| !matches!(encoding.as_str(), "" | "identity")).collect();
    if COMPRESSED.iter().any(|ending| path.ends_with(ending)) {
        // Servers call such files encoded; their content is the format's business.
        all.pop();
    }
    all
}

fn decode(encoding: &str, content: &Bytes) -> Result<Bytes, HttpError> {
    let decoded = match encoding {
        "gzip" | "x-gzip" => all_of(MultiGzDecoder::new(&content[..])),
        // Some servers do not wrap it as they should.
        "deflate" => all_of(ZlibDecoder::new(&content[..])).or_else(|_| all_of(DeflateDecoder::new(&content[..]))),
        "br" => all_of(brotli::Decompressor::new(&content[..], content.len().max(1 << 12))),
        other => Err(io::Error::other(format!("encoded as `{other}`, which it was not asked for"))),
    };
    decoded.map_err(|error| {
        let error = match encoding {
            "gzip" | "x-gzip" | "deflate" | "br" => io::Error::other(format!("as `{encoding}`: {error}")),
            _ => error,
        };
        HttpError::new(HttpErrorKind::Unknown, error)
    })
}

fn all_of(mut decoder: impl Read) -> io::Result<Bytes> {
    let mut content = Vec::new();
    decoder.read_to_end(&mut content)?;
    Ok(content.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, values: &[&'static str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
        }
        encodings(&headers, path)
    }

    #[test]
    fn a_compressed_file_is_not_one_that_was_compressed_for_the_way() {
        assert_eq!(of("/x.csv", &["gzip"]), ["gzip"]);
        assert_eq!(of("/x.csv", &["identity"]), [""; 0]);
        assert_eq!(of("/x.csv", &["deflate, GZIP", "br"]), ["deflate", "gzip", "br"]);
        assert_eq!(of("/x.csv.gz", &["gzip"]), [""; 0]);
        assert_eq!(of("/x.csv.GZ", &["gzip, br"]), ["gzip"]);
    }
}
