//! `wpipe catalog`: where every dataset is, and what is there.

use serde_json::Value;

use crate::lake::Lake;
use crate::support::{Ended, Project, filtered};

/// A set that a run makes and one that others fill, a versioned text, a text that nobody has made, and an entry that no
/// node uses.
const MANIFEST: &str = "
[params]
word = \"bad\"

[multinodes.check]
over = [\"raw\"]
on_partition_error = \"skip\"
allow_incomplete = true

[nodes.check]
uses = \"good/fail_on\"
inputs = [\"raw\", \"params:word\"]
outputs = [\"checked\"]

[nodes.see]
uses = \"good/concat_texts\"
inputs = [\"checked\"]
outputs = [\"all\"]

[nodes.pass]
uses = \"good/pass_text\"
inputs = [\"all\"]
outputs = [\"hidden\"]

[nodes.last]
uses = \"good/pass_text\"
inputs = [\"hidden\"]
outputs = [\"end\"]

[datasets.raw]
type = \"text\"
path = \"raw\"
partitioned = true
suffix = \".txt\"
checkpoint = true

[datasets.checked]
type = \"text\"
path = \"checked\"
partitioned = true
suffix = \".txt\"

[datasets.all]
type = \"text\"
path = \"all.txt\"
versioned = true

[datasets.end]
type = \"text\"
path = \"end.txt\"

[datasets.spare]
type = \"csv\"
path = \"spare.csv\"

[datasets.\"region_{name}\"]
type = \"csv\"
path = \"regions/{name}.csv\"
";

fn project() -> Project {
    let project = Project::new(MANIFEST);
    for (id, text) in [("a", "good"), ("b/1", "bad"), ("c", "good")] {
        project.write(&format!("raw/{id}.txt"), text);
    }
    project.write("raw/notes.md", "what others keep there");
    project
}

fn json(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{}", ended.told());
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn every_dataset_is_listed_with_its_place_and_whether_it_is_there() {
    let project = project();
    let mut told = format!("==== before a run\n{}", project.wpipe(&["catalog", "list"]).told());
    assert_eq!(project.wpipe(&["run", "--quiet", "--to-nodes", "see"]).code, 0);
    told.push_str(&format!("==== after it\n{}", project.wpipe(&["catalog", "list"]).told()));
    filtered(|| insta::assert_snapshot!(told));
    let list = json(&project.wpipe(&["catalog", "list", "--format", "json"]));
    let row = |name: &str| list.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!((row("checked")["bytes"].clone(), row("checked")["state"].clone()), (8.into(), "incomplete".into()));
    assert_eq!((row("end")["state"].clone(), row("hidden")["state"].clone()), ("absent".into(), "in_memory".into()));
    assert_eq!((row("spare")["role"].clone(), row("raw")["partitioned"].clone()), (Value::Null, true.into()));
}

#[test]
fn what_is_at_the_root_of_a_set_is_described() {
    let project = project();
    assert_eq!(project.wpipe(&["run", "--quiet", "--to-nodes", "see"]).code, 0);
    project.write("checked/zz.txt", "put there by hand");
    project.write("checked/.wpipe/2026-01-01T00.00.00.000Z/c.txt", "left behind");
    std::fs::remove_file(project.path("checked/a.txt")).unwrap();
    let told = project.wpipe(&["catalog", "describe"]).told();
    filtered(|| insta::assert_snapshot!("describe", told));
    let described = json(&project.wpipe(&["catalog", "describe", "checked", "raw", "all", "--format", "json"]));
    let [checked, raw, all] = &described.as_array().unwrap()[..] else { panic!("{described}") };
    assert_eq!(checked["set"]["missing"]["b/1"], "node `check` failed: found `bad` in the text");
    assert_eq!(checked["set"]["gone"], serde_json::json!(["a"]));
    assert_eq!(checked["set"]["stale"], serde_json::json!([{ "name": "zz", "bytes": 17 }]));
    assert_eq!(checked["set"]["staged"]["2026-01-01T00.00.00.000Z"]["partitions"], 1);
    assert_eq!((raw["set"]["has_manifest"].clone(), raw["checkpoint"].clone()), (false.into(), "a".into()));
    assert_eq!(all["versions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_name_is_found_by_pattern_or_what_it_may_have_meant_is_said() {
    let project = project();
    project.write("regions/north.csv", "x\n1\n");
    let described = json(&project.wpipe(&["catalog", "describe", "region_north", "--format", "json"]));
    assert_eq!((described[0]["bytes"].clone(), described[0]["type"].clone()), (4.into(), "csv".into()));
    let unknown = project.wpipe(&["catalog", "describe", "raw", "cheked"]);
    assert_eq!(
        (unknown.code, unknown.stdout.as_str(), unknown.stderr.as_str()),
        (2, "", "error: there is no dataset `cheked`: did you mean `checked`?\n")
    );
    let nothing_alike = project.wpipe(&["catalog", "describe", "weather"]);
    let names = "datasets: `all`, `checked`, `end`, `hidden`, `raw`, `spare`";
    assert_eq!(nothing_alike.stderr, format!("error: there is no dataset `weather`: {names}\n"));
}

#[test]
fn what_a_store_does_not_say_is_told_and_the_rest_is_shown() {
    let lake = Lake::new();
    let store = Lake::store(&lake.server.endpoint(), lake.server.bucket(), 1);
    let manifest = MANIFEST.replacen("path = \"raw\"", "store = \"lake\"\npath = \"raw\"", 1);
    let project = Project::new(&(store + &manifest));
    let mut list = lake.command(&project, &["catalog", "list"]);
    let list = crate::support::ended(list.env("LAKE_SECRET", "hush/not-the-secret").output().unwrap());
    assert_eq!(list.code, 2, "{}", list.told());
    assert!(!list.told().contains("hush/not-the-secret"), "{}", list.told());
    let told = list.told().replace(&lake.server.endpoint(), "[endpoint]");
    filtered(|| insta::assert_snapshot!(told));
    let there = lake.wpipe(&project, &["catalog", "describe", "raw"]);
    assert_eq!((there.code, there.stdout.contains("there is nothing")), (0, true), "{}", there.told());
}

/// A table of three partitions, in which `x` is whole, broken and missing, and one that a pattern of columns declares.
const SALES: &str = "
[nodes.double]
uses = \"good/double\"
inputs = [\"one\"]
outputs = [\"doubled\"]

[datasets.one]
type = \"csv\"
path = \"one.csv\"

[datasets.doubled]
type = \"csv\"
path = \"doubled.csv\"

[datasets.sales]
type = \"csv\"
path = \"sales\"
partitioned = true
suffix = \".csv\"
";

fn sales() -> Project {
    let project = Project::new(SALES);
    project.write("one.csv", "x\n1.5\n");
    for (id, text) in [
        ("a", "x,day,note\n1,2024-01-01,\n2,2024-01-02,\n"),
        ("b", "x,day,\"odd \"\"name\"\"\"\n1.5,2024-01-03,7\n"),
        ("c", "x,day,note\n"),
        ("d", "day,note\n2024-01-04,\n"),
    ] {
        project.write(&format!("sales/{id}.csv"), text);
    }
    project
}

#[test]
fn the_types_of_what_is_stored_are_printed_to_be_pasted() {
    let project = sales();
    let told = project.wpipe(&["catalog", "schema", "sales"]);
    assert_eq!(told.code, 0, "{}", told.told());
    filtered(|| insta::assert_snapshot!(told.stdout));

    // What is pasted is what the next look finds.
    let pasted = project.read("pipeline.toml") + "\n" + &told.stdout;
    project.write("pipeline.toml", pasted);
    let json = project.wpipe(&["catalog", "schema", "sales", "--format", "json"]);
    assert_eq!(json.code, 0, "{}", json.told());
    let schema: Value = serde_json::from_str(&json.stdout).expect("JSON");
    let types: Vec<_> =
        schema[0]["columns"].as_array().expect("columns").iter().map(|column| &column["type"]).collect();
    assert_eq!(types, ["f64", "date", "text", "i64"]);
    assert_eq!((&schema[0]["rows"], &schema[0]["partitions"]), (&Value::from(4), &Value::from(4)));
}

#[test]
fn what_has_no_columns_is_told() {
    let project = sales();
    for (dataset, code) in [("doubled", 1), ("slaes", 2)] {
        let told = project.wpipe(&["catalog", "schema", dataset]);
        assert_eq!(told.code, code, "{}", told.told());
        assert!(told.stderr.contains(dataset), "{}", told.told());
    }
    assert_eq!(project.wpipe(&["catalog", "schema"]).code, 2);
}

#[test]
fn a_stored_table_is_looked_into() {
    let project = sales();
    project.write("one.csv", "x\n1.5\nNaN\n-2\n");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    let mut told = String::new();
    for arguments in [
        &["inspect", "doubled"][..],
        &["inspect", "doubled", "--stats", "--rows", "1"],
        &["inspect", "doubled", "--format", "csv"],
        &["inspect", "sales", "--partition", "b", "--stats"],
        &["inspect", "sales", "--partition", "z"],
        &["inspect", "one", "--partition", "z"],
    ] {
        told += &format!("==== {}\n{}", arguments.join(" "), project.wpipe(arguments).told());
    }
    filtered(|| insta::assert_snapshot!(told));
    let json = json(&project.wpipe(&["inspect", "sales", "--stats", "--format", "json"]));
    assert_eq!((&json["partition"], &json["partitions"], &json["rows"]), (&"a".into(), &4.into(), &2.into()));
    assert_eq!((&json["columns"][0]["max"], &json["head"][1][1]), (&"2".into(), &"2024-01-02".into()));
    assert_eq!(project.wpipe(&["inspect", "slaes"]).code, 2);
}
