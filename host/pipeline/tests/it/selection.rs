//! Tests of parts of a pipeline: the selections that Kedro lacks, and the errors if there is no such part.

use std::cell::RefCell;
use std::collections::BTreeSet;

use wpipe_pipeline::{Pipeline, Selection};

use crate::support::{assert_rendered, with_head};

/// Returns, in order: audit, clean.parse | clean.dedupe | model.split | model.fit | model.score | report.
fn shop() -> Pipeline {
    let node = |name: &str, inputs: &str, outputs: &str, tags: &str| {
        let list = |words: &str| words.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let [inputs, outputs, tags] = [inputs, outputs, tags].map(list);
        format!("[nodes.{name:?}]\nuses = \"f\"\ninputs = {inputs:?}\noutputs = {outputs:?}\ntags = {tags:?}\n")
    };
    with_head(
        &[
            "[params]\nkey = \"id\"\n".to_owned(),
            node("clean.parse", "raw", "clean.rows", "prepare"),
            node("clean.dedupe", "clean.rows params:key", "clean.unique@csv", "prepare"),
            node("model.split", "clean.unique@parquet", "train test", "model"),
            node("model.fit", "train", "model.weights", "model slow"),
            node("model.score", "model.weights test", "score", "model"),
            node("report", "score", "", "publish"),
            node("audit", "raw", "audit_log", "publish"),
            "[datasets.\"{name}\"]\ntype = \"archive\"\npath = \"data/{name}\"\n".to_owned(),
            "[datasets.train]\ntype = \"memory\"\n[datasets.test]\ntype = \"memory\"\n".to_owned(),
        ]
        .concat(),
    )
}

fn items(list: &[&str]) -> Vec<String> {
    list.iter().map(|item| (*item).to_owned()).collect()
}

fn nodes(list: &[&str]) -> Selection {
    Selection { nodes: items(list), ..Selection::default() }
}

fn names(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.nodes().iter().map(|node| node.name.as_str()).collect()
}

/// Returns the names of the selected nodes, as words.
fn selected(selection: &Selection) -> String {
    names(&shop().select(selection).expect("a selection")).join(" ")
}

#[test]
fn without_filters_everything_is_selected() {
    assert_eq!(
        selected(&Selection::default()),
        "audit clean.parse clean.dedupe model.split model.fit model.score report"
    );
}

#[test]
fn a_glob_stands_for_every_node_that_it_fits() {
    assert_eq!(selected(&nodes(&["model.*"])), "model.split model.fit model.score");
    assert_eq!(selected(&nodes(&["*.[fs]*"])), "model.split model.fit model.score");
    assert_eq!(selected(&nodes(&["?udit", "report"])), "audit report");
    assert_eq!(
        selected(&Selection { from_nodes: items(&["*.fit"]), ..Selection::default() }),
        "model.fit model.score report"
    );
    assert_eq!(
        selected(&Selection { to_nodes: items(&["*.dedupe"]), ..Selection::default() }),
        "clean.parse clean.dedupe"
    );
}

#[test]
fn tags_namespaces_and_datasets_may_be_globs_too() {
    let tags = Selection { tags: items(&["p*"]), ..Selection::default() };
    assert_eq!(selected(&tags), "audit clean.parse clean.dedupe report");
    let namespaces = Selection { namespaces: items(&["m*"]), ..Selection::default() };
    assert_eq!(selected(&namespaces), "model.split model.fit model.score");
    let readers = Selection { from_inputs: items(&["t*"]), ..Selection::default() };
    assert_eq!(selected(&readers), "model.fit model.score report");
    let makers = Selection { to_outputs: items(&["clean.*@csv"]), ..Selection::default() };
    assert_eq!(selected(&makers), "clean.parse clean.dedupe");
}

#[test]
fn a_plus_asks_for_what_a_node_depends_on_and_for_what_depends_on_it() {
    assert_eq!(selected(&nodes(&["+model.split"])), "clean.parse clean.dedupe model.split");
    assert_eq!(selected(&nodes(&["model.fit+"])), "model.fit model.score report");
    assert_eq!(selected(&nodes(&["+model.fit+"])), "clean.parse clean.dedupe model.split model.fit model.score report");
    assert_eq!(selected(&nodes(&["+*.dedupe", "audit"])), "audit clean.parse clean.dedupe");
}

