//! Tests of the errors that people see when nodes and the components' signatures do not fit.

use std::collections::BTreeMap;

use wpipe_data::{Port, Signature};
use wpipe_pipeline::{Dataset, Problems, Typed};

use crate::support::{
    IRIS, assert_rendered, data, exports, parameter, partitioned, pipeline, render, signature, with_head,
};

/// Answers as the catalog would: tables in a csv file, anything in an archive.
fn stored_schema(dataset: &Dataset) -> Option<String> {
    let kind = &dataset.spec.as_ref()?.kind;
    (kind == "csv" || kind == "parquet").then(|| "table".to_owned())
}

fn check<const N: usize>(body: &str, nodes: [Signature; N]) -> Result<Typed, Problems> {
    with_head(body).check(&exports(nodes), &stored_schema)
}

fn rendered<const N: usize>(body: &str, nodes: [Signature; N]) -> String {
    render(&check(body, nodes).expect_err("a type problem"))
}

fn iris() -> [Signature; 4] {
    let table = |name| data(name, "table");
    [
        signature(
            "split_data",
            [table("data"), parameter("test_ratio")],
            [table("train_x"), table("train_y"), table("test_x"), table("test_y")],
        ),
        signature("train_model", [table("x"), table("y"), parameter("how")], [data("model", "Model")]),
        signature("predict", [table("test_x"), data("model", "Model")], [data("predictions", "Labels")]),
        signature("report_accuracy", [data("predictions", "Labels"), table("truth")], []),
    ]
}

#[test]
fn bindings_come_in_the_order_of_the_signature() {
    let signatures = BTreeMap::from([("iris".to_owned(), iris().to_vec())]);
    let typed = pipeline(IRIS).check(&signatures, &stored_schema).expect("the types fit");
    let names: Vec<_> = typed.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["split_data", "train_model", "predict", "report_accuracy"]);
    // The manifest names `model` first.
    assert_eq!(typed.nodes[2].inputs, ["test_x", "model"]);
    assert_eq!(typed.nodes[2].signature, iris()[2]);
    assert_eq!(typed.nodes[1].inputs, ["train_x", "train_y", "params:train"]);
    assert!(typed.nodes[3].outputs.is_empty());
}

#[test]
fn nodes_of_a_component_that_could_not_be_loaded_are_left_out() {
    let text = "[pipeline]\nname = \"t\"\n[components]\nc = { path = \"c\" }\nd = { path = \"d\" }\n[nodes.a]\nuses = \"c/f\"\ninputs = [\"x\"]\n[nodes.b]\nuses = \"d/f\"\ninputs = [\"x\"]\n";
    let signatures = exports([signature("f", [data("x", "table")], [])]);
    let typed = pipeline(text).check(&signatures, &stored_schema).expect("the types fit");
    let names: Vec<_> = typed.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["a"]);
}

#[test]
fn a_function_that_is_not_exported_comes_with_what_is() {
    let body = "[nodes.a]\nuses = \"c/split_dta\"\ninputs = [\"x\"]\n[nodes.report]\ninputs = [\"x\"]\n";
    let nodes = ["split_data", "train"].map(|name| signature(name, [data("x", "table")], []));
    assert_rendered!(rendered(body, nodes));
}

#[test]
fn too_few_or_many_bindings_come_with_the_ports() {
    let body =
        "[params]\nseed = 1\n[nodes.a]\ninputs = [\"x\"]\noutputs = [\"y\", \"z\"]\n[nodes.b]\ninputs = [\"y\"]\n";
    let nodes = [
        signature(
            "a",
            [data("table", "table"), partitioned("parts", "table"), parameter("seed")],
            [data("y", "table")],
        ),
        signature("b", [], []),
    ];
    assert_rendered!(rendered(body, nodes));
}

