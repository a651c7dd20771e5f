//! `store`: the directory in which processes of one machine share datasets.

use std::path::PathBuf;
use std::time::Duration;

use super::amounts::{size_needed, time};
use super::fields::{Fields, wrong_type};
use super::paths::{Purpose, check};
use super::tree::{Data, Entry};
use crate::problem::Problem;

/// The shared store of a manifest; `None` is the store's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedStoreSpec {
    /// The directory, relative to the manifest.
    pub path: PathBuf,
    /// The most bytes that it holds.
    pub limit: Option<u64>,
    /// True if the members of the directory's group share it.
    pub group: Option<bool>,
    /// The longest wait for room.
    pub wait: Option<Duration>,
}

/// Reads `store`: a path, or a table with one.
pub(super) fn shared_store(of_manifest: &Fields<'_>, entry: &Entry, out: &mut Vec<Problem>) -> Option<SharedStoreSpec> {
    if let Data::String(path) = &entry.value.data {
        check(of_manifest, "store", (path, &entry.value.span), Purpose::Local, out);
        return Some(SharedStoreSpec { path: PathBuf::from(path), limit: None, group: None, wait: None });
    }
    if !matches!(entry.value.data, Data::Table(_)) {
        out.push(wrong_type("`store`", &entry.value, "a path or a table"));
        return None;
    }
    let mut fields = Fields::of("`[store]`", entry, out)?;
    let path = fields.required_string("path", out);
    if let Some(path) = path {
        check(&fields, "path", path, Purpose::Local, out);
    }
    let spec = SharedStoreSpec {
        path: path.map(|(path, _)| PathBuf::from(path)).unwrap_or_default(),
        limit: size_needed(&mut fields, "limit", out),
        group: fields.boolean("group", out),
        wait: time(&mut fields, "wait", out),
    };
    fields.refuse_rest(out);
    path.map(|_| spec)
}
