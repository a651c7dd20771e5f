//! Determines what each node is called for, and how each of its inputs reaches it.

use std::collections::BTreeSet;

use wpipe_data::Kind;

use super::bind::{Bound, Checked, Side};
use crate::pipeline::{Dataset, Pipeline};
use crate::problem::Problem;
use crate::resolved::{CalledPer, GroupId};
use wpipe_data::table::toml_key;

/// The code of a port that does not fit a partitioned dataset.
const CODE: &str = "wpipe::types::partitioned";

/// The way in which an input reaches a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Passing {
    /// JSON.
    Parameter,
    /// A plain dataset, to each call.
    Whole,
    /// The partition that the call is for.
    Partition,
    /// The partitions of the slice that the call is for.
    Slice,
    /// All partitions of a dataset, to each call.
    Set,
}

/// Determines both for every node of `checked`. A port that does not fit is a problem. If nodes use a dataset otherwise
/// than it is stored, the first such use is reported.
pub(super) fn passings(
    pipeline: &Pipeline,
    checked: &[Checked<'_>],
    out: &mut Vec<Problem>,
) -> Vec<(CalledPer, Vec<Passing>)> {
    let mut told = BTreeSet::new();
    let nodes = checked.iter().map(|node| {
        let call = Call { pipeline, group: pipeline.graph()[node.node].group };
        let passing: Vec<_> = node.inputs.iter().map(|bound| call.passing(bound)).collect();
        let called_per = if passing.contains(&Passing::Partition) {
            CalledPer::Partition
        } else if passing.contains(&Passing::Slice) {
            CalledPer::Slice
        } else {
            CalledPer::Run
        };
        out.extend(call.mixed(node, &passing));
        // A node of a group that is not called for partitions lacks ports, which is reported.
        if called_per == CalledPer::Run && call.group.is_none() || called_per != CalledPer::Run {
            let outputs = node.outputs.iter().filter_map(|bound| call.unfit_output(bound, called_per));
            out.extend(outputs.collect::<Vec<_>>());
        }
        out.extend(node.inputs.iter().filter_map(|bound| call.unfit_input(bound)));
        for bound in node.inputs.iter().chain(&node.outputs) {
            if let Some(problem) = call.stored_as_one(bound).filter(|_| told.insert(bound.binding.name.clone())) {
                out.push(problem);
            }
        }
        (called_per, passing)
    });
    nodes.collect()
}

/// The call of one node.
struct Call<'p> {
    pipeline: &'p Pipeline,
    group: Option<GroupId>,
}

