//! What is made of recorded runs: why two differ, traces, and that old ones go. And the schema for editors.

use serde_json::Value;

use crate::support::{Ended, Project};

const MANIFEST: &str = "
[params]
word = \"bad\"

[nodes.check]
uses = \"good/fail_on\"
inputs = [\"text\", \"params:word\"]
outputs = [\"checked\"]

[nodes.pass]
uses = \"good/pass_text\"
inputs = [\"checked\"]
outputs = [\"end\"]

[datasets.text]
type = \"text\"
path = \"text.txt\"

[datasets.end]
type = \"text\"
path = \"end.txt\"
";

fn project() -> Project {
    let project = Project::new(MANIFEST);
    project.write("text.txt", "good");
    project
}

fn run(project: &Project, arguments: &[&str]) -> Ended {
    let ended = project.wpipe(&[&["run", "--quiet"], arguments].concat());
    assert_eq!(ended.code, 0, "{}", ended.told());
    ended
}

fn runs(project: &Project) -> Vec<String> {
    let list = project.wpipe(&["runs", "list"]).stdout;
    list.lines().skip(1).filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn two_runs_differ_for_reasons() {
    let project = project();
    run(&project, &[]);
    project.write("text.txt", "better");
    run(&project, &["--params", "word=worse"]);
    let runs = runs(&project);
    let diff = project.wpipe(&["runs", "diff", &runs[0], &runs[1]]);
    assert!(diff.stdout.contains("why it differs"), "{}", diff.told());
    assert!(diff.stdout.contains("`params:word` changed"), "{}", diff.told());
    assert!(diff.stdout.contains("`text` changed"), "{}", diff.told());
    let same = project.wpipe(&["runs", "diff", &runs[1], &runs[1]]);
    assert!(!same.stdout.contains("why it differs"), "{}", same.told());
}

#[test]
fn journals_of_old_runs_go_and_the_latest_stays() {
    let project = project();
    (0..3).for_each(|_| drop(run(&project, &[])));
    let all = runs(&project);
    let would = project.wpipe(&["runs", "prune", "--keep", "1", "--dry-run"]);
    assert_eq!((would.code, would.stdout.lines().collect::<Vec<_>>()), (0, vec![all[0].as_str(), &all[1]]));
    assert_eq!(runs(&project), all);

    let young = project.wpipe(&["runs", "prune", "--older-than", "1d"]);
    assert_eq!((young.code, young.stderr.as_str()), (0, "0 runs removed\n"));
    let pruned = project.wpipe(&["runs", "prune", "--keep", "2"]);
    assert_eq!((pruned.code, pruned.stderr.as_str()), (0, "1 run removed\n"));
    assert_eq!(runs(&project), all[1..]);
    assert_eq!(project.wpipe(&["runs", "prune", "--keep", "0"]).code, 0);
    assert_eq!(runs(&project), all[2..], "the latest stays");

    assert_eq!(project.wpipe(&["runs", "prune"]).code, 2);
    let wrong = project.wpipe(&["runs", "prune", "--older-than", "soon"]);
    assert_eq!((wrong.code, wrong.stderr.contains("such as `30d`")), (2, true), "{}", wrong.told());
}

/// A project whose manifest keeps these journals.
fn keeping(keys: &str) -> Project {
    let project = Project::new(&format!("[history]\n{keys}\n{MANIFEST}"));
    project.write("text.txt", "good");
    project
}

#[test]
fn journals_that_the_manifest_does_not_keep_go_when_a_run_ends() {
    let project = keeping("keep_runs = 2");
    run(&project, &[]);
    let first = runs(&project);
    (0..3).for_each(|_| drop(run(&project, &[])));
    let left = runs(&project);
    assert_eq!(left.len(), 2);
    assert!(!left.contains(&first[0]));
}

#[test]
fn journals_that_are_young_or_of_another_manifest_stay() {
    for keys in ["keep_days = 30", "keep_runs = 1\nkeep_days = 30"] {
        let project = keeping(keys);
        (0..3).for_each(|_| drop(run(&project, &[])));
        assert_eq!(runs(&project).len(), 3, "{keys}");
    }
    let project = keeping("keep_runs = 1");
    project.write("other.toml", project.read("pipeline.toml").replace("keep_runs = 1", ""));
    (0..2).for_each(|_| drop(run(&project, &["other.toml"])));
    (0..2).for_each(|_| drop(run(&project, &[])));
    assert_eq!(runs(&project).len(), 3);
}

#[test]
fn the_latest_journal_stays_whatever_the_manifest_keeps() {
    let project = keeping("keep_runs = 0\nkeep_days = 0");
    project.write("text.txt", "bad");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    project.write("text.txt", "good");
    let resumed = project.wpipe(&["run", "--resume", "--quiet"]);
    assert_eq!(resumed.code, 0, "{}", resumed.told());
    assert_eq!(runs(&project).len(), 1);
}

#[test]
fn a_run_is_written_as_a_trace() {
    let project = project();
    run(&project, &["--trace", "trace.json"]);
    let trace: Value = serde_json::from_str(&project.read("trace.json")).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let of = |category: &str| -> Vec<&str> {
        let found = events.iter().filter(|event| event["cat"] == category);
        found.map(|event| event["name"].as_str().unwrap()).collect()
    };
    assert_eq!((of("call"), of("load"), of("save")), (vec!["check", "pass"], vec!["text"], vec!["end"]));
    let complete = events.iter().filter(|event| event["ph"] == "X");
    assert!(complete.clone().all(|event| event["ts"].is_f64() && event["dur"].is_f64()), "{trace}");
    assert_eq!(complete.count(), 4);
    let told = project.wpipe(&["runs", "trace"]).stdout;
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), trace);

    let refused = project.wpipe(&["run", "--trace", "text.txt"]);
    assert_eq!((refused.code, project.read("text.txt").as_str()), (2, "good"), "{}", refused.told());
}

#[test]
fn editors_get_a_schema() {
    let told = project().wpipe(&["schema"]);
    assert_eq!(told.code, 0, "{}", told.told());
    let schema: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    let dataset = &schema["definitions"]["datasets.NAME"]["properties"];
    assert!(dataset["type"]["enum"].as_array().unwrap().contains(&"parquet".into()), "{dataset}");
    assert!(dataset["versioned"]["description"].as_str().unwrap().contains("`versioned = true`"), "{dataset}");
}
