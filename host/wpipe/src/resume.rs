//! Resuming a run although the manifest, the components or the inputs may have changed since.
//!
//! A node is known by its name and by the manifest's settings of it and of its datasets. A node that a journal does not
//! know as done in that sense is not done, and runs. The inputs of a node may have changed as well: parameters,
//! components, the content of datasets. Such a change often mends a failure, and completed nodes are kept: but it is
//! reported.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use wpipe_catalog::{Stored as StoredPartition, StoredDataset};
use wpipe_pipeline::{Multipipeline, Pipeline, Problems, Role, Selection};
use wpipe_runner::StorageRuntime;

use crate::history::{HistoryError, WrittenPartitions, keeps_param};
use crate::incremental::{
    CallKey, World, differing, digest_of_input, digests_of_components, keys, of_partition, settings_of,
};
use crate::project::exactly;
use crate::storage::Found;
use crate::{Error, Project, RunRecord, Transports, datasets, storage};

/// The rest of a run, and the differences between the manifest and the one that the run was made with.
#[derive(Debug, Clone)]
pub struct Resumption {
    /// The part that is left; `None` if nothing is.
    pub rest: Option<Project>,
    /// The differences in the manifest.
    pub differences: Vec<Difference>,
    whole: Project,
    run: String,
    /// The calls of the nodes for which the run keeps some results.
    kept: BTreeMap<String, CallKey>,
}

/// A difference between a manifest and the one that a run was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The manifest has a node more, which runs.
    Added {
        /// The node.
        node: String,
    },
    /// The manifest has a node less.
    Removed {
        /// The node.
        node: String,
        /// True if the run has completed it.
        is_done: bool,
    },
    /// The manifest has other settings of a node, which runs again.
    Redefined {
        /// The node.
        node: String,
        /// The changes.
        what: Vec<String>,
    },
    /// A dataset that the run has saved is another one now, and the node that makes it runs again.
    Replaced {
        /// The dataset.
        dataset: String,
        /// The node.
        node: String,
    },
    /// The selection of the run has no meaning any more: it cannot decide whether the new nodes are meant.
    Unselected {
        /// The reason.
        reason: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { node } => write!(f, "node `{node}` is new: it runs"),
            Self::Removed { node, is_done: true } => {
                write!(f, "node `{node}`, which had completed, is not in the manifest any more")
            }
            Self::Removed { node, is_done: false } => {
                write!(f, "node `{node}`, which had not completed, is not in the manifest any more")
            }
            Self::Redefined { node, what } => write!(f, "node `{node}` runs again: {} changed", what.join(", ")),
            Self::Replaced { dataset, node } => {
                write!(f, "`{dataset}` is not what the run saved there: node `{node}` runs again")
            }
            Self::Unselected { reason } => {
                write!(f, "what was selected cannot be selected any more, so nodes that are new do not run: {reason}")
            }
        }
    }
}

/// A change to nodes whose results are kept all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    /// The change: "component `c`", "`params:x`", "input `d`".
    pub what: String,
    /// The nodes, sorted.
    pub nodes: Vec<String>,
}

