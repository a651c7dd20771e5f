//! From a checked pipeline, its components and its datasets to a job for the runner.

use std::collections::BTreeMap;

use wpipe_data::{Kind, Port};
use wpipe_pipeline::{LimitsSpec, Multipipeline, Pipeline, RetrySpec, Role, Typed, base_name, is_parameter};
use wpipe_runner::{Binding, Job, JobDataset, JobMultipipeline, JobNode, Retry, RetryOn, SchemaId};
use wpipe_sandbox::{Component, Limits};

use crate::stored::Stored;

/// The job that runs all of `pipeline`.
pub(crate) fn assemble(
    pipeline: &Pipeline,
    typed: &Typed,
    components: &BTreeMap<String, Component>,
    stored: &BTreeMap<String, Stored>,
) -> Job {
    let outputs = typed.nodes.iter().enumerate();
    let outputs = outputs.flat_map(|(index, node)| node.outputs.iter().map(move |output| (base_name(output), index)));
    let producers: BTreeMap<_, _> = outputs.collect();
    let places = pipeline.nodes().iter().enumerate();
    let places: BTreeMap<_, _> = places.map(|(index, node)| (node.name.as_str(), index)).collect();
    let nodes = pipeline.nodes().iter().zip(&typed.nodes).map(|(node, typed)| {
        let after = node.after.iter().filter_map(|name| places.get(name.as_str()).copied());
        let read = typed.inputs.iter().filter(|input| !is_parameter(input));
        JobNode {
            name: node.name.clone(),
            component: components[&node.component].clone(),
            function: node.function.clone(),
            inputs: typed.inputs.iter().map(|input| binding(pipeline, input)).collect(),
            passing: typed.passing.clone(),
            called_per: typed.called_per,
            outputs: typed.outputs.clone(),
            parents: read.filter_map(|input| producers.get(base_name(input)).copied()).chain(after).collect(),
            limits: limits(node.limits),
            retry: retry(&node.retry),
            resources: node.resources.clone(),
        }
    });
    let schemas = schemas(typed);
    let graph = pipeline.graph();
    let datasets = pipeline.datasets().map(|dataset| {
        let (whole, set) = match stored.get(&dataset.name).cloned() {
            Some(Stored::Whole(whole)) => (Some(whole), None),
            Some(Stored::Set(set)) => (None, Some(set)),
            None => (None, None),
        };
        let job_dataset = JobDataset {
            schema: schemas.get(dataset.name.as_str()).cloned().unwrap_or_default(),
            stored: whole,
            stored_set: set,
            is_final: dataset.role == Role::FinalOutput,
            is_read_elsewhere: graph.find_dataset(&dataset.name).is_some_and(|id| graph[id].is_read_elsewhere),
            persist: dataset.spec.as_ref().and_then(|spec| spec.persist),
            reload: dataset.spec.as_ref().is_some_and(|spec| spec.reload),
        };
        (dataset.name.clone(), job_dataset)
    });
    let multipipelines = pipeline.multipipelines().iter().map(|rules: &Multipipeline| JobMultipipeline {
        nodes: rules.nodes.iter().map(|name| places[name.as_str()]).collect(),
        params: pipeline.manifest().params.clone(),
        rules: rules.typed(typed),
    });
    Job {
        pipeline: pipeline.manifest().name.clone(),
        nodes: nodes.collect(),
        datasets: datasets.collect(),
        multipipelines: multipipelines.collect(),
    }
}

fn binding(pipeline: &Pipeline, input: &str) -> Binding {
    match pipeline.param(input) {
        Some(value) => Binding::Parameter { name: input.to_owned(), json: value.to_string() },
        None => Binding::Dataset(input.to_owned()),
    }
}

/// The type of every dataset, by the ports that it is bound to; the check has made sure that they agree.
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
