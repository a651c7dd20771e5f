//! Delimited text as records of fields, with the line that each record begins on.
//!
//! This is not the `csv` crate's work, because that reads every text: it takes an open quote or one with text behind it
//! for what it can, skips blank lines, which are rows of files with one column, counts no line that ends with `\r`
//! alone, and keeps to itself whether a field was quoted.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3};

use super::dialect::Dialect;
use crate::fault::{At, Fault};

/// A field's text, and the mark of quotes around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) quoted: bool,
}

/// One record. Reused from record to record.
#[derive(Debug, Default)]
pub(super) struct Record<'t> {
    /// The line of the text, from 1.
    pub(super) line: u64,
    pub(super) fields: Vec<Field<'t>>,
}

impl Record<'_> {
    /// Returns true if the line is empty.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.fields.as_slice(), [field] if field.text.is_empty() && !field.quoted)
    }
}

/// The records of a text, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Records<'t> {
    text: &'t str,
    position: usize,
    line: u64,
    delimiter: u8,
    quote: u8,
    escape: Option<u8>,
    comment: Option<&'t str>,
    skip_initial_space: bool,
}

/// The end of a field.
enum End {
    Field,
    Record,
}

impl<'t> Records<'t> {
    pub(super) fn new(text: &'t str, dialect: &'t Dialect) -> Self {
        let Dialect { delimiter, quote, escape, skip_initial_space, .. } = *dialect;
        let comment = dialect.comment.as_deref();
        Self { text, position: 0, line: 1, delimiter, quote, escape, comment, skip_initial_space }
    }

    /// Returns the start of the next record.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Returns the delimiter that is declared, or that the text states itself.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Steps over the part before the header: a first line that names the delimiter, which counts as one of the lines
    /// to be skipped, and those.
    pub(super) fn take_preamble(&mut self, dialect: &Dialect) -> Result<(), Fault> {
        self.take_separator(dialect)?;
        while self.line <= dialect.skip_rows {
            if self.rest().is_empty() {
                let message = format!("it has {} lines, and `skip_rows` is {}", self.line - 1, dialect.skip_rows);
                return Err(Fault::new(message).help("correct the option `skip_rows`"));
            }
            self.step_over_line();
        }
        Ok(())
    }

    /// Goes to the beginning of the next line.
    fn step_over_line(&mut self) {
        let length = memchr2(b'\n', b'\r', self.rest()).unwrap_or(self.rest().len());
        self.position += length;
        match self.rest() {
            [b'\r', b'\n', ..] => self.position += 2,
            [_, ..] => self.position += 1,
            [] => {}
        }
        self.line += 1;
    }

    /// Steps over a first line `sep=;`, in which Excel names the delimiter.
    fn take_separator(&mut self, dialect: &Dialect) -> Result<(), Fault> {
        let line = self.text.split(['\n', '\r']).next().unwrap_or_default();
        let plain = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
        let separator = match plain.split_at_checked(4) {
            Some((word, separator)) if word.eq_ignore_ascii_case("sep=") => separator,
            _ => return Ok(()),
        };
        let ([separator], true) = (separator.as_bytes(), separator.is_ascii()) else { return Ok(()) };
        if dialect.is_delimiter_declared && *separator != self.delimiter {
            let (says, declared) = (char::from(*separator), char::from(self.delimiter));
            let message =
                format!("it says that `{says}` is the delimiter, the option `delimiter` that `{declared}` is");
            return Err(Fault::new(message).at(At::Line(1)).help("leave the option out, or correct it"));
        }
        self.delimiter = *separator;
        self.step_over_line();
        Ok(())
    }

    /// Reads the next record into `record`; `false` at the end of the text.
    pub(super) fn read(&mut self, record: &mut Record<'t>) -> Result<bool, Fault> {
        record.fields.clear();
        while self.comment.is_some_and(|comment| self.text[self.position..].starts_with(comment)) {
            self.step_over_line();
        }
        record.line = self.line;
        if self.position == self.text.len() {
            return Ok(false);
        }
        loop {
            if self.skip_initial_space {
                let blanks =
                    self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t') && **byte != self.delimiter);
                self.position += blanks.count();
            }
            let quoted = self.byte() == Some(self.quote);
            let text = if quoted { self.quoted()? } else { Cow::Borrowed(self.unquoted()) };
            record.fields.push(Field { text, quoted });
            if matches!(self.end()?, End::Record) {
                return Ok(true);
            }
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.position..]
    }

