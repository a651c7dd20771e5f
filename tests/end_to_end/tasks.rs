//! Runs whose parts are processes that share nothing but a bucket: the same bytes as in one process.

use std::fs;

use serde_json::Value;

use crate::interpreter::{Plant, contents, tasks_of};
use crate::lake::Lake;
use crate::support::{Project, ended, filtered, wpipe};

/// Nodes before, within and behind a multipipeline; sets that one node makes; a node that sees slices; tags and
/// namespaces. What is not listed lives in memory, so that it has to cross tasks by the store of the run.
pub(crate) const KINDS: &str = r#"
[params]
message = "good day"

[nodes.greet]
uses = "good/says"
inputs = ["params:message"]
outputs = ["greeting"]
tags = ["before"]

[nodes.check]
uses = "good/copy_text"
inputs = ["raw"]
outputs = ["checked"]

[nodes.loud]
uses = "good/upper"
inputs = ["checked"]
outputs = ["loud"]

[nodes.greeted]
uses = "good/join_texts"
inputs = ["checked", "greeting"]
outputs = ["greeted"]

[nodes.upper]
uses = "good/upper_all"
inputs = ["checked"]
outputs = ["uppered"]

[multipipelines.days]
nodes = ["check", "loud", "greeted", "upper"]
over = ["raw"]
tags = ["each"]

[nodes."after.whole"]
namespace = "after"
uses = "good/concat_texts"
inputs = ["loud"]
outputs = ["whole"]
tags = ["end"]

[nodes."after.greetings"]
namespace = "after"
uses = "good/concat_texts"
inputs = ["greeted"]
outputs = ["greetings"]
tags = ["end"]

[nodes."after.uppers"]
namespace = "after"
uses = "good/concat_texts"
inputs = ["uppered"]
outputs = ["uppers"]
tags = ["end"]

[nodes.lines]
uses = "good/split_lines"
inputs = ["whole"]
outputs = ["lines"]
tags = ["end"]

[nodes.joined]
uses = "good/concat_texts"
inputs = ["lines"]
outputs = ["joined"]
tags = ["end"]

[datasets.raw]
type = "text"
store = "lake"
path = "raw"
partitioned = true
suffix = ".txt"

[datasets.loud]
type = "text"
store = "lake"
path = "out/loud"
partitioned = true
suffix = ".txt"

[datasets.whole]
type = "text"
store = "lake"
path = "out/whole.txt"

[datasets.greetings]
type = "text"
store = "lake"
path = "out/greetings.txt"

[datasets.uppers]
type = "text"
store = "lake"
path = "out/uppers.txt"

[datasets.joined]
type = "text"
store = "lake"
path = "out/joined.txt"
"#;

/// The number of partitions of `raw`.
const DAYS: usize = 5;

/// A plant of [`KINDS`] with its data.
pub(crate) fn plant() -> Plant {
    let plant = Plant::new(|| Project::new(KINDS));
    for day in 1..=DAYS {
        plant.put(&format!("raw/2024/0{day}.txt"), &format!("day {day}"));
    }
    plant
}

#[test]
fn every_grouping_and_any_number_of_slices_give_the_bytes_of_one_process() {
    let plant = plant();
    let alone = plant.lake.wpipe(&plant.project, &["run", "--quiet", "--no-journal"]);
    assert_eq!(alone.code, 0, "{}", alone.told());
    let expected = plant.made();
    assert_eq!(expected.len(), DAYS + 4, "{:?}", expected.keys());
    for (group_by, slices) in
        [("node", 2), ("chain", 1), ("chain", DAYS), ("chain", 3 * DAYS), ("tag", 3), ("namespace", 2), ("all", 4)]
    {
        plant.forget();
        let slices = slices.to_string();
        plant.run_all(&format!("{group_by}-{slices}"), &["--group-by", group_by, "--slices", &slices]);
        assert!(plant.made() == expected, "{group_by}, {slices} slices");
    }
}

