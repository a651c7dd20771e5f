//! Events as lines of JSON, for machines. A terminal obeys nothing in them, since people look at them too.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use crate::{Observer, Record};

/// An observer that writes each event as one line of JSON.
#[derive(Debug)]
pub struct JsonLines<W>(Mutex<State<W>>);

#[derive(Debug)]
struct State<W> {
    writer: W,
    error: Option<io::Error>,
}

impl<W: Write> JsonLines<W> {
    /// Returns a writer to `writer`, with one call per line.
    pub fn new(writer: W) -> Self {
        Self(Mutex::new(State { writer, error: None }))
    }

    /// Flushes, and returns the first error since the beginning: a run does not stop for the sake of its own journal.
    ///
    /// # Errors
    ///
    /// Fails if not every event was written.
    pub fn finish(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.error.take() {
            Some(error) => Err(error),
            None => state.writer.flush(),
        }
    }
}

impl<W: Write + Send> Observer for JsonLines<W> {
    fn observe(&self, record: &Record) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.error.is_some() {
            return;
        }
        // Written in one piece, so that a line of an unbuffered file is there whole or not at all.
        let line = serde_json::to_string(record).map_err(io::Error::from);
        let written = line.and_then(|line| {
            let line = wpipe_text::json(line) + "\n";
            state.writer.write_all(line.as_bytes())
        });
        if let Err(error) = written {
            state.error = Some(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::{At, EVENT_FORMAT, Event, RunId};

    fn at_epoch(event: Event) -> Record {
        Record { time: SystemTime::UNIX_EPOCH, elapsed: None, run: RunId::now(), worker: None, event }
    }

    #[test]
    fn an_event_is_one_line() {
        let mut bytes = Vec::new();
        let lines = JsonLines::new(&mut bytes);
        let event = Event::LoadCompleted {
            dataset: "a\nb".into(),
            at: At::default(),
            bytes: 7,
            duration: Duration::from_millis(1500),
            retries: 0,
            version: None,
            columns: Vec::new(),
        };
        lines.observe(&at_epoch(event));
        lines.finish().unwrap();
        drop(lines);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count(), 1);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["event"], "load_completed");
        assert_eq!(value["dataset"], "a\nb");
        assert_eq!(value["seconds"], 1.5);
        assert_eq!(value["time"], "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn what_json_has_no_number_for_is_a_text_that_is_read_back() {
        let figure = |value| {
            let (node, name) = ("n".to_owned(), "loss\u{202e}\u{9b}".into());
            let event = Event::Metric { node, at: At::default(), name, value };
            let mut bytes = Vec::new();
            JsonLines::new(&mut bytes).observe(&at_epoch(event));
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(r#""name":"loss\u202e\u009b""#), "{text}");
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["value"].clone()
        };
        for (value, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            assert_eq!(figure(value), text);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        for value in [1e308, -0.5, f64::MIN_POSITIVE, 2e15] {
            assert_eq!(figure(value).as_f64(), Some(value));
        }
    }

    #[test]
    fn a_full_disk_is_told_at_the_end() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let lines = JsonLines::new(Full);
        let event = Event::RunStarted { format: EVENT_FORMAT, pipeline: "p".into(), nodes: 0 };
        let record = at_epoch(event);
        lines.observe(&record);
        lines.observe(&record);
        assert_eq!(lines.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
