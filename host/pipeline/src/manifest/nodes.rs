//! `[nodes]`: names, tags, and the function and component of a node.

use std::collections::{BTreeMap, BTreeSet};

use super::amounts::parse_size;
use super::components::bad_name;
use super::fields::{Fields, expect_string, expect_table, wrong_type};
use super::limits::{self, LimitsSpec};
use super::retry::{RetrySpec, retry};
use super::spec::{Binding, Bindings, NodeSpans, NodeSpec};
use super::tree::{Data, Entry, Table, Value};
use super::written::Written;
use crate::dataset_name::is_word;
use crate::problem::Problem;
use crate::source::Span;
use wpipe_text::{did_you_mean_or_list, nearest};

/// Reads one entry of `[nodes]`; `components` are the names in `[components]`.
pub(crate) fn node(entry: &Entry, components: &[&str], out: &mut Vec<Problem>) -> Option<NodeSpec> {
    let name = &entry.key;
    let mut fields = Fields::of(format!("node `{name}`"), entry, out)?;
    if !is_word(name) {
        out.push(bad_name("node", name, &entry.key_span));
    }
    let (component, function) = function(&mut fields, name, components, out);
    let inputs = fields.optional("inputs");
    let outputs = fields.optional("outputs");
    let spec = NodeSpec {
        name: name.clone(),
        namespace: namespace(&mut fields, name, out),
        component,
        function,
        inputs: bindings(&fields, inputs, out),
        outputs: bindings(&fields, outputs, out),
        tags: tags(&mut fields, out),
        limits: node_limits(&mut fields, out),
        after: names(&mut fields, "after", "names of nodes", out),
        retry: node_retry(&mut fields, out),
        resources: resources(&mut fields, out),
        written: Written::of(entry),
        spans: NodeSpans {
            name: entry.key_span.clone(),
            uses: fields.optional("uses").map(|entry| entry.value.span.clone()),
            inputs: inputs.map(|entry| entry.value.span.clone()),
            outputs: outputs.map(|entry| entry.value.span.clone()),
            namespace: fields.optional("namespace").map(|entry| entry.value.span.clone()),
        },
    };
    let has_lost_its_data = fields.rest().any(may_have_meant_data);
    if is_without_data(inputs) && is_without_data(outputs) && !has_lost_its_data {
        out.push(
            Problem::new("wpipe::graph::node_without_data", format!("node `{name}` has neither inputs nor outputs"))
                .label(&entry.key_span, "nothing goes in and nothing comes out")
                .help("list its datasets under `inputs` and `outputs`".to_owned()),
        );
    }
    refuse_rest(&fields, name, out);
    Some(spec)
}

/// Returns true if the key is left out or empty. A wrong type is another problem.
fn is_without_data(bindings: Option<&Entry>) -> bool {
    match bindings.map(|entry| &entry.value.data) {
        None => true,
        Some(Data::Array(items)) => items.is_empty(),
        Some(Data::Table(Table { entries })) => entries.is_empty(),
        Some(_) => false,
    }
}

/// Returns true if an unknown key explains why inputs and outputs are missing.
fn may_have_meant_data(unknown: &Entry) -> bool {
    let is_table = matches!(unknown.value.data, Data::Table(_));
    is_table || nearest(&unknown.key, ["inputs", "outputs"]).is_some()
}

/// Reports unknown keys. One that is itself a table most likely is a dotted name that lacks its quotes.
fn refuse_rest(fields: &Fields<'_>, name: &str, out: &mut Vec<Problem>) {
    for entry in fields.rest() {
        let problem = fields.unknown(entry);
        out.push(match entry.value.data {
            Data::Table(_) => problem.help(format!(
                "for a node of that name write the whole name in quotes: `[nodes.\"{name}.{}\"]`",
                entry.key
            )),
            _ => problem,
        });
    }
}

/// Reads component and function: those of `uses`, or else the function that bears the node's name.
fn function(fields: &mut Fields<'_>, name: &str, components: &[&str], out: &mut Vec<Problem>) -> (String, String) {
    let is_written = fields.optional("uses").is_some();
    let written = fields.string("uses", out);
    if is_written && written.is_none() {
        return Default::default();
    }
    let (uses, span) = match written {
        Some((uses, span)) => (uses, span.clone()),
        None => (name.rsplit('.').next().unwrap_or(name), fields.at().clone()),
    };
    let (component, function) = match uses.split_once('/') {
        Some((component, function)) => (Some(component), function),
        None => (None, uses),
    };
    if function.is_empty() || function.contains('/') || component == Some("") {
        out.push(
            Problem::new("wpipe::manifest::bad_value", format!("`{uses}` is not the name of a function"))
                .label(&span, "expected `component/function`"),
        );
        return Default::default();
    }
    let component = match component {
        Some(component) => known_component(component, &span, components, out),
        None => only_component(function, &span, components, out),
    };
    (component.unwrap_or_default().to_owned(), function.to_owned())
}

fn known_component<'a>(name: &'a str, span: &Span, components: &[&str], out: &mut Vec<Problem>) -> Option<&'a str> {
    if components.contains(&name) {
        return Some(name);
    }
    out.push(
        Problem::new("wpipe::manifest::unknown_component", format!("there is no component `{name}`"))
            .label(span, "not in `[components]`")
            .help(did_you_mean_or_list(name, "components", components)),
    );
    None
}

