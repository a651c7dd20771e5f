//! The formats by the name that a manifest's `type` gives them.

use serde_json::Map;

#[cfg(feature = "excel")]
use super::excel;
use super::{Format, archive, arrow, csv, json, parquet, raw};
use crate::OptionError;
use crate::options::Options;
#[cfg(feature = "sql")]
use crate::sql;
use wpipe_text::did_you_mean_or_list;

struct Registration {
    kind: &'static str,
    schema: Option<&'static str>,
    open: fn(&mut Options) -> Box<dyn Format>,
}

const FORMATS: &[Registration] = &[
    Registration { kind: csv::KIND, schema: Some("table"), open: |options| Box::new(csv::Csv::open(options)) },
    Registration { kind: json::KIND, schema: Some("table"), open: |options| Box::new(json::Json::open(options)) },
    Registration {
        kind: parquet::KIND,
        schema: Some("table"),
        open: |options| Box::new(parquet::Parquet::open(options)),
    },
    Registration { kind: arrow::KIND, schema: Some("table"), open: |options| Box::new(arrow::Arrow::open(options)) },
    #[cfg(feature = "excel")]
    Registration { kind: excel::KIND, schema: Some("table"), open: |options| Box::new(excel::Excel::open(options)) },
    Registration { kind: archive::KIND, schema: None, open: |options| Box::new(archive::Archive::open(options)) },
    Registration { kind: raw::BYTES, schema: Some("bytes"), open: |_| Box::new(raw::Bytes) },
    Registration { kind: raw::TEXT, schema: Some("text"), open: |options| Box::new(raw::Text::open(options)) },
];

/// Returns the format that an entry's `type` names, with problems of its options left in `options`.
pub(crate) fn open(kind: &str, options: &mut Options) -> Result<Box<dyn Format>, OptionError> {
    match find(kind) {
        Some(registration) => Ok((registration.open)(options)),
        None => Err(OptionError {
            key: None,
            message: format!("the type `{kind}` is not known"),
            help: Some(did_you_mean_or_list(kind, "types", &kinds().collect::<Vec<_>>())),
        }),
    }
}

/// The types of datasets that are in databases, and so in no format.
const IN_DATABASES: &[&str] = &[
    #[cfg(feature = "sql")]
    sql::KIND,
];

/// Returns all values of a manifest's `type`.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.kind).chain(IN_DATABASES.iter().copied())
}

/// Returns the options that the format of the given `type` reads; none for an unknown type.
///
/// ```
/// assert!(wpipe_catalog::options_of("csv").contains(&"delimiter"));
/// ```
pub fn options_of(kind: &str) -> Vec<&'static str> {
    let none = Map::new();
    let mut options = Options::new(&none, true);
    #[cfg(feature = "sql")]
    if kind == sql::KIND {
        sql::ask_all(&mut options);
    }
    if let Some(registration) = find(kind) {
        (registration.open)(&mut options);
    }
    options.known().to_vec()
}

/// Returns the schema of everything of the given `type`; `None` if the content says it itself, and for an unknown type.
///
/// ```
/// assert_eq!(wpipe_catalog::schema_of("csv"), Some("table"));
/// assert_eq!(wpipe_catalog::schema_of("archive"), None);
/// ```
pub fn schema_of(kind: &str) -> Option<&'static str> {
    if IN_DATABASES.contains(&kind) {
        return Some("table");
    }
    find(kind)?.schema
}

fn find(kind: &str) -> Option<&'static Registration> {
    FORMATS.iter().find(|format| format.kind == kind)
}
