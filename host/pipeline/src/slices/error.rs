//! Why there is nothing to slice.

use std::collections::BTreeMap;

use super::types::{LeftOut, LeftOutReason};
use crate::look_alike::{has_unseen, seen, unseen_difference};
use crate::suggest::list;

/// How many partitions an error names.
const MOST_NAMED: usize = 5;

/// Why a multipipeline cannot be cut into slices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SliceError {
    /// Partitions that not every dataset of `over` has, where the join is strict.
    #[error(
        "multipipeline `{multipipeline}`: {count} of {total} partitions are not in every dataset of `over`: {some}; \
         add what is missing, or write `join = \"inner\"` to leave these partitions out, or `join = \"outer\"` to run \
         of each what can be run"
    )]
    NotJoined {
        /// The multipipeline.
        multipipeline: String,
        /// How many partitions it is about.
        total: usize,
        /// How many of these lack somewhere.
        count: usize,
        /// Some of them, and where they lack.
        some: String,
    },
    /// Partitions that were most likely meant to be joined, and have other ids to a computer.
    #[error(
        "multipipeline `{multipipeline}`: {pairs}, so they are not joined; rename the objects of one of the datasets"
    )]
    LookAlike {
        /// The multipipeline.
        multipipeline: String,
        /// Some of them, where they lack, and in what they differ.
        pairs: String,
    },
    /// No partition is left, and `on_empty` does not say that this is fine.
    #[error(
        "multipipeline `{multipipeline}` has no partition to work on: {reason}; where that may happen, write \
         `on_empty = \"skip\"`"
    )]
    Empty {
        /// The multipipeline.
        multipipeline: String,
        /// How many there were, and what left them out.
        reason: String,
    },
}

impl SliceError {
    /// That `lacking` are not in all datasets, each with those that it is not in; of `total` partitions.
    pub(super) fn not_joined(multipipeline: &str, lacking: &[LeftOut], total: usize) -> Self {
        let named = lacking.iter().take(MOST_NAMED).map(|LeftOut { id, reason }| format!("`{id}` is {reason}"));
        let mut some = named.collect::<Vec<_>>().join(", ");
        if lacking.len() > MOST_NAMED {
            some += &format!(", … and {} more", lacking.len() - MOST_NAMED);
        }
        Self::NotJoined { multipipeline: multipipeline.to_owned(), total, count: lacking.len(), some }
    }

    /// That of the ids that are not in all datasets, each with those that it is not in, some look alike and would join.
    pub(super) fn look_alike(multipipeline: &str, unjoined: &[(&str, Vec<String>)]) -> Option<Self> {
        if !unjoined.iter().any(|(id, _)| has_unseen(id)) {
            return None;
        }
        let mut first: BTreeMap<String, &(&str, Vec<String>)> = BTreeMap::new();
        let mut pairs = Vec::new();
        for other in unjoined {
            let Some(one) = first.insert(seen(other.0), other) else { continue };
            // Where both are in one dataset, they are two partitions of it.
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

    /// That nothing is left of the datasets `over` when `left_out` are.
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
