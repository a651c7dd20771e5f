//! What a run writes to its store. Every document has a format number; older ones stay readable.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wpipe_pipeline::TaskOptions;
use wpipe_runner::{Division, SliceOutcome, SliceWork};

/// The format of all documents here. An added key leaves the number as it is; a key that changes its meaning raises it.
pub(super) const FORMAT: u32 = 1;

/// `run.json`: what a run is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RunHead {
    pub(super) format: u32,
    /// The name by which versions and sets know the run, and journals: made by whoever came first.
    pub(super) run: String,
    pub(super) wpipe: String,
    pub(super) pipeline: String,
    /// The digest of the manifest and of what is laid over it.
    pub(super) manifest: String,
    pub(super) env: Option<String>,
    /// The parameters that were given; those that may be secret have no values.
    pub(super) params: Vec<(String, Option<String>)>,
    /// The digest of each component.
    pub(super) components: BTreeMap<String, String>,
    /// The selected nodes.
    pub(super) nodes: Vec<String>,
    /// The flags that selected them.
    pub(super) selection: BTreeMap<String, Vec<String>>,
    /// The number of tasks.
    pub(super) tasks: usize,
    #[serde(flatten)]
    pub(super) options: TaskOptions,
}

/// `attempts/<task>/<n>.json`: an attempt has begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AttemptRecord {
    pub(super) format: u32,
    pub(super) task: String,
    pub(super) attempt: u32,
    /// Something that no other attempt has, so that a lost answer is told from another attempt's document.
    pub(super) mark: String,
}

/// `results/<task>.json`: an attempt has ended well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ResultRecord {
    pub(super) format: u32,
    pub(super) task: String,
    pub(super) attempt: u32,
    /// The nodes that completed in it.
    pub(super) completed: Vec<String>,
    /// The number of slices with partitions that a slicer has made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) slices: Option<usize>,
    /// What a slice has made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<SliceOutcome>,
}

/// `plans/<task>/<n>/division.json`: what the barrier takes of a slicer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DivisionRecord {
    pub(super) format: u32,
    pub(super) division: Division,
}

/// `plans/<task>/<n>/slice-<k>.json`: what a slice takes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SliceRecord {
    pub(super) format: u32,
    pub(super) work: SliceWork,
}

impl RunHead {
    /// Returns what differs in another one: its name, the value there, and the value here.
    pub(super) fn differences(&self, here: &Self) -> Vec<(String, String, String)> {
        let mut differs = Vec::new();
        let mut compare = |what: &str, there: String, here: String| {
            if there != here {
                differs.push((what.to_owned(), there, here));
            }
        };
        let short = |digest: &str| format!("{digest:.12}");
        let none = "none".to_owned();
        compare("wpipe", self.wpipe.clone(), here.wpipe.clone());
        compare("the pipeline", self.pipeline.clone(), here.pipeline.clone());
        compare("the manifest", short(&self.manifest), short(&here.manifest));
        compare(
            "the environment",
            self.env.clone().unwrap_or_else(|| none.clone()),
            here.env.clone().unwrap_or_else(|| none.clone()),
        );
        let params = |of: &Self| {
            let all = of.params.iter().map(|(path, value)| format!("{path}={}", value.as_deref().unwrap_or("***")));
            let all = all.collect::<Vec<_>>().join(",");
            if all.is_empty() { "none".to_owned() } else { all }
        };
        compare("the parameters", params(self), params(here));
        for name in self.components.keys().chain(here.components.keys()) {
            let digest = |of: &Self| of.components.get(name).map_or_else(|| "none".to_owned(), |digest| short(digest));
            compare(&format!("component `{name}`"), digest(self), digest(here));
        }
        compare("the nodes", self.nodes.join(","), here.nodes.join(","));
        compare("the grouping", self.options.group_by.to_string(), here.options.group_by.to_string());
        let slices = |of: &Self| of.options.slices.map_or_else(|| "none".to_owned(), |slices| slices.to_string());
        compare("`--slices`", slices(self), slices(here));
        differs.dedup();
        differs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_format_1_are_read() {
        let head = r#"{"format":1,"run":"2026-11-29T06.00.00.123456804213Z","wpipe":"0.1.0","pipeline":"p","manifest":"ab",
            "env":null,"params":[["a","1"],["token",null]],"components":{"c":"cd"},"nodes":["n"],
            "selection":{"--tags":["t"]},"tasks":3,"group_by":"node","slices":2}"#;
        let head: RunHead = serde_json::from_str(head).expect("a head of format 1");
        assert_eq!((head.tasks, head.options.slices.map(usize::from)), (3, Some(2)));
        let result = r#"{"format":1,"task":"days.slice-0","attempt":2,"completed":[],"outcome":{"completed":1,
            "failed":{"b":"why"},"written":{"out":{"a":{"size":3,"at":"r-0123","mark":"m"}}}}}"#;
        let result: ResultRecord = serde_json::from_str(result).expect("a result of format 1");
        assert_eq!(result.outcome.expect("an outcome").written["out"]["a"].at.as_deref(), Some("r-0123"));
        let division = r#"{"format":1,"division":{"plan":{"slices":[[{"id":"a","size":3,"absent":[],"configure":null}]],
            "left_out":[{"id":"b","reason":"done"},{"id":"c","reason":{"not_in":["x"]}}],"unmatched":[]},
            "of":{"raw":{"a":{"size":3}}},"sets":{"out":{"run":"r0","kept":{}}}}}"#;
        let division: DivisionRecord = serde_json::from_str(division).expect("a division of format 1");
        assert_eq!(division.division.slice(0).parts[0].id, "a");
        assert!(division.division.slice(1).parts.is_empty());
    }

    #[test]
    fn what_differs_is_named() {
        let head = RunHead {
            format: FORMAT,
            run: "r".to_owned(),
            wpipe: "1".to_owned(),
            pipeline: "p".to_owned(),
            manifest: "a".repeat(64),
            env: None,
            params: Vec::new(),
            components: BTreeMap::from([("c".to_owned(), "d".repeat(64))]),
            nodes: vec!["n".to_owned()],
            selection: BTreeMap::new(),
            tasks: 1,
            options: TaskOptions::default(),
        };
        assert!(head.differences(&RunHead { run: "other".to_owned(), ..head.clone() }).is_empty());
        let other = RunHead { env: Some("prod".to_owned()), components: BTreeMap::new(), ..head.clone() };
        let differs: Vec<_> = head.differences(&other).into_iter().map(|(what, ..)| what).collect();
        assert_eq!(differs, ["the environment", "component `c`"]);
    }
}
