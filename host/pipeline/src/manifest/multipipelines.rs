//! `[multipipelines]` and `[multinodes]`: nodes that are called for each of many partitions.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;

use super::components::bad_name;
use super::fields::{Fields, expect_table, wrong_type};
use super::filters::filter;
use super::nodes::{names, tags};
use super::policies::{Balance, Join, OnEmpty, OnPartitionError};
use super::spec::{Binding, KeySpans, NodeSpec};
use super::tree::{Data, Entry, Value};
use super::written::Written;
use crate::dataset_name::is_word;
use crate::problem::Problem;
use crate::slices::{Configure, Filter};
use crate::source::Span;

/// One entry of `[multipipelines]`, or of `[multinodes]`: a multipipeline of the node whose name it bears.
#[derive(Debug, Clone)]
pub struct MultipipelineSpec {
    /// Its name.
    pub name: String,
    /// The nodes that are replicated.
    pub nodes: Vec<Binding>,
    /// The datasets whose partitions they are called for.
    pub over: Vec<Binding>,
    /// The division of its partitions, and the meaning of their failures.
    pub policy: SlicePolicy,
    /// The tags that selections may name its nodes by, beside its name.
    pub tags: BTreeSet<String>,
    /// The namespace of its nodes, unless they say otherwise.
    pub namespace: Option<String>,
    /// All of it, as written.
    pub written: Written,
    pub(crate) spans: MultipipelineSpans,
}

/// The division of a multipipeline's partitions, and the meaning of their failures.
#[derive(Debug, Clone, Default)]
pub struct SlicePolicy {
    /// The number of slices; `None`: as many as workers.
    pub slices: Option<NonZeroUsize>,
    /// The rule by which partitions belong together.
    pub join: Join,
    /// The partitions that take part.
    pub filter: Option<Filter>,
    /// The quantity that slices have equal shares of.
    pub balance: Balance,
    /// The most partitions that are worked on at once.
    pub max_parallel: Option<NonZeroUsize>,
    /// The meaning of an empty set of partitions.
    pub on_empty: OnEmpty,
    /// The fate of the others when one partition fails.
    pub on_partition_error: OnPartitionError,
    /// True if a run succeeds even if failed partitions were skipped.
    pub allow_incomplete: bool,
    /// The settings of some partitions.
    pub configure: Vec<Configure>,
}

/// The places of a multipipeline and its keys.
#[derive(Debug, Clone)]
pub(crate) struct MultipipelineSpans {
    pub(crate) keys: KeySpans,
    /// The `params` of each entry of `configure`, or else the entry.
    pub(crate) configure: Vec<Span>,
}

/// Reads all of `[multipipelines]` and `[multinodes]`.
pub(crate) fn multipipelines<'t>(
    groups: impl Iterator<Item = &'t Entry>,
    single: impl Iterator<Item = &'t Entry>,
    out: &mut Vec<Problem>,
) -> Vec<MultipipelineSpec> {
    let all = groups.map(|entry| (entry, false)).chain(single.map(|entry| (entry, true)));
    all.filter_map(|(entry, is_single)| multipipeline(entry, is_single, out)).collect()
}

fn multipipeline(entry: &Entry, is_single: bool, out: &mut Vec<Problem>) -> Option<MultipipelineSpec> {
    let name = &entry.key;
    let kind = if is_single { "multinode" } else { "multipipeline" };
    let mut fields = Fields::of(format!("{kind} `{name}`"), entry, out)?;
    if !is_word(name) {
        out.push(bad_name(kind, name, &entry.key_span));
    }
    let nodes = if is_single {
        vec![Binding { name: name.clone(), span: entry.key_span.clone(), port_span: None }]
    } else {
        required_names(&mut fields, "nodes", "names of nodes", out)
    };
    let over = required_names(&mut fields, "over", "names of datasets", out);
    let (configure, configure_spans) = configure(&mut fields, out);
    let namespace = fields.string("namespace", out);
    if let Some((namespace, span)) = namespace.filter(|(namespace, _)| !is_word(namespace)) {
        out.push(bad_name("namespace", namespace, span));
    }
    let policy = SlicePolicy {
        slices: at_least_one(&mut fields, "slices", out),
        join: fields.choice("join", out).unwrap_or_default(),
        filter: fields.optional("filter").and_then(|entry| filter(fields.owner(), entry, out)),
        balance: fields.choice("balance", out).unwrap_or_default(),
        max_parallel: at_least_one(&mut fields, "max_parallel", out),
        on_empty: fields.choice("on_empty", out).unwrap_or_default(),
        on_partition_error: fields.choice("on_partition_error", out).unwrap_or_default(),
        allow_incomplete: fields.boolean("allow_incomplete", out).unwrap_or_default(),
        configure,
    };
    let spec = MultipipelineSpec {
        name: name.clone(),
        nodes,
        over,
        policy,
        tags: tags(&mut fields, out),
        namespace: namespace.map(|(namespace, _)| namespace.to_owned()),
        written: Written::of(entry),
        spans: MultipipelineSpans { keys: KeySpans::of(entry), configure: configure_spans },
    };
    refuse_pointless(&mut fields, &spec.policy, out);
    fields.refuse_rest(out);
    Some(spec)
}

