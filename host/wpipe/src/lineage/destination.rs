//! Where events go: a file, or a server that takes them one by one.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use reqwest::blocking::Client;
use serde_json::Value;
use url::Url;

use super::error::LineageError;

/// The time for one event.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The time that a server has after the end of a run to take the rest.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// The path of servers, if a URL has none.
const PATH: &str = "/api/v1/lineage";

/// A file or a server, with what it has lost.
pub(super) struct Destination {
    place: String,
    way: Mutex<Option<Way>>,
    tally: Mutex<Tally>,
}

enum Way {
    File(File),
    Server { events: Sender<String>, answers: Receiver<Result<(), String>> },
}

#[derive(Debug, Default)]
struct Tally {
    sent: usize,
    arrived: usize,
    first_fault: Option<String>,
}

impl Tally {
    fn note(&mut self, result: Result<(), String>) {
        match result {
            Ok(()) => self.arrived += 1,
            Err(fault) => drop(self.first_fault.get_or_insert(fault)),
        }
    }
}

impl Destination {
    /// Opens a file, to which events are added, or the server at an `http://` or `https://` URL. Its `key` is sent with every
    /// event.
    pub(super) fn open(to: &str, key: Option<String>) -> Result<Self, LineageError> {
        let opened = |place, way| Self { place, way: Mutex::new(Some(way)), tally: Mutex::default() };
        if !to.starts_with("http://") && !to.starts_with("https://") {
            let path = Path::new(to);
            let file = File::options().append(true).create(true).open(path);
            let file = file.map_err(|source| LineageError::Open { path: path.to_owned(), source })?;
            return Ok(opened(to.to_owned(), Way::File(file)));
        }
        let faulty = |reason: String| LineageError::Client { place: "the URL".to_owned(), reason };
        let mut url = Url::parse(to).map_err(|error| faulty(error.to_string()))?;
        if url.path() == "/" {
            url.set_path(PATH);
        }
        let mut shown = url.clone();
        shown.set_query(None);
        // A URL with a host takes both.
        let _ = (shown.set_username(""), shown.set_password(None));
        let place = shown.to_string();
        let ((events, incoming), (answered, answers)) = (mpsc::channel(), mpsc::channel());
        let serving = thread::Builder::new().name("wpipe-lineage".into());
        let serving = serving.spawn(move || post_all(&url, key.as_deref(), &incoming, &answered));
        serving.map_err(|error| LineageError::Client { place: place.clone(), reason: error.to_string() })?;
        Ok(opened(place, Way::Server { events, answers }))
    }

    pub(super) fn send(&self, event: &Value) {
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.sent += 1;
        match way.as_mut() {
            Some(Way::File(file)) => {
                tally.note(file.write_all(format!("{event}\n").as_bytes()).map_err(|error| error.to_string()));
            }
            // A thread that has ended has not answered, which counts as lost.
            Some(Way::Server { events, .. }) => drop(events.send(event.to_string())),
            None => {}
        }
    }

    /// Waits a few seconds until all events have arrived.
    pub(super) fn finish(&self) -> Result<(), LineageError> {
        let way = self.way.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Way::Server { events, answers }) = way {
            drop(events);
            let deadline = std::time::Instant::now() + LAST_WORDS;
            let left = || deadline.saturating_duration_since(std::time::Instant::now());
            while let Ok(answer) = answers.recv_timeout(left()) {
                tally.note(answer);
            }
        }
        let (all, lost) = (tally.sent, tally.sent - tally.arrived);
        if lost == 0 {
            return Ok(());
        }
        let reason = tally.first_fault.clone().unwrap_or_else(|| "the server was too slow to take them all".to_owned());
        Err(LineageError::Lost { lost, all, place: self.place.clone(), reason })
    }
}

/// Posts events until there are no more, one after the other: a server sees a run begin before it ends.
fn post_all(url: &Url, key: Option<&str>, events: &Receiver<String>, answers: &Sender<Result<(), String>>) {
    wpipe_catalog::choose_tls();
    let client = Client::builder().timeout(TIMEOUT).build();
    for event in events {
        let answer = client.as_ref().map_err(ToString::to_string).and_then(|client| {
            let mut request = client.post(url.clone()).header("content-type", "application/json").body(event);
            if let Some(key) = key {
                request = request.bearer_auth(key);
            }
            let response = request.send().map_err(|error| last_cause(&error.without_url()))?;
            let status = response.status();
            if status.is_success() { Ok(()) } else { Err(format!("it answered {status}")) }
        });
        // Nobody waits for the answer any more.
        if answers.send(answer).is_err() {
            return;
        }
    }
}

/// Returns the last cause of an error, which says what happened.
fn last_cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}
