//! From a checked pipeline, its components and its datasets to a job for the runner.

use std::collections::BTreeMap;

use wpipe_catalog::StoredDataset;
use wpipe_data::{Kind, Port};
use wpipe_pipeline::{LimitsSpec, Pipeline, ResolvedGraph, RetrySpec, Typed};
use wpipe_runner::{Binding, Job, JobDataset, JobNode, Retry, RetryOn, SchemaId};
use wpipe_sandbox::{Component, Limits};

/// Returns the job that runs all of `pipeline`.
pub(crate) fn assemble(
    pipeline: &Pipeline,
    typed: &Typed,
    components: &BTreeMap<String, Component>,
    stored: &BTreeMap<String, StoredDataset>,
) -> Job {
    let graph = &typed.graph;
    let nodes = graph.nodes().iter().zip(&typed.nodes).map(|(node, typed)| JobNode {
        component: components[&node.component].clone(),
        inputs: typed.inputs.iter().filter_map(|input| binding(pipeline, graph, input)).collect(),
        passing: typed.passing.clone(),
        outputs: typed.outputs.iter().filter_map(|output| graph.find_format(output)).collect(),
        limits: limits(node.limits),
        retry: retry(&node.retry),
    });
    let schemas = schemas(typed);
    let datasets = graph.formats().iter().map(|format| JobDataset {
        schema: schemas.get(format.name.as_str()).cloned().unwrap_or_default(),
        stored: stored.get(&format.name).cloned(),
    });
    Job {
        nodes: nodes.collect(),
        datasets: datasets.collect(),
        multipipelines: pipeline.multipipelines().iter().map(|rules| rules.typed(typed)).collect(),
        params: pipeline.manifest().params.clone(),
        graph: graph.clone(),
    }
}

/// Returns the value that an input is bound to: the graph has every dataset that a node names.
fn binding(pipeline: &Pipeline, graph: &ResolvedGraph, input: &str) -> Option<Binding> {
    match pipeline.param(input) {
        Some(value) => Some(Binding::Parameter { name: input.to_owned(), json: value.to_string() }),
        None => graph.find_format(input).map(Binding::Dataset),
    }
}

/// Returns the type of every dataset, by the ports that it is bound to; the check has made sure that they agree.
fn schemas(typed: &Typed) -> BTreeMap<&str, SchemaId> {
    let id = |port: &Port| SchemaId { name: port.schema.clone(), fingerprint: port.fingerprint };
    let ports = typed.nodes.iter().flat_map(|node| {
        let inputs = node.inputs.iter().zip(&node.signature.inputs);
        inputs.chain(node.outputs.iter().zip(&node.signature.outputs))
    });
    ports.filter(|(_, port)| port.kind != Kind::Parameter).map(|(name, port)| (name.as_str(), id(port))).collect()
}

fn limits(spec: LimitsSpec) -> Limits {
    let default = Limits::default();
    Limits {
        memory: spec.memory.unwrap_or(default.memory),
        time: spec.time.unwrap_or(default.time),
        log: spec.log.unwrap_or(default.log),
        output: spec.output.unwrap_or(default.output),
    }
}

fn retry(spec: &RetrySpec) -> Retry {
    let default = Retry::default();
    let on = spec
        .on
        .as_ref()
        .map(|kinds| RetryOn::ALL.into_iter().filter(|kind| kinds.iter().any(|name| name == kind.as_str())).collect());
    Retry {
        times: spec.times.map_or(default.times, |times| u32::try_from(times).unwrap_or(u32::MAX)),
        delay: spec.delay.unwrap_or(default.delay),
        backoff: spec.backoff.unwrap_or(default.backoff),
        jitter: spec.jitter.unwrap_or(default.jitter),
        on: on.unwrap_or(default.on),
    }
}
