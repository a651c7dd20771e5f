//! Arrow's messages, without the names of its error types.

use arrow::error::ArrowError;

/// Returns the words of `error`.
pub(crate) fn words(error: &ArrowError) -> String {
    match error {
        ArrowError::CastError(text)
        | ArrowError::ComputeError(text)
        | ArrowError::InvalidArgumentError(text)
        | ArrowError::IpcError(text)
        | ArrowError::NotYetImplemented(text)
        | ArrowError::ParseError(text)
        | ArrowError::SchemaError(text) => text.clone(),
        ArrowError::IoError(_, source) => source.to_string(),
        error => error.to_string(),
    }
}
