//! Tests of the catalog: the entry that a dataset gets, and its placeholders.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use wpipe_pipeline::{Bindings, DelaySpec, LimitsSpec, Location, Origin, Persist, Pipeline, Role, Target, parse};

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

#[test]
fn a_store_and_what_is_in_it() {
    let body = concat!(
        "[stores.lake]\nurl = \"s3://me:hush@lake/prod\"\nendpoint = \"http://127.0.0.1:9000\"\nregion = \"us-east-1\"\n",
        "access_key_id = \"${env:LAKE_KEY}\"\nsecret_access_key = \"hush\"\nallow_http = true\n",
        "virtual_hosted_style = false\nskip_signature = false\ntimeout = \"30s\"\nconnect_timeout = \"5s\"\n",
        "retries = 5\nretry_timeout = \"2m\"\nmax_concurrent = 8\nmax_bandwidth = \"100MiB/s\"\n",
        "[datasets.\"{a}_x\"]\ntype = \"parquet\"\nstore = \"lake\"\npath = \"02/{a}.parquet\"\nversioned = true\n",
        "persist = \"cache+async\"\nreload = true\ncompression = \"none\"\n",
        "delay = { load = \"10s\", save = \"1m\", latency = \"5ms\", bandwidth = \"50MiB/s\", fail_rate = 0.1, seed = 7 }\n",
        "[nodes.n]\ninputs = [\"train_x\"]\n",
    );
    let pipeline = with_head(body);
    let store = &pipeline.manifest().stores["lake"];
    assert_eq!(store.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
    assert_eq!(store.access_key_id.as_ref().map(|id| id.as_str()), Some("${env:LAKE_KEY}"));
    assert_eq!(store.secret_access_key.as_ref().map(|key| key.as_str()), Some("hush"));
    assert_eq!(
        (store.allow_http, store.virtual_hosted_style, store.skip_signature),
        (Some(true), Some(false), Some(false))
    );
    assert_eq!(store.timeout.zip(store.connect_timeout), Some((Duration::from_secs(30), Duration::from_secs(5))));
    assert_eq!((store.retries, store.retry_timeout), (Some(5), Some(Duration::from_secs(120))));
    assert_eq!((store.max_concurrent, store.max_bandwidth), (Some(8), Some(100 << 20)));

    let spec = pipeline.resolve("train_x").expect("the pattern matches");
    assert_eq!(spec.location, Location::Store { store: "lake".to_owned(), path: "02/train.parquet".to_owned() });
    assert_eq!((spec.versioned, spec.persist, spec.reload), (true, Some(Persist::CacheAsync), true));
    assert_eq!(serde_json::Value::Object(spec.options), json!({"compression": "none"}));
    let delay = DelaySpec {
        load: Some(Duration::from_secs(10)),
        save: Some(Duration::from_secs(60)),
        latency: Some(Duration::from_millis(5)),
        bandwidth: Some(50 << 20),
        fail_rate: Some(0.1),
        seed: Some(7),
    };
    assert_eq!(spec.delay, Some(delay));
    // Nothing of it shows credentials, not even the plan.
    let shown = format!("{pipeline:?}{:?}", pipeline.plan_collapsed());
    assert!(shown.contains("s3://lake/prod/02/train.parquet") && !shown.contains("hush"), "{shown}");
}

#[test]
fn formats_of_one_dataset_may_share_a_place() {
    let body = concat!(
        "[datasets.\"b@table\"]\ntype = \"csv\"\npath = \"b.csv\"\n[datasets.\"b@text\"]\ntype = \"text\"\npath = \"b.csv\"\n",
        "[nodes.a]\noutputs = [\"b@table\"]\n[nodes.b]\ninputs = [\"b@text\"]\n",
    );
    let pipeline = with_head(body);
    assert_eq!(kind(&pipeline, "b@table").as_deref(), Some("csv"));
    assert_eq!(kind(&pipeline, "b@text").as_deref(), Some("text"));
}
