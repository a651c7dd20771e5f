//! From a pipeline to its tasks.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use typed_index_collections::TiVec;

use super::grouping::{GroupError, Groups, UnitGroupId, order};
use super::types::{Crossing, FORMAT, GraphTask, GroupBy, TaskGraph, TaskKind, TaskOptions};
use super::units::{UnitId, Units};
use crate::manifest::Persist;
use crate::pipeline::Pipeline;
use crate::resolved::{FormatId, NodeId};

/// The first and the last task of a group: the same, or a slicer and a barrier.
struct Ends {
    first: String,
    last: String,
    /// The tasks that call its nodes.
    callers: Vec<String>,
}

impl Pipeline {
    /// Returns the tasks of the pipeline, for engines that run each in a process of its own.
    ///
    /// # Errors
    ///
    /// Fails if groups of nodes would wait for each other.
    pub fn tasks(&self, options: &TaskOptions) -> Result<TaskGraph, GroupError> {
        let units = Units::of(self, options, options.group_by != GroupBy::All);
        let groups = Groups::of(self, &units, options.group_by)?;
        let building = Building { pipeline: self, units: &units, groups: &groups };
        let ends = building.ends();
        let datasets = building.crossings(&ends);
        let tasks = building.ordered().into_iter().flat_map(|group| building.tasks(group, &ends, &datasets)).collect();
        let pipeline = self.graph().pipeline().to_owned();
        Ok(TaskGraph { format: FORMAT, pipeline, group_by: options.group_by, tasks, datasets })
    }
}

struct Building<'p> {
    pipeline: &'p Pipeline,
    units: &'p Units,
    groups: &'p Groups,
}

