//! Which entry of the catalog a dataset gets, and what its placeholders become.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use wpipe_pipeline::{Bindings, LimitsSpec, Location, Origin, Pipeline, Role, Target, parse};

use crate::support::{HEAD, IRIS, pipeline, source, with_head};

fn kind(pipeline: &Pipeline, dataset: &str) -> Option<String> {
    pipeline.resolve(dataset).map(|spec| spec.kind)
}

#[test]
fn an_entry_beats_patterns_and_the_best_pattern_wins() {
    let entry = |name: &str, kind: &str| format!("[datasets.\"{name}\"]\ntype = \"{kind}\"\npath = \"p\"\n");
    let body = [
        entry("{all}", "text"),
        entry("{a}_{b}", "json"),
        entry("{a}_x", "csv"),
        entry("train_{b}", "parquet"),
        entry("train_x", "archive"),
        entry("b@csv", "arrow"),
    ];
    let pipeline = with_head(&body.concat());
    let kinds =
        ["train_x", "train_y", "test_x", "test_y", "model", "b@csv", "b@json"].map(|name| kind(&pipeline, name));
    let expected = ["archive", "parquet", "csv", "json", "text", "arrow", "text"];
    assert_eq!(kinds.each_ref().map(Option::as_deref), expected.map(Some));
}

#[test]
fn an_entry_without_the_format_says_nothing_of_one_with_it() {
    let pipeline = with_head("[datasets.b]\ntype = \"csv\"\npath = \"b.csv\"\n");
    assert_eq!(kind(&pipeline, "b@csv"), None);
}

#[test]
fn memory_beats_a_pattern_and_is_no_place() {
    let pipeline =
        with_head("[datasets.x]\ntype = \"memory\"\n[datasets.\"{all}\"]\ntype = \"csv\"\npath = \"{all}\"\n");
    assert_eq!(kind(&pipeline, "x"), None);
    assert_eq!(kind(&pipeline, "y").as_deref(), Some("csv"));
}

#[test]
fn placeholders_are_filled_in_wherever_there_is_text() {
    let body = concat!(
        "[datasets.\"features.{region}\"]\ntype = \"csv\"\nurl = \"s3://b/{region}/{{raw}}.csv\"\n",
        "header = true\ncolumns = [{ name = \"{region}_id\", width = 8 }]\n",
    );
    let spec = with_head(body).resolve("features.north").expect("the pattern matches");
    assert_eq!(spec.name, "features.north");
    assert_eq!(spec.location, Location::Url("s3://b/north/{raw}.csv".to_owned()));
    let options = json!({"header": true, "columns": [{"name": "north_id", "width": 8}]});
    assert_eq!(serde_json::Value::Object(spec.options), options);
}

#[test]
fn braces_in_an_entry_that_is_no_pattern_are_plain_text() {
    let spec = with_head("[datasets.x]\ntype = \"csv\"\npath = \"{x}.csv\"\n").resolve("x").expect("listed");
    assert_eq!(spec.location, Location::Path("{x}.csv".to_owned()));
}

#[test]
fn an_unlisted_dataset_lives_in_memory() {
    let pipeline = pipeline(IRIS);
    let model = pipeline.dataset("model").expect("a dataset");
    assert!(model.spec.is_none());
    assert_eq!(model.role, Role::Intermediate);
    let train = pipeline.dataset("train_x").and_then(|dataset| dataset.spec.as_ref()).expect("a pattern matches");
    assert_eq!(train.location, Location::Path("data/02_intermediate/train_x.parquet".to_owned()));
}

#[test]
fn the_manifest_says_what_is_written() {
    let manifest = parse(source(IRIS)).expect("a manifest");
    assert_eq!(manifest.name, "iris");
    let component = &manifest.components["iris"];
    assert_eq!(component.origin, Origin::Crate(PathBuf::from("nodes")));
    assert_eq!(component.target, Target::Unknown);
    assert_eq!(manifest.params["train"]["iterations"], 10000);
    let names: Vec<_> = manifest.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["split_data", "train_model", "predict", "report_accuracy"]);
    let Bindings::Named(inputs) = &manifest.nodes[2].inputs else {
        panic!("`predict` binds by name");
    };
    let inputs: Vec<_> = inputs.iter().map(|(port, binding)| (port.as_str(), binding.name.as_str())).collect();
    assert_eq!(inputs, [("model", "model"), ("test_x", "test_x")]);
    let kinds: Vec<_> = manifest.datasets.iter().map(|spec| spec.kind.as_str()).collect();
    assert_eq!(kinds, ["csv", "parquet"]);
    assert_eq!(manifest.datasets[1].options["compression"], "snappy");
}

#[test]
fn a_component_may_be_a_file_for_another_target() {
    let text = "[pipeline]\nname = \"t\"\n[components.c]\npath = \"c.wasm\"\ntarget = \"wasm32-wasip2\"\n";
    let component = &parse(source(text)).expect("a manifest").components["c"];
    assert_eq!(component.origin, Origin::Path(PathBuf::from("c.wasm")));
    assert_eq!(component.target, Target::Wasip2);
}

#[test]
fn a_nodes_limits_beat_those_of_the_manifest() {
    let pipeline = pipeline(IRIS);
    let limits = |name| pipeline.node(name).map(|node| node.limits);
    let common = LimitsSpec { memory: Some(1 << 30), log: Some(1 << 20), ..LimitsSpec::default() };
    assert_eq!(limits("predict"), Some(common));
    let own = LimitsSpec { memory: Some(256 << 20), time: Some(Duration::from_secs(30)), ..common };
    assert_eq!(limits("train_model"), Some(own));
}

#[test]
fn a_manifest_needs_no_nodes() {
    let pipeline = pipeline(HEAD);
    assert!(pipeline.nodes().is_empty());
    assert_eq!(pipeline.levels().count(), 0);
}