#[test]
fn what_is_excluded_is_left_out_whatever_the_filters_say() {
    let exclude = |list| Selection { exclude: items(list), ..Selection::default() };
    assert_eq!(selected(&exclude(&["model.*", "audit"])), "clean.parse clean.dedupe report");
    assert_eq!(selected(&exclude(&["model.fit+"])), "audit clean.parse clean.dedupe model.split");
    assert_eq!(selected(&exclude(&["+model.split"])), "audit model.fit model.score report");
    let named = Selection { exclude: items(&["report"]), ..nodes(&["report", "audit"]) };
    assert_eq!(selected(&named), "audit");
}

#[test]
fn a_name_without_a_format_means_all_formats() {
    let from = |dataset| Selection { from_inputs: items(&[dataset]), ..Selection::default() };
    let downstream = "model.split model.fit model.score report";
    assert_eq!(selected(&from("clean.unique")), downstream);
    assert_eq!(selected(&from("clean.unique@parquet")), downstream);
    let to = |dataset| Selection { to_outputs: items(&[dataset]), ..Selection::default() };
    assert_eq!(selected(&to("clean.unique")), "clean.parse clean.dedupe");
    assert!(shop().select(&to("clean.unique@parquet")).is_err());
}

#[test]
fn parameters_have_readers() {
    let selection = Selection { from_inputs: items(&["params:key"]), ..Selection::default() };
    assert_eq!(selected(&selection), "clean.dedupe model.split model.fit model.score report");
}

#[test]
fn names_may_be_repeated_and_namespaces_overlap() {
    assert_eq!(selected(&nodes(&["audit", "audit", "a*"])), "audit");
    let namespaces = Selection { namespaces: items(&["model", "m*", "model"]), ..Selection::default() };
    assert_eq!(selected(&namespaces), "model.split model.fit model.score");
}

#[test]
fn datasets_of_a_selection_have_the_roles_that_they_have_within_it() {
    let part = shop().select(&nodes(&["model.fit", "model.score"])).expect("a selection");
    assert_eq!(part.inputs(), ["test", "train"]);
    assert_eq!(part.outputs(), ["score"]);
    assert!(part.dataset("clean.rows").is_none());
    assert_eq!(part.missing_inputs(&BTreeSet::new()).map_err(|problems| problems.len()), Err(2));
}

