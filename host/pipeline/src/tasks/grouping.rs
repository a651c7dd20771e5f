//! Puts units together into groups, each of which one process runs.

use std::collections::{BTreeMap, BTreeSet};

use typed_index_collections::{TiVec, ti_vec};

use super::types::GroupBy;
use super::units::{Unit, UnitId, Units};
use crate::graph::{shortest_cycle, tangles};
use crate::pipeline::Pipeline;

crate::ids! {
    /// A group of units.
    UnitGroupId,
}

/// Groups of units that wait for each other: no process could run first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "grouped by {by}, the tasks `{one}` and `{other}` would wait for each other: {}; group by `chain`, which never does \
     that, or {remedy}",
    told(waits)
)]
pub struct GroupError {
    /// The way in which they were put together.
    pub by: GroupBy,
    /// One of the tasks.
    pub one: String,
    /// The other one.
    pub other: String,
    /// The nodes that wait, each with the node that it waits for, around the circle.
    pub waits: Vec<(String, String)>,
    /// What could be changed to keep this way.
    pub remedy: &'static str,
}

fn told(waits: &[(String, String)]) -> String {
    let waits: Vec<_> = waits.iter().map(|(node, parent)| format!("`{node}` waits for `{parent}`")).collect();
    waits.join(", and ")
}

/// The groups of a pipeline's units.
pub(super) struct Groups {
    /// The units of each group, in the order of execution, and the name that they have in common, if they do.
    pub(super) all: TiVec<UnitGroupId, (Option<String>, Vec<UnitId>)>,
    pub(super) of_unit: TiVec<UnitId, UnitGroupId>,
}

impl Groups {
    pub(super) fn of(pipeline: &Pipeline, units: &Units, by: GroupBy) -> Result<Self, GroupError> {
        let keys: TiVec<UnitId, Option<String>> = match by {
            GroupBy::Chain => return Ok(Self::chains(units)),
            GroupBy::Node => ti_vec![None; units.all.len()],
            GroupBy::All => ti_vec![Some("all".to_owned()); units.all.len()],
            GroupBy::Tag | GroupBy::Namespace => units
                .all
                .iter()
                .map(|unit| if unit.sliced().is_some() { None } else { key(pipeline, unit, by) })
                .collect(),
        };
        let mut groups = Self { all: TiVec::new(), of_unit: ti_vec![UnitGroupId::new(0); units.all.len()] };
        let mut by_key: BTreeMap<String, UnitGroupId> = BTreeMap::new();
        for (unit, key) in keys.into_iter_enumerated() {
            let known = key.as_ref().and_then(|key| by_key.get(key)).copied();
            let group = known.unwrap_or_else(|| groups.all.push_and_get_key((key.clone(), Vec::new())));
            if let Some(key) = key {
                by_key.insert(key, group);
            }
            groups.all[group].1.push(unit);
            groups.of_unit[unit] = group;
        }
        groups.check(pipeline, units, by)?;
        Ok(groups)
    }

    /// Joins each unit with the one behind it, where nothing else could run between or beside them: it is the only one
    /// that waits for it, and waits for no other. What follows from the rest does not count.
    fn chains(units: &Units) -> Self {
        let parents = reduced(&units.parents);
        let mut children: TiVec<UnitId, Vec<UnitId>> = ti_vec![Vec::new(); units.all.len()];
        for (unit, parents) in parents.iter_enumerated() {
            parents.iter().for_each(|&parent| children[parent].push(unit));
        }
        let mut groups = Self { all: TiVec::new(), of_unit: ti_vec![UnitGroupId::new(0); units.all.len()] };
        // A unit stands behind its parents.
        for unit in order(&units.parents) {
            let joins = |parent: UnitId| {
                children[parent].len() == 1
                    && units.all[parent].sliced().is_none()
                    && units.all[unit].sliced().is_none()
            };
            let group = match parents[unit][..] {
                [parent] if joins(parent) => groups.of_unit[parent],
                _ => groups.all.push_and_get_key((None, Vec::new())),
            };
            groups.all[group].1.push(unit);
            groups.of_unit[unit] = group;
        }
        groups
    }