    /// Returns all up to a delimiter or a line's end.
    fn unquoted(&mut self) -> &'t str {
        let length = memchr3(self.delimiter, b'\n', b'\r', self.rest()).unwrap_or(self.rest().len());
        let start = self.position;
        self.position += length;
        // Both ends are ASCII characters or the text's own ends.
        &self.text[start..self.position]
    }

    /// Returns all between two quotes.
    fn quoted(&mut self) -> Result<Cow<'t, str>, Fault> {
        let opened = self.line;
        let mut text = Cow::Borrowed("");
        self.position += 1;
        loop {
            let found = match self.escape {
                Some(escape) => memchr2(self.quote, escape, self.rest()),
                None => memchr(self.quote, self.rest()),
            };
            let Some(length) = found else {
                let fault = Fault::new("a quoted field begins here and does not end").at(At::Line(opened));
                return Err(fault.help(self.help()));
            };
            let piece = &self.text[self.position..self.position + length];
            self.line += line_breaks(piece);
            self.position += length;
            let next = self.rest().get(1).copied();
            let is_quote = self.byte() == Some(self.quote);
            // The character that the two stand for, or the one that stands for itself.
            let (character, taken) = match (is_quote, next) {
                (_, Some(next)) if next == self.quote => (next, 2),
                (false, Some(next)) if Some(next) == self.escape => (next, 2),
                (false, _) => (self.escape.unwrap_or_default(), 1),
                (true, _) => {
                    self.position += 1;
                    if text.is_empty() {
                        return Ok(Cow::Borrowed(piece));
                    }
                    text.to_mut().push_str(piece);
                    return Ok(text);
                }
            };
            text.to_mut().push_str(piece);
            text.to_mut().push(char::from(character));
            self.position += taken;
        }
    }

    fn help(&self) -> &'static str {
        match self.escape {
            Some(_) => {
                "a quote within a quoted field has the option `escape`'s character before it; see the option `quote`"
            }
            None => "a quote within a quoted field is written twice; see the options `quote` and `escape`",
        }
    }

    /// Steps over the end of a field.
    fn end(&mut self) -> Result<End, Fault> {
        let end = match self.byte() {
            None => return Ok(End::Record),
            Some(byte) if byte == self.delimiter => End::Field,
            Some(b'\r') if self.rest().get(1) == Some(&b'\n') => {
                self.position += 1;
                End::Record
            }
            Some(b'\n' | b'\r') => End::Record,
            Some(_) => {
                let next = self.text[self.position..].chars().next().unwrap_or_default();
                let message = format!("`{next}` follows a closing quote, expected a delimiter or the line's end");
                let fault = Fault::new(message).at(At::Line(self.line));
                return Err(fault.help(self.help()));
            }
        };
        self.position += 1;
        if matches!(end, End::Record) {
            self.line += 1;
        }
        Ok(end)
    }
}

/// Returns the number of lines that end within `text`.
fn line_breaks(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = |at: usize| bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    (0..bytes.len()).filter(|at| ends(*at)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Result<Vec<(u64, Vec<String>)>, String> {
        records_of(text, &Dialect::default())
    }

    fn records_of(text: &str, dialect: &Dialect) -> Result<Vec<(u64, Vec<String>)>, String> {
        let mut records = Records::new(text, dialect);
        records.take_preamble(dialect).map_err(|fault| fault.to_string())?;
        let (mut record, mut all) = (Record::default(), Vec::new());
        while records.read(&mut record).map_err(|fault| fault.to_string())? {
            all.push((record.line, record.fields.iter().map(|field| field.text.clone().into_owned()).collect()));
        }
        Ok(all)
    }

    fn record(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn records_end_with_any_line_break_or_none() {
        let expected = Ok(vec![record(1, &["a", "b"]), record(2, &["1", ""]), record(3, &["", "2"])]);
        assert_eq!(records("a,b\n1,\n,2"), expected);
        assert_eq!(records("a,b\r\n1,\r\n,2\r\n"), expected);
        assert_eq!(records("a,b\r1,\r,2\r"), expected);
        assert_eq!(records(""), Ok(vec![]));
    }

    #[test]
    fn quotes_take_everything() {
        let text = "\"a,\"\"b\"\"\",\"x\ny\"\n\"\",\"\"\"\"\n1,2\"3\n";
        let expected = vec![record(1, &["a,\"b\"", "x\ny"]), record(3, &["", "\""]), record(4, &["1", "2\"3"])];
        assert_eq!(records(text), Ok(expected));
    }

    #[test]
    fn quotes_must_fit() {
        let open = "line 2: a quoted field begins here and does not end";
        assert_eq!(records("a\n\"b\nc"), Err(open.to_owned()));
        let text = "line 1: `é` follows a closing quote, expected a delimiter or the line's end";
        assert_eq!(records("\"a\"é,2"), Err(text.to_owned()));
    }

    #[test]
    fn an_escape_counts_within_quotes_before_quotes_and_itself() {
        let spark = Dialect { escape: Some(b'\\'), ..Dialect::default() };
        let text = "\"he said \\\"hi\\\"\",a\\b,\\\\host\\d\n\"c:\\\\d \\n \"\"e\"\"\",\"\",\"\\\\\"\n";
        let expected =
            vec![record(1, &["he said \"hi\"", "a\\b", "\\\\host\\d"]), record(2, &["c:\\d \\n \"e\"", "", "\\"])];
        assert_eq!(records_of(text, &spark), Ok(expected));
        assert!(records_of("\"a\\\"", &spark).is_err());
    }

    #[test]
    fn comments_stand_where_records_begin() {
        let commented = Dialect { comment: Some("#".to_owned()), ..Dialect::default() };
        let text = "# \"a\n#\na,#b\r\n# c\r\n\"#\n#\",2\n#";
        assert_eq!(records_of(text, &commented), Ok(vec![record(3, &["a", "#b"]), record(5, &["#\n#", "2"])]));
    }

    #[test]
    fn lines_before_the_header_are_lines_whatever_they_hold() {
        let skipping = Dialect { skip_rows: 2, ..Dialect::default() };
        assert_eq!(records_of("it's \"open\r\n\na,b\n", &skipping), Ok(vec![record(3, &["a", "b"])]));
        assert_eq!(records_of("sep=;\nx\na;b\n", &skipping), Ok(vec![record(3, &["a", "b"])]));
        assert_eq!(records_of("a\n", &skipping), Err("it has 1 lines, and `skip_rows` is 2".to_owned()));
    }

    #[test]
    fn blanks_behind_a_delimiter_are_no_part_of_a_field_on_request() {
        let skipping = Dialect { skip_initial_space: true, ..Dialect::default() };
        let expected = vec![record(1, &["a", "b, c", " d ", "e "])];
        assert_eq!(records_of(" a, \"b, c\",\t\" d \",  e \n", &skipping), Ok(expected));
    }
}
