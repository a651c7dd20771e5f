//! The options of a `csv` entry.

use encoding_rs::{Encoding, UTF_8};

use crate::options::Options;
use crate::table::Declared;

/// How a file is written and read.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    /// One ASCII character.
    pub(super) delimiter: u8,
    /// Whether the entry says what it is; a first line `sep=;` may say it otherwise.
    pub(super) is_delimiter_declared: bool,
    /// One ASCII character.
    pub(super) quote: u8,
    pub(super) header: bool,
    pub(super) encoding: &'static Encoding,
    /// Spellings of missing values; the first is written.
    pub(super) nulls: Vec<String>,
    /// Which columns are read, and what they hold.
    pub(super) declared: Declared,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            is_delimiter_declared: false,
            quote: b'"',
            header: true,
            encoding: UTF_8,
            nulls: vec![String::new()],
            declared: Declared::default(),
        }
    }
}

impl Dialect {
    /// Reads the options `delimiter`, `quote`, `header`, `encoding`, `nulls`, `columns` and `types`.
    pub(super) fn read(options: &mut Options) -> Self {
        let default = Self::default();
        let declared = character(options, "delimiter");
        let delimiter = declared.unwrap_or(default.delimiter);
        let quote = character(options, "quote").unwrap_or(default.quote);
        if delimiter == quote {
            options.fail("quote", format!("is `{}`, which is the delimiter", char::from(quote)), None);
        }
        Self {
            delimiter,
            is_delimiter_declared: declared.is_some(),
            quote,
            header: options.bool("header").unwrap_or(default.header),
            encoding: encoding(options).unwrap_or(default.encoding),
            nulls: nulls(options, delimiter, quote).unwrap_or(default.nulls),
            declared: options.declared(),
        }
    }

    pub(super) fn is_null(&self, text: &str) -> bool {
        self.nulls.iter().any(|null| null == text)
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

fn encoding(options: &mut Options) -> Option<&'static Encoding> {
    let label = options.text("encoding")?;
    let found = Encoding::for_label_no_replacement(label.as_bytes());
    if found.is_none() {
        let help = "for example \"utf-8\", \"latin1\", \"windows-1252\", \"utf-16\", \"shift_jis\", \"gb18030\"";
        options.fail("encoding", format!("`{label}` is not known"), Some(help.to_owned()));
    }
    found
}

fn nulls(options: &mut Options, delimiter: u8, quote: u8) -> Option<Vec<String>> {
    let nulls = options.texts("nulls")?;
    if nulls.is_empty() {
        let message = "is empty: at least one spelling is needed to write missing values";
        options.fail("nulls", message.to_owned(), Some("for example [\"\", \"NA\"]".to_owned()));
        return None;
    }
    let special = [char::from(delimiter), char::from(quote), '\n', '\r'];
    if let Some(null) = nulls.iter().find(|null| null.contains(special)) {
        let message = format!("{null:?} holds a delimiter, a quote or a line break");
        options.fail("nulls", message, None);
        return None;
    }
    Some(nulls)
}