    /// Fails if groups wait for each other.
    fn check(&self, pipeline: &Pipeline, units: &Units, by: GroupBy) -> Result<(), GroupError> {
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.all.len()];
        for (unit, parents) in units.parents.iter_enumerated() {
            let own = self.of_unit[unit];
            for parent in parents.iter().map(|&parent| self.of_unit[parent]).filter(|&parent| parent != own) {
                children[usize::from(parent)].push(own.into());
            }
        }
        let mut tangled = tangles(&children);
        tangled.iter_mut().for_each(|members| members.sort_unstable());
        let Some(members) = tangled.into_iter().min() else { return Ok(()) };
        let cycle: Vec<_> = shortest_cycle(&members, &children).into_iter().map(UnitGroupId::new).collect();
        let next = cycle.iter().cycle().skip(1);
        let waits = cycle.iter().zip(next).filter_map(|(&parent, &child)| self.wait(pipeline, units, parent, child));
        let name = |group: UnitGroupId| self.name(pipeline, units, group);
        Err(GroupError {
            by,
            one: name(cycle[0]),
            other: name(cycle[1 % cycle.len()]),
            waits: waits.collect(),
            remedy: match by {
                GroupBy::Tag => "give other tags to some of these nodes",
                _ => "move some of these nodes into another namespace",
            },
        })
    }

    /// Returns a node of one group that waits for a node of another one, and that node.
    fn wait(
        &self,
        pipeline: &Pipeline,
        units: &Units,
        parent: UnitGroupId,
        child: UnitGroupId,
    ) -> Option<(String, String)> {
        let graph = pipeline.graph();
        let nodes = self.all[child].1.iter().flat_map(|&unit| &units.all[unit].nodes);
        nodes.into_iter().find_map(|&node| {
            let before = graph[node].waits_for.iter().find(|&&before| self.of_unit[units.of_node[before]] == parent)?;
            Some((graph[node].name.clone(), graph[*before].name.clone()))
        })
    }

    /// Returns the name of a group: the one that its units have in common, that of its only unit, or of the first and the
    /// last.
    pub(super) fn name(&self, pipeline: &Pipeline, units: &Units, group: UnitGroupId) -> String {
        let graph = pipeline.graph();
        let of_unit = |unit: UnitId| match units.all[unit].multipipeline {
            Some((group, _)) => graph[group].name.clone(),
            None => graph[units.all[unit].nodes[0]].name.clone(),
        };
        match &self.all[group] {
            (Some(name), _) => name.clone(),
            (None, members) => match members[..] {
                [only] => of_unit(only),
                [first, .., last] => format!("{}..{}", of_unit(first), of_unit(last)),
                [] => unreachable!("a group has a unit"),
            },
        }
    }
}

fn key(pipeline: &Pipeline, unit: &Unit, by: GroupBy) -> Option<String> {
    let graph = pipeline.graph();
    match by {
        GroupBy::Namespace => graph[unit.nodes[0]].namespace.clone(),
        _ => {
            let tags: BTreeSet<_> = unit.nodes.iter().flat_map(|&node| &graph[node].tags).map(String::as_str).collect();
            (!tags.is_empty()).then(|| tags.into_iter().collect::<Vec<_>>().join("+"))
        }
    }
}

/// Returns the units in an order in which each stands behind its parents: of several, the first one comes first.
pub(super) fn order(parents: &TiVec<UnitId, BTreeSet<UnitId>>) -> Vec<UnitId> {
    let mut left: TiVec<UnitId, usize> = parents.iter().map(BTreeSet::len).collect();
    let mut children: TiVec<UnitId, Vec<UnitId>> = ti_vec![Vec::new(); parents.len()];
    for (unit, parents) in parents.iter_enumerated() {
        parents.iter().for_each(|&parent| children[parent].push(unit));
    }
    let free = left.iter_enumerated().filter(|(_, left)| **left == 0).map(|(unit, _)| unit);
    let mut ready: BTreeSet<_> = free.collect();
    let mut ordered = Vec::with_capacity(parents.len());
    while let Some(unit) = ready.pop_first() {
        ordered.push(unit);
        for &child in &children[unit] {
            left[child] -= 1;
            if left[child] == 0 {
                ready.insert(child);
            }
        }
    }
    ordered
}

/// Returns the parents of each unit without those that another parent waits for anyway.
fn reduced(parents: &TiVec<UnitId, BTreeSet<UnitId>>) -> TiVec<UnitId, Vec<UnitId>> {
    let mut before: TiVec<UnitId, BTreeSet<UnitId>> = ti_vec![BTreeSet::new(); parents.len()];
    for unit in order(parents) {
        let mut all = parents[unit].clone();
        parents[unit].iter().for_each(|&parent| all.extend(&before[parent]));
        before[unit] = all;
    }
    let rows = parents.iter().map(|own| {
        let is_implied = |parent: &UnitId| own.iter().any(|other| before[*other].contains(parent));
        own.iter().copied().filter(|parent| !is_implied(parent)).collect()
    });
    rows.collect()
}
