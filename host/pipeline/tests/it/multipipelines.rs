//! Tests of multipipelines in the graph: their content, their dependants, and their rest in parts of a pipeline.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use wpipe_pipeline::{
    Balance, Join, Layers, Multipipeline, OnEmpty, OnPartitionError, Pipeline, Role, Selection, Source,
};

use crate::support::{CLEANING, HEAD, assert_rendered, with_head};

fn only(pipeline: &Pipeline) -> &Multipipeline {
    let [multipipeline] = pipeline.multipipelines() else { panic!("{:?}", pipeline.multipipelines()) };
    multipipeline
}

fn order(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.nodes().iter().map(|node| node.name.as_str()).collect()
}

fn select(pipeline: &Pipeline, nodes: &[&str]) -> Pipeline {
    let nodes = nodes.iter().map(|name| (*name).to_owned()).collect();
    pipeline.select(&Selection { nodes, ..Selection::default() }).expect("nodes that are there")
}

#[test]
fn a_multipipeline_has_what_the_manifest_and_the_graph_say() {
    let pipeline = with_head(CLEANING);
    let clean = only(&pipeline);
    assert_eq!(clean.name, "clean");
    assert_eq!(clean.nodes, ["parse", "scrub", "tally"]);
    assert_eq!(clean.over, ["raw", "meta"]);
    assert_eq!(clean.inputs, ["rules"]);
    assert_eq!(clean.outputs, ["cleaned", "counts", "rows"]);
    assert_eq!(clean.policy.slices, NonZeroUsize::new(4));
    assert_eq!((clean.policy.join, clean.policy.balance), (Join::Inner, Balance::Size));
    assert_eq!(clean.policy.max_parallel, NonZeroUsize::new(2));
    assert_eq!((clean.policy.on_empty, clean.policy.on_partition_error), (OnEmpty::Skip, OnPartitionError::Skip));
    assert!(clean.policy.allow_incomplete);
    assert!(clean.policy.filter.as_ref().is_some_and(|filter| filter.accepts("2024/01") && !filter.accepts("2023/01")));
    assert_eq!(clean.policy.configure.len(), 2);
    assert_eq!(pipeline.multipipeline_of("scrub").map(|group| group.name.as_str()), Some("clean"));
    assert!(pipeline.multipipeline_of("report").is_none() && pipeline.multipipeline_of("nowhere").is_none());
    assert_eq!(pipeline.node("parse").and_then(|node| node.multipipeline.as_deref()), Some("clean"));
}

#[test]
fn what_is_not_said_has_its_default() {
    let pipeline = with_head("[nodes.a]\ninputs = [\"raw\"]\noutputs = [\"out\"]\n[multinodes.a]\nover = [\"raw\"]\n");
    let a = only(&pipeline);
    assert_eq!((a.name.as_str(), a.nodes.as_slice()), ("a", &["a".to_owned()][..]));
    assert_eq!((a.policy.slices, a.policy.max_parallel), (None, None));
    assert_eq!((a.policy.join, a.policy.balance), (Join::Strict, Balance::Count));
    assert_eq!((a.policy.on_empty, a.policy.on_partition_error), (OnEmpty::Error, OnPartitionError::Fail));
    assert!(a.policy.filter.is_none() && !a.policy.allow_incomplete && a.policy.configure.is_empty());
}

/// kedro-partitioned: the barrier waits for the last layer of the group only, and a reader of `counts` starts before.
#[test]
fn the_barrier_waits_for_branches_that_end_early() {
    let pipeline = with_head(CLEANING);
    let levels: Vec<_> = pipeline.nodes().iter().map(|node| (node.name.as_str(), node.level)).collect();
    let expected = [("fetch", 0), ("parse", 1), ("tally", 2), ("scrub", 2), ("sum", 3), ("report", 3)];
    assert_eq!(levels.iter().collect::<BTreeSet<_>>(), expected.iter().collect());
    // `sum` reads `counts` of `tally` only, and `parse` nothing of `fetch`, which `scrub` does.
}

#[test]
fn gates_wait_for_what_comes_after_without_data_too() {
    let pipeline = with_head(concat!(
        "[nodes.first]\noutputs = [\"x\"]\n",
        "[nodes.a]\ninputs = [\"raw\"]\noutputs = [\"rows\"]\n",
        "[nodes.b]\ninputs = [\"rows\"]\noutputs = [\"cleaned\"]\nafter = [\"first\"]\n",
        "[nodes.last]\ninputs = [\"y\"]\nafter = [\"a\"]\n",
        "[multipipelines.g]\nnodes = [\"a\", \"b\"]\nover = [\"raw\"]\n",
    ));
    assert_eq!(order(&pipeline), ["first", "a", "b", "last"]);
    let levels: Vec<_> = pipeline.nodes().iter().map(|node| node.level).collect();
    assert_eq!(levels, [0, 1, 2, 3]);
}