#[test]
fn examples_give_the_bytes_of_one_process() {
    for example in ["iris", "sensors"] {
        let folder = tempfile::tempdir().unwrap();
        let from = format!("{}/../../examples/{example}", env!("CARGO_MANIFEST_DIR"));
        assert!(wpipe(&["build", &format!("{from}/pipeline.toml")]).output().unwrap().status.success());
        let text = fs::read_to_string(format!("{from}/pipeline.toml")).unwrap();
        let component = fs::canonicalize(format!("{from}/target/wpipe/{example}.wasm")).unwrap();
        let text = text.replace("crate = \"nodes\"", &format!("path = {component:?}"));
        let text = text.replace("iterations = 10000", "iterations = 10");
        let manifest = folder.path().join("pipeline.toml");
        fs::write(&manifest, text).unwrap();
        let raw = folder.path().join(if example == "iris" { "data" } else { "data/raw" });
        fs::create_dir_all(&raw).unwrap();
        if example == "iris" {
            fs::copy(format!("{from}/data/iris.csv"), raw.join("iris.csv")).unwrap();
        } else {
            for day in 1..=6 {
                let lines: String = (0..24)
                    .map(|hour| format!("2024-03-0{day}T{hour:02}:00:00,s000,{}.5,40.0,1000.0\n", hour % 9))
                    .collect();
                fs::write(raw.join(format!("2024-03-0{day}.csv")), lines).unwrap();
            }
        }
        let run = |arguments: &[&str], name: &str| {
            let all = [arguments, &["--quiet"]].concat();
            let ended = ended(wpipe(&all).env("WPIPE_RUN", name).current_dir(folder.path()).output().unwrap());
            assert_eq!(ended.code, 0, "{example}: {}", ended.told());
            ended
        };
        run(&["run", "--no-journal"], "");
        let out = folder.path().join("data/out");
        let expected = contents(&out);
        assert!(!expected.is_empty(), "{example}");
        for group_by in ["node", "chain"] {
            let _ = fs::remove_dir_all(&out);
            for task in tasks_of(&run(&["tasks", "--group-by", group_by, "--slices", "2"], "").stdout) {
                run(&task.arguments.iter().map(String::as_str).collect::<Vec<_>>(), group_by);
            }
            assert!(contents(&out) == expected, "{example} by {group_by}");
        }
    }
}

/// A project that is printed and never run.
fn told_only(manifest: &str) -> Project {
    Project::new(&format!("{manifest}\n{}", Lake::store("http://127.0.0.1:9", "puddle", 0)))
}

#[test]
fn the_tasks_are_told() {
    let project = told_only(KINDS);
    let json = project.wpipe(&["tasks", "--slices", "2", "--params", "message=hello", "--", "--keep-going"]);
    assert_eq!(json.code, 0, "{}", json.told());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    insta::assert_snapshot!("tasks_json", serde_json::to_string_pretty(&json).unwrap());
    insta::assert_snapshot!("tasks_text", project.wpipe(&["tasks", "--slices", "2", "--format", "text"]).stdout);
}

