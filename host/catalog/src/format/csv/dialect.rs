//! The options of a `csv` entry.

use crate::format::charset::Charset;
use crate::options::Options;
use crate::table::{Declared, Notation};

/// The form of a file.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    /// The delimiter, an ASCII character.
    pub(super) delimiter: u8,
    /// True if the entry names it; else a first line `sep=;` may name another.
    pub(super) is_delimiter_declared: bool,
    /// The quote, an ASCII character.
    pub(super) quote: u8,
    /// An ASCII character that stands within quotes before a quote that is part of the text, and before itself.
    pub(super) escape: Option<u8>,
    /// The beginning of lines that hold no data.
    pub(super) comment: Option<String>,
    /// The number of lines before the header.
    pub(super) skip_rows: u64,
    /// True if blanks behind a delimiter are no part of the field.
    pub(super) skip_initial_space: bool,
    /// True if a row may end early: its other fields are missing.
    pub(super) short_rows: bool,
    pub(super) header: bool,
    pub(super) charset: Charset,
    /// Spellings of missing values; the first is written.
    pub(super) nulls: Vec<String>,
    /// The notation of numbers, dates and times.
    pub(super) notation: Notation,
    /// The columns that are read, and their kinds.
    pub(super) declared: Declared,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            is_delimiter_declared: false,
            quote: b'"',
            escape: None,
            comment: None,
            skip_rows: 0,
            skip_initial_space: false,
            short_rows: false,
            header: true,
            charset: Charset::UTF_8,
            nulls: vec![String::new()],
            notation: Notation::PLAIN,
            declared: Declared::default(),
        }
    }
}

impl Dialect {
    /// Reads the options of the file's form, of its values, and of its columns.
    pub(super) fn read(options: &mut Options) -> Self {
        let default = Self::default();
        let notation = Notation::read(options);
        let declared = character(options, "delimiter");
        // As Excel does if fractions have a comma.
        let usual = if notation.has_decimal_comma() { b';' } else { default.delimiter };
        let delimiter = declared.unwrap_or(usual);
        let quote = character(options, "quote").unwrap_or(default.quote);
        if delimiter == quote {
            options.fail("quote", format!("is `{}`, which is the delimiter", char::from(quote)), None);
        }
        let escape = character(options, "escape");
        if escape == Some(delimiter) {
            options.fail("escape", format!("is `{}`, which is the delimiter", char::from(delimiter)), None);
        }
        let comment = comment(options, delimiter, quote);
        let nulls = nulls(options, delimiter, quote).unwrap_or(default.nulls);
        if let (Some(comment), Some(null)) = (&comment, nulls.first())
            && null.starts_with(comment.as_str())
        {
            options.fail("comment", format!("is how `{null}`, a missing value, begins"), None);
        }
        Self {
            delimiter,
            is_delimiter_declared: declared.is_some(),
            quote,
            // A quote is written twice anyway.
            escape: escape.filter(|escape| *escape != quote),
            comment,
            skip_rows: options.whole("skip_rows", 0, i64::MAX).and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0),
            skip_initial_space: options.bool("skip_initial_space").unwrap_or(default.skip_initial_space),
            short_rows: options.bool("short_rows").unwrap_or(default.short_rows),
            header: options.bool("header").unwrap_or(default.header),
            charset: Charset::read(options).unwrap_or(default.charset),
            nulls,
            notation,
            declared: options.declared_without_lists("csv"),
        }
    }

    #[inline]
    pub(super) fn is_null(&self, text: &str) -> bool {
        self.nulls.iter().any(|null| null.len() == text.len() && null == text)
    }
}

fn character(options: &mut Options, key: &'static str) -> Option<u8> {
    let text = options.text(key)?;
    match text.as_bytes() {
        [b'\n' | b'\r'] => {
            options.fail(key, "is a line break, which ends records".to_owned(), None);
            None
        }
        [byte] if byte.is_ascii() => Some(*byte),
        _ => {
            let help = Some("for a tab, write \"\\t\"".to_owned());
            options.fail(key, format!("expected one ASCII character, found \"{text}\""), help);
            None
        }
    }
}

fn comment(options: &mut Options, delimiter: u8, quote: u8) -> Option<String> {
    let comment = options.text("comment")?;
    let first = comment.bytes().next();
    let message = match first {
        None => "is empty: every line begins so",
        Some(byte) if byte == delimiter => "begins with the delimiter",
        Some(byte) if byte == quote => "begins with the quote",
        _ if comment.contains(['\n', '\r']) => "holds a line break",
        _ => return Some(comment.to_owned()),
    };
    options.fail("comment", message.to_owned(), Some("for example \"#\" or \"//\"".to_owned()));
    None
}

/// Reads `nulls`, a list, or `null`, a single spelling.
fn nulls(options: &mut Options, delimiter: u8, quote: u8) -> Option<Vec<String>> {
    let single = options.text("null").map(|null| vec![null.to_owned()]);
    let (key, nulls) = match (single, options.has("nulls")) {
        (Some(_), true) => {
            let help = Some("list all spellings in `nulls`".to_owned());
            options.fail("null", "stands beside `nulls`, which says the same".to_owned(), help);
            return None;
        }
        (Some(single), false) => ("null", single),
        (None, _) => ("nulls", options.texts("nulls")?),
    };
    if nulls.is_empty() {
        let message = "is empty: at least one spelling is needed to write missing values";
        options.fail("nulls", message.to_owned(), Some("for example [\"\", \"NA\"]".to_owned()));
        return None;
    }
    let special = [char::from(delimiter), char::from(quote), '\n', '\r'];
    if let Some(null) = nulls.iter().find(|null| null.contains(special)) {
        let message = format!("{null:?} holds a delimiter, a quote or a line break");
        options.fail(key, message, None);
        return None;
    }
    Some(nulls)
}