/// Reads names, of which at least one is required.
fn required_names(fields: &mut Fields<'_>, key: &'static str, expected: &str, out: &mut Vec<Problem>) -> Vec<Binding> {
    let Some(entry) = fields.required(key, out) else {
        return Vec::new();
    };
    let names = names(fields, key, expected, out);
    if matches!(&entry.value.data, Data::Array(items) if items.is_empty()) {
        let problem = Problem::new("wpipe::manifest::bad_value", format!("`{key}` of {} is empty", fields.owner()));
        out.push(problem.label(&entry.value.span, format!("expected {expected}, one or more")));
    }
    names
}

fn at_least_one(fields: &mut Fields<'_>, key: &'static str, out: &mut Vec<Problem>) -> Option<NonZeroUsize> {
    let entry = fields.optional(key)?;
    const EXPECTED: &str = "a whole number from 1";
    let what = format!("`{key}` of {}", fields.owner());
    let Data::Integer(written) = &entry.value.data else {
        out.push(wrong_type(&what, &entry.value, EXPECTED));
        return None;
    };
    let number = written.as_u64().and_then(|number| NonZeroUsize::new(usize::try_from(number).ok()?));
    if number.is_none() {
        let problem = Problem::new("wpipe::manifest::bad_value", format!("{what} is not {EXPECTED}"));
        out.push(problem.label(&entry.value.span, format!("found {written}")));
    }
    number
}

/// Refuses `allow_incomplete` without anything that leaves partitions out.
fn refuse_pointless(fields: &mut Fields<'_>, policy: &SlicePolicy, out: &mut Vec<Problem>) {
    let Some(entry) = fields.optional("allow_incomplete") else { return };
    if policy.allow_incomplete && policy.on_partition_error == OnPartitionError::Fail {
        let message = format!("`allow_incomplete` of {} means nothing here", fields.owner());
        out.push(
            Problem::new("wpipe::manifest::conflicting_keys", message)
                .label(&entry.key_span, "a partition that fails, fails the run")
                .help("add `on_partition_error = \"skip\"`, or remove the key".to_owned()),
        );
    }
}

fn configure(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> (Vec<Configure>, Vec<Span>) {
    let Some(entry) = fields.optional("configure") else { return Default::default() };
    let what = format!("`configure` of {}", fields.owner());
    let Data::Array(items) = &entry.value.data else {
        let problem = wrong_type(&what, &entry.value, "an array of tables");
        out.push(problem.help("write `configure = [{ match = \"…\", params = { … } }]`".to_owned()));
        return Default::default();
    };
    let mut entries: Vec<(Configure, Span, &Value)> = Vec::new();
    for item in items {
        let Some((entry, span)) = configured(&what, item, out) else { continue };
        if let Some((earlier, _, first)) = entries.iter().find(|(earlier, _, _)| earlier.matches_as(&entry)) {
            out.push(
                Problem::new("wpipe::manifest::bad_pattern", format!("two entries of {what} match the same"))
                    .label(&item.span, "nothing is left for this one")
                    .label(&first.span, format!("this one matches `{}`", earlier.pattern))
                    .help("keep one of them".to_owned()),
            );
        }
        entries.push((entry, span, item));
    }
    entries.into_iter().map(|(entry, span, _)| (entry, span)).unzip()
}

/// Reads one entry, and the place of its parameters.
fn configured(what: &str, item: &Value, out: &mut Vec<Problem>) -> Option<(Configure, Span)> {
    let what = format!("an entry of {what}");
    let Data::Table(table) = &item.data else {
        out.push(wrong_type(&what, item, "a table"));
        return None;
    };
    let mut fields = Fields::new(what, item.span.clone(), table);
    let pattern = fields.required_string("match", out);
    let params = fields.optional("params");
    let skip = fields.boolean("skip", out).unwrap_or_default();
    if let (Some(params), true) = (params, skip) {
        out.push(
            Problem::new("wpipe::manifest::conflicting_keys", format!("{} has `params` and skips", fields.owner()))
                .label(&params.key_span, "no call gets these: the partitions are left out")
                .help("keep `params` or `skip = true`".to_owned()),
        );
    }
    fields.refuse_rest(out);
    let span = params.map_or(&item.span, |entry| &entry.value.span).clone();
    let params = params.and_then(|entry| expect_table(&format!("`params` of {}", fields.owner()), entry, out));
    let params = params.map(|table| table.to_json(out)).unwrap_or_default();
    let (pattern, at) = pattern?;
    match Configure::new(pattern, params, skip) {
        Ok(entry) => Some((entry, span)),
        Err(fault) => {
            let message = format!("`{pattern}` is not a pattern for ids");
            let problem = Problem::new("wpipe::manifest::bad_pattern", message).label(at, fault);
            out.push(problem.help("write an id, or a pattern with each placeholder once, as `{name}`".to_owned()));
            None
        }
    }
}

/// Gives nodes the tags of their multipipelines, and a namespace if they have none of their own.
pub(crate) fn adopt(nodes: &mut [NodeSpec], multipipelines: &[MultipipelineSpec]) {
    let places: HashMap<_, _> = nodes.iter().enumerate().map(|(place, node)| (node.name.clone(), place)).collect();
    for spec in multipipelines {
        for place in spec.nodes.iter().filter_map(|name| places.get(&name.name)) {
            let node = &mut nodes[*place];
            node.tags.extend(spec.tags.iter().cloned());
            node.tags.insert(spec.name.clone());
            if node.namespace.is_none() && node.spans.namespace.is_none() {
                node.namespace.clone_from(&spec.namespace);
            }
        }
    }
}