impl Resumption {
    pub(crate) fn of(project: &Project, run: &RunRecord) -> Result<Self, Error> {
        let (graph, description) = (project.pipeline(), &run.description);
        if run.is_newer {
            let (run, version) = (description.id.clone(), description.wpipe.clone());
            return Err(HistoryError::PartlyUnderstood { run, version }.into());
        }
        let completed: BTreeSet<_> = run.completed().collect();
        // Nodes that a run before it has done are not among its own, and are known to it all the same.
        let of_run: BTreeSet<_> = description.nodes.iter().map(String::as_str).collect();
        let is_done = |node: &str| completed.contains(node) || !of_run.contains(node);
        let opened = datasets::opened(project)?;
        let now = definitions(graph, &opened);
        let mut differences = added(project, run);
        let mut redefined = BTreeSet::new();
        for (node, before) in &description.calls {
            let what = now.get(node).map(|now| redefinitions(before, now)).unwrap_or_default();
            if !what.is_empty() {
                redefined.insert(node.as_str());
                // A node that had not completed runs in any case.
                if is_done(node) {
                    differences.push(Difference::Redefined { node: node.clone(), what });
                }
            }
        }
        let gone = description.nodes.iter().filter(|name| graph.node(name).is_none());
        let gone: Vec<_> = gone
            .map(|node| Difference::Removed { node: node.clone(), is_done: completed.contains(node.as_str()) })
            .collect();
        differences.extend(gone.iter().cloned());

        let new = differences.iter().filter_map(|difference| match difference {
            Difference::Added { node } => Some(node.as_str()),
            _ => None,
        });
        let old = description.nodes.iter().map(String::as_str).filter(|name| graph.node(name).is_some());
        let replaced = Replaced::of(project, &opened, run, &completed)?;
        let makers = replaced.makers.iter().map(String::as_str);
        let nodes: BTreeSet<_> = old.chain(new).chain(redefined.iter().copied()).chain(makers).collect();
        let id = &description.id;
        if nodes.is_empty() {
            return Err(HistoryError::NoNodeLeft { run: id.clone() }.into());
        }
        let nodes = nodes.into_iter().map(exactly).collect();
        let part = project.select(&Selection { nodes, ..Selection::default() })?;
        let persisted: BTreeSet<_> = run.persisted.iter().map(String::as_str).collect();
        let durable = |name: &str| persisted.contains(name) && replaced.is_as_saved(name);
        let done = completed.iter().copied().filter(|node| !redefined.contains(node)).collect();
        let from = part.pipeline().resume_from(&done, durable);
        let rest = match from.is_empty() {
            true => None,
            false => {
                let from_nodes = from.into_iter().map(exactly).collect();
                Some(part.select(&Selection { from_nodes, ..Selection::default() })?)
            }
        };
        let lost = gone.iter().find_map(|gone| match gone {
            Difference::Removed { node, is_done: false } => Some(node.clone()),
            _ => None,
        });
        if let (None, Some(node)) = (&rest, lost) {
            return Err(HistoryError::RemovedNode { run: id.clone(), node }.into());
        }
        let runs = |node: &str| rest.as_ref().is_some_and(|rest| rest.pipeline().node(node).is_some());
        let again = |(dataset, node): &(String, String)| {
            let node = Some(node).filter(|node| is_done(node) && runs(node) && !redefined.contains(node.as_str()))?;
            Some(Difference::Replaced { dataset: dataset.clone(), node: node.clone() })
        };
        differences.extend(replaced.datasets.iter().filter_map(again));
        let has_partitions = |node: &str| {
            let outputs = graph.node(node).map(|node| node.outputs.as_slice()).unwrap_or_default();
            outputs.iter().any(|output| run.partitions.contains_key(output))
        };
        let is_kept = |node: &str| !redefined.contains(node) && (has_partitions(node) || is_done(node) && !runs(node));
        let kept = description.calls.iter().filter(|(node, _)| is_kept(node));
        let kept = kept.map(|(node, key)| (node.clone(), key.clone())).collect();
        Ok(Self { rest, differences, whole: project.clone(), run: id.clone(), kept })
    }

    /// Returns the changes to the nodes whose results are kept. Components must have been built.
    ///
    /// # Errors
    ///
    /// Fails if a component cannot be read, or storage does not say what it has.
    pub fn outdated(&self) -> Result<Vec<Outdated>, Error> {
        let graph = self.whole.pipeline();
        let mut problems = Vec::new();
        let components = digests_of_components(&self.whole, &mut problems);
        let opened = datasets::open(&self.whole, &Transports::detect(), &mut problems);
        Problems::check(self.whole.name(), problems)?;
        let is_free = |name: &str| graph.dataset(name).is_some_and(|dataset| dataset.role == Role::FreeInput);
        let free = opened.iter().filter(|(name, _)| is_free(name)).map(|(_, stored)| stored);
        let mut inputs = BTreeMap::new();
        for (dataset, found) in storage::found(&StorageRuntime::default(), free)? {
            // A dataset that is not there, or cannot be asked for, is reported by those who need it.
            if let Ok(Some(Found { mark: Some(mark), .. })) = found {
                inputs.insert(dataset.name().to_owned(), digest_of_input(&mark));
            }
        }
        let mut changed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let now = keys(graph, &World { components, inputs, ..World::default() });
        for (node, before) in &self.kept {
            let Some(now) = now.get(node) else { continue };
            let mut note = |what: String| {
                changed.entry(what).or_default().insert(node.clone());
            };
            if before.component != now.component
                && let Some(node) = graph.node(node)
            {
                note(format!("component `{}`", node.component));
            }
            let params = differing(&before.params, &now.params).filter_map(|name| name.split_once(' '));
            for (_, name) in params.filter(|(_, name)| keeps_param(name, graph.param(name).as_ref())) {
                note(format!("`{name}`"));
            }
            for (name, before) in before.inputs.iter().filter(|(_, before)| !before.is_empty()) {
                let dataset = name.split_once(' ').map_or(name.as_str(), |(_, dataset)| dataset);
                if is_free(dataset) && now.inputs.get(name).is_some_and(|now| !now.is_empty() && now != before) {
                    note(format!("input `{dataset}`"));
                }
            }
        }
        let outdated = changed.into_iter().map(|(what, nodes)| Outdated { what, nodes: nodes.into_iter().collect() });
        Ok(outdated.collect())
    }

