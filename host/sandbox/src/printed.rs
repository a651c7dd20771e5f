//! Logs a guest's output to a standard stream, line by line while it goes on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::error::CallError;
use crate::log::Log;
use crate::telemetry::Level;

/// The most bytes that a guest may print in one call of the host.
const MOST_AT_ONCE: usize = 64 << 10;
/// The most bytes of one line; a longer one is logged in pieces.
const LONGEST_LINE: usize = 64 << 10;

/// One standard stream. A clone is another handle to the same stream.
#[derive(Clone)]
pub(crate) struct Printed(Arc<Mutex<Line>>);

struct Line {
    log: Arc<Log>,
    level: Level,
    /// The printed part of a line that has not ended.
    begun: Vec<u8>,
}

impl Printed {
    pub(crate) fn new(level: Level, log: Arc<Log>) -> Self {
        Self(Arc::new(Mutex::new(Line { log, level, begun: Vec::new() })))
    }

    /// Logs the text that no line break has ended.
    pub(crate) fn end(&self) -> Result<(), CallError> {
        let mut line = self.line();
        if line.begun.is_empty() { Ok(()) } else { line.log() }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn print(&mut self, bytes: &[u8]) -> Result<(), CallError> {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        // The text behind the last line break is no line yet.
        let rest = lines.next_back().unwrap_or_default();
        for line in lines {
            self.add(line)?;
            self.log()?;
        }
        self.add(rest)
    }

    /// Adds to a line, and logs the part that is too much for one message.
    fn add(&mut self, mut bytes: &[u8]) -> Result<(), CallError> {
        while self.begun.len() + bytes.len() > LONGEST_LINE {
            let (now, later) = bytes.split_at(LONGEST_LINE - self.begun.len());
            self.begun.extend_from_slice(now);
            bytes = later;
            // A character is not cut in two.
            let begun = unfinished(&self.begun);
            let kept = self.begun.split_off(self.begun.len() - begun);
            self.log()?;
            self.begun = kept;
        }
        self.begun.extend_from_slice(bytes);
        Ok(())
    }

    fn log(&mut self) -> Result<(), CallError> {
        let line = std::mem::take(&mut self.begun);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        self.log.message(self.level, String::from_utf8_lossy(line).into_owned())
    }
}

/// Returns the number of bytes at the end of `bytes` that begin a character and may still complete it.
fn unfinished(bytes: &[u8]) -> usize {
    match bytes.utf8_chunks().last() {
        Some(chunk) if chunk.invalid().len() < 4 && bytes.ends_with(chunk.invalid()) => {
            let is_begun = std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
            if is_begun { chunk.invalid().len() } else { 0 }
        }
        _ => 0,
    }
}

impl StdoutStream for Printed {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // WASI 0.3 would ask for it, but nobody is linked with that.
        Box::new(MemoryOutputPipe::new(0))
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

#[async_trait]
impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.line().print(&bytes).map_err(|error| StreamError::Trap(error.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MOST_AT_ONCE)
    }
}

#[async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use wpipe_text::GuestText;

    use super::*;
    use crate::limits::Limits;
    use crate::log::Clock;
    use crate::telemetry::Telemetry;

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl Telemetry for Notes {
        fn log(&self, _: Level, message: &GuestText) {
            self.0.lock().unwrap().push(message.to_string());
        }

        fn progress(&self, _: u64, _: u64) {}

        fn metric(&self, _: &GuestText, _: f64) {}
    }

    /// Returns the log of pieces that are printed under this limit, and the final result.
    fn logged(pieces: &[&[u8]], limit: u64, cancel: bool) -> (Vec<String>, Result<(), CallError>) {
        let notes = Arc::new(Notes::default());
        let limits = Limits { log: limit, ..Limits::default() };
        let clock = Clock::start(&limits, Arc::new(AtomicBool::new(cancel)));
        let printed = Printed::new(Level::Info, Arc::new(Log::new(notes.clone(), &limits, clock)));
        let result = pieces.iter().try_for_each(|piece| printed.line().print(piece));
        let result = result.and_then(|()| printed.end());
        let lines = std::mem::take(&mut *notes.0.lock().unwrap());
        (lines, result)
    }

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let (lines, result) = logged(pieces, 16 << 20, false);
        assert_eq!(result, Ok(()));
        lines
    }

    #[test]
    fn lines_are_whole_however_they_are_printed() {
        assert_eq!(lines(&[b"a\n\nb\r\n", b"c", b"", b"d\ne"]), ["a", "", "b", "cd", "e"]);
        let text = "é漢\n🎉".as_bytes();
        let bytes: Vec<_> = text.chunks(1).collect();
        assert_eq!(lines(&bytes), ["é漢", "🎉"]);
        assert_eq!(lines(&[b"\xff\xfe\n\xc3"]), ["\u{fffd}\u{fffd}", "\u{fffd}"]);
    }

    #[test]
    fn a_long_line_is_logged_in_pieces_between_characters() {
        let text = format!("x{}", "é".repeat(LONGEST_LINE));
        let lines = lines(&[text.as_bytes()]);
        assert_eq!(lines.concat(), text);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [LONGEST_LINE - 1, LONGEST_LINE, 2]);
    }

    #[test]
    fn a_flood_of_line_breaks_ends_at_the_limit() {
        let (lines, result) = logged(&[&[b'\n'; MOST_AT_ONCE]], 12_800, false);
        assert_eq!((lines.len(), result), (100, Err(CallError::LogLimit { limit: 12_800 })));
    }

    #[test]
    fn nothing_is_logged_once_the_call_is_cancelled() {
        let (lines, result) = logged(&[b"a\nb\n"], 16 << 20, true);
        assert_eq!((lines.len(), result), (0, Err(CallError::Cancelled)));
    }
}