/// kedro-partitioned: tags and namespace are copied to all nodes, and the group's name is a tag.
#[test]
fn nodes_have_the_tags_and_the_namespace_of_their_multipipeline() {
    let pipeline = with_head(concat!(
        "[nodes.a]\ninputs = [\"raw\"]\ntags = [\"own\"]\n",
        "[nodes.\"other.b\"]\nuses = \"f\"\ninputs = [\"raw\"]\n",
        "[nodes.c]\nnamespace = \"\"\ninputs = [\"raw\"]\n",
        "[multipipelines.g]\nnodes = [\"a\", \"other.b\", \"c\"]\nover = [\"raw\"]\ntags = [\"t\"]\nnamespace = \"ns.x\"\n",
    ));
    let node = |name| pipeline.node(name).expect("a node");
    assert_eq!(node("a").tags, ["g", "own", "t"].map(str::to_owned).into());
    assert_eq!(node("other.b").tags, ["g", "t"].map(str::to_owned).into());
    assert_eq!(node("a").namespace.as_deref(), Some("ns.x"));
    assert_eq!(node("other.b").namespace.as_deref(), Some("other"));
    assert_eq!(node("c").namespace, None);
    let by = |selection: Selection| order(&pipeline.select(&selection).expect("a part")).join(" ");
    assert_eq!(by(Selection { tags: vec!["g".to_owned()], ..Selection::default() }), "a c other.b");
    assert_eq!(by(Selection { namespaces: vec!["ns".to_owned()], ..Selection::default() }), "a");
}

#[test]
fn what_a_multipipeline_makes_or_is_over_is_partitioned_whatever_its_entry_says() {
    let pipeline = with_head(CLEANING);
    let partitioned: Vec<_> =
        pipeline.datasets().filter(|dataset| dataset.is_partitioned).map(|dataset| dataset.name.as_str()).collect();
    assert_eq!(partitioned, ["archive", "cleaned", "counts", "meta", "raw", "rows"]);
    let spec = |name| pipeline.dataset(name).and_then(|dataset| dataset.spec.clone()).and_then(|spec| spec.partitioned);
    assert_eq!(
        spec("raw").map(|spec| (spec.suffix, spec.prune, spec.checkpoint)),
        Some((".csv".into(), true, Some(String::new())))
    );
    assert_eq!(
        spec("cleaned").map(|spec| (spec.suffix, spec.prune, spec.checkpoint)),
        Some((String::new(), false, None))
    );
    assert_eq!(spec("rules"), None);
    // Memory has no entry for storage.
    assert!(pipeline.dataset("archive").is_some_and(|dataset| dataset.spec.is_none()));
    assert!(pipeline.resolve("cleaned").is_some_and(|spec| spec.partitioned.is_some()));
}

#[test]
fn placeholders_of_a_pattern_stand_in_suffix_and_checkpoint() {
    let pipeline = with_head(concat!(
        "[nodes.a]\ninputs = [\"raw.eu\"]\n[multinodes.a]\nover = [\"raw.eu\"]\n",
        "[datasets.\"raw.{region}\"]\ntype = \"csv\"\npath = \"{region}\"\npartitioned = true\n",
        "suffix = \"-{region}.csv\"\ncheckpoint = \"done/{region}\"\n",
    ));
    let spec = pipeline.dataset("raw.eu").and_then(|dataset| dataset.spec.clone()).expect("an entry");
    let partitioned = spec.partitioned.expect("partitions");
    assert_eq!((partitioned.suffix.as_str(), partitioned.checkpoint.as_deref()), ("-eu.csv", Some("done/eu")));
}

#[test]
fn entries_of_an_environment_replace_multipipelines_as_a_whole() {
    let base = Arc::new(Source::new("pipeline.toml", format!("{HEAD}{CLEANING}")));
    let over =
        "[multipipelines.clean]\nnodes = [\"parse\", \"scrub\", \"tally\"]\nover = [\"raw\", \"meta\"]\nslices = 9\n";
    let layers = Layers::new(base).lay(Arc::new(Source::new("pipeline.prod.toml", over)));
    let pipeline = Pipeline::load_layers(&layers).expect("a pipeline");
    let clean = only(&pipeline);
    assert_eq!((clean.policy.slices, clean.policy.join), (NonZeroUsize::new(9), Join::Strict));
    assert!(clean.policy.filter.is_none());
}

#[test]
fn a_part_of_a_group_is_a_group_over_what_is_still_read_and_what_others_made() {
    let pipeline = with_head(CLEANING);
    let part = select(&pipeline, &["scrub", "report"]);
    let clean = only(&part);
    assert_eq!(clean.nodes, ["scrub"]);
    // `rows` was made by `parse`; `raw` is not read any more.
    assert_eq!(clean.over, ["meta", "rows"]);
    assert_eq!((clean.outputs.as_slice(), clean.policy.join), (&["cleaned".to_owned()][..], Join::Inner));
    let rows = part.dataset("rows").expect("a dataset");
    assert_eq!((rows.role, rows.is_partitioned), (Role::FreeInput, true));

    let part = select(&pipeline, &["parse", "tally"]);
    assert_eq!(only(&part).over, ["raw"]);
    assert_eq!(only(&part).outputs, ["counts", "rows"]);
    let [again, once] = [select(&part, &["tally"]), select(&pipeline, &["tally"])];
    assert_eq!(only(&again).over, ["rows"]);
    assert_eq!(only(&again).over, only(&once).over);
}