impl Call<'_> {
    fn dataset(&self, bound: &Bound<'_>) -> Option<&Dataset> {
        self.pipeline.dataset(&bound.binding.name)
    }

    fn is_partitioned(&self, bound: &Bound<'_>) -> bool {
        self.dataset(bound).is_some_and(|dataset| dataset.is_partitioned)
    }

    /// Returns true if the dataset has partitions within the node's own group.
    fn is_of_group(&self, bound: &Bound<'_>) -> bool {
        let graph = self.pipeline.graph();
        let format = graph.find_format(&bound.binding.name);
        self.group.zip(format).is_some_and(|(group, format)| graph.is_within(format, group))
    }

    fn passing(&self, bound: &Bound<'_>) -> Passing {
        match (bound.port.kind, self.is_of_group(bound)) {
            (Kind::Parameter, _) => Passing::Parameter,
            (Kind::Single, true) => Passing::Partition,
            (Kind::Single, false) => Passing::Whole,
            (Kind::Partitioned, true) => Passing::Slice,
            (Kind::Partitioned, false) => Passing::Set,
        }
    }

    /// Reports a node that would have to be called for partitions and for slices.
    fn mixed(&self, node: &Checked<'_>, passing: &[Passing]) -> Option<Problem> {
        let first = |wanted| {
            let inputs = node.inputs.iter().zip(passing);
            inputs.into_iter().find(|(_, passing)| **passing == wanted).map(|(bound, _)| bound)
        };
        let (single, set) = (first(Passing::Partition)?, first(Passing::Slice)?);
        let name = &self.pipeline.graph()[node.node].name;
        let problem = Problem::new(CODE, format!("node `{name}` reads one partition and several of its multipipeline"))
            .label(&single.binding.span, format!("{} is one partition", single.place()))
            .label(&set.binding.span, format!("{} is the partitions of a slice", set.place()));
        Some(problem.help("let the function take one of each dataset, or partitions of each".to_owned()))
    }

    /// Reports a partitioned dataset at a port for a single one.
    fn unfit_input(&self, bound: &Bound<'_>) -> Option<Problem> {
        let is_unfit = bound.port.kind == Kind::Single && !self.is_of_group(bound) && self.is_partitioned(bound);
        if !is_unfit {
            return None;
        }
        let (node, name) = (&bound.node.name, &bound.binding.name);
        let help = match self.group {
            Some(group) => format!(
                "add `{name}` to `over` of multipipeline `{}` for one partition a call, or let the function take partitions",
                self.pipeline.graph()[group].name
            ),
            None => format!(
                "for a call for each partition put the node into a multipipeline: `[multinodes.{}]` with \
                 `over = [{name:?}]`; or let the function take partitions",
                toml_key(node)
            ),
        };
        let problem = Problem::new(CODE, format!("node `{node}` reads `{name}` whole, and it is partitioned"));
        Some(self.at(bound, problem, "takes one").help(help))
    }

    fn unfit_output(&self, bound: &Bound<'_>, called_per: CalledPer) -> Option<Problem> {
        let (node, name) = (&bound.node.name, &bound.binding.name);
        let (message, label, help) = match (called_per, bound.port.kind) {
            (CalledPer::Slice, Kind::Single) => (
                format!("node `{node}` makes one `{name}` for each slice"),
                "is one",
                "a node that is called for slices returns partitions: how many slices there are changes nothing then",
            ),
            (CalledPer::Partition, Kind::Partitioned) => (
                format!("node `{node}` makes partitions of `{name}` for each partition"),
                "is partitioned",
                "a node that is called for each partition returns one: the partition of that id",
            ),
            (CalledPer::Run, Kind::Single) if self.is_partitioned(bound) => (
                format!("node `{node}` writes `{name}` whole, and it is partitioned"),
                "is one",
                "let the function return partitions, or write another dataset",
            ),
            _ => return None,
        };
        Some(self.at(bound, Problem::new(CODE, message), label).help(help.to_owned()))
    }

    /// Reports partitions that go to or come from a dataset which is stored as one.
    fn stored_as_one(&self, bound: &Bound<'_>) -> Option<Problem> {
        let spec = self.dataset(bound)?.spec.as_ref()?;
        if bound.port.kind != Kind::Partitioned || self.is_partitioned(bound) {
            return None;
        }
        let (node, name) = (&bound.node.name, &bound.binding.name);
        let does = if bound.side == Side::Input { "reads" } else { "writes" };
        let problem =
            Problem::new(CODE, format!("node `{node}` {does} partitions of `{name}`, which is stored as one"))
                .label(&bound.binding.span, format!("{} is partitioned", bound.place()))
                .label(&spec.spans.entry, "one dataset here");
        Some(problem.help("add `partitioned = true` to its entry, and let it be a folder".to_owned()))
    }

    /// Points at a port, and at the place that makes its dataset partitioned.
    fn at(&self, bound: &Bound<'_>, problem: Problem, label: &str) -> Problem {
        let problem = problem.label(&bound.binding.span, format!("{} {label}", bound.place()));
        let spec = self.dataset(bound).and_then(|dataset| dataset.spec.as_ref());
        match spec.and_then(|spec| spec.spans.get("partitioned")) {
            Some(span) => problem.label(span, "partitioned"),
            None => problem,
        }
    }
}
