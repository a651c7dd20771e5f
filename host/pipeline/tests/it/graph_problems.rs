//! Tests of the errors that people see when the nodes of a manifest make no graph.

use std::collections::BTreeSet;

use wpipe_pipeline::Pipeline;

use crate::support::{HEAD, assert_rendered, problems_with_head, render, source, with_head};

#[test]
fn a_node_has_inputs_or_outputs() {
    assert_rendered!(problems_with_head("[nodes.a]\n[nodes.b]\ninputs = []\noutputs = {}\n"));
}

#[test]
fn names_of_datasets_have_one_format_at_most() {
    assert_rendered!(problems_with_head("[nodes.a]\ninputs = [\"x@csv@json\", \"\"]\noutputs = [\"y@\"]\n"));
}

#[test]
fn a_node_writes_a_dataset_once() {
    assert_rendered!(problems_with_head("[nodes.a]\noutputs = [\"x\", \"y\", \"x\"]\n"));
}

#[test]
fn a_node_writes_a_dataset_in_one_format() {
    assert_rendered!(problems_with_head("[nodes.a]\noutputs = [\"x@csv\", \"x@parquet\"]\n"));
}

#[test]
fn a_node_does_not_read_what_it_writes() {
    assert_rendered!(problems_with_head("[nodes.a]\ninputs = [\"x\"]\noutputs = [\"x\"]\n"));
}

#[test]
fn a_node_does_not_read_what_it_writes_in_another_format() {
    assert_rendered!(problems_with_head("[nodes.a]\ninputs = { in = \"x@csv\" }\noutputs = { out = \"x@parquet\" }\n"));
}

#[test]
fn a_dataset_has_formats_everywhere_or_nowhere() {
    assert_rendered!(problems_with_head("[nodes.a]\noutputs = [\"x\"]\n[nodes.b]\ninputs = [\"x@csv\"]\n"));
}

#[test]
fn a_dataset_has_one_producer() {
    let body = "[nodes.a]\noutputs = [\"x\"]\n[nodes.b]\noutputs = [\"y\", \"x\"]\n";
    assert_rendered!(problems_with_head(body));
}

#[test]
fn formats_of_a_dataset_have_one_producer_together() {
    let body =
        "[nodes.a]\noutputs = [\"x@csv\"]\n[nodes.b]\noutputs = [\"x@json\"]\n[nodes.c]\noutputs = [\"x@text\"]\n";
    assert_rendered!(problems_with_head(body));
}

