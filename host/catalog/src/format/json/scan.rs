//! A scanner of records that knows the usual and nothing else: whatever it does not take, the exact reader reports or
//! reads.

use std::borrow::Cow;

use super::value::Value;

/// A position in a text of records.
#[derive(Debug)]
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

/// The text is left to the exact reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unusual;

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns true if nothing but blanks is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.at == self.text.len()
    }

    /// Passes over a character if it comes next, behind blanks.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let comes = self.peek() == Some(byte);
        self.at += usize::from(comes);
        comes
    }

    /// Reads the next record; `each` gets its names and values.
    pub(super) fn record(
        &mut self,
        mut each: impl FnMut(&'t str, Value<'t>) -> Result<(), Unusual>,
    ) -> Result<(), Unusual> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.expect(b'"')?;
            let name = self.text()?;
            let Cow::Borrowed(name) = name else { return Err(Unusual) };
            self.expect(b':')?;
            self.skip_blanks();
            each(name, self.value()?)?;
            match self.next_behind_blanks() {
                Some(b',') => {}
                Some(b'}') => return Ok(()),
                _ => return Err(Unusual),
            }
        }
    }

    fn value(&mut self) -> Result<Value<'t>, Unusual> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.text().map(Value::Text)
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b't') => self.word("true").map(|()| Value::Bool(true)),
            Some(b'f') => self.word("false").map(|()| Value::Bool(false)),
            Some(b'n') => self.word("null").map(|()| Value::Null),
            _ => Err(Unusual),
        }
    }

    /// Reads the rest of a text, behind its first quote.
    #[inline]
    fn text(&mut self) -> Result<Cow<'t, str>, Unusual> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let (mut at, mut is_escaped) = (start, false);
        loop {
            at = next_stop(bytes, at);
            match bytes.get(at) {
                Some(b'"') => break,
                // Whatever it is, it is no quote that ends the text.
                Some(b'\\') => (at, is_escaped) = (at + 2, true),
                // A control character, or the end of the text.
                _ => return Err(Unusual),
            }
        }
        self.at = at + 1;
        if is_escaped {
            return serde_json::from_str(&self.text[start - 1..=at]).map(Cow::Owned).map_err(|_| Unusual);
        }
        Ok(Cow::Borrowed(&self.text[start..at]))
    }

    #[inline]
    fn number(&mut self) -> Result<&'t str, Unusual> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// Passes over digits, one at least.
    fn digits(&mut self) -> Result<(), Unusual> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count > 0 { Ok(()) } else { Err(Unusual) }
    }

    fn word(&mut self, word: &str) -> Result<(), Unusual> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Unusual);
        }
        self.at += word.len();
        Ok(())
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unusual> {
        if self.take(byte) { Ok(()) } else { Err(Unusual) }
    }

    fn next_behind_blanks(&mut self) -> Option<u8> {
        self.skip_blanks();
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// The lowest bit of each byte, and the highest.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Returns the first position from `at` on with a quote, a backslash or a control character; or an end.
#[inline]
fn next_stop(bytes: &[u8], mut at: usize) -> usize {
    // Eight at a time. A borrow marks bytes behind a stop only.
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let chunk = u64::from_le_bytes(*chunk);
        let zeros = |value: u64| value.wrapping_sub(ONES) & !value & HIGHS;
        let controls = chunk.wrapping_sub(ONES * 0x20) & !chunk & HIGHS;
        let stops = zeros(chunk ^ (ONES * u64::from(b'"'))) | zeros(chunk ^ (ONES * u64::from(b'\\'))) | controls;
        if stops != 0 {
            return at + (stops.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> Result<Vec<(String, String)>, Unusual> {
        let mut scanner = Scanner::new(text);
        let mut found = Vec::new();
        while !scanner.is_at_end() {
            scanner.record(|name, value| {
                found.push((name.to_owned(), format!("{value:?}")));
                Ok(())
            })?;
        }
        Ok(found)
    }

    #[test]
    fn a_stop_is_found_at_every_place() {
        for stop in [b'"', b'\\', 0, b'\n', 0x1f] {
            for length in 0..40 {
                let mut bytes = vec![0x80; length];
                bytes.extend([b' ', b'~', 0xff, stop, stop, b'"']);
                assert_eq!(next_stop(&bytes, 0), length + 3, "{stop} {length}");
            }
        }
        assert_eq!(next_stop("größer, als acht".as_bytes(), 0), 18);
    }

    #[test]
    fn records_are_scanned() {
        let text = " {\"a\" : -0.5e+3 ,\"b\":\"x\\u00e4\\\"\", \"c\":null}\n{}{\"a\":true,\"b\":false}";
        let found = scanned(text).expect("records");
        let expected = [
            ("a", "Number(\"-0.5e+3\")"),
            ("b", "Text(\"xä\\\"\")"),
            ("c", "Null"),
            ("a", "Bool(true)"),
            ("b", "Bool(false)"),
        ];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn whatever_serde_refuses_is_refused() {
        for value in [
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "0x1",
            "tru",
            "nul",
            "NaN",
            "\"a\nb\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"a",
            "",
            "1 2",
            "\"\t\"",
            "--1",
            "1.e5",
            "truefalse",
            "'a'",
        ] {
            let text = format!("{{\"a\":{value}}}");
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{text}");
            assert_eq!(scanned(&text), Err(Unusual), "{text}");
        }
        for text in ["{\"a\":1,}", "{,}", "{\"a\"}", "{a:1}", "{\"a\":1", "[1]", "{\"a\":1}}", "{\"a\":1},", "x"] {
            assert_eq!(scanned(text), Err(Unusual), "{text}");
        }
    }
}
