//! `[history]`: how many journals of earlier runs are kept.

use super::fields::Fields;
use super::tree::Entry;
use crate::problem::Problem;

/// The journals that are kept when a run ends; `None` is no reason to keep one. With neither, all are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HistorySpec {
    /// So many of the newest.
    pub keep_runs: Option<u64>,
    /// Those of so many days.
    pub keep_days: Option<u64>,
}

/// Reads `[history]`.
pub(super) fn history(entry: &Entry, out: &mut Vec<Problem>) -> HistorySpec {
    let Some(mut fields) = Fields::of("`[history]`", entry, out) else { return HistorySpec::default() };
    let spec = HistorySpec { keep_runs: fields.whole("keep_runs", out), keep_days: fields.whole("keep_days", out) };
    fields.refuse_rest(out);
    spec
}
