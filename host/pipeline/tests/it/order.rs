//! Levels and order, as Kedro has them.

use wpipe_pipeline::{Pipeline, Role};

use crate::support::with_head;

/// Returns the pipeline of nodes, inputs and outputs, all names in words.
fn graph(nodes: &[(&str, &str, &str)]) -> Pipeline {
    let list = |names: &str| names.split_whitespace().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let tables = nodes.iter().map(|(name, inputs, outputs)| {
        format!("[nodes.\"{name}\"]\ninputs = [{}]\noutputs = [{}]\n", list(inputs), list(outputs))
    });
    with_head(&format!("[params]\np = 1\n{}", tables.collect::<String>()))
}

fn order(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.nodes().iter().map(|node| node.name.as_str()).collect()
}

#[test]
fn nodes_run_level_by_level_not_depth_first() {
    let pipeline = graph(&[("a2", "a", "end"), ("a1", "in", "a"), ("b1", "in", "b"), ("b2", "b", "")]);
    assert_eq!(order(&pipeline), ["a1", "b1", "a2", "b2"]);
    let levels: Vec<_> = pipeline.levels().map(<[_]>::len).collect();
    assert_eq!(levels, [2, 2]);
}

#[test]
fn within_a_level_names_are_compared_by_code_point() {
    let pipeline = graph(&[("m", "in", ""), ("a1", "in", ""), ("_u", "in", ""), ("B", "in", ""), ("é", "in", "")]);
    assert_eq!(order(&pipeline), ["B", "_u", "a1", "m", "é"]);
}

#[test]
fn the_longest_path_makes_the_level() {
    let pipeline = graph(&[("join", "x z", ""), ("c", "y", "z"), ("b", "x", "y"), ("a", "", "x")]);
    let levels: Vec<_> = pipeline.nodes().iter().map(|node| (node.name.as_str(), node.level)).collect();
    assert_eq!(levels, [("a", 0), ("b", 1), ("c", 2), ("join", 3)]);
}

#[test]
fn formats_of_a_dataset_join_its_producer_and_consumers() {
    let pipeline = graph(&[("a", "x@csv", "y"), ("b", "x@json", "z"), ("z", "in", "x@parquet")]);
    assert_eq!(order(&pipeline), ["z", "a", "b"]);
    let csv = pipeline.dataset("x@csv").expect("a dataset");
    assert_eq!(csv.role, Role::Intermediate);
    assert_eq!(csv.producer.as_deref(), Some("z"));
    assert_eq!(csv.consumers, ["a", "b"]);
    let names: Vec<_> = pipeline.datasets().map(|dataset| dataset.name.as_str()).collect();
    assert_eq!(names, ["in", "x@csv", "x@json", "x@parquet", "y", "z"]);
}

#[test]
fn formats_of_a_free_input_are_all_inputs() {
    let pipeline = graph(&[("a", "B@p params:p", "x"), ("b", "B@s parameters x", "C@p")]);
    assert_eq!(pipeline.inputs(), ["B@p", "B@s", "parameters", "params:p"]);
    assert_eq!(pipeline.outputs(), ["C@p"]);
}

#[test]
fn parameters_make_no_edges_and_are_no_datasets() {
    let pipeline = graph(&[("a", "params:p x", "y"), ("b", "params:p y", "")]);
    assert!(pipeline.dataset("params:p").is_none());
    assert_eq!(pipeline.nodes()[0].level, 0);
    assert_eq!(pipeline.param("params:p"), Some(1.into()));
    assert_eq!(pipeline.consumers("params:p").count(), 0);
}

#[test]
fn namespaces_come_from_the_name_or_from_their_key() {
    let pipeline = with_head(concat!(
        "[nodes.\"a.b.n\"]\ninputs = [\"x\"]\n",
        "[nodes.\"a.b.m\"]\nnamespace = \"a\"\ninputs = [\"x\"]\n",
        "[nodes.\"v1.2\"]\nnamespace = \"\"\nuses = \"c/f\"\ninputs = [\"x\"]\n",
        "[nodes.plain]\ninputs = [\"x\"]\n",
    ));
    let namespace = |name| pipeline.node(name).and_then(|node| node.namespace.as_deref());
    assert_eq!(namespace("a.b.n"), Some("a.b"));
    assert_eq!(namespace("a.b.m"), Some("a"));
    assert_eq!(namespace("v1.2"), None);
    assert_eq!(namespace("plain"), None);
    // The full name orders; its last part is the function.
    assert_eq!(order(&pipeline), ["a.b.m", "a.b.n", "plain", "v1.2"]);
    assert_eq!(pipeline.node("a.b.n").map(|node| node.function.as_str()), Some("n"));
}

#[test]
fn producers_and_consumers_can_be_asked_by_any_format() {
    let pipeline = graph(&[("a", "", "x@csv"), ("c", "x@json x@csv", ""), ("b", "x@csv", "")]);
    assert_eq!(pipeline.producer("x@text").map(|node| node.name.as_str()), Some("a"));
    let consumers: Vec<_> = pipeline.consumers("x").map(|node| node.name.as_str()).collect();
    assert_eq!(consumers, ["b", "c"]);
    assert!(pipeline.producer("nowhere").is_none());
}

#[test]
fn a_thousand_nodes_in_a_chain_have_a_thousand_levels() {
    let body: String =
        (0..1000).map(|i| format!("[nodes.n{i}]\ninputs = [\"d{i}\"]\noutputs = [\"d{}\"]\n", i + 1)).collect();
    let pipeline = with_head(&body);
    assert_eq!(pipeline.levels().count(), 1000);
    assert_eq!(pipeline.nodes()[999].name, "n999");
}