#[test]
fn a_side_that_is_left_out_is_shown_at_the_nodes_name() {
    let nodes = [signature("a", [data("x", "table")], [data("y", "table")])];
    assert_rendered!(rendered("[nodes.a]\ninputs = [\"x\"]\n", nodes));
}

#[test]
fn names_of_ports_must_be_the_functions() {
    let body = "[nodes.a]\ninputs = { modle = \"m\", z = \"x\" }\noutputs = {}\n";
    let nodes = [signature("a", [data("model", "Model"), parameter("seed")], [data("y", "table")])];
    assert_rendered!(rendered(body, nodes));
}

#[test]
fn parameters_and_data_do_not_stand_in_for_each_other() {
    let body = "[params]\nseed = 1\n[nodes.a]\ninputs = [\"params:seed\", \"seed\"]\n";
    let nodes = [signature("a", [data("x", "table"), parameter("seed")], [])];
    assert_rendered!(rendered(body, nodes));
}

/// `write` hands `x` to `read`.
const EDGE: &str = "[nodes.write]\noutputs = [\"x\"]\n[nodes.read]\ninputs = [\"x\"]\n";

fn edge(output: Port, input: Port) -> [Signature; 2] {
    [signature("write", [], [output]), signature("read", [input], [])]
}

#[test]
fn both_ends_of_an_edge_have_one_schema() {
    assert!(check(EDGE, edge(data("out", "table"), data("in", "table"))).is_ok());
    assert_rendered!(rendered(EDGE, edge(data("out", "table"), data("in", "Model"))));
}

#[test]
fn both_ends_of_an_edge_have_one_layout() {
    let text = concat!(
        "[pipeline]\nname = \"t\"\n[components]\nold = { path = \"old.wasm\" }\nnew = { path = \"new.wasm\" }\n",
        "[nodes.write]\nuses = \"old/write\"\noutputs = [\"x\"]\n[nodes.read]\nuses = \"new/read\"\ninputs = [\"x\"]\n",
    );
    let [write, read] = edge(data("out", "Model"), Port { fingerprint: 42, ..data("in", "Model") });
    let signatures = BTreeMap::from([("old".to_owned(), vec![write]), ("new".to_owned(), vec![read])]);
    let problems = pipeline(text).check(&signatures, &stored_schema).expect_err("two layouts");
    assert_rendered!(render(&problems));
}

#[test]
fn both_ends_of_an_edge_are_partitioned_or_neither() {
    assert_rendered!(rendered(EDGE, edge(partitioned("out", "table"), data("in", "table"))));
}

#[test]
fn formats_of_a_dataset_may_have_schemas_of_their_own() {
    let body = "[nodes.write]\noutputs = [\"x@csv\"]\n[nodes.read]\ninputs = [\"x@bytes\"]\n";
    assert!(check(body, edge(data("out", "table"), data("in", "bytes"))).is_ok());
}

#[test]
fn readers_of_a_free_input_agree() {
    let body = "[nodes.a]\ninputs = [\"x\"]\n[nodes.b]\ninputs = [\"x\"]\n";
    let nodes = |schema| [signature("a", [data("x", "table")], []), signature("b", [data("x", schema)], [])];
    assert!(check(body, nodes("table")).is_ok());
    assert_rendered!(rendered(body, nodes("Model")));
}

#[test]
fn a_format_holds_what_is_written_and_read() {
    let body = format!("{EDGE}[datasets.x]\npath = \"x.csv\"\ntype = \"csv\"\n");
    assert!(check(&body, edge(data("out", "table"), data("in", "table"))).is_ok());
    assert_rendered!(rendered(&body, edge(data("out", "Model"), data("in", "Model"))));
}

#[test]
fn a_format_that_takes_anything_takes_any_schema() {
    let body = format!("{EDGE}[datasets.x]\npath = \"x\"\ntype = \"archive\"\n");
    assert!(check(&body, edge(data("out", "Model"), data("in", "Model"))).is_ok());
}
