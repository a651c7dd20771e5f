//! The options of a `json` entry's form.

use std::borrow::Cow;

use crate::fault::Fault;
use crate::format::charset::Charset;
use crate::options::Options;

/// The form of a file.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) orient: Orient,
    /// The column that names rows, if the file keeps such names beside its columns.
    pub(super) index: Option<String>,
    /// True if the words `NaN`, `Infinity` and `-Infinity` are numbers, as Python writes them.
    pub(super) allows_nan: bool,
    /// The declared encoding; a byte order mark beats it.
    pub(super) charset: Option<Charset>,
}

/// The orientation of the text, by the names that pandas gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Orient {
    /// Objects in an array, or one after the other; true: written one a line.
    Records { lines: bool },
    /// The names of columns, then the values of each row: `{"columns": ["x"], "data": [[1], [2]]}`.
    Split,
    /// The values of each column: `{"x": [1, 2]}` or `{"x": {"0": 1, "1": 2}}`.
    Columns,
    /// The records by their names: `{"0": {"x": 1}, "1": {"x": 2}}`.
    Index,
}

impl Form {
    /// Reads `orient`, `lines`, `index`, `allow_nan` and `encoding`.
    pub(super) fn read(options: &mut Options) -> Self {
        let lines = options.bool("lines");
        let choices = ["records", "lines", "split", "columns", "index"];
        let orient = match (options.choice("orient", &choices), lines) {
            (Some("split"), _) => Orient::Split,
            (Some("columns"), _) => Orient::Columns,
            (Some("index"), _) => Orient::Index,
            (Some("lines"), _) => Orient::Records { lines: true },
            _ => Orient::Records { lines: lines == Some(true) },
        };
        let is_records = matches!(orient, Orient::Records { .. });
        match lines {
            Some(true) if !is_records => options.fail("lines", "is for records alone".to_owned(), None),
            Some(false) if options.text("orient") == Some("lines") => {
                options.fail("lines", "contradicts `orient = \"lines\"`".to_owned(), None);
            }
            _ => {}
        }
        let index = options.text("index").map(str::to_owned);
        if index.is_some() && is_records {
            let help = "`orient = \"split\"`, `\"columns\"` and `\"index\"` have one".to_owned();
            options.fail("index", "says how names of rows are called, and records have none".to_owned(), Some(help));
        }
        Self { orient, index, allows_nan: options.bool("allow_nan").unwrap_or(false), charset: Charset::read(options) }
    }

    /// Returns the length of the byte order mark before records in UTF-8 and of strict JSON; `None` for others.
    pub(super) fn mark_of_plain_records(&self, bytes: &[u8]) -> Option<usize> {
        let is_plain = matches!(self.orient, Orient::Records { .. }) && !self.allows_nan;
        self.charset_of(bytes).mark_of_utf8(bytes).filter(|_| is_plain)
    }

    /// Decodes `bytes`. UTF-16 tells itself, for JSON begins with an ASCII character.
    pub(super) fn decode<'b>(&self, bytes: &'b [u8]) -> Result<Cow<'b, str>, Fault> {
        self.charset_of(bytes).decode(bytes)
    }

    fn charset_of(&self, bytes: &[u8]) -> Charset {
        self.charset.unwrap_or(match bytes {
            [0, low, ..] if *low != 0 => Charset::UTF_16_BE,
            [low, 0, ..] if *low != 0 => Charset::UTF_16_LE,
            _ => Charset::UTF_8,
        })
    }

    /// Returns `text` as it is stored.
    pub(super) fn encode(&self, text: String) -> Result<Vec<u8>, Fault> {
        self.charset.unwrap_or(Charset::UTF_8).encode(text)
    }
}
