//! What a person is told of sets that are not what they may be taken for.

use std::fs;

use crate::support::{Project, filtered};

/// `raw ─► check ─► out ─┆─► see ─► all`, of the texts of `raw` those that hold `bad` fail.
const MANIFEST: &str = "
[params]
word = \"bad\"

[multinodes.check]
over = [\"raw\"]
slices = 1
on_partition_error = \"skip\"
allow_incomplete = true
KEYS
[nodes.check]
uses = \"good/fail_on\"
inputs = [\"raw\", \"params:word\"]
outputs = [\"out\"]

[nodes.see]
uses = \"good/concat_texts\"
inputs = [\"out\"]
outputs = [\"all\"]

[datasets.raw]
type = \"text\"
path = \"raw\"
partitioned = true
OF_RAW
[datasets.out]
type = \"text\"
path = \"out\"
partitioned = true
prune = true

[datasets.all]
type = \"text\"
path = \"all.txt\"
";

fn project(keys: &str, of_raw: &str, raw: &[(&str, &str)]) -> Project {
    let project = Project::new(&MANIFEST.replace("KEYS", keys).replace("OF_RAW", of_raw));
    for (id, text) in raw {
        project.write(&format!("raw/{id}"), text);
    }
    project
}

/// What a run says.
fn run(project: &Project, flags: &[&str]) -> String {
    let all = ["run", "--runner", "sequential", "--persist", "cache"];
    let ended = project.wpipe(&all.iter().chain(flags).copied().collect::<Vec<_>>());
    assert_eq!(ended.code, 0, "{}", ended.told());
    ended.stderr
}

#[test]
fn results_that_a_checkpoint_leaves_out_and_that_are_gone_are_told() {
    let project = project("", "checkpoint = true", &[("1", "good"), ("2", "good"), ("3", "good")]);
    run(&project, &[]);
    fs::remove_dir_all(project.path("out")).unwrap();
    let told = run(&project, &[]);
    assert_eq!(project.read("all.txt"), "");
    filtered(|| insta::assert_snapshot!(told));
    fs::remove_file(project.path("raw/.wpipe/checkpoint.json")).unwrap();
    run(&project, &["--quiet"]);
    assert_eq!(project.read("all.txt"), "1=good\n2=good\n3=good\n", "as the warning says");
}

#[test]
fn whoever_reads_an_incomplete_set_is_told() {
    let project = project("", "", &[("1", "good"), ("2", "bad"), ("3", "bad")]);
    // The run that makes it says so at its barrier, and need not say it again.
    let own = run(&project, &[]);
    assert!(own.contains("Found 1 partition of out") && !own.contains("incomplete"), "{own}");
    let told = run(&project, &["--nodes", "see"]);
    assert_eq!(project.read("all.txt"), "1=good\n");
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn what_configure_matches_and_is_not_there_is_told() {
    let keys =
        "configure = [{ match = \"2024/{day}\", skip = true }, { match = \"1\", params = { word = \"worse\" } }]";
    filtered(|| {
        insta::assert_snapshot!(run(&project(keys, "", &[("1", "bad"), ("2", "good")]), &["--to-nodes", "check"]))
    });
}

#[test]
fn what_is_pruned_is_told() {
    let project = project("", "", &[("1", "good"), ("2", "good"), ("3", "good")]);
    assert!(!run(&project, &[]).contains("Removed"), "there was nothing before");
    for id in ["1", "3"] {
        fs::remove_file(project.path(&format!("raw/{id}"))).unwrap();
    }
    let told = run(&project, &["--to-nodes", "check"]);
    assert!(!project.path("out/1").exists() && project.path("out/2").exists());
    filtered(|| insta::assert_snapshot!(told));
    assert!(!run(&project, &[]).contains("Removed"), "nothing is stale any more");
}
