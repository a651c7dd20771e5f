//! The Iris example: what a newcomer sees first.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Ended, ended, filtered, wpipe};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/iris/pipeline.toml");

fn iris(command: &str, arguments: &[&str]) -> Ended {
    // So that no test sees cargo at work.
    assert!(wpipe(&["build", MANIFEST]).output().unwrap().status.success());
    let all: Vec<_> = [command, MANIFEST].into_iter().chain(arguments.iter().copied()).collect();
    ended(wpipe(&all).output().unwrap())
}

#[test]
fn iris_learns_and_tells_its_accuracy() {
    // One thing at a time, so that the lines come in one order.
    let run = iris("run", &["--runner", "sequential", "--persist", "cache"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    filtered(|| insta::assert_snapshot!(run.told()));
    let told = run.stderr.split("model accuracy on test set: ").nth(1).expect("the accuracy is told");
    let accuracy: f64 = told.split('%').next().unwrap().parse().unwrap();
    assert!(accuracy >= 90.0, "{accuracy} %");
    assert!(Path::new(MANIFEST).with_file_name("data/out/model.archive").exists());
}

#[test]
fn events_tell_every_step_with_bytes_and_durations() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("events.jsonl");
    let run = iris("run", &["--quiet", "--persist", "cache", "--events", path.to_str().unwrap()]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    let text = fs::read_to_string(&path).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let named = |name: &str| events.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();

    assert_eq!(events[0]["event"], "run_started");
    assert_eq!(events.last().unwrap()["event"], "run_completed");
    assert!(events.iter().all(|event| event["run"] == events[0]["run"] && event["time"].is_string()));
    assert_eq!((named("node_started").len(), named("node_completed").len()), (4, 4));
    assert!(named("node_completed").iter().all(|event| event["seconds"].as_f64().unwrap() > 0.0));
    let [loaded] = named("load_completed")[..] else { panic!("only the CSV is loaded: {text}") };
    assert_eq!(loaded["dataset"], "iris");
    assert!(loaded["bytes"].as_u64().unwrap() > 150 * 4 * 8);
    let [saved] = named("save_completed")[..] else { panic!("only the model is saved: {text}") };
    assert_eq!(saved["dataset"], "model");
    assert_eq!(named("dataset_produced").len(), 6);
    let released: Vec<_> = named("dataset_released").iter().map(|event| event["dataset"].as_str().unwrap()).collect();
    assert_eq!(
        released,
        ["iris", "train_x", "train_y", "model", "test_x", "predictions", "test_y"],
        "each with its last reader"
    );
}

#[test]
fn the_plan_needs_no_component() {
    let plan = iris("plan", &["--format", "json"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let json: Value = serde_json::from_str(&plan.stdout).unwrap();
    insta::assert_snapshot!("plan_json", serde_json::to_string_pretty(&json).unwrap());
    insta::assert_snapshot!("plan_text", iris("plan", &[]).stdout);
}

#[test]
fn everything_is_in_order() {
    let check = iris("check", &[]);
    assert_eq!(check.code, 0, "{}", check.stderr);
    assert!(check.stdout.ends_with("is in order: 4 nodes, 7 datasets\n"), "{}", check.stdout);
}
