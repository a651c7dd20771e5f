//! Keys of calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::settings::Settings;

/// Everything that the result of a node's call, and its form in storage, depends on, part by part. All digests are
/// BLAKE3, in hexadecimal.
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
    /// The other settings of the node in the manifest.
    pub(crate) settings: Settings,
    /// The settings of the node's multipipeline, if it is in one.
    pub(crate) multipipeline: Option<Settings>,
    /// The settings of each dataset that the node reads or makes.
    pub(crate) datasets: BTreeMap<String, Settings>,
}

impl CallKey {
    /// Returns the digest of the whole.
    pub(crate) fn digest(&self) -> String {
        let text =
            serde_json::to_vec(self).unwrap_or_else(|_| unreachable!("texts and lists of texts have a JSON form"));
        blake3::hash(&text).to_hex().to_string()
    }
}

/// Returns the names whose values differ, or that only one of both has.
pub(crate) fn differing<'k>(
    before: &'k BTreeMap<String, String>,
    now: &'k BTreeMap<String, String>,
) -> impl Iterator<Item = &'k str> {
    let others = now.iter().filter(|(name, digest)| before.get(*name) != Some(digest));
    let gone = before.iter().filter(|(name, _)| !now.contains_key(*name));
    others.chain(gone).map(|(name, _)| name.as_str())
}

/// Returns the key of a dataset that a call makes.
pub(crate) fn digest_of_output(call: &str, dataset: &str) -> String {
    digest_of_text(&format!("output {dataset} of {call}"))
}

/// Returns the key of a dataset in storage, by the digest or mark of its content.
pub(crate) fn digest_of_input(content: &str) -> String {
    digest_of_text(&format!("content {content}"))
}

pub(crate) fn digest_of_text(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}
