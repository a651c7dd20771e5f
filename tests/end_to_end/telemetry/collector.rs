//! A collector: an HTTP server that keeps what it is sent.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// A request that has come.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    /// The headers, by their names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// A server at an address of its own that answers every request alike.
pub(crate) struct Collector {
    pub(crate) endpoint: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Collector {
    /// One that takes everything.
    pub(crate) fn new() -> Self {
        Self::answering("200 OK")
    }

    /// One that answers with this status.
    pub(crate) fn answering(status: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::default();
        let kept = Arc::clone(&received);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(connection.unwrap(), status, &kept));
            }
        });
        Self { endpoint, received }
    }

    /// All that has come to a path.
    pub(crate) fn received(&self, path: &str) -> Vec<Received> {
        self.received.lock().unwrap().iter().filter(|request| request.path == path).cloned().collect()
    }

    /// All requests.
    pub(crate) fn requests(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// What has come to a path, which is JSON.
    pub(crate) fn documents(&self, path: &str) -> Vec<Value> {
        self.received(path).iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }
}

fn serve(connection: TcpStream, status: &str, kept: &Mutex<Vec<Received>>) {
    let mut reader = BufReader::new(connection);
    while let Some(request) = receive(&mut reader) {
        kept.lock().unwrap().push(request);
        let answer = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}");
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn receive(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body })
}
