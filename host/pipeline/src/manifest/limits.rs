//! `[limits]` and `limits` of a node: the resources that a node may use.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::amounts::{size, size_needed, time_limit};
use super::fields::Fields;
use super::tree::Entry;
use crate::problem::Problem;

/// The resources that a node may use; `None` is the sandbox's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LimitsSpec {
    /// Linear memory, in bytes.
    pub memory: Option<u64>,
    /// Time of one call.
    pub time: Option<Duration>,
    /// Log text, in bytes.
    pub log: Option<u64>,
    /// All outputs together, in bytes.
    pub output: Option<u64>,
}

impl LimitsSpec {
    /// Returns these limits, and that of `fallback` where one is not set.
    #[must_use]
    pub fn or(self, fallback: Self) -> Self {
        Self {
            memory: self.memory.or(fallback.memory),
            time: self.time.or(fallback.time),
            log: self.log.or(fallback.log),
            output: self.output.or(fallback.output),
        }
    }
}

/// The limits of a component and of compiling it; `None` is the sandbox's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompileLimitsSpec {
    /// The component file, in bytes.
    pub size: Option<u64>,
    /// Functions of one component.
    pub functions: Option<u64>,
    /// Processor time of compiling one component.
    pub time: Option<Duration>,
    /// Memory that compiling one component takes, in bytes.
    pub memory: Option<u64>,
}

/// Reads `entry`, the limits of the node `owner`.
pub(crate) fn node_limits(owner: &str, entry: &Entry, out: &mut Vec<Problem>) -> LimitsSpec {
    let Some(mut fields) = Fields::of(owner, entry, out) else {
        return LimitsSpec::default();
    };
    let limits = of_calls(&mut fields, out);
    fields.refuse_rest(out);
    limits
}

/// Reads `[limits]`: the limits of nodes, and those of components.
pub(super) fn limits(entry: &Entry, out: &mut Vec<Problem>) -> (LimitsSpec, CompileLimitsSpec) {
    let Some(mut fields) = Fields::of("`[limits]`", entry, out) else {
        return Default::default();
    };
    let limits = of_calls(&mut fields, out);
    let compile = CompileLimitsSpec {
        size: size(&mut fields, "component_size", out),
        functions: fields.whole("component_functions", out),
        time: time_limit(&mut fields, "compile_time", out),
        memory: size(&mut fields, "compile_memory", out),
    };
    fields.refuse_rest(out);
    (limits, compile)
}

fn of_calls(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> LimitsSpec {
    LimitsSpec {
        memory: size_needed(fields, "memory", out),
        time: time_limit(fields, "time", out),
        log: size(fields, "log", out),
        output: size(fields, "output", out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_limit_beats_the_fallback_one_by_one() {
        let own = LimitsSpec { memory: Some(1), ..LimitsSpec::default() };
        let fallback = LimitsSpec { memory: Some(2), log: Some(3), ..LimitsSpec::default() };
        let merged = own.or(fallback);
        assert_eq!((merged.memory, merged.log, merged.time), (Some(1), Some(3), None));
    }
}
