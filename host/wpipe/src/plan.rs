//! What a run would do: the graph's plan, and the way that each dataset takes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use wpipe_buffer::Transports;
use wpipe_pipeline::{Location, Pipeline, PlanDataset, PlanNode, Role, base_name};
use wpipe_runner::{Facts, Persist, Route};

/// Nodes in the order of execution and datasets by name: the JSON of `wpipe plan --format json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In the order of execution.
    pub nodes: Vec<PlanNode>,
    /// Sorted by name.
    pub datasets: Vec<DatasetPlan>,
}

/// A dataset of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatasetPlan {
    /// What the graph says of it.
    #[serde(flatten)]
    pub dataset: PlanDataset,
    /// How it is saved, if it is.
    pub saved: Option<String>,
    /// How its readers get it.
    pub reaches_readers: Option<Handover>,
}

/// How the readers of a dataset get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handover {
    /// Whether they wait until it is in storage and get what is there.
    pub from_storage: bool,
    /// The transport of small buffers.
    pub small: String,
    /// The transport of large ones.
    pub large: String,
}

pub(crate) fn plan(pipeline: &Pipeline, persist: Persist, transports: &Transports) -> Plan {
    let plan = pipeline.plan_collapsed();
    let made: BTreeMap<_, _> = plan
        .nodes
        .iter()
        .flat_map(|node| &node.outputs)
        .map(|output| (base_name(output).to_owned(), output.clone()))
        .collect();
    let read: BTreeSet<_> = plan.nodes.iter().flat_map(|node| &node.inputs).cloned().collect();
    let mut read_as: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for name in &read {
        read_as.entry(base_name(name)).or_default().push(name);
    }
    let datasets = plan.datasets.into_iter().map(|dataset| {
        let spec = pipeline.dataset(&dataset.name).and_then(|dataset| dataset.spec.as_ref());
        let written = made.get(base_name(&dataset.name));
        let is_made = written == Some(&dataset.name);
        let formats = read_as.get(base_name(&dataset.name));
        let route = Route::of(
            Facts {
                is_stored: spec.is_some_and(|spec| spec.location != Location::Memory),
                is_made,
                is_final: dataset.role == Role::FinalOutput,
                has_twin: is_made && formats.is_some_and(|names| names.iter().any(|name| **name != dataset.name)),
                persist: spec.and_then(|spec| spec.persist),
                reload: spec.is_some_and(|spec| spec.reload),
            },
            persist,
        );
        let is_final = dataset.role == Role::FinalOutput;
        let readers = route.readers(dataset.consumers.len(), is_final);
        let handover = (!is_final && read.contains(&dataset.name)).then(|| Handover {
            from_storage: route.reloads || (written.is_some() && !is_made),
            small: transports.pick(0, readers).to_string(),
            large: transports.pick(usize::MAX, readers).to_string(),
        });
        let saved = route.is_saved.then(|| route.persist.to_string());
        DatasetPlan { dataset, saved, reaches_readers: handover }
    });
    Plan { datasets: datasets.collect(), nodes: plan.nodes }
}
