//! The options of a `csv` entry.

use std::collections::BTreeMap;

use encoding_rs::{Encoding, UTF_8};
use wpipe_data::ColumnKind;

use crate::options::Options;

/// How a file is written and read.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    /// One ASCII character.
    pub(super) delimiter: u8,
    /// One ASCII character.
    pub(super) quote: u8,
    pub(super) header: bool,
    pub(super) encoding: &'static Encoding,
    /// Spellings of missing values; the first is written.
    pub(super) nulls: Vec<String>,
    /// Columns whose kind is declared.
    pub(super) types: BTreeMap<String, ColumnKind>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: b'"',
            header: true,
            encoding: UTF_8,
            nulls: vec![String::new()],
            types: BTreeMap::new(),
        }
    }
}

impl Dialect {
    /// Reads the options `delimiter`, `quote`, `header`, `encoding`, `nulls` and `types`.
    pub(super) fn read(options: &mut Options) -> Self {
        let default = Self::default();
        let delimiter = character(options, "delimiter").unwrap_or(default.delimiter);
        let quote = character(options, "quote").unwrap_or(default.quote);
        if delimiter == quote {
            options.fail("quote", format!("is `{}`, which is the delimiter", char::from(quote)), None);
        }
        Self {
            delimiter,
            quote,
            header: options.bool("header").unwrap_or(default.header),
            encoding: encoding(options).unwrap_or(default.encoding),
            nulls: nulls(options, delimiter, quote).unwrap_or(default.nulls),
            types: options.types(),
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
