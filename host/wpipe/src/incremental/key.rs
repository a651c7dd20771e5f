//! Keys of calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the result of a node's call depends on, part by part. All digests are BLAKE3, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CallKey {
    /// The component.
    pub(crate) component: String,
    /// The function within it.
    pub(crate) function: String,
    /// Each parameter's digest, by its place among the inputs and its name.
    pub(crate) params: BTreeMap<String, String>,
    /// Each dataset's key, by its place among the inputs and its name.
    pub(crate) inputs: BTreeMap<String, String>,
    /// The names of the outputs, in their order.
    pub(crate) outputs: Vec<String>,
}

impl CallKey {
    /// The digest of the whole.
    pub(crate) fn digest(&self) -> String {
        let text =
            serde_json::to_vec(self).unwrap_or_else(|_| unreachable!("texts and lists of texts have a JSON form"));
        blake3::hash(&text).to_hex().to_string()
    }
}

/// The key of a dataset that a call makes.
pub(crate) fn digest_of_output(call: &str, dataset: &str) -> String {
    digest_of_text(&format!("output {dataset} of {call}"))
}

/// The key of a dataset in storage, by the digest or mark of its content.
pub(crate) fn digest_of_input(content: &str) -> String {
    digest_of_text(&format!("content {content}"))
}

pub(crate) fn digest_of_text(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}
