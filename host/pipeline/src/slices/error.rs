//! Why there is nothing to slice.

use super::types::{LeftOut, LeftOutReason};

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
            format!("there is none in {}", crate::suggest::list(over))
        } else {
            format!("there are {}, of which {}", left_out.len(), reasons.join(", "))
        };
        Self::Empty { multipipeline: multipipeline.to_owned(), reason }
    }
}
