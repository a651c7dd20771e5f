//! Tests of the resolved graph: relations by ids, and reading it back.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use wpipe_pipeline::{
    CalledPer, DatasetId, FormatId, NodeId, Pipeline, ResolvedGraph, Role, Selection, Stage, is_parameter,
};

use crate::passing::cleaning;
use crate::selection_laws::manifests;
use crate::support::{CLEANING, HEAD, exports, source, with_head};

fn names(graph: &ResolvedGraph, nodes: &[NodeId]) -> Vec<String> {
    nodes.iter().map(|&node| graph[node].name.clone()).collect()
}

fn formats(graph: &ResolvedGraph, formats: &[FormatId]) -> Vec<String> {
    formats.iter().map(|&format| graph[format].name.clone()).collect()
}

fn dataset(graph: &ResolvedGraph, name: &str) -> DatasetId {
    graph.find_dataset(name).expect("a dataset")
}

/// `a` → `x@csv`, which `b` reads so and `c` as JSON; `c` has a parameter and comes after `b`.
const FORMATS: &str = concat!(
    "[params]\nrate = 1\n",
    "[nodes.a]\ninputs = [\"raw\"]\noutputs = [\"x@csv\"]\n",
    "[nodes.b]\ninputs = [\"x@csv\"]\noutputs = [\"y\"]\n",
    "[nodes.c]\ninputs = [\"x@json\", \"params:rate\", \"x@csv\"]\nafter = [\"b\"]\n",
    "[datasets.\"x@csv\"]\ntype = \"csv\"\npath = \"x.csv\"\n",
    "[datasets.y]\ntype = \"archive\"\nurl = \"s3://key:secret@bucket/y\"\nreload = true\npersist = \"sync\"\n",
);

#[test]
fn a_dataset_knows_its_formats_its_maker_and_its_readers() {
    let pipeline = with_head(FORMATS);
    let graph = pipeline.graph();
    let x = &graph[dataset(graph, "x@text")];
    assert_eq!((x.name.as_str(), x.role), ("x", Role::Intermediate));
    assert_eq!(formats(graph, &x.formats), ["x@csv", "x@json"]);
    assert_eq!(x.maker.map(|maker| graph[maker].name.as_str()), Some("a"));
    assert_eq!(x.written_as, graph.find_format("x@csv"));
    assert_eq!(names(graph, &x.readers), ["b", "c"]);
    let [csv, json] = ["x@csv", "x@json"].map(|name| graph.find_format(name).expect("a format"));
    assert_eq!(
        (names(graph, &graph[csv].readers), names(graph, &graph[json].readers)),
        (vec!["b".into(), "c".into()], vec!["c".into()])
    );
    assert_eq!((graph.twin(json), graph.twin(csv)), (Some(csv), None));
    assert!(graph.has_twin(csv) && !graph.has_twin(json) && graph.is_same_dataset(csv, json));
    assert_eq!((graph.find_format("x"), graph.find_dataset("nowhere")), (None, None));
    assert_eq!(graph[dataset(graph, "raw")].role, Role::FreeInput);
    assert_eq!(graph[dataset(graph, "y")].role, Role::FinalOutput);
}

#[test]
fn a_node_knows_what_it_reads_makes_and_waits_for() {
    let pipeline = with_head(FORMATS);
    let graph = pipeline.graph();
    let [a, b, c] = ["a", "b", "c"].map(|name| graph.find_node(name).expect("a node"));
    assert_eq!(
        (formats(graph, &graph[c].reads), graph[c].parameters.as_slice()),
        (vec!["x@json".into(), "x@csv".into()], &["params:rate".to_owned()][..])
    );
    assert_eq!((&graph[a].children, &graph[c].parents, &graph[c].waits_for), (&vec![b, c], &vec![a], &vec![a, b]));
    assert_eq!(graph.parameters().into_iter().collect::<Vec<_>>(), [("params:rate", vec![c])]);
}

#[test]
fn what_is_stored_is_shown_without_credentials() {
    let pipeline = with_head(FORMATS);
    let graph = pipeline.graph();
    let y = graph[graph.find_format("y").expect("a format")].stored.clone().expect("it is stored");
    assert_eq!((y.kind.as_str(), y.reload, y.persist), ("archive", true, Some(wpipe_pipeline::Persist::Sync)));
    assert!(y.location.is_some_and(|location| !location.contains("secret")));
    assert!(graph[graph.find_format("x@json").expect("a format")].stored.is_none());
}

#[test]
fn a_group_has_members_and_stages_once_the_components_are_known() {
    let pipeline = with_head(CLEANING);
    let graph = pipeline.graph();
    let clean = &graph.groups()[wpipe_pipeline::GroupId::from(0)];
    assert_eq!(names(graph, &clean.nodes), ["parse", "scrub", "tally"]);
    assert_eq!(
        (formats(graph, &clean.over), formats(graph, &clean.inputs)),
        (vec!["raw".into(), "meta".into()], vec!["rules".into()])
    );
    assert!(clean.stages.is_empty() && graph.nodes().iter().all(|node| node.called_per.is_none()));
    let typed = pipeline.check(&exports(cleaning()), &|_| None).expect("the ports fit").graph;
    let stages: Vec<_> = typed.groups().iter().flat_map(|group| &group.stages).collect();
    let stage = |called_per, nodes: &[&str]| Stage {
        called_per,
        nodes: nodes.iter().map(|name| graph.find_node(name).expect("a node")).collect(),
    };
    let expected = [stage(CalledPer::Partition, &["parse", "scrub"]), stage(CalledPer::Slice, &["tally"])];
    assert_eq!(stages, expected.iter().collect::<Vec<_>>());
}

