//! From a manifest to a [`Pipeline`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Dataset, Node, Pipeline, Role, multipipeline};
use crate::catalog::Catalog;
use crate::dataset_name::{base_name, is_parameter};
use crate::graph::{self, Groups};
use crate::manifest::{self, Layers, Manifest, NodeSpec};
use crate::problem::Problems;
use crate::source::Source;

impl Pipeline {
    /// The graph of `manifest`.
    ///
    /// # Errors
    ///
    /// With everything that is wrong with the graph: bad names, two makers of a dataset, cycles, parameters that
    /// are not there.
    pub fn new(manifest: Manifest) -> Result<Self, Problems> {
        Problems::check(&manifest.source.name, graph::problems(&manifest))?;
        Ok(Self::build(manifest))
    }

    /// [`parse`](crate::parse) and [`Pipeline::new`] in one step, which also looks at the graph of what could be
    /// read when some of the manifest could not, so that one look shows more of what is wrong.
    ///
    /// # Errors
    ///
    /// With the problems of both steps.
    pub fn load(source: Arc<Source>) -> Result<Self, Problems> {
        Self::load_layers(&Layers::new(source))
    }

    /// As [`Pipeline::load`], of a manifest with others laid over it.
    ///
    /// # Errors
    ///
    /// With the problems of both steps.
    pub fn load_layers(layers: &Layers) -> Result<Self, Problems> {
        let (manifest, mut problems) = manifest::read_layers(layers);
        problems.extend(graph::problems(&manifest));
        Problems::check(&manifest.source.name, problems)?;
        Ok(Self::build(manifest))
    }

    /// The pipeline of some of its nodes, by their indices, in the order that they have here.
    pub(crate) fn part(&self, keep: &BTreeSet<usize>) -> Self {
        let kept: BTreeMap<_, _> = keep.iter().map(|&index| (self.nodes[index].spec, index)).collect();
        let levels: Vec<_> = kept.values().map(|&index| self.nodes[index].level).collect();
        let nodes: Vec<_> = kept.keys().map(|&spec| self.manifest.nodes[spec].clone()).collect();
        let multipipelines = multipipeline::restricted(&self.manifest, &nodes);
        let manifest = self.manifest.with_nodes(nodes, multipipelines);
        let groups = Groups::new(&manifest.nodes, &manifest.multipipelines);
        let left_out = self.nodes.iter().enumerate().filter(|(index, _)| !keep.contains(index));
        let read = left_out.flat_map(|(_, node)| &node.inputs).filter(|input| !is_parameter(input));
        let read = read.map(|input| base_name(input).to_owned());
        let read_elsewhere = read.chain(self.read_elsewhere.iter().cloned()).collect();
        let part = Self::ordered(manifest, self.catalog.clone(), &groups, &levels, self.partitioned.clone());
        Self { read_elsewhere, ..part }
    }

    fn build(manifest: Manifest) -> Self {
        let groups = Groups::new(&manifest.nodes, &manifest.multipipelines);
        let levels = graph::ordered_levels(&manifest, &groups);
        let catalog = Catalog::new(&manifest.datasets);
        let partitioned = graph::partitioned(&manifest, &catalog, &groups);
        Self::ordered(manifest, catalog, &groups, &levels, partitioned)
    }

    /// The pipeline of a manifest whose nodes have these levels, with what is partitioned.
    fn ordered(
        manifest: Manifest,
        catalog: Catalog,
        groups: &Groups,
        levels: &[usize],
        partitioned: BTreeSet<String>,
    ) -> Self {
        let specs = manifest.nodes.iter().zip(levels).enumerate();
        let mut nodes: Vec<_> =
            specs.map(|(index, (spec, &level))| node(spec, index, level, &manifest, groups)).collect();
        nodes.sort_by(|a, b| (a.level, &a.name).cmp(&(b.level, &b.name)));
        let position = nodes.iter().enumerate();
        let position = position.map(|(index, node)| (node.name.clone(), index)).collect();
        let datasets = datasets(&nodes, &catalog, &partitioned);
        let multipipelines = multipipeline::resolved(&manifest.multipipelines, &nodes);
        let read_elsewhere = BTreeSet::new();
        Self { catalog, nodes, position, datasets, multipipelines, partitioned, read_elsewhere, manifest }
    }
}

fn node(spec: &NodeSpec, index: usize, level: usize, manifest: &Manifest, groups: &Groups) -> Node {
    Node {
        name: spec.name.clone(),
        namespace: spec.namespace.clone(),
        component: spec.component.clone(),
        function: spec.function.clone(),
        inputs: spec.inputs.names(),
        outputs: spec.outputs.names(),
        tags: spec.tags.clone(),
        level,
        limits: spec.limits.or(manifest.limits),
        after: after(spec, manifest),
        retry: spec.retry.clone().or(&manifest.retry),
        resources: spec.resources.clone(),
        multipipeline: groups.of(index).map(|group| manifest.multipipelines[group].name.clone()),
        spec: index,
    }
}

/// The nodes that a node names in `after`, of those that are there.
fn after(spec: &NodeSpec, manifest: &Manifest) -> Vec<String> {
    let names = spec.after.iter().map(|after| after.name.clone());
    names.filter(|name| manifest.nodes.iter().any(|node| node.name == *name)).collect()
}

/// The nodes that make and read a dataset, by its base name.
#[derive(Default)]
struct Users<'n> {
    producer: Option<&'n str>,
    consumers: Vec<&'n str>,
}

fn datasets(nodes: &[Node], catalog: &Catalog, partitioned: &BTreeSet<String>) -> BTreeMap<String, Dataset> {
    let mut users: HashMap<&str, Users<'_>> = HashMap::new();
    let mut names: HashSet<&str> = HashSet::new();
    for node in nodes {
        for input in node.inputs.iter().filter(|input| !is_parameter(input)) {
            let consumers = &mut users.entry(base_name(input)).or_default().consumers;
            // A node may read a dataset twice, and nodes come one by one.
            if consumers.last() != Some(&node.name.as_str()) {
                consumers.push(&node.name);
            }
            names.insert(input);
        }
        for output in &node.outputs {
            users.entry(base_name(output)).or_default().producer = Some(&node.name);
            names.insert(output);
        }
    }
    let datasets = names.into_iter().map(|name| dataset(name, &users[base_name(name)], catalog, partitioned));
    datasets.map(|dataset| (dataset.name.clone(), dataset)).collect()
}

fn dataset(name: &str, users: &Users<'_>, catalog: &Catalog, partitioned: &BTreeSet<String>) -> Dataset {
    let role = match (users.producer, users.consumers.is_empty()) {
        (None, _) => Role::FreeInput,
        (Some(_), false) => Role::Intermediate,
        (Some(_), true) => Role::FinalOutput,
    };
    let is_partitioned = partitioned.contains(base_name(name));
    let mut spec = catalog.resolve(name);
    if let Some(spec) = spec.as_mut().filter(|_| is_partitioned) {
        spec.partitioned.get_or_insert_default();
    }
    Dataset {
        name: name.to_owned(),
        role,
        spec,
        is_partitioned,
        producer: users.producer.map(str::to_owned),
        consumers: users.consumers.iter().map(|name| (*name).to_owned()).collect(),
    }
}
