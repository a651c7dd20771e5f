//! Joins, leaves out and cuts.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use serde_json::{Map, Value};

use super::balance::cut;
use super::configure::Configure;
use super::error::SliceError;
use super::types::{LeftOut, LeftOutReason, Part, SlicePlan};
use crate::manifest::{Join, OnEmpty};
use crate::pipeline::Multipipeline;

/// The partitions of a dataset: their bytes by id.
type Set = BTreeMap<String, u64>;

impl Multipipeline {
    /// Returns the slices of the existing partitions. `sets` has the partitions of each dataset of `over` by id, with
    /// their bytes; a dataset that it lacks has none. Only ids greater than `checkpoint` and not among `done` are
    /// worked on. If nobody sets the number of slices, there are as many as `workers`.
    ///
    /// A partition that its id alone excludes need not be in every dataset.
    ///
    /// # Errors
    ///
    /// Fails if the join is strict and a dataset lacks a partition, or if invisible differences keep two ids from
    /// joining. Fails also if no partition is left except those whose turn has been (`done`, `checkpoint`), unless
    /// `on_empty` is to skip.
    pub fn slice(
        &self,
        sets: &BTreeMap<String, Set>,
        checkpoint: Option<&str>,
        done: &BTreeSet<String>,
        workers: NonZeroUsize,
    ) -> Result<SlicePlan, SliceError> {
        let over: Vec<_> = self.over.iter().map(|dataset| (dataset, sets.get(dataset))).collect();
        let ids: BTreeSet<_> = over.iter().filter_map(|(_, set)| *set).flat_map(Set::keys).collect();
        let (mut parts, mut left_out, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
        let mut unjoined = Vec::new();
        for id in &ids {
            let part = self.part(id, &over);
            let leave_out = |reason| LeftOut { id: part.id.clone(), reason };
            if let Some(reason) = self.left_out(&part, checkpoint, done) {
                left_out.push(leave_out(reason));
                continue;
            }
            if !part.absent.is_empty() {
                unjoined.push((id.as_str(), part.absent.clone()));
            }
            if part.absent.is_empty() {
                parts.push(part);
            } else if self.policy.join == Join::Outer {
                if self.nodes.iter().any(|node| self.has_work(node, &part)) {
                    parts.push(part);
                } else {
                    left_out.push(leave_out(LeftOutReason::NothingToRun(part.absent.clone())));
                }
            } else {
                let reason = LeftOutReason::NotIn(part.absent.clone());
                let list = if self.policy.join == Join::Strict { &mut lacking } else { &mut left_out };
                list.push(leave_out(reason));
            }
        }
        if let Some(error) = SliceError::look_alike(&self.name, &unjoined) {
            return Err(error);
        }
        if !lacking.is_empty() {
            return Err(SliceError::not_joined(&self.name, &lacking, ids.len()));
        }
        let was_something = left_out.iter().any(|left| left.reason.is_over());
        if parts.is_empty() && !was_something && self.policy.on_empty == OnEmpty::Error {
            return Err(SliceError::empty(&self.name, &self.over, &left_out));
        }
        let unmatched = if parts.is_empty() { Vec::new() } else { Configure::unmatched(&self.policy.configure, &ids) };
        let slices = cut(parts, self.policy.slices.unwrap_or(workers), self.policy.balance);
        Ok(SlicePlan { slices, left_out, unmatched })
    }

    /// Returns true if `node`, one of the group, is called for a partition: all datasets of `over` that it needs, by
    /// itself and through other nodes of the group, have it.
    pub fn runs(&self, node: &str, part: &Part) -> bool {
        let needs = self.needs.get(node);
        needs.is_some_and(|needs| part.absent.iter().all(|absent| !needs.contains(absent)))
    }

    /// Returns true if `node` has work with a partition: it is called for it, or for a slice in which it sees it.
    fn has_work(&self, node: &str, part: &Part) -> bool {
        let sees = |needs: &BTreeSet<String>| needs.iter().any(|needed| !part.absent.contains(needed));
        self.runs(node, part) || self.by_slice.contains(node) && self.needs.get(node).is_some_and(sees)
    }

    /// Returns the parameters for the calls of a partition: its settings laid over `params`, the pipeline's own.
    pub fn params_for(&self, part: &Part, params: &Map<String, Value>) -> Map<String, Value> {
        self.params_of(part.configure, params)
    }

    /// Returns the same for all partitions that one entry of `configure` applies to.
    pub fn params_of(&self, configure: Option<usize>, params: &Map<String, Value>) -> Map<String, Value> {
        let entry = configure.and_then(|index| self.policy.configure.get(index));
        entry.map_or_else(|| params.clone(), |entry| entry.lay_over(params))
    }

    /// Returns the place in `configure` of the settings for a partition.
    pub fn configure_of(&self, id: &str) -> Option<usize> {
        Configure::find(&self.policy.configure, id)
    }

    fn part(&self, id: &str, over: &[(&String, Option<&Set>)]) -> Part {
        let mut part = Part { id: id.to_owned(), size: 0, absent: Vec::new(), configure: self.configure_of(id) };
        for (dataset, set) in over {
            match set.and_then(|set| set.get(id)) {
                Some(size) => part.size = part.size.saturating_add(*size),
                None => part.absent.push((*dataset).clone()),
            }
        }
        part
    }

    /// Returns the reason why a partition is not worked on, whichever datasets have it.
    fn left_out(&self, part: &Part, checkpoint: Option<&str>, done: &BTreeSet<String>) -> Option<LeftOutReason> {
        let is_skipped = part.configure.is_some_and(|index| self.policy.configure[index].skip);
        let reasons = [
            (self.policy.filter.as_ref().is_some_and(|filter| !filter.accepts(&part.id)), LeftOutReason::Filter),
            (is_skipped, LeftOutReason::Configured),
            (checkpoint.is_some_and(|checkpoint| part.id.as_str() <= checkpoint), LeftOutReason::Checkpoint),
            (done.contains(&part.id), LeftOutReason::Done),
        ];
        reasons.into_iter().find_map(|(is_it, reason)| is_it.then_some(reason))
    }
}