fn only_component<'a>(function: &str, span: &Span, components: &[&'a str], out: &mut Vec<Problem>) -> Option<&'a str> {
    if let [only] = components {
        return Some(only);
    }
    let help = match components.first() {
        None => "add it: `[components.NAME]` with `crate` or `path`".to_owned(),
        Some(first) => format!("say which one: `uses = \"{first}/{function}\"`"),
    };
    let count = match components.len() {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    out.push(
        Problem::new("wpipe::manifest::unknown_component", format!("it is not clear which component has `{function}`"))
            .label(span, format!("no component is named and there are {count}"))
            .help(help),
    );
    None
}

/// Reads the key `namespace`, or else the part before the last dot of the name; `""` is none.
fn namespace(fields: &mut Fields<'_>, name: &str, out: &mut Vec<Problem>) -> Option<String> {
    let Some((namespace, span)) = fields.string("namespace", out) else {
        let (namespace, _) = name.rsplit_once('.')?;
        return Some(namespace.to_owned());
    };
    let rest = name.strip_prefix(namespace);
    if !namespace.is_empty() && !rest.is_some_and(|rest| rest.starts_with('.')) {
        out.push(
            Problem::new(
                "wpipe::manifest::bad_namespace",
                format!("namespace `{namespace}` is not a prefix of the node's name"),
            )
            .label(span, format!("expected a dotted prefix of `{name}`"))
            .help(format!("the table's key is the full name: `[nodes.\"{namespace}.{name}\"]`")),
        );
    }
    Some(namespace).filter(|namespace| !namespace.is_empty()).map(str::to_owned)
}

fn node_limits(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> LimitsSpec {
    let owner = format!("`limits` of {}", fields.owner());
    let entry = fields.optional("limits");
    entry.map(|entry| limits::node_limits(&owner, entry, out)).unwrap_or_default()
}

fn node_retry(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> RetrySpec {
    let owner = format!("`retry` of {}", fields.owner());
    let entry = fields.optional("retry");
    entry.map(|entry| retry(&owner, entry, out)).unwrap_or_default()
}

/// Reads the names in the array `key`, which are `expected` to be such as "names of nodes".
pub(super) fn names(
    fields: &mut Fields<'_>,
    key: &'static str,
    expected: &str,
    out: &mut Vec<Problem>,
) -> Vec<Binding> {
    let Some(entry) = fields.optional(key) else {
        return Vec::new();
    };
    let what = format!("`{key}` of {}", fields.owner());
    let Data::Array(items) = &entry.value.data else {
        out.push(wrong_type(&what, &entry.value, &format!("an array of {expected}")));
        return Vec::new();
    };
    items.iter().filter_map(|item| binding(&what, item, None, out)).collect()
}

/// Reads each resource's amount: a number, or a size such as `2GiB`.
fn resources(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> BTreeMap<String, u64> {
    let Some(entry) = fields.optional("resources") else {
        return BTreeMap::new();
    };
    let owner = format!("`resources` of {}", fields.owner());
    let Some(table) = expect_table(&owner, entry, out) else {
        return BTreeMap::new();
    };
    let mut resources = BTreeMap::new();
    for Entry { key, value, .. } in &table.entries {
        let amount = match &value.data {
            Data::Integer(number) => number.as_u64(),
            Data::String(text) => parse_size(text).ok(),
            _ => None,
        };
        match amount {
            Some(amount) => drop(resources.insert(key.clone(), amount)),
            None => {
                out.push(wrong_type(&format!("`{key}` of {owner}"), value, "a whole number, or a size such as `2GiB`"));
            }
        }
    }
    resources
}

pub(super) fn tags(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> BTreeSet<String> {
    let Some(entry) = fields.optional("tags") else {
        return BTreeSet::new();
    };
    let what = format!("`tags` of {}", fields.owner());
    let Data::Array(items) = &entry.value.data else {
        out.push(wrong_type(&what, &entry.value, "an array of strings"));
        return BTreeSet::new();
    };
    let mut tags = BTreeSet::new();
    for item in items {
        let Some(tag) = expect_string(&format!("a tag of {}", fields.owner()), item, out) else {
            continue;
        };
        if !is_word(tag) {
            out.push(bad_name("tag", tag, &item.span));
        }
        tags.insert(tag.to_owned());
    }
    tags
}

fn bindings(fields: &Fields<'_>, entry: Option<&Entry>, out: &mut Vec<Problem>) -> Bindings {
    let Some(entry) = entry else {
        return Bindings::default();
    };
    let what = format!("`{}` of {}", entry.key, fields.owner());
    match &entry.value.data {
        Data::Array(items) => {
            Bindings::Positional(items.iter().filter_map(|item| binding(&what, item, None, out)).collect())
        }
        Data::Table(_) => named(&what, entry, out),
        _ => {
            let problem = wrong_type(&what, &entry.value, "an array of names, or a table of them");
            out.push(
                problem.help(format!("write `{0} = [\"dataset\"]`, or `{0} = {{ port = \"dataset\" }}`", entry.key)),
            );
            Bindings::default()
        }
    }
}

fn named(what: &str, entry: &Entry, out: &mut Vec<Problem>) -> Bindings {
    let ports = expect_table(what, entry, out).map(|table| table.entries.iter());
    let bound = ports.into_iter().flatten().filter_map(|port| {
        let binding = binding(what, &port.value, Some(port.key_span.clone()), out)?;
        Some((port.key.clone(), binding))
    });
    Bindings::Named(bound.collect())
}

fn binding(what: &str, value: &Value, port_span: Option<Span>, out: &mut Vec<Problem>) -> Option<Binding> {
    let name = expect_string(&format!("an entry of {what}"), value, out)?;
    Some(Binding { name: name.to_owned(), span: value.span.clone(), port_span })
}
