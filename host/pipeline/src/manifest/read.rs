//! From text to a [`Manifest`].

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::components::component;
use super::datasets::datasets;
use super::document::Manifest;
use super::environment::refuse_misplaced;
use super::fields::{Fields, expect_table};
use super::given::GivenParam;
use super::history::{HistorySpec, history};
use super::layers::{Layer, Layers, lay};
use super::limits::limits;
use super::masked::masked;
use super::multipipelines::{adopt, multipipelines};
use super::nodes::node;
use super::retry::retry;
use super::shared_store::shared_store;
use super::stores::store;
use super::tree::{self, Data, Table};
use crate::problem::{Problem, Problems};
use crate::source::{Source, Span};

/// Reads the text of a `pipeline.toml`.
///
/// # Errors
///
/// Returns every syntax error of the text, or if it has none, everything in it that is no part of a manifest: unknown
/// keys, values of a wrong type, missing keys, bad names and patterns.
pub fn parse(source: Arc<Source>) -> Result<Manifest, Problems> {
    parse_layers(&Layers::new(source))
}

/// Reads a manifest with others laid over it, as [`parse`] does.
///
/// # Errors
///
/// Fails as [`parse`] does.
pub fn parse_layers(layers: &Layers) -> Result<Manifest, Problems> {
    let (manifest, problems) = read_layers(layers);
    Problems::check(&manifest.source.name, problems)?;
    Ok(manifest)
}

/// Returns the readable parts of a manifest with others laid over it, and the problems of the rest.
pub(crate) fn read_layers(layers: &Layers) -> (Manifest, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut shown = Vec::new();
    let mut root = Table::default();
    let (mut written_params, mut given) = (None, Vec::new());
    let over = layers.over.iter().cloned();
    for layer in [Layer::Text(Arc::clone(&layers.base))].into_iter().chain(over) {
        let source = match layer {
            Layer::Text(source) => source,
            Layer::Param { path, value } => {
                let written = written_params.get_or_insert_with(|| params(&root));
                match GivenParam::read(&path, &value, written) {
                    Ok(param) => {
                        given.push(param.clone());
                        Arc::new(Source::new("--params", param.to_toml()))
                    }
                    Err(reason) => {
                        problems.push(Problem::new("wpipe::manifest::bad_param", format!("`--params`: {reason}")));
                        continue;
                    }
                }
            }
        };
        // The text that people see in errors has no credentials in it.
        shown.push(Arc::new(Source::new(&source.name, masked(&source.text))));
        match tree::parse(&source.text, &shown[shown.len() - 1]) {
            Ok(tree) => lay(&mut root, tree),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return (empty(shown.swap_remove(0)), problems);
    }
    refuse_misplaced(&root, &mut problems);
    let base = shown.remove(0);
    let mut manifest = manifest(base, &root, &mut problems);
    manifest.over = shown;
    manifest.written_params = written_params;
    manifest.given_params = given;
    (manifest, problems)
}

/// Returns the content of `[params]`. Its problems are reported when all of the manifest is read.
fn params(root: &Table) -> Map<String, Value> {
    let entry = root.entries.iter().find(|entry| entry.key == "params");
    match entry.map(|entry| &entry.value.data) {
        Some(Data::Table(table)) => table.to_json(&mut Vec::new()),
        _ => Map::new(),
    }
}

fn empty(source: Arc<Source>) -> Manifest {
    Manifest {
        source,
        over: Vec::new(),
        name: String::new(),
        components: BTreeMap::new(),
        params: Map::new(),
        written_params: None,
        given_params: Vec::new(),
        nodes: Vec::new(),
        multipipelines: Vec::new(),
        stores: BTreeMap::new(),
        store: None,
        history: HistorySpec::default(),
        datasets: Vec::new(),
        limits: Default::default(),
        compile_limits: Default::default(),
        retry: Default::default(),
    }
}

fn manifest(source: Arc<Source>, root: &Table, out: &mut Vec<Problem>) -> Manifest {
    let start = Span::new(&source, 0..0);
    let mut fields = Fields::new("the manifest", start, root);
    let name = name(&mut fields, out);
    let components = section(&mut fields, "components", out);
    let params = section(&mut fields, "params", out);
    let nodes = section(&mut fields, "nodes", out);
    let groups = section(&mut fields, "multipipelines", out);
    let single = section(&mut fields, "multinodes", out);
    let stores = section(&mut fields, "stores", out);
    let catalog = section(&mut fields, "datasets", out);
    let store_entry = fields.optional("store");
    let history_entry = fields.optional("history");
    let limit_entry = fields.optional("limits");
    let retry_entry = fields.optional("retry");
    fields.refuse_rest(out);
    let shared = store_entry.and_then(|entry| shared_store(&fields, entry, out));

    let (limits, compile_limits) = limit_entry.map(|entry| limits(entry, out)).unwrap_or_default();
    let store_names: Vec<_> = entries(stores).map(|entry| entry.key.as_str()).collect();
    let component_names: Vec<_> = entries(components).map(|entry| entry.key.as_str()).collect();
    let mut nodes: Vec<_> = entries(nodes).filter_map(|entry| node(entry, &component_names, out)).collect();
    let multipipelines = multipipelines(entries(groups), entries(single), out);
    adopt(&mut nodes, &multipipelines);
    Manifest {
        source,
        over: Vec::new(),
        name,
        components: entries(components).filter_map(|entry| Some((entry.key.clone(), component(entry, out)?))).collect(),
        params: params.map(|table| table.to_json(out)).unwrap_or_default(),
        written_params: None,
        given_params: Vec::new(),
        nodes,
        multipipelines,
        stores: entries(stores).filter_map(|entry| Some((entry.key.clone(), store(entry, out)?))).collect(),
        store: shared,
        history: history_entry.map(|entry| history(entry, out)).unwrap_or_default(),
        datasets: catalog.map(|table| datasets(table, &store_names, out)).unwrap_or_default(),
        limits,
        compile_limits,
        retry: retry_entry.map(|entry| retry("`[retry]`", entry, out)).unwrap_or_default(),
    }
}

fn entries(table: Option<&Table>) -> impl Iterator<Item = &tree::Entry> {
    table.into_iter().flat_map(|table| &table.entries)
}

fn section<'t>(fields: &mut Fields<'t>, key: &'static str, out: &mut Vec<Problem>) -> Option<&'t Table> {
    expect_table(&format!("`{key}`"), fields.optional(key)?, out)
}

/// Returns the name in `[pipeline]`.
fn name(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> String {
    let Some(entry) = fields.optional("pipeline") else {
        let problem = fields.missing("`pipeline`", &["pipeline"]);
        out.push(problem.help("a manifest begins with `[pipeline]` and `name = \"…\"`".to_owned()));
        return String::new();
    };
    let Some(mut fields) = Fields::of("`[pipeline]`", entry, out) else {
        return String::new();
    };
    let name = fields.required_string("name", out).map(|(name, _)| name.to_owned());
    fields.refuse_rest(out);
    name.unwrap_or_default()
}
