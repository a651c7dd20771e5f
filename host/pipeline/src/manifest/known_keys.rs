//! Every key that the reader of manifests asks for, by its table. Other tests compare their lists with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fields::asked_for;
use super::parse;
use crate::source::Source;

/// A manifest with one of every possible table.
const MANIFEST: &str = r#"
    history = {}
    limits = {}
    retry = {}
    store = { path = "shared" }
    [pipeline]
    name = "p"
    [components]
    c = { path = "c.wasm" }
    [stores]
    s = { url = "s3://b" }
    [nodes]
    n = { inputs = ["d"], outputs = ["e"], limits = {}, retry = {} }
    [multipipelines]
    m = { nodes = ["n"], over = ["d"], filter = { glob = "*" }, configure = [{ match = "x", skip = true }] }
    [multinodes]
    o = { over = ["d"] }
    [datasets]
    d = { type = "csv", path = "d", partitioned = true, delay = {} }
"#;

/// Returns the keys of every table, by its name in errors.
pub(super) fn known_keys() -> BTreeMap<String, BTreeSet<&'static str>> {
    asked_for(|| parse(Arc::new(Source::new("pipeline.toml", MANIFEST))).map(drop))
}
