//! `wpipe viz`: a pipeline and a run of it as pictures.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::browser;
use crate::support::{Project, filtered};

/// A multipipeline, a node behind it that fails on demand, and a path that would end a script.
const MANIFEST: &str = "
[params]
word = \"bad\"

[multipipelines.days]
nodes = [\"check\"]
over = [\"raw\"]

[nodes.check]
uses = \"good/fail_on\"
inputs = [\"raw\", \"params:word\"]
outputs = [\"checked\"]
tags = [\"daily\"]

[nodes.see]
uses = \"good/concat_texts\"
inputs = [\"checked\"]
outputs = [\"all\"]

[datasets.raw]
type = \"text\"
path = \"raw\"
partitioned = true
suffix = \".txt\"

[datasets.all]
type = \"text\"
path = \"all & </script><b>.txt\"
";

fn project(texts: [&str; 2]) -> Project {
    let project = Project::new(MANIFEST);
    project.write("raw/a.txt", texts[0]);
    project.write("raw/b.txt", texts[1]);
    project
}

fn picture(project: &Project, arguments: &[&str]) -> Value {
    let drawn = project.wpipe(&[&["viz", "--format", "json"], arguments].concat());
    assert_eq!(drawn.code, 0, "{}", drawn.told());
    serde_json::from_str(&drawn.stdout).expect("JSON")
}

fn vertex<'p>(picture: &'p Value, name: &str) -> &'p Value {
    let all = picture["vertices"].as_array().expect("vertices");
    all.iter().find(|vertex| vertex["name"] == name).expect(name)
}

#[test]
fn the_graph_is_drawn_in_every_form() {
    let project = project(["good", "good"]);
    let mermaid = project.wpipe(&["viz", "--format", "mermaid"]);
    filtered(|| insta::assert_snapshot!(mermaid.stdout));

    let svg = project.wpipe(&["viz", "-o", "graph.svg"]);
    assert_eq!(svg.code, 0, "{}", svg.told());
    let svg = project.read("graph.svg");
    assert!(svg.starts_with("<svg ") && svg.contains("all &amp; &lt;/script&gt;&lt;b&gt;.txt"), "{svg}");
    assert_eq!((svg.matches("<rect ").count(), svg.matches("<path d=\"M").count() - 1), (6, 5));

    let html = project.wpipe(&["viz"]);
    assert_eq!(html.code, 0, "{}", html.told());
    let html = project.read("pipeline.html");
    assert_eq!(html.matches("</script>").count(), 2);
    let (_, json) = html.split_once("type=\"application/json\">").expect("the picture");
    let (json, _) = json.split_once("</script>").expect("the picture's end");
    assert_eq!(serde_json::from_str::<Value>(json).expect("JSON"), picture(&project, &[]));
    assert!(!html.contains("http://") && !html.contains("https://"), "a page needs no network");
}

#[test]
fn no_two_vertices_lie_over_each_other_and_data_flows_to_the_right() {
    let picture = picture(&project(["good", "good"]), &[]);
    let all = picture["vertices"].as_array().expect("vertices");
    let number = |vertex: &Value, key: &str| vertex[key].as_f64().expect(key);
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            let apart = |key, size| {
                number(one, key) + number(one, size) <= number(other, key)
                    || number(other, key) + number(other, size) <= number(one, key)
            };
            assert!(apart("x", "width") || apart("y", "height"), "{one} {other}");
        }
    }
    for edge in picture["edges"].as_array().expect("edges") {
        let end = |key: &str| &all[usize::try_from(edge[key].as_u64().expect(key)).expect(key)];
        assert!(number(end("from"), "x") + number(end("from"), "width") < number(end("to"), "x"), "{edge}");
    }
}

#[test]
fn a_run_is_shown_with_states_sizes_and_its_timeline() {
    let project = project(["good", "fine"]);
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    let whole = picture(&project, &["--run"]);
    assert_eq!((&whole["run"]["state"], &vertex(&whole, "see")["status"]), (&"completed".into(), &"completed".into()));
    assert_eq!((&vertex(&whole, "all")["bytes"], &vertex(&whole, "all")["status"]), (&14.into(), &"completed".into()));
    assert_eq!(whole["groups"][0]["partitions"], serde_json::json!([2, 0, 2]));
    let spans = whole["timeline"].as_array().expect("spans");
    let kinds: BTreeSet<_> = spans.iter().map(|span| span["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, BTreeSet::from(["call", "load", "save"]));
    for span in spans {
        assert!(span["start"].as_f64() <= span["end"].as_f64(), "{span}");
    }

    project.write("raw/b.txt", "bad");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    let failed = picture(&project, &["--run", "latest"]);
    assert_eq!((&failed["run"]["state"], &vertex(&failed, "see")["status"]), (&"failed".into(), &"not_run".into()));
    // Whether the other partition comes to its end is nobody's promise.
    let partitions = &failed["groups"][0]["partitions"];
    assert_eq!((&partitions[1], &partitions[2]), (&1.into(), &2.into()));
    assert_eq!(project.wpipe(&["viz", "--run", "1999"]).code, 2);
    assert_eq!(project.wpipe(&["viz", "-o", "pipeline.toml"]).code, 1);
    assert!(project.read("pipeline.toml").contains("[nodes.see]"));
}

#[test]
fn kedro_viz_gets_the_files_that_it_loads() {
    let project = project(["good", "good"]);
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    let drawn = project.wpipe(&["viz", "--run", "--format", "kedro-viz", "-o", "export"]);
    assert_eq!(drawn.code, 0, "{}", drawn.told());
    let json = |path: &str| -> Value { serde_json::from_str(&project.read(path)).expect("JSON") };
    let main = json("export/api/main");
    let nodes = main["nodes"].as_array().expect("nodes");
    let ids: BTreeSet<_> = nodes.iter().map(|node| node["id"].as_str().expect("an id")).collect();
    assert_eq!((nodes.len(), ids.len()), (6, 6));
    for edge in main["edges"].as_array().expect("edges") {
        let ends = [&edge["source"], &edge["target"]].map(|end| end.as_str().expect("an id"));
        assert!(ends.iter().all(|end| ids.contains(end)), "{edge}");
    }
    let status = json("export/api/run-status");
    for node in nodes {
        let id = node["id"].as_str().expect("an id");
        assert!(json(&format!("export/api/nodes/{id}")).is_object());
        if node["type"] == "task" {
            assert_eq!(status["nodes"][id]["status"], "success", "{node}");
        }
    }
}

#[test]
fn a_node_says_why_it_ran_what_it_logged_and_how_to_run_it_again() {
    let project = browser::failed_run();
    let picture = picture(&project, &["--run"]);
    let of = |name: &str, key: &str| vertex(&picture, name)[key].clone();
    assert_eq!(of("check", "command"), "wpipe run --nodes check");
    assert_eq!(of("check", "why"), "Ran: no earlier run is known to have made its result.");
    assert_eq!(of("see", "why"), "Did not run: `check` failed, which it needs.");
    assert_eq!(of("params:word", "value"), "bad");
    assert_eq!(of("talk", "log")[1], serde_json::json!({ "level": "debug", "message": "a detail" }));
    assert_eq!(of("said", "command"), "wpipe inspect said");
    let failed = &picture["groups"][0]["failed"];
    assert_eq!(failed["<b>"], "node `check` failed: found `bad` in the text");
    assert!(!picture.to_string().contains("hunter2"), "a secret is shown");
}

#[test]
fn a_node_that_runs_again_says_what_has_changed() {
    let project = project(["good", "fine"]);
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    assert_eq!(project.wpipe(&["run", "--quiet", "--params", "word=other"]).code, 0);
    let whole = picture(&project, &["--run", "--params", "word=other"]);
    let why = vertex(&whole, "check")["why"].as_str().expect("a reason");
    assert!(why.starts_with("Ran; since run ") && why.ends_with(": `params:word` changed."), "{why}");
    assert_eq!(vertex(&whole, "check")["command"], "wpipe run --nodes check --params 'word=other'");

    assert_eq!(project.wpipe(&["run", "--quiet", "--nodes", "check"]).code, 0);
    let part = picture(&project, &["--run"]);
    let why = &vertex(&part, "see")["why"];
    assert_eq!(why, "Not in this run: outside of its selection (--nodes check), or unchanged.");
}
