//! The reasons why there is nothing to slice.

use std::collections::BTreeMap;

use super::types::{LeftOut, LeftOutReason};
use wpipe_text::list;
use wpipe_text::{has_unseen, seen, unseen_difference};

/// The most partitions that an error names.
const MOST_NAMED: usize = 5;

/// The reason why a multipipeline cannot be cut into slices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SliceError {
    /// Not every dataset of `over` has these partitions, and the join is strict.
    #[error(
        "multipipeline `{multipipeline}`: {count} of {total} partitions are not in every dataset of `over`: {some}; \
         add what is missing, or write `join = \"inner\"` to leave these partitions out, or `join = \"outer\"` to run \
         of each what can be run"
    )]
    NotJoined {
        /// The multipipeline.
        multipipeline: String,
        /// The number of partitions in all.
        total: usize,
        /// The number of those that are missing somewhere.
        count: usize,
        /// Some of them, and the datasets that lack them.
        some: String,
    },
    /// These partitions were most likely meant to be joined, but their ids differ to a computer.
    #[error(
        "multipipeline `{multipipeline}`: {pairs}, so they are not joined; rename the objects of one of the datasets"
    )]
    LookAlike {
        /// The multipipeline.
        multipipeline: String,
        /// Some of them, the datasets that lack them, and their difference.
        pairs: String,
    },
    /// No partition is left, and `on_empty` does not allow that.
    #[error(
        "multipipeline `{multipipeline}` has no partition to work on: {reason}; where that may happen, write \
         `on_empty = \"skip\"`"
    )]
    Empty {
        /// The multipipeline.
        multipipeline: String,
        /// The number of partitions, and the rules that left them out.
        reason: String,
    },
}

impl SliceError {
    /// Reports that `lacking` are not in all datasets, each with those that lack it; of `total` partitions.
    pub(super) fn not_joined(multipipeline: &str, lacking: &[LeftOut], total: usize) -> Self {
        let named = lacking.iter().take(MOST_NAMED).map(|LeftOut { id, reason }| format!("`{id}` is {reason}"));
        let mut some = named.collect::<Vec<_>>().join(", ");
        if lacking.len() > MOST_NAMED {
            some += &format!(", … and {} more", lacking.len() - MOST_NAMED);
        }
        Self::NotJoined { multipipeline: multipipeline.to_owned(), total, count: lacking.len(), some }
    }

    /// Reports ids that look alike and would join, among those that are not in all datasets, each with those that lack
    /// it.
    pub(super) fn look_alike(multipipeline: &str, unjoined: &[(&str, Vec<String>)]) -> Option<Self> {
        if !unjoined.iter().any(|(id, _)| has_unseen(id)) {
            return None;
        }
        let mut first: BTreeMap<String, &(&str, Vec<String>)> = BTreeMap::new();
        let mut pairs = Vec::new();
        for other in unjoined {
            let Some(one) = first.insert(seen(other.0), other) else { continue };
            // Two ids in one dataset are two partitions of it.
            let would_join = one.1.iter().all(|absent| !other.1.contains(absent));
            if let Some(difference) = unseen_difference(one.0, other.0).filter(|_| would_join) {
                let (id, absent) = (one.0, list(&one.1));
                pairs.push(format!("`{id}`, which is not in {absent}, and `{}` differ {difference}", other.0));
            }
        }
        if pairs.is_empty() {
            return None;
        }
        let more = pairs.len().saturating_sub(MOST_NAMED);
        pairs.truncate(MOST_NAMED);
        let more = if more > 0 { format!("; and {more} more pairs") } else { String::new() };
        Some(Self::LookAlike { multipipeline: multipipeline.to_owned(), pairs: pairs.join("; ") + &more })
    }

    /// Reports that nothing is left of the datasets `over` without `left_out`.
    pub(super) fn empty(multipipeline: &str, over: &[String], left_out: &[LeftOut]) -> Self {
        let count = |is_it: fn(&LeftOutReason) -> bool, does: &str| {
            let count = left_out.iter().filter(|left| is_it(&left.reason)).count();
            (count > 0).then(|| format!("{count} {does}"))
        };
        let reasons = [
            count(|reason| *reason == LeftOutReason::Filter, "left out by `filter`"),
            count(|reason| *reason == LeftOutReason::Configured, "skipped by `configure`"),
            count(|reason| matches!(reason, LeftOutReason::NotIn(_)), "not in every dataset of `over`"),
            count(|reason| matches!(reason, LeftOutReason::NothingToRun(_)), "with nothing to run for them"),
        ];
        let reasons: Vec<_> = reasons.into_iter().flatten().collect();
        let reason = if left_out.is_empty() {
            format!("there is none in {}", list(over))
        } else {
            format!("there are {}, of which {}", left_out.len(), reasons.join(", "))
        };
        Self::Empty { multipipeline: multipipeline.to_owned(), reason }
    }
}
