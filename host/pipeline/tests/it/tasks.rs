//! Task graphs of whole manifests: how nodes become tasks, and the JSON that engines read.

use std::num::NonZeroUsize;

use wpipe_pipeline::{GroupBy, TaskGraph, TaskOptions};

use crate::support::{CLEANING, IRIS, pipeline, with_head};

fn ids(body: &str, group_by: GroupBy, slices: usize) -> Vec<String> {
    let options = TaskOptions { group_by, slices: NonZeroUsize::new(slices) };
    with_head(body).tasks(&options).expect("tasks").tasks.into_iter().map(|task| task.id).collect()
}

#[test]
fn what_can_only_run_one_after_the_other_is_one_task() {
    let graph = pipeline(IRIS).tasks(&TaskOptions::default()).expect("tasks");
    assert_eq!(graph.tasks.len(), 1, "every node of it waits for the one before: {:?}", graph.tasks);
    assert!(graph.datasets.is_empty());
    let node = |name: &str, inputs: &str| {
        format!("[nodes.{name}]\nuses = \"f\"\ninputs = [{inputs}]\noutputs = [\"d{name}\"]\n")
    };
    let diamond = node("a", "")
        + &node("b", "\"da\"")
        + &node("c", "\"da\"")
        + &node("d", "\"db\", \"dc\"")
        + &node("e", "\"dd\"");
    assert_eq!(ids(&diamond, GroupBy::Chain, 1), ["a", "b", "c", "d..e"], "`b` and `c` run at once");
    assert_eq!(ids(&diamond, GroupBy::All, 1), ["all"]);
}

#[test]
fn a_multipipeline_is_slicer_slices_and_barrier_or_with_one_slice_no_tasks_of_its_own() {
    let pieces = ids(CLEANING, GroupBy::Chain, 2);
    for piece in ["clean.slicer", "clean.slice-0", "clean.slice-1", "clean.barrier"] {
        assert!(pieces.iter().any(|id| id == piece), "{pieces:?}");
    }
    let whole = ids(CLEANING, GroupBy::Chain, 1);
    assert!(whole.iter().all(|id| !id.contains("slice")), "{whole:?}");
}

#[test]
fn names_of_tasks_are_told_apart() {
    let body = "[nodes.\"days.slicer\"]\nnamespace = \"days\"\nuses = \"f\"\noutputs = [\"x\"]\n\
                [nodes.n]\nuses = \"f\"\ninputs = [\"raw\"]\noutputs = [\"y\"]\n\
                [multipipelines.days]\nnodes = [\"n\"]\nover = [\"raw\"]\n";
    let names = ids(body, GroupBy::Node, 2);
    let different: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!((different.len(), names.len()), (5, 5), "{names:?}");
}

#[test]
fn file_names_of_tasks_are_told_apart() {
    let names = ["a b", "a_b", "a~20~b", "a/b", "ä", "a.b"].map(TaskGraph::file_name);
    let different: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(different.len(), names.len(), "{names:?}");
    assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')), "{names:?}");
}

#[test]
fn json_of_format_1_is_read_back() {
    let json = r#"{"format":1,"pipeline":"p","group_by":"chain","tasks":[{"id":"days.slice-0","kind":"slice",
        "multipipeline":"days","slice":0,"nodes":["n"],"needs":["days.slicer"],"reads":["x"],"writes":[],
        "resources":{"gpu":1},"memory":1024,"timeout":1.5,"retries":2,"command":["wpipe","run"]}],
        "datasets":[{"dataset":"x","made_by":"a","read_by":["days.slice-0"],"partitioned":false,"in_run_store":true,
        "location":"data/x"}]}"#;
    let graph: TaskGraph = serde_json::from_str(json).expect("a task graph of format 1");
    assert_eq!(graph.find("days.slice-0").expect("the slice").retries, 2);
    let again: TaskGraph = serde_json::from_str(&serde_json::to_string(&graph).expect("JSON")).expect("a task graph");
    assert_eq!(again, graph);
    let newer = serde_json::from_str::<TaskGraph>(&json.replace("\"format\":1", "\"format\":2")).expect_err("newer");
    assert!(newer.to_string().contains("format 2"), "{newer}");
}