    /// Returns the run that is resumed.
    pub fn run(&self) -> &str {
        &self.run
    }
}

/// The state of the datasets that a run, and those that it resumed, have saved.
struct Replaced {
    /// The datasets that are there, and that are not known to be others.
    as_saved: BTreeSet<String>,
    /// The datasets that are others now, each with the node that makes it.
    datasets: Vec<(String, String)>,
    /// The nodes that make such datasets for those that are not done, and that the run knew as done before it began.
    makers: BTreeSet<String>,
}

impl Replaced {
    fn of(
        project: &Project,
        opened: &BTreeMap<String, StoredDataset>,
        run: &RunRecord,
        completed: &BTreeSet<&str>,
    ) -> Result<Self, Error> {
        let (graph, saved) = (project.pipeline(), run.saved_marks());
        let is_wanted =
            |name: &str| saved.contains_key(name) || run.persisted.iter().any(|persisted| persisted == name);
        let there = datasets::marks_of_outputs(project, opened, is_wanted)?;
        let is_another = |name: &str, now: &Option<String>| {
            now.as_ref().is_some_and(|now| saved.get(name).is_some_and(|saved| saved != now))
        };
        let (others, as_saved): (Vec<_>, Vec<_>) = there.into_iter().partition(|(name, now)| is_another(name, now));
        let maker = |name: &str| graph.dataset(name)?.producer.clone();
        let datasets: Vec<_> =
            others.into_iter().filter_map(|(name, _)| maker(&name).map(|maker| (name, maker))).collect();
        let resolved = graph.graph();
        let is_needed = |name: &str| {
            let format = resolved.find_format(name).map(|format| resolved[format].dataset);
            let left = run.description.nodes.iter().filter(|node| !completed.contains(node.as_str()));
            left.filter_map(|node| graph.node(node)).flat_map(|node| &node.inputs).any(|input| {
                let of_input = resolved.find_format(input).map(|format| resolved[format].dataset);
                of_input.is_some() && of_input == format
            })
        };
        let before = |maker: &String| !run.description.nodes.contains(maker);
        let makers = datasets.iter().filter(|(name, maker)| before(maker) && is_needed(name));
        let makers = makers.map(|(_, maker)| maker.clone()).collect();
        Ok(Self { as_saved: as_saved.into_iter().map(|(name, _)| name).collect(), datasets, makers })
    }

    fn is_as_saved(&self, dataset: &str) -> bool {
        self.as_saved.contains(dataset)
    }
}

/// Returns the nodes that the run would have run as well if the manifest had had them.
fn added(project: &Project, run: &RunRecord) -> Vec<Difference> {
    let description = &run.description;
    // The first version of the format did not say which nodes there were.
    if description.manifest_nodes.is_empty() {
        return Vec::new();
    }
    let known: BTreeSet<_> = description.manifest_nodes.iter().map(String::as_str).collect();
    let is_new = |node: &&str| !known.contains(node);
    let names = |project: &Project| -> Vec<String> {
        project.pipeline().nodes().iter().map(|node| node.name.as_str()).filter(is_new).map(str::to_owned).collect()
    };
    if names(project).is_empty() {
        return Vec::new();
    }
    let selection = description.first_selection();
    let selected = if selection.is_everything() { Ok(project.clone()) } else { project.select(&selection) };
    match selected {
        Ok(selected) => names(&selected).into_iter().map(|node| Difference::Added { node }).collect(),
        Err(error) => vec![Difference::Unselected { reason: error.to_string() }],
    }
}

