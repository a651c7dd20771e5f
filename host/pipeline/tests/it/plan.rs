//! The plan as JSON.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use wpipe_pipeline::Plan;

use crate::support::{CLEANING, IRIS, assert_rendered, pipeline, with_head};

#[test]
fn the_plan_of_iris_shows_nodes_in_order_and_where_each_dataset_lives() {
    let pipeline = pipeline(IRIS);
    assert!(pipeline.missing_inputs(&BTreeSet::new()).is_ok());
    assert_rendered!(serde_json::to_string_pretty(&pipeline.plan_collapsed()).expect("a plan is JSON"));
}

fn rows(plan: &Plan) -> String {
    let rows = plan.nodes.iter().map(|node| {
        let group = node.multipipeline.as_deref().unwrap_or("-");
        let (reads, writes) = (node.inputs.join(" "), node.outputs.join(" "));
        format!("{} {:?} {group} | {} | {reads} -> {writes}", node.level, node.kind, node.name)
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_multipipeline_is_shown_as_slicer_slices_and_barrier() {
    let pipeline = with_head(&CLEANING.replace("slices = 4", "slices = 2"));
    assert_rendered!(rows(&pipeline.plan(NonZeroUsize::MIN)));
    // Both forms of the plan show the same datasets.
    assert_eq!(pipeline.plan(NonZeroUsize::MIN).datasets, pipeline.plan_collapsed().datasets);
}

#[test]
fn there_are_as_many_slices_as_workers_where_nothing_else_is_said() {
    let pipeline = with_head("[nodes.a]\ninputs = [\"raw\"]\n[multinodes.a]\nover = [\"raw\"]\n");
    let plan = pipeline.plan(NonZeroUsize::MIN.saturating_add(2));
    let names: Vec<_> = plan.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["a [slicer]", "a [1/3]", "a [2/3]", "a [3/3]", "a [barrier]"]);
    let json = serde_json::to_value(&plan.nodes[0]).expect("a plan is JSON");
    assert_eq!((&json["kind"], &json["multipipeline"]), (&"slicer".into(), &"a".into()));
}

#[test]
fn a_collapsed_plan_has_every_node_once() {
    assert_rendered!(rows(&with_head(CLEANING).plan_collapsed()));
}

#[test]
fn without_multipipelines_the_plans_are_one() {
    let pipeline = pipeline(IRIS);
    assert_eq!(pipeline.plan(NonZeroUsize::MIN), pipeline.plan_collapsed());
}
