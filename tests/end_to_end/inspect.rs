//! `wpipe inspect --run`: what a run did with a dataset.

use serde_json::Value;

use crate::support::Project;

/// A table that is doubled twice; what is between lives in memory.
fn project() -> Project {
    let project = Project::new(
        "
[nodes.first]
uses = \"good/double\"
inputs = [\"flowers\"]
outputs = [\"between\"]

[nodes.second]
uses = \"good/double\"
inputs = [\"between\"]
outputs = [\"larger\"]

[nodes.third]
uses = \"good/double\"
inputs = [\"between\"]
outputs = [\"kept\"]

[datasets.flowers]
type = \"csv\"
path = \"flowers.csv\"

[datasets.larger]
type = \"csv\"
path = \"larger.csv\"

[datasets.kept]
type = \"csv\"
path = \"kept.csv\"
versioned = true
",
    );
    project.write("flowers.csv", "length\n1.5\n2.25\n");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    project
}

fn told(project: &Project, arguments: &[&str]) -> String {
    let inspected = project.wpipe(&[&["inspect"], arguments].concat());
    assert_eq!(inspected.code, 0, "{}", inspected.told());
    inspected.stdout
}

#[test]
fn a_run_tells_where_it_saved_a_dataset_and_that_it_is_still_there() {
    let told = told(&project(), &["larger", "--run"]);
    assert!(told.contains("(completed):\n") && told.contains("saved to larger.csv (csv, "), "{told}");
    assert!(told.contains("handed over by") && told.contains("the place has the same now"), "{told}");
    assert!(told.contains("made by second") && told.contains("2 rows"), "{told}");
}

#[test]
fn a_run_tells_where_it_loaded_a_dataset_from() {
    let told = told(&project(), &["flowers", "--run"]);
    assert!(told.contains("loaded from flowers.csv (csv, ") && told.contains("the place has the same now"), "{told}");
}

#[test]
fn what_was_replaced_since_the_run_is_told() {
    let project = project();
    project.write("larger.csv", "length\n7.0\n");
    assert!(told(&project, &["larger", "--run"]).contains("the place has something else now"));
}

#[test]
fn what_is_gone_since_the_run_is_told() {
    let project = project();
    std::fs::remove_file(project.path("larger.csv")).expect("removed");
    let inspected = project.wpipe(&["inspect", "larger", "--run"]);
    assert!(inspected.stdout.contains("there is nothing any more"), "{}", inspected.told());
    assert_ne!(inspected.code, 0);
}

#[test]
fn what_lived_in_memory_is_known_by_the_journal() {
    let project = project();
    let told = told(&project, &["between", "--run"]);
    assert!(told.contains("made in memory, ") && told.contains("kept nowhere"), "{told}");
    let without = project.wpipe(&["inspect", "between"]);
    assert_eq!(without.code, 2, "{}", without.told());
}

#[test]
fn the_version_of_the_run_is_looked_into() {
    let project = project();
    let latest =
        || -> Value { serde_json::from_str(&told(&project, &["kept", "--run", "--format", "json"])).expect("JSON") };
    let first = latest();
    project.write("flowers.csv", "length\n10\n");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    assert_eq!(latest()["rows"], 1);
    let run = first["run"]["id"].as_str().expect("an id");
    let again = told(&project, &["kept", "--run", run, "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&again).expect("JSON"), first);
    assert_eq!((&first["rows"], &first["run"]["since"]), (&2.into(), &"unchanged".into()));
}

#[test]
fn a_dataset_that_the_run_did_not_touch_is_told() {
    let project = project();
    assert_eq!(project.wpipe(&["run", "--quiet", "--nodes", "first"]).code, 0);
    let inspected = project.wpipe(&["inspect", "larger", "--run"]);
    assert_eq!(inspected.code, 1, "{}", inspected.told());
    assert!(inspected.stderr.contains("neither read nor made `larger`"), "{}", inspected.told());
}
