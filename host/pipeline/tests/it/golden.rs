//! Kedro 1.7's answers about some 300 pipelines. `../golden/make.py` asked it, and documents their layout.
//!
//! Deliberate differences are checked on both sides: our answer, and that Kedro's is the other one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use wpipe_pipeline::{Node, Pipeline, Selection, SelectionError, base_name};

use crate::support::{assert_rendered, with_head};

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Full name, namespace, inputs, outputs, tags.
    nodes: Vec<[String; 5]>,
    stored: String,
    levels: String,
    inputs: String,
    outputs: String,
    filters: Vec<Filter>,
    missing: Vec<Answer>,
    resume: Vec<Answer>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Filter {
    WithDatasets(Arguments, String, String, String),
    Nodes(Arguments, String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    /// Formats make a difference: Kedro's answer with them, and without.
    Differs(String, String, String),
    Same(String, String),
}

impl Answer {
    /// Returns the question, Kedro's answer, and its answer for the pipeline without formats.
    fn parts(&self) -> (&str, &str, &str) {
        match self {
            Self::Differs(about, with_formats, without) => (about, with_formats, without),
            Self::Same(about, answer) => (about, answer, answer),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Arguments {
    tags: String,
    from_nodes: String,
    to_nodes: String,
    node_names: String,
    from_inputs: String,
    to_outputs: String,
    node_namespaces: String,
}

impl Arguments {
    fn selection(&self) -> Selection {
        Selection {
            tags: words(&self.tags),
            from_nodes: words(&self.from_nodes),
            to_nodes: words(&self.to_nodes),
            nodes: words(&self.node_names),
            from_inputs: words(&self.from_inputs),
            to_outputs: words(&self.to_outputs),
            namespaces: words(&self.node_namespaces),
            exclude: Vec::new(),
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

impl Case {
    fn pipeline(&self) -> Pipeline {
        let mut text = "[params]\np = 1\nq = { r = 2 }\n".to_owned();
        let mut datasets = BTreeSet::new();
        for [name, namespace, inputs, outputs, tags] in &self.nodes {
            let [inputs, outputs, tags] = [inputs, outputs, tags].map(|text| words(text));
            text += &format!("[nodes.{name:?}]\nuses = \"c/f\"\nnamespace = {namespace:?}\n");
            text += &format!("inputs = {inputs:?}\noutputs = {outputs:?}\ntags = {tags:?}\n");
            datasets.extend(inputs.into_iter().chain(outputs));
        }
        let stored = words(&self.stored);
        for name in datasets.iter().filter(|name| stored.iter().any(|base| base == base_name(name))) {
            text += &format!("[datasets.{name:?}]\ntype = \"archive\"\npath = \"{name}\"\n");
        }
        with_head(&text)
    }

    /// Returns the names of nodes that are written as letters.
    fn names(&self, letters: &str) -> Vec<&str> {
        let position = |letter| ('a'..='z').position(|other| other == letter).expect("a letter");
        letters.chars().map(|letter| self.nodes[position(letter)][0].as_str()).collect()
    }
}

fn cases() -> Vec<(Case, Pipeline)> {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../golden/kedro-1.7.json")).expect("cases");
    cases.into_iter().map(|case| (case.pipeline(), case)).map(|(pipeline, case)| (case, pipeline)).collect()
}

fn order(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.nodes().iter().map(|node| node.name.as_str()).collect()
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

#[test]
fn order_levels_and_free_datasets_are_kedros() {
    for (case, pipeline) in cases() {
        let names = |level: &[Node]| level.iter().map(|node| node.name.clone()).collect::<Vec<_>>();
        let levels: Vec<_> = pipeline.levels().map(names).collect();
        let expected: Vec<Vec<_>> = case.levels.split_whitespace().map(|level| case.names(level)).collect();
        assert_eq!(levels, expected, "levels of {}", case.name);
        assert_eq!(pipeline.inputs(), words(&case.inputs), "inputs of {}", case.name);
        assert_eq!(pipeline.outputs(), words(&case.outputs), "outputs of {}", case.name);
    }
}

#[test]
fn filters_select_what_kedro_selects() {
    let mut counts = BTreeMap::new();
    for (case, pipeline) in cases() {
        for filter in &case.filters {
            let (arguments, answer, datasets) = match filter {
                Filter::WithDatasets(arguments, answer, inputs, outputs) => {
                    (arguments, answer, Some((inputs, outputs)))
                }
                Filter::Nodes(arguments, answer) => (arguments, answer, None),
            };
            let what = format!("{arguments:?} of {}", case.name);
            let has_tag = |tag: &String| pipeline.nodes().iter().any(|node| node.tags.contains(tag));
            let has_all_tags = words(&arguments.tags).iter().all(has_tag);
            let outcome = match pipeline.select(&arguments.selection()) {
                Err(SelectionError::Unknown { what: "tag", .. }) => {
                    assert!(!has_all_tags, "{what}");
                    "a tag that no node has: an error, where Kedro finds nothing with it"
                }
                Err(SelectionError::Unknown { .. }) => {
                    assert_eq!(answer, "!unknown", "{what}");
                    "an unknown name"
                }
                Err(SelectionError::Empty { .. }) => {
                    assert_eq!(answer, "!empty", "{what}");
                    "nothing left"
                }
                Err(error) => panic!("{error}: {what}"),
                Ok(part) => {
                    assert!(!answer.starts_with('!') && has_all_tags, "{answer}: {what}");
                    let kedro = case.names(answer);
                    assert_eq!(sorted(order(&part)), sorted(kedro.clone()), "{what}");
                    let whole = order(&pipeline).into_iter().filter(|name| kedro.contains(name));
                    assert_eq!(order(&part), whole.collect::<Vec<_>>(), "{what}");
                    if let Some((inputs, outputs)) = datasets {
                        assert_eq!(part.inputs(), words(inputs), "inputs of {what}");
                        assert_eq!(part.outputs(), words(outputs), "outputs of {what}");
                    }
                    if order(&part) == kedro {
                        "the same nodes"
                    } else {
                        "the same nodes, in another order than Kedro's"
                    }
                }
            };
            *counts.entry(outcome).or_insert(0) += 1;
        }
    }
    assert_rendered!(table(&counts));
}

#[test]
fn what_only_missing_outputs_keeps_is_what_kedro_keeps_without_formats() {
    let mut counts = BTreeMap::new();
    for (case, pipeline) in cases() {
        for answer in &case.missing {
            let (existing, with_formats, without) = answer.parts();
            let what = format!("{existing:?} of {}", case.name);
            let existing = words(existing);
            let exists = |dataset: &str| existing.iter().any(|base| base == base_name(dataset));
            let part = pipeline.only_missing_outputs(exists);
            let kept = sorted(part.as_ref().map(order).unwrap_or_default());
            assert_eq!(kept, sorted(case.names(without)), "{what}");
            let kedro = case.names(with_formats);
            assert!(kedro.iter().all(|node| kept.contains(node)), "{what}");
            let outcome = match kedro.len() {
                _ if kept.is_empty() => "nothing to do",
                count if count < kept.len() => "Kedro leaves out the maker of a dataset that is read in another format",
                _ => "the same nodes",
            };
            *counts.entry(outcome).or_insert(0) += 1;
        }
    }
    assert_rendered!(table(&counts));
}

/// Returns true if all inputs that a node makes are made among them, or are stored.
fn can_run(pipeline: &Pipeline, part: &Pipeline) -> bool {
    let mut inputs = part.nodes().iter().flat_map(|node| &node.inputs);
    inputs.all(|input| match pipeline.producer(input) {
        Some(maker) => {
            part.node(&maker.name).is_some() || pipeline.dataset(input).is_some_and(|dataset| dataset.spec.is_some())
        }
        None => true,
    })
}

#[test]
fn a_run_resumes_where_kedro_resumes_it_without_formats_if_it_can_run_there() {
    let mut counts = BTreeMap::new();
    for (case, pipeline) in cases() {
        for answer in &case.resume {
            let (done, with_formats, without) = answer.parts();
            let what = format!("{done:?} of {}", case.name);
            let done: BTreeSet<_> = case.names(done).into_iter().collect();
            let from = pipeline.resume_from(&done, |_| true);
            let again = |from: &[&str]| {
                let from_nodes = from.iter().map(|name| (*name).to_owned()).collect();
                pipeline.select(&Selection { from_nodes, ..Selection::default() }).expect("nodes that are there")
            };
            let kedro = sorted(case.names(without));
            let outcome = if from.is_empty() {
                assert!(kedro.is_empty(), "{what}");
                "nothing to do"
            } else if can_run(&pipeline, &again(&kedro)) {
                assert_eq!(from, kedro, "{what}");
                if with_formats == without {
                    "the same nodes"
                } else {
                    "Kedro leaves out the maker of a dataset that is read in another format"
                }
            } else {
                let (ours, kedros) = (again(&from), again(&kedro));
                assert!(can_run(&pipeline, &ours), "{what}");
                assert!(order(&kedros).iter().all(|name| ours.node(name).is_some()), "{what}");
                "Kedro runs a node again that reads what is gone"
            };
            *counts.entry(outcome).or_insert(0) += 1;
        }
    }
    assert_rendered!(table(&counts));
}

fn table(counts: &BTreeMap<&str, usize>) -> String {
    let lines = counts.iter().map(|(outcome, count)| format!("{count:5}  {outcome}"));
    lines.collect::<Vec<_>>().join("\n")
}