#[test]
fn a_part_knows_what_is_read_by_what_it_leaves_out() {
    let pipeline = with_head(FORMATS);
    let select = |pipeline: &Pipeline, nodes: &[&str]| {
        let nodes = nodes.iter().map(|name| (*name).to_owned()).collect();
        pipeline.select(&Selection { nodes, ..Selection::default() }).expect("nodes that are there")
    };
    let part = select(&select(&pipeline, &["a", "b"]), &["a"]);
    let graph = part.graph();
    assert!(graph[dataset(graph, "x")].is_read_elsewhere && !graph[dataset(graph, "raw")].is_read_elsewhere);
    assert_eq!(graph[dataset(graph, "x")].role, Role::FinalOutput);
}

fn written(body: &str) -> Value {
    serde_json::to_value(with_head(body).graph()).expect("a graph is JSON")
}

fn refused(graph: Value) -> String {
    serde_json::from_value::<ResolvedGraph>(graph).expect_err("no graph").to_string()
}

#[test]
fn a_graph_that_contradicts_itself_is_refused() {
    let with = |path: &str, value: Value| {
        let mut graph = written(FORMATS);
        *graph.pointer_mut(path).expect("a key") = value;
        refused(graph)
    };
    assert_eq!(with("/nodes/0/reads/0", json!(9)), "there is no format 9: there are 4");
    assert_eq!(with("/datasets/1/readers/0", json!(3)), "there is no node 3: there are 3");
    assert_eq!(with("/datasets/0/made_by", json!(0)), "there is no group 0: there are 0");
    assert_eq!(with("/formats/0/name", json!("z")), "datasets are not in the order of their names");
    assert_eq!(with("/formats/0/dataset", json!(1)), "formats are of other datasets than their names say");
}

#[test]
fn a_graph_of_another_format_is_refused() {
    let mut graph = written(FORMATS);
    assert_eq!(graph["format"], 1);
    graph["format"] = json!(2);
    assert_eq!(refused(graph), "the graph has format 2, and this version of wpipe reads format 1");
}

#[test]
fn keys_that_a_later_version_adds_are_skipped() {
    let mut graph = written(FORMATS);
    graph["nodes"][0]["colour"] = json!("red");
    assert!(serde_json::from_value::<ResolvedGraph>(graph).is_ok());
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(text in manifests()) {
        let pipeline = with_head(&text);
        let json = serde_json::to_string(pipeline.graph()).expect("a graph is JSON");
        prop_assert_eq!(&serde_json::from_str::<ResolvedGraph>(&json).expect("a graph"), pipeline.graph());
    }

    #[test]
    fn relations_agree_at_both_ends(text in manifests(), keep in prop::collection::vec(any::<bool>(), 12)) {
        let pipeline = Pipeline::load(source(&format!("{HEAD}{text}"))).expect("a pipeline");
        let nodes = pipeline.nodes().iter().zip(&keep).filter(|(_, keep)| **keep).map(|(node, _)| node.name.clone());
        let part = pipeline.select(&Selection { nodes: nodes.collect(), ..Selection::default() }).expect("a part");
        let graph = part.graph();
        for (id, node) in graph.nodes().iter_enumerated() {
            let inputs: Vec<_> = node.inputs.iter().filter(|input| !is_parameter(input)).cloned().collect();
            prop_assert_eq!(formats(graph, &node.reads), inputs);
            prop_assert_eq!(formats(graph, &node.makes), node.outputs.clone());
            let makers: BTreeSet<_> = node.reads.iter().filter_map(|&read| graph.maker(read)).collect();
            prop_assert_eq!(&node.parents, &makers.into_iter().collect::<Vec<_>>());
            prop_assert!(node.parents.iter().all(|parent| *parent < id && graph[*parent].children.contains(&id)));
            prop_assert!(node.children.iter().all(|child| graph[*child].parents.contains(&id)));
            prop_assert!(node.makes.iter().all(|&made| graph.maker(made) == Some(id) && graph.is_written(made)));
            for &read in &node.reads {
                prop_assert!(graph[read].readers.contains(&id) && graph.dataset_of(read).readers.contains(&id));
            }
            prop_assert!(node.group.is_none_or(|group| graph[group].nodes.contains(&id)));
        }
        for (id, of) in graph.datasets().iter_enumerated() {
            prop_assert!(of.formats.iter().all(|&format| graph[format].dataset == id));
            let readers: BTreeSet<_> = of.formats.iter().flat_map(|&format| graph[format].readers.clone()).collect();
            prop_assert_eq!(&of.readers, &readers.into_iter().collect::<Vec<_>>());
        }
    }
}

/// Collects the keys of all objects in a value, each once.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            found.insert(key.clone());
            // Names of resources come from the manifest.
            if key != "resources" {
                keys(value, found);
            }
        }),
        _ => {}
    }
}

#[test]
fn every_key_is_documented() {
    let documented = include_str!("../../../../docs/plan-json.md");
    let typed = with_head(&CLEANING.replacen("[nodes.parse]", "[nodes.parse]\nlimits = { time = \"1s\" }", 1));
    let typed = typed.check(&exports(cleaning()), &|_| None).expect("the ports fit").graph;
    let mut found = BTreeSet::new();
    for graph in [&typed, with_head(FORMATS).graph()] {
        keys(&serde_json::to_value(graph).expect("a graph is JSON"), &mut found);
    }
    assert!(found.len() > 40, "{found:?}");
    let missing: Vec<_> = found.iter().filter(|key| !documented.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