impl Building<'_> {
    fn group_of(&self, node: NodeId) -> UnitGroupId {
        self.groups.of_unit[self.units.of_node[node]]
    }

    /// Returns the nodes of a group, in the order of execution.
    fn nodes(&self, group: UnitGroupId) -> Vec<NodeId> {
        let mut nodes: Vec<_> =
            self.groups.all[group].1.iter().flat_map(|&unit| &self.units.all[unit].nodes).copied().collect();
        nodes.sort_unstable();
        nodes
    }

    /// Returns the number of slices of a group that is a divided multipipeline.
    fn slices(&self, group: UnitGroupId) -> Option<usize> {
        match self.groups.all[group].1[..] {
            [only] => self.units.all[only].sliced().map(|(_, slices)| slices.get()),
            _ => None,
        }
    }

    /// Returns the groups that a group waits for.
    fn parents(&self, group: UnitGroupId) -> BTreeSet<UnitGroupId> {
        let units = self.groups.all[group].1.iter();
        let parents = units.flat_map(|&unit| &self.units.parents[unit]).map(|&parent| self.groups.of_unit[parent]);
        parents.filter(|parent| *parent != group).collect()
    }

    /// Returns the groups in an order in which each stands behind those that it waits for.
    fn ordered(&self) -> Vec<UnitGroupId> {
        let parents: TiVec<UnitId, BTreeSet<UnitId>> = self
            .groups
            .all
            .keys()
            .map(|group| self.parents(group).into_iter().map(|parent| UnitId::new(parent.into())).collect())
            .collect();
        order(&parents).into_iter().map(|group| UnitGroupId::new(group.into())).collect()
    }

    /// Names the tasks of each group. No two have one name.
    fn ends(&self) -> TiVec<UnitGroupId, Ends> {
        let mut taken = HashSet::new();
        let mut free = |wanted: String, pieces: &dyn Fn(&str) -> Vec<String>| {
            let numbered = (2..).map(|number| format!("{wanted}~{number}"));
            let mut names = std::iter::once(wanted.clone()).chain(numbered).map(|name| pieces(&name));
            let found = names.find(|names| names.iter().all(|name| !taken.contains(name))).unwrap_or_default();
            taken.extend(found.iter().cloned());
            found
        };
        let rows = self.groups.all.keys().map(|group| {
            let wanted = self.groups.name(self.pipeline, self.units, group);
            let names = match self.slices(group) {
                None => free(wanted, &|name| vec![name.to_owned()]),
                Some(slices) => free(wanted, &|name| {
                    let slices = (0..slices).map(|slice| format!("{name}.slice-{slice}"));
                    let slicer = std::iter::once(format!("{name}.slicer"));
                    slicer.chain(slices).chain([format!("{name}.barrier")]).collect()
                }),
            };
            let (first, last) = (names[0].clone(), names[names.len() - 1].clone());
            let callers = if names.len() == 1 { names } else { names[1..names.len() - 1].to_vec() };
            Ends { first, last, callers }
        });
        rows.collect()
    }

    /// Returns the datasets that go from one group to another.
    fn crossings(&self, ends: &TiVec<UnitGroupId, Ends>) -> Vec<Crossing> {
        let graph = self.pipeline.graph();
        let mut crossings = Vec::new();
        for (format, row) in graph.formats().iter_enumerated() {
            let Some(maker) = graph.maker(format) else { continue };
            let own = self.group_of(maker);
            let readers: BTreeSet<_> = row.readers.iter().map(|&reader| self.group_of(reader)).collect();
            let read_by: Vec<_> = readers.into_iter().filter(|group| *group != own).collect();
            if read_by.is_empty() {
                continue;
            }
            let dataset = row.name.clone();
            let in_run_store = self.needs_place(format);
            let partitioned = graph.dataset_of(format).is_partitioned;
            let location = match row.stored.as_ref().filter(|_| !in_run_store) {
                Some(stored) => stored.location.clone().unwrap_or_default(),
                None => format!("data/{}", TaskGraph::file_name(&dataset)),
            };
            let read_by = read_by.into_iter().flat_map(|group| ends[group].callers.clone()).collect();
            crossings.push(Crossing {
                dataset,
                made_by: ends[own].last.clone(),
                read_by,
                partitioned,
                in_run_store,
                location,
            });
        }
        crossings
    }

    /// Returns true if a dataset is in no storage when its maker has ended.
    fn needs_place(&self, format: FormatId) -> bool {
        let graph = self.pipeline.graph();
        match &graph[format].stored {
            None => true,
            Some(stored) => stored.persist == Some(Persist::Off) && !stored.reload && !graph.has_twin(format),
        }
    }

    /// Returns the tasks of a group.
    fn tasks(&self, group: UnitGroupId, ends: &TiVec<UnitGroupId, Ends>, crossings: &[Crossing]) -> Vec<GraphTask> {
        let graph = self.pipeline.graph();
        let nodes = self.nodes(group);
        let Ends { first, last, callers } = &ends[group];
        let crossing = |is_its: &dyn Fn(&Crossing) -> bool| -> Vec<String> {
            crossings.iter().filter(|of| is_its(of)).map(|of| of.dataset.clone()).collect()
        };
        let made = crossing(&|of| of.made_by == *last);
        let mut resources: BTreeMap<String, u64> = BTreeMap::new();
        for (name, &amount) in nodes.iter().flat_map(|&node| &graph[node].resources) {
            let most = resources.entry(name.clone()).or_default();
            *most = amount.max(*most);
        }
        let times = nodes.iter().map(|&node| {
            graph[node].limits.time.filter(|_| graph[node].group.is_none()).map(|time| time.as_secs_f64())
        });
        let needs: BTreeSet<_> = self.parents(group).into_iter().map(|parent| ends[parent].last.clone()).collect();
        let task = GraphTask {
            id: first.clone(),
            kind: TaskKind::Nodes,
            multipipeline: None,
            slice: None,
            nodes: nodes.iter().map(|&node| graph[node].name.clone()).collect(),
            needs: needs.into_iter().collect(),
            reads: crossing(&|of| of.read_by.contains(&callers[0])),
            writes: made.clone(),
            resources,
            memory: nodes.iter().filter_map(|&node| graph[node].limits.memory).max(),
            timeout: times.sum(),
            retries: nodes.iter().filter_map(|&node| graph[node].retry.times).max().unwrap_or(0),
            command: Vec::new(),
        };
        if self.slices(group).is_none() {
            return vec![task];
        }
        let multipipeline = nodes.first().and_then(|&node| graph[node].multipipeline.clone());
        // Neither end calls a node.
        let end = GraphTask {
            multipipeline: multipipeline.clone(),
            resources: BTreeMap::new(),
            memory: None,
            timeout: None,
            retries: 0,
            ..task.clone()
        };
        let slicer =
            GraphTask { kind: TaskKind::Slicer, reads: self.over(group, crossings), writes: Vec::new(), ..end.clone() };
        let slices = callers.iter().enumerate().map(|(number, id)| GraphTask {
            id: id.clone(),
            kind: TaskKind::Slice,
            multipipeline: multipipeline.clone(),
            slice: Some(number),
            needs: vec![first.clone()],
            writes: Vec::new(),
            ..task.clone()
        });
        let barrier = GraphTask {
            id: last.clone(),
            kind: TaskKind::Barrier,
            needs: callers.clone(),
            reads: Vec::new(),
            writes: made,
            ..end
        };
        std::iter::once(slicer).chain(slices).chain([barrier]).collect()
    }

    /// Returns the crossing datasets that a multipipeline goes over.
    fn over(&self, group: UnitGroupId, crossings: &[Crossing]) -> Vec<String> {
        let graph = self.pipeline.graph();
        let units = self.groups.all[group].1.iter();
        let multipipelines = units.filter_map(|&unit| self.units.all[unit].multipipeline);
        let over: BTreeSet<_> = multipipelines.flat_map(|(group, _)| &graph[group].over).collect();
        let names: BTreeSet<_> = over.into_iter().map(|&over| graph[over].name.as_str()).collect();
        crossings.iter().map(|of| of.dataset.clone()).filter(|name| names.contains(name.as_str())).collect()
    }
}
