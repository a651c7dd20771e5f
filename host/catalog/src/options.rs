//! Reading a catalog entry's options: every problem is reported, none hides another.

use jiff::tz;
use serde_json::{Map, Value};
use wpipe_data::ColumnKind;
use wpipe_data::table::{KIND_NAMES, KindError};

use crate::table::Declared;
use wpipe_text::{did_you_mean, did_you_mean_or_list, list, suggested_key};

/// The keys that an entry of every type may have, which are read before its options.
const OF_EVERY_TYPE: [&str; 16] = [
    "type",
    "path",
    "url",
    "store",
    "connection",
    "versioned",
    "persist",
    "reload",
    "delay",
    "partitioned",
    "suffix",
    "prune",
    "checkpoint",
    "hidden",
    "glob",
    "exclude",
];

/// A problem of a catalog entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionError {
    /// The key; `None` for the entry as a whole.
    pub key: Option<String>,
    /// The problem, as a fragment.
    pub message: String,
    /// The help.
    pub help: Option<String>,
}

/// The options of one entry. Requested keys are known; all others are unknown.
#[derive(Debug)]
pub(crate) struct Options<'m> {
    map: &'m Map<String, Value>,
    /// True if the entry is a set of objects.
    of_set: bool,
    /// The end of the names of its files, as far as the entry says it.
    name: &'m str,
    known: Vec<&'static str>,
    errors: Vec<OptionError>,
}

impl<'m> Options<'m> {
    pub(crate) fn new(map: &'m Map<String, Value>, of_set: bool) -> Self {
        Self { map, of_set, name: "", known: Vec::new(), errors: Vec::new() }
    }

    /// Returns the same options for files whose names end like this one.
    pub(crate) fn named(self, name: &'m str) -> Self {
        Self { name, ..self }
    }