#[test]
fn every_error_says_which_flag_what_is_wrong_and_what_to_do() {
    let all = Selection::default;
    let selections = [
        nodes(&["model.split", "model.splt"]),
        nodes(&["+parse+"]),
        nodes(&["nowhere"]),
        nodes(&["modle.*"]),
        nodes(&["+"]),
        nodes(&["[a"]),
        Selection { exclude: items(&["report", "***"]), ..all() },
        Selection { exclude: items(&["reprot"]), ..all() },
        Selection { from_nodes: items(&["adit"]), ..all() },
        Selection { to_nodes: items(&["fit"]), ..all() },
        Selection { tags: items(&["prepared"]), ..all() },
        Selection { tags: items(&["x"]), ..all() },
        Selection { namespaces: items(&["modle"]), ..all() },
        Selection { namespaces: items(&["mod"]), ..all() },
        Selection { from_inputs: items(&["rows"]), ..all() },
        Selection { from_inputs: items(&["params:kye"]), ..all() },
        Selection { from_inputs: items(&["clean.unique@json"]), ..all() },
        Selection { to_outputs: items(&["nothing"]), ..all() },
        Selection { to_outputs: items(&["raw"]), ..all() },
        Selection { from_inputs: items(&["audit_log"]), tags: items(&["publish"]), ..all() },
        Selection { tags: items(&["prepare"]), from_nodes: items(&["model.fit", "report"]), ..all() },
        Selection { tags: items(&["publish"]), to_nodes: items(&["report"]), ..nodes(&["audit"]) },
        Selection { exclude: items(&["report"]), ..nodes(&["report"]) },
        Selection { exclude: items(&["*"]), ..all() },
        // A slip explains more than an empty selection does.
        Selection { to_outputs: items(&["raw"]), exclude: items(&["audti"]), ..all() },
    ];
    let lines = selections.iter().map(|selection| {
        let excluded = Some(("--exclude", selection.exclude.as_slice()));
        let flags = selection.filters().into_iter().chain(excluded).filter(|(_, items)| !items.is_empty());
        let flags: Vec<_> = flags.map(|(flag, items)| format!("{flag} {}", items.join(","))).collect();
        let error = shop().select(selection).expect_err("nothing to select");
        format!("{}\n    {error}", flags.join(" "))
    });
    assert_rendered!(lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn storage_is_asked_once_about_each_stored_dataset_that_a_node_makes() {
    let asked = RefCell::new(Vec::new());
    let exists = |name: &str| {
        asked.borrow_mut().push(name.to_owned());
        name != "score"
    };
    let part = shop().only_missing_outputs(exists).expect("`score` is missing");
    // The inputs that `model.score` reads from memory have to be made again, from stored ones.
    assert_eq!(names(&part), ["model.split", "model.score", "report"]);
    let mut asked = asked.into_inner();
    asked.sort();
    let made = ["audit_log", "clean.rows", "clean.unique@csv", "clean.unique@parquet", "model.weights", "score"];
    assert_eq!(asked, made);
}

#[test]
fn what_is_read_in_a_format_that_does_not_exist_is_made_again() {
    let part = shop().only_missing_outputs(|name| !["score", "clean.unique@parquet"].contains(&name));
    assert_eq!(names(&part.expect("`score` is missing")), ["clean.dedupe", "model.split", "model.score", "report"]);
}

#[test]
fn nothing_runs_when_all_that_is_stored_exists() {
    let without_sink = shop().select(&Selection { exclude: items(&["report"]), ..Selection::default() });
    assert!(without_sink.expect("a selection").only_missing_outputs(|_| true).is_none());
    // A node that makes nothing always runs.
    let part = shop().only_missing_outputs(|_| true).expect("`report` makes nothing");
    assert_eq!(names(&part), ["report"]);
}

#[test]
fn a_run_resumes_where_all_that_is_read_is_stored() {
    let shop = shop();
    let done = BTreeSet::from(["audit", "clean.parse", "clean.dedupe", "model.split", "model.fit"]);
    // `test` was in memory and is gone.
    assert_eq!(shop.resume_from(&done, |_| true), ["model.split"]);
    // The written dataset is read in another format.
    assert_eq!(shop.resume_from(&done, |name| name != "clean.unique@csv"), ["clean.dedupe"]);
}

#[test]
fn what_runs_again_because_it_depends_on_another_finds_what_it_reads() {
    let pipeline = with_head(concat!(
        "[nodes.make_p]\nuses = \"f\"\ninputs = [\"raw\"]\noutputs = [\"p\"]\n",
        "[nodes.make_q]\nuses = \"f\"\ninputs = [\"raw\"]\noutputs = [\"q\"]\n",
        "[nodes.join]\nuses = \"f\"\ninputs = [\"p\", \"q\"]\noutputs = [\"stored\"]\n",
        "[nodes.other]\nuses = \"f\"\ninputs = [\"p\"]\noutputs = [\"result\"]\n",
        "[datasets.stored]\ntype = \"archive\"\npath = \"stored\"\n",
    ));
    // Running from `make_p` runs `join` again, which is done: it reads `q`, which was in memory.
    let done = BTreeSet::from(["make_p", "make_q", "join"]);
    assert_eq!(pipeline.resume_from(&done, |_| true), ["make_p", "make_q"]);
}

#[test]
fn what_was_not_saved_is_made_again() {
    let shop = shop();
    let done = names(&shop).into_iter().collect();
    assert!(shop.resume_from(&done, |_| true).is_empty());
    assert_eq!(shop.resume_from(&done, |name| name != "audit_log"), ["audit"]);
    assert_eq!(shop.resume_from(&BTreeSet::new(), |_| true), ["audit", "clean.parse"]);
}