/// Returns the keys of the nodes' calls by the manifest.
fn definitions(graph: &Pipeline, opened: &BTreeMap<String, StoredDataset>) -> BTreeMap<String, CallKey> {
    keys(graph, &World { datasets: settings_of(graph, opened), ..World::default() })
}

/// Returns the differences in the definition of a node.
fn redefinitions(before: &CallKey, now: &CallKey) -> Vec<String> {
    let mut what = names_of(before, now);
    let quoted = |key: &str| format!("`{key}`");
    what.extend(differing(&before.settings, &now.settings).map(quoted));
    let none = BTreeMap::new();
    let (before_all, now_all) = (before.multipipeline.as_ref(), now.multipipeline.as_ref());
    let of_multipipeline = differing(before_all.unwrap_or(&none), now_all.unwrap_or(&none));
    what.extend(of_multipipeline.map(|key| format!("`{key}` of its multipipeline")));
    for (dataset, now) in &now.datasets {
        let keys = before.datasets.get(dataset).into_iter().flat_map(|before| differing(before, now));
        what.extend(keys.map(|key| format!("option `{key}` of `{dataset}`")));
    }
    what
}

/// Returns the differences in the function and in the datasets and parameters that it is bound to.
fn names_of(before: &CallKey, now: &CallKey) -> Vec<String> {
    let inputs = |key: &CallKey| key.inputs.keys().chain(key.params.keys()).cloned().collect::<BTreeSet<_>>();
    let differs = [
        ("`uses`", before.function != now.function),
        ("`inputs`", inputs(before) != inputs(now)),
        ("`outputs`", before.outputs != now.outputs),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what.to_owned()).collect()
}

/// Returns the partitions that a run has written and that its multipipelines would make alike: of the same partitions
/// of the free inputs, by nodes of the same definition. `inputs` are the partitions of those now.
pub(crate) fn still_meant(
    run: &RunRecord,
    graph: &Pipeline,
    calls: &BTreeMap<String, CallKey>,
    inputs: &BTreeMap<String, BTreeMap<String, StoredPartition>>,
) -> WrittenPartitions {
    let mut written = run.partitions.clone();
    let resolved = graph.graph();
    for (group, multipipeline) in resolved.groups().keys().zip(graph.multipipelines()) {
        let is_its = |set: &str| {
            let dataset = resolved.find_dataset(set);
            dataset.is_some_and(|dataset| resolved[dataset].made_by == Some(group))
        };
        let mut of_it: Vec<_> = written.iter_mut().filter(|(set, _)| is_its(set)).map(|(_, ids)| ids).collect();
        if is_redefined(multipipeline, &run.description.calls, calls) {
            of_it.iter_mut().for_each(|ids| ids.clear());
            continue;
        }
        for set in &multipipeline.over {
            let (Some(before), Some(now)) = (run.inputs.get(set), inputs.get(set)) else { continue };
            let is_same = |id: &String| match (before.get(id), now.get(id)) {
                (Some(before), Some(now)) => before.is_same(now),
                (before, now) => before.is_none() && now.is_none(),
            };
            of_it.iter_mut().for_each(|ids| ids.retain(|id, _| is_same(id)));
        }
    }
    written
}

/// Returns true if the settings of a partition's work have changed.
fn is_redefined(
    multipipeline: &Multipipeline,
    before: &BTreeMap<String, CallKey>,
    now: &BTreeMap<String, CallKey>,
) -> bool {
    let is_other = |before: &CallKey, now: &CallKey| {
        let datasets = now.datasets.iter().any(|(dataset, now)| {
            before.datasets.get(dataset).is_some_and(|before| of_partition(before) != of_partition(now))
        });
        !names_of(before, now).is_empty() || before.settings != now.settings || datasets
    };
    let nodes = multipipeline.nodes.iter().filter_map(|node| Some((before.get(node)?, now.get(node)?)));
    nodes.into_iter().any(|(before, now)| is_other(before, now))
}