#[test]
fn a_cycle_is_shown_as_the_way_round() {
    let body = concat!(
        "[nodes.b]\ninputs = [\"from_a\"]\noutputs = [\"from_b\"]\n",
        "[nodes.c]\ninputs = [\"from_b\"]\noutputs = [\"from_c\"]\n",
        "[nodes.a]\ninputs = [\"from_c\", \"free\"]\noutputs = [\"from_a\"]\n",
        "[nodes.after]\ninputs = [\"from_c\"]\noutputs = [\"end\"]\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn a_cycle_at_the_end_of_a_long_chain_is_found_on_a_small_stack() {
    const NODES: usize = 10_000;
    let mut body = "[nodes.x]\ninputs = [\"y\", \"d0\"]\noutputs = [\"x\"]\n".to_owned();
    body += &format!("[nodes.y]\ninputs = [\"x\", \"d{NODES}\"]\noutputs = [\"y\"]\n");
    for index in 0..NODES {
        body += &format!("[nodes.n{index}]\ninputs = [\"d{index}\"]\noutputs = [\"d{}\"]\n", index + 1);
    }
    let load = move || Pipeline::load(source(&format!("{HEAD}{body}"))).map_err(|problems| problems.to_string());
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(load).expect("a thread");
    let outcome = thread.join().expect("no overflow");
    assert_eq!(outcome.err().as_deref(), Some("`pipeline.toml` has 1 problem"));
}

#[test]
fn of_cycles_within_a_group_the_shortest_is_shown_and_every_group_has_one() {
    let body = concat!(
        "[nodes.a]\ninputs = [\"c\", \"b\"]\noutputs = [\"a\"]\n",
        "[nodes.b]\ninputs = [\"a\"]\noutputs = [\"b\"]\n",
        "[nodes.c]\ninputs = [\"b\"]\noutputs = [\"c\"]\n",
        "[nodes.x]\ninputs = [\"y@csv\"]\noutputs = [\"x\"]\n",
        "[nodes.y]\ninputs = [\"x\"]\noutputs = [\"y@json\"]\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn an_unknown_parameter_comes_with_the_one_it_may_have_meant() {
    let body = concat!(
        "[params]\nseed = 1\ntrain = { learning_rate = 0.1 }\n",
        "[nodes.a]\ninputs = [\"params:train.learning_rat\", \"params:zzz\"]\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn a_parameter_is_no_output() {
    let body = "[params]\nseed = 1\n[nodes.a]\noutputs = [\"params:seed\", \"parameters\"]\n";
    assert_rendered!(problems_with_head(body));
}

#[test]
fn a_parameter_as_output_makes_no_edge_and_no_second_problem() {
    let body = "[params]\nseed = 1\n[nodes.a]\noutputs = [\"params:seed\"]\n[nodes.b]\ninputs = [\"params:seed\"]\noutputs = [\"params:seed\"]\n";
    let problems = Pipeline::load(source(&format!("{HEAD}{body}"))).expect_err("parameters are written");
    assert!(problems.iter().all(|problem| problem.kind() == "wpipe::graph::parameter_as_output"));
    assert_eq!(problems.len(), 2);
}

fn missing_inputs(body: &str) -> String {
    render(&with_head(body).missing_inputs(&BTreeSet::new()).expect_err("a missing input"))
}

#[test]
fn a_free_input_that_is_not_listed_comes_with_what_it_may_have_meant() {
    let body = concat!(
        "[nodes.a]\noutputs = [\"train_x\", \"train_y\"]\n",
        "[nodes.b]\ninputs = [\"trian_x\", \"train_y\"]\n",
        "[nodes.c]\ninputs = [\"trian_x\"]\n",
    );
    assert_rendered!(missing_inputs(body));
}

#[test]
fn an_entry_of_the_catalog_is_shown_when_it_is_a_near_miss() {
    let body = "[nodes.a]\ninputs = [\"companies\"]\n[datasets.compnaies]\ntype = \"csv\"\npath = \"c.csv\"\n";
    assert_rendered!(missing_inputs(body));
}

#[test]
fn a_free_input_without_a_near_miss_comes_with_both_ways_out() {
    assert_rendered!(missing_inputs("[nodes.a]\ninputs = [\"raw.sales\"]\n"));
}

#[test]
fn a_free_input_that_the_catalog_keeps_in_memory_is_missing_too() {
    assert_rendered!(missing_inputs("[nodes.a]\ninputs = [\"x\"]\n[datasets.x]\ntype = \"memory\"\n"));
}

#[test]
fn what_an_embedding_program_provides_is_not_missing() {
    let pipeline = with_head("[nodes.a]\ninputs = [\"x\", \"y@csv\"]\n");
    let provided = BTreeSet::from(["x".to_owned(), "y@csv".to_owned()]);
    assert!(pipeline.missing_inputs(&provided).is_ok());
    let some = BTreeSet::from(["x".to_owned()]);
    let problems = pipeline.missing_inputs(&some).expect_err("`y@csv` is missing");
    assert_eq!(problems.len(), 1);
}

#[test]
fn a_name_that_the_readers_read_already_is_not_suggested() {
    let pipeline = with_head("[nodes.a]\noutputs = [\"train_y\"]\n[nodes.b]\ninputs = [\"train_x\", \"train_y\"]\n");
    let problems = pipeline.missing_inputs(&BTreeSet::new()).expect_err("`train_x` is missing");
    assert!(!render(&problems).contains("did you mean"));
}

#[test]
fn others_can_point_at_datasets_components_and_nodes() {
    let body = concat!(
        "[nodes.a]\ninputs = [\"x\", \"raw_1\", \"y\"]\n",
        "[datasets.x]\ntype = \"csv\"\npath = \"x.csv\"\ndelimiter = \"ab\"\n",
        "[datasets.\"raw_{n}\"]\ntype = \"cvs\"\npath = \"{n}\"\n",
    );
    let pipeline = with_head(body);
    let found = [
        pipeline.dataset_problem("x", Some("delimiter"), "a delimiter is one character", None),
        pipeline.dataset_problem("x", None, "cannot be opened", Some("does it exist?".to_owned())),
        pipeline.dataset_problem("raw_1", Some("type"), "unknown type `cvs`", Some("did you mean `csv`?".to_owned())),
        pipeline.dataset_problem("y", Some("path"), "is not in the catalog", None),
        pipeline.component_problem("c", "the file is not there", Some("run `wpipe build`".to_owned())),
        pipeline.node_problem("a", "the node needs more memory than there is", None),
    ];
    let problems = wpipe_pipeline::Problems::check("pipeline.toml", found).expect_err("six problems");
    assert_rendered!(render(&problems));
}

#[test]
fn names_that_look_alike_and_are_two_are_told() {
    // Editors on two systems write one word so: composed, and decomposed.
    let body =
        "[nodes.a]\noutputs = [\"caf\u{e9}@csv\"]\n[nodes.b]\ninputs = [\"cafe\u{301}@csv\"]\noutputs = [\"y\"]\n";
    assert_rendered!(problems_with_head(body));
}