#[test]
fn a_task_that_is_done_is_not_done_again_and_one_whose_turn_has_not_come_does_not_begin() {
    let plant = plant();
    let tasks = plant.tasks(&["--slices", "2"]);
    let task = |id: &str| tasks.iter().find(|task| task.id == id).unwrap_or_else(|| panic!("{id}: {tasks:?}"));
    let mut told = String::new();
    let early = plant.attempt("r", task("days.slicer"));
    assert_eq!(early.code, 2, "{}", early.told());
    told.push_str(&format!("==== too early\n{}", early.stderr));
    assert_eq!(plant.attempt("r", task("greet")).code, 0);
    told.push_str(&format!("==== again\n{}", plant.attempt("r", task("greet")).told()));
    let names: Vec<_> = task("greet").arguments.iter().map(String::as_str).collect();
    let other = plant
        .lake
        .command(&plant.project, &[&names[..], &["--params", "message=bye"]].concat())
        .env("WPIPE_RUN", "r")
        .env("WPIPE_RUN_STORE", "lake:runs")
        .output()
        .unwrap();
    let other = ended(other);
    assert_eq!(other.code, 2, "{}", other.told());
    told.push_str(&format!("==== of something else\n{}", other.stderr));
    for (what, arguments) in [
        ("no such task", &["run", "--no-build", "--task", "greeet", "--run", "r", "--run-store", "lake:runs"][..]),
        ("no run", &["run", "--no-build", "--task", "greet"]),
        ("a bad name", &["run", "--no-build", "--task", "greet", "--run", "../r"]),
        ("no way to group", &["tasks", "--group-by", "tags"]),
    ] {
        let ended = plant.lake.wpipe(&plant.project, arguments);
        assert_eq!(ended.code, 2, "{what}: {}", ended.told());
        told.push_str(&format!("==== {what}\n{}", ended.stderr));
    }
    let told = told.replace(&plant.lake.server.endpoint(), "[endpoint]");
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn groups_that_would_wait_for_each_other_are_refused() {
    let tangled = KINDS.replace("tags = [\"end\"]", "tags = [\"before\"]");
    let refused = told_only(&tangled).wpipe(&["tasks", "--group-by", "tag"]);
    assert_eq!(refused.code, 2, "{}", refused.told());
    insta::assert_snapshot!(refused.stderr);
}

#[test]
fn a_run_of_tasks_is_shown_as_one_run_and_completed_on_one_machine() {
    let plant = plant();
    let tasks = plant.tasks(&["--slices", "2"]);
    let stops_at = tasks.iter().position(|task| task.id == "days.slice-1").unwrap();
    for task in &tasks[..stops_at] {
        let ended = plant.attempt("half", task);
        assert_eq!(ended.code, 0, "{}: {}", task.id, ended.told());
    }
    let shown = plant.lake.wpipe(&plant.project, &["runs", "show", "half", "--run-store", "lake:runs"]);
    assert_eq!(shown.code, 0, "{}", shown.told());
    filtered(|| insta::assert_snapshot!("half_a_run", shown.stdout));

    let resumed = ["run", "--quiet", "--no-build", "--resume", "half", "--run-store", "lake:runs"];
    let resumed = plant.lake.wpipe(&plant.project, &resumed);
    assert_eq!(resumed.code, 0, "{}", resumed.told());
    let made = plant.made();
    plant.forget();
    assert_eq!(plant.lake.wpipe(&plant.project, &["run", "--quiet", "--no-journal"]).code, 0);
    assert!(plant.made() == made);
}

#[test]
fn a_resumed_run_keeps_the_partitions_of_slices_that_were_done() {
    let plant = Plant::new(|| {
        Project::new(
            "[nodes.loud]\nuses = \"good/upper\"\ninputs = [\"raw\"]\noutputs = [\"loud\"]\n\
             [multinodes.loud]\nover = [\"raw\"]\n\
             [datasets.raw]\ntype = \"text\"\nstore = \"lake\"\npath = \"raw\"\npartitioned = true\nsuffix = \".txt\"\n\
             [datasets.loud]\ntype = \"text\"\nstore = \"lake\"\npath = \"out/loud\"\npartitioned = true\nsuffix = \".txt\"\n",
        )
    });
    for day in 1..=4 {
        plant.put(&format!("raw/{day}.txt"), &format!("day {day}"));
    }
    let tasks = plant.tasks(&["--slices", "2"]);
    for task in &tasks[..2] {
        let ended = plant.attempt("half", task);
        assert_eq!(ended.code, 0, "{}: {}", task.id, ended.told());
    }
    let events = plant.project.path("events.jsonl");
    let resumed = ["run", "--quiet", "--no-build", "--resume", "half", "--run-store", "lake:runs", "--events"];
    let resumed = plant.lake.wpipe(&plant.project, &[&resumed[..], &[events.to_str().unwrap()]].concat());
    assert_eq!(resumed.code, 0, "{}", resumed.told());
    let events = fs::read_to_string(events).unwrap();
    let called: Vec<_> = events.lines().filter(|line| line.contains("node_started")).collect();
    assert_eq!(called.len(), 2, "{called:?}");
    assert_eq!(plant.made().len(), 4);
}