    /// Returns the end of the names of the entry's files.
    pub(crate) fn name(&self) -> &'m str {
        self.name
    }

    /// Reports a problem with the value of `key`.
    pub(crate) fn fail(&mut self, key: &str, message: String, help: Option<String>) {
        self.errors.push(OptionError { key: Some(key.to_owned()), message, help });
    }

    /// Returns true if the entry has `key`.
    pub(crate) fn has(&mut self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Option<&'m str> {
        match self.get(key)? {
            Value::String(text) => Some(text),
            other => self.wrong_type(key, "a text", other),
        }
    }

    pub(crate) fn bool(&mut self, key: &'static str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(value) => Some(*value),
            other => self.wrong_type(key, "`true` or `false`", other),
        }
    }

    /// Reads a text of one character.
    pub(crate) fn character(&mut self, key: &'static str) -> Option<char> {
        let text = self.text(key)?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Some(character),
            _ => {
                self.fail(key, format!("expected one character, found \"{text}\""), None);
                None
            }
        }
    }

    pub(crate) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        const EXPECTED: &str = "a list of texts";
        let Value::Array(items) = self.get(key)? else {
            return self.get(key).and_then(|other| self.wrong_type(key, EXPECTED, other));
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::String(text) => texts.push(text.clone()),
                other => return self.wrong_type(key, EXPECTED, other),
            }
        }
        Some(texts)
    }

    /// Reads one of `choices`.
    pub(crate) fn choice(&mut self, key: &'static str, choices: &[&'static str]) -> Option<&'static str> {
        let text = self.text(key)?;
        let choice = choices.iter().find(|choice| **choice == text).copied();
        if choice.is_none() {
            let message = format!("`{text}` is not known, expected one of {}", list(choices));
            self.fail(key, message, None);
        }
        choice
    }

    /// Reads a whole number between `least` and `most`.
    pub(crate) fn whole(&mut self, key: &'static str, least: i64, most: i64) -> Option<i64> {
        let value = self.get(key)?;
        let number = value.as_i64().filter(|number| (least..=most).contains(number));
        number.or_else(|| self.wrong_type(key, &format!("a whole number from {least} to {most}"), value))
    }

    /// Reads the columns to load, and their kinds: the options `columns` and `types`.
    pub(crate) fn declared(&mut self) -> Declared {
        let columns = self.texts("columns");
        if let Some(columns) = &columns {
            if columns.is_empty() {
                self.fail("columns", "is empty: a table without columns says nothing".to_owned(), None);
            }
            if let Some((_, twice)) = columns.iter().enumerate().find(|(at, name)| columns[..*at].contains(name)) {
                self.fail("columns", format!("names `{twice}` twice"), None);
            }
        }
        let types = self.types();
        if let Some(columns) = &columns
            && let Some((left_out, _)) = types.iter().find(|(name, _)| !columns.contains(name))
        {
            let message = format!("declares `{left_out}`, which `columns` leaves out");
            let names: Vec<&str> = columns.iter().map(String::as_str).collect();
            self.fail("types", message, did_you_mean(left_out, names.iter().copied()));
        }
        Declared { columns, types, dictionary: None, of_set: self.of_set }
    }

    /// Reads as [`declared`](Self::declared) does, for formats that hold text by the codes of a dictionary: and
    /// `dictionary`.
    pub(crate) fn declared_with_dictionary(&mut self) -> Declared {
        let dictionary = self.bool("dictionary");
        Declared { dictionary, ..self.declared() }
    }

    /// Reads as [`declared`](Self::declared) does, for formats that hold no lists; `cure` says what does.
    pub(crate) fn declared_without_lists(&mut self, kind: &str) -> Declared {
        let declared = self.declared();
        for (column, kind_of_column) in &declared.types {
            if let ColumnKind::List(_) = kind_of_column {
                let message = format!("column `{column}`: `{kind}` holds no lists such as {kind_of_column}");
                let help = "declare the column as `text`, or keep lists in parquet, arrow or json".to_owned();
                self.fail("types", message, Some(help));
            }
        }
        declared
    }

    /// Reads the kinds of columns that the entry declares.
    fn types(&mut self) -> Vec<(String, ColumnKind)> {
        let Some(value) = self.get("types") else {
            return Vec::new();
        };
        let Value::Object(columns) = value else {
            let _: Option<()> = self.wrong_type("types", "a table of columns and types", value);
            return Vec::new();
        };
        let mut types = Vec::new();
        for (column, value) in columns {
            let Value::String(name) = value else {
                let message = format!("expected the name of a type for column `{column}`, found {}", describe(value));
                self.fail("types", message, Some(format!("types: {}", list(&KIND_NAMES))));
                continue;
            };
            match name.parse() {
                Ok(ColumnKind::Timestamp(_, Some(zone))) if !is_known(&zone.to_string()) => {
                    let message = format!("column `{column}`: there is no time zone `{zone}`");
                    let help = "zones are called as in `Europe/Berlin`, `UTC` or `+02:00`".to_owned();
                    self.fail("types", message, Some(help));
                }
                Ok(kind) => types.push((column.clone(), kind)),
                Err(KindError::Name(name)) => {
                    let help = did_you_mean_or_list(&name, "types", &KIND_NAMES);
                    self.fail("types", format!("column `{column}` has the unknown type `{name}`"), Some(help));
                }
                Err(error) => self.fail("types", format!("column `{column}`: {error}"), None),
            }
        }
        types
    }

    /// Returns the keys that have been requested.
    pub(crate) fn known(&self) -> &[&'static str] {
        &self.known
    }

    /// Returns all problems, those of unknown keys first, as they may explain the others.
    pub(crate) fn finish(self, kind: &str) -> Vec<OptionError> {
        let unknown = self.map.keys().filter(|key| !self.known.contains(&key.as_str()));
        let mut errors: Vec<_> = unknown
            .map(|key| OptionError {
                key: Some(key.clone()),
                message: format!("`{key}` is no option of `{kind}`"),
                help: Some(self.meant(key, kind)),
            })
            .collect();
        errors.extend(self.errors);
        errors
    }

    /// Returns the help for an unknown key.
    fn meant(&self, key: &str, kind: &str) -> String {
        let keys = self.known.iter().chain(&OF_EVERY_TYPE).copied();
        match (suggested_key(key, keys), self.known.as_slice()) {
            (Some(help), _) => help,
            (None, []) => format!("`{kind}` has no options"),
            (None, known) => format!("options: {}", list(known)),
        }
    }

    fn get(&mut self, key: &'static str) -> Option<&'m Value> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.map.get(key)
    }

    fn wrong_type<T>(&mut self, key: &str, expected: &str, found: &Value) -> Option<T> {
        self.fail(key, format!("expected {expected}, found {}", describe(found)), None);
        None
    }
}

/// Returns true if a time zone is one, as far as the system knows any.
fn is_known(zone: &str) -> bool {
    zone.starts_with(['+', '-']) || tz::db().get(zone).is_ok()
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) => format!("the text \"{text}\""),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(items) => match items.iter().find(|item| !item.is_string()) {
            Some(item) => format!("a list with {}", describe(item)),
            None => "a list".to_owned(),
        },
        Value::Object(_) => "a table".to_owned(),
    }
}