#[test]
fn outside_of_its_group_a_set_stays_a_set() {
    let part = select(&with_head(CLEANING), &["report", "sum"]);
    assert!(part.multipipelines().is_empty());
    for name in ["cleaned", "counts"] {
        assert!(part.dataset(name).is_some_and(|dataset| dataset.is_partitioned), "{name}");
    }
    let spec = part.dataset("cleaned").and_then(|dataset| dataset.spec.clone()).expect("an entry");
    assert!(spec.partitioned.is_some());
}

#[test]
fn a_set_in_another_format_is_read_by_what_is_left() {
    let pipeline = with_head(concat!(
        "[nodes.a]\ninputs = [\"raw@csv\"]\noutputs = [\"rows@csv\"]\n",
        "[nodes.b]\ninputs = [\"raw@text\", \"rows@arrow\"]\noutputs = [\"end\"]\n",
        "[multipipelines.g]\nnodes = [\"a\", \"b\"]\nover = [\"raw@csv\"]\n",
    ));
    assert_eq!(only(&select(&pipeline, &["b"])).over, ["raw@text", "rows@arrow"]);
    assert!(pipeline.dataset("raw@text").is_some_and(|dataset| dataset.is_partitioned));
}

#[test]
fn the_name_of_a_multipipeline_means_its_nodes() {
    let pipeline = with_head(CLEANING);
    let all = Selection::default;
    let clean = || vec!["clean".to_owned()];
    let by = |selection: Selection| order(&pipeline.select(&selection).expect("a part")).join(" ");
    assert_eq!(by(Selection { nodes: clean(), ..all() }), "parse scrub tally");
    assert_eq!(by(Selection { nodes: vec!["+clean".to_owned()], ..all() }), "fetch parse scrub tally");
    assert_eq!(by(Selection { nodes: vec!["cl*n".to_owned()], ..all() }), "parse scrub tally");
    assert_eq!(by(Selection { from_nodes: clean(), ..all() }), "parse scrub tally report sum");
    assert_eq!(by(Selection { to_nodes: clean(), ..all() }), "fetch parse scrub tally");
    assert_eq!(by(Selection { exclude: clean(), ..all() }), "fetch report sum");
}

#[test]
fn a_name_of_a_node_and_a_multipipeline_is_refused_and_can_be_written_otherwise() {
    let pipeline = with_head(concat!(
        "[nodes.parse]\ninputs = [\"raw\"]\noutputs = [\"rows\"]\n[nodes.clean]\ninputs = [\"rows\"]\n",
        "[multipipelines.clean]\nnodes = [\"parse\", \"clean\"]\nover = [\"raw\"]\n",
    ));
    let nodes = |item: &str| Selection { nodes: vec![item.to_owned()], ..Selection::default() };
    let errors =
        ["clean", "clean+", "=clen"].map(|item| pipeline.select(&nodes(item)).expect_err("no node").to_string());
    assert_rendered!(errors.join("\n"));
    assert_eq!(order(&pipeline.select(&nodes("=clean")).expect("a node")), ["clean"]);
    assert_eq!(order(&pipeline.select(&nodes("+=clean")).expect("a node")), ["parse", "clean"]);
    let tags = Selection { tags: vec!["clean".to_owned()], ..Selection::default() };
    assert_eq!(order(&pipeline.select(&tags).expect("nodes")), ["parse", "clean"]);
    // A multipipeline of that one node leaves nothing open.
    let part = pipeline.select(&nodes("=clean")).expect("a node");
    assert_eq!(order(&part.select(&nodes("clean")).expect("a node")), ["clean"]);
}

#[test]
fn missing_outputs_and_resuming_take_the_set_of_a_barrier_as_one_dataset() {
    let pipeline = with_head(CLEANING);
    // `rows` is in memory: what lacks `cleaned` makes it again, and nothing else runs.
    let part = pipeline.only_missing_outputs(|name| name != "cleaned").expect("`cleaned` is missing");
    assert_eq!(order(&part), ["parse", "scrub", "report", "sum"]);
    assert_eq!(only(&part).nodes, ["parse", "scrub"]);
    assert_eq!(only(&part).over, ["raw", "meta"]);

    let done = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(pipeline.resume_from(&done(&["fetch", "parse", "tally"]), |_| true), ["parse"]);
    assert_eq!(pipeline.resume_from(&done(&["fetch", "parse", "tally", "scrub"]), |_| true), ["report", "sum"]);
    assert_eq!(pipeline.resume_from(&done(&["fetch", "parse", "tally", "scrub", "sum"]), |_| true), ["report"]);
}
