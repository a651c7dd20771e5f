//! Implements as much of HTTP/1.1 as a proxy needs: the ends of a message's head and body.

use std::io::{self, BufRead, Read};

/// The header that makes a request fail if the object exists.
const CONDITION: &[u8] = b"\r\nif-none-match:";

/// A request or a response, as its bytes.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Reads the next request; `None` if the client has no more.
    pub(crate) fn request(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let head = head(from)?;
        if head.is_empty() {
            return Ok(None);
        }
        let body = body(&head, from)?;
        Ok(Some(Self { head, body }))
    }

    /// Reads the response to a request of this method.
    pub(crate) fn response(from: &mut impl BufRead, method: &str) -> io::Result<Self> {
        let head = head(from)?;
        let status = String::from_utf8_lossy(&head).split(' ').nth(1).map(str::to_owned);
        let is_bare = method == "HEAD" || matches!(status.as_deref(), Some("204" | "304"));
        let body = if is_bare { Vec::new() } else { body(&head, from)? };
        Ok(Self { head, body })
    }

    /// Returns method and target of a request.
    pub(crate) fn line(&self) -> (String, String) {
        let text = String::from_utf8_lossy(&self.head);
        let mut words = text.split(' ').map(str::to_owned);
        (words.next().unwrap_or_default(), words.next().unwrap_or_default())
    }

    /// Returns true if the request is to succeed only where nothing exists.
    pub(crate) fn is_conditional(&self) -> bool {
        self.head.windows(CONDITION.len()).any(|words| words.eq_ignore_ascii_case(CONDITION))
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.head.as_slice(), &self.body].concat()
    }
}

/// Reads everything up to the empty line, inclusive; nothing at the end of the connection.
fn head(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    loop {
        let before = head.len();
        from.read_until(b'\n', &mut head)?;
        match &head[before..] {
            b"" if before == 0 => return Ok(head),
            b"" => return Err(io::ErrorKind::UnexpectedEof.into()),
            b"\r\n" => return Ok(head),
            _ => {}
        }
    }
}

fn body(head: &[u8], from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim));
    if value("transfer-encoding") == Some("chunked") {
        return chunks(from);
    }
    let length = value("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(body)
}

/// Reads the chunks unchanged, with their sizes.
fn chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let start = body.len();
        from.read_until(b'\n', &mut body)?;
        let digits = String::from_utf8_lossy(&body[start..]).trim().to_owned();
        let size = u64::from_str_radix(digits.split(';').next().unwrap_or_default(), 16);
        let size = size.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        let end = body.len() as u64 + size + 2;
        from.by_ref().take(size + 2).read_to_end(&mut body)?;
        if (body.len() as u64) < end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if size == 0 {
            return Ok(body);
        }
    }
}
