//! Formats: one trait, and a file or folder for each implementation. A new one is a line in [`FORMATS`].

mod archive;
mod arrow;
mod csv;
mod identity;
mod json;
mod parquet;
mod raw;
mod shield;

use std::fmt::Debug;

use object_store::PutPayload;
use wpipe_buffer::{Buffer, Transports};

use crate::OptionError;
use crate::fault::Fault;
use crate::options::Options;
use crate::source::Source;
use crate::suggest::did_you_mean_or_list;

pub(crate) use identity::{Identity, Mismatch};

/// How a dataset's content stands in storage. Both directions block and compute: call them where that is welcome.
pub(crate) trait Format: Debug + Send + Sync {
    /// The manifest's `type`.
    fn kind(&self) -> &'static str;

    /// The schema of everything in this format; `None` where the content says it itself.
    fn schema(&self) -> Option<Identity>;

    /// Decodes what is stored.
    fn load(&self, source: Source, expected: &Identity, transports: &Transports) -> Result<Buffer, Refusal>;

    /// What is to be stored. The payload may share the buffer's pages.
    fn save(&self, buffer: &Buffer, schema: &Identity) -> Result<PutPayload, Fault>;

    /// Whether the stored file is made read-only, so that it can be mapped later on.
    fn read_only(&self) -> bool {
        false
    }
}

/// Why stored content was not loaded.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is damaged.
    Fault(Fault),
    /// It holds something else.
    Schema(Mismatch),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

struct Registration {
    kind: &'static str,
    schema: Option<&'static str>,
    open: fn(&mut Options) -> Box<dyn Format>,
}

const FORMATS: [Registration; 7] = [
    Registration { kind: csv::KIND, schema: Some("table"), open: |options| Box::new(csv::Csv::open(options)) },
    Registration { kind: json::KIND, schema: Some("table"), open: |options| Box::new(json::Json::open(options)) },
    Registration {
        kind: parquet::KIND,
        schema: Some("table"),
        open: |options| Box::new(parquet::Parquet::open(options)),
    },
    Registration { kind: arrow::KIND, schema: Some("table"), open: |_| Box::new(arrow::Arrow) },
    Registration { kind: archive::KIND, schema: None, open: |_| Box::new(archive::Archive) },
    Registration { kind: raw::BYTES, schema: Some("bytes"), open: |_| Box::new(raw::Bytes) },
    Registration { kind: raw::TEXT, schema: Some("text"), open: |_| Box::new(raw::Text) },
];

/// The format that an entry's `type` names, with problems of its options left in `options`.
pub(crate) fn open(kind: &str, options: &mut Options) -> Result<Box<dyn Format>, OptionError> {
    match find(kind) {
        Some(registration) => Ok((registration.open)(options)),
        None => Err(OptionError {
            key: None,
            message: format!("the type `{kind}` is not known"),
            help: Some(did_you_mean_or_list(kind, "types", &FORMATS.map(|format| format.kind))),
        }),
    }
}

/// What a manifest's `type` may be.
pub fn kinds() -> impl ExactSizeIterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.kind)
}

/// The schema of everything of the given `type`; `None` where the content says it itself, and for an unknown type.
///
/// ```
/// assert_eq!(wpipe_catalog::schema_of("csv"), Some("table"));
/// assert_eq!(wpipe_catalog::schema_of("archive"), None);
/// ```
pub fn schema_of(kind: &str) -> Option<&'static str> {
    find(kind)?.schema
}

fn find(kind: &str) -> Option<&'static Registration> {
    FORMATS.iter().find(|format| format.kind == kind)
}
