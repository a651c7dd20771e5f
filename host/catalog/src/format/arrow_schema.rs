//! The schemas that Arrow libraries write: field by field, so that a type which no reader here knows concerns its own
//! column alone.

use std::sync::Arc;

use arrow::datatypes::{Field, FieldRef};
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::{self};

use super::shield::shielded;
use crate::fault::Fault;

/// Returns the fields of a schema, or the reason why one cannot be read.
pub(super) fn fields(schema: ipc::Schema<'_>) -> Vec<Result<FieldRef, Fault>> {
    if let Ok(schema) = try_fb_to_schema(schema) {
        return schema.fields().iter().cloned().map(Ok).collect();
    }
    let field = |field: ipc::Field<'_>| {
        let told = |words: String| unreadable(field.name().unwrap_or_default(), &words);
        // The crate reads a single field only by a function that panics.
        shielded(told, || Ok(Arc::new(Field::from(field))))
    };
    schema.fields().into_iter().flatten().map(field).collect()
}

/// Returns the fault of a column whose type cannot be read, in the words of a reader.
pub(super) fn unreadable(column: &str, words: &str) -> Fault {
    let words = words.strip_prefix("invalid IPC field: ").unwrap_or(words);
    let words = words.strip_prefix("ParseError(\"").and_then(|words| words.strip_suffix("\")")).unwrap_or(words);
    let fault = Fault::new(format!("its type cannot be read: {words}")).column(column);
    fault.help("name the columns that you want with the option `columns`, or convert the column before")
}
