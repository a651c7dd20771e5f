//! Multipipelines by the command: what a person sees of partitions, and how a run goes on with those that are left.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use serde_json::Value;

use crate::processes::{interrupt, start, wait_for};
use crate::support::{Ended, Project, ended, filtered, wpipe};

/// `raw ─► check ─► shout ─► loud ─┆─► see ─► all`: of the texts of `raw`, those that hold `bad` fail.
const MANIFEST: &str = "
[params]
word = \"bad\"

[multipipelines.m]
nodes = [\"check\", \"shout\"]
over = [\"raw\"]
KEYS
[nodes.check]
uses = \"good/fail_on\"
inputs = [\"raw\", \"params:word\"]
outputs = [\"checked\"]

[nodes.shout]
uses = \"good/upper\"
inputs = [\"checked\"]
outputs = [\"loud\"]

[nodes.see]
uses = \"good/concat_texts\"
inputs = [\"loud\"]
outputs = [\"all\"]

[datasets.raw]
type = \"text\"
path = \"raw\"
partitioned = true
suffix = \".txt\"

[datasets.loud]
type = \"text\"
path = \"loud\"
partitioned = true
suffix = \".txt\"

[datasets.all]
type = \"text\"
path = \"all.txt\"
";

/// As many partitions, of which some are bad.
fn project(number: usize, bad: &[usize], keys: &str) -> Project {
    let project = Project::new(&MANIFEST.replace("KEYS", keys));
    for index in 0..number {
        project.write(&format!("raw/p{index}.txt"), if bad.contains(&index) { "bad" } else { "good" });
    }
    project
}

/// A run whose lines come in one order.
fn run(project: &Project, arguments: &[&str]) -> Ended {
    let all = ["run", "--runner", "sequential", "--persist", "cache"];
    project.wpipe(&all.iter().chain(arguments).copied().collect::<Vec<_>>())
}

/// The partitions of a node's calls, by the events of a run.
fn called(events: &str, node: &str) -> BTreeSet<String> {
    of_events(events, "node_started", "node", node)
}

/// The partitions in the events of one name, about one thing.
fn of_events(events: &str, name: &str, key: &str, about: &str) -> BTreeSet<String> {
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let meant = events.filter(|event| event["event"] == name && event[key] == about);
    meant.filter_map(|event| Some(event["partition"].as_str()?.to_owned())).collect()
}

#[test]
fn a_run_tells_of_each_of_three_partitions() {
    let project = project(3, &[], "slices = 2");
    let told = run(&project, &[]);
    assert_eq!(project.read("all.txt"), "p0=GOOD\np1=GOOD\np2=GOOD\n");
    filtered(|| insta::assert_snapshot!(told.told()));
}

#[test]
fn a_run_over_many_partitions_tells_how_far_it_is() {
    let project = project(200, &(0..100).collect::<Vec<_>>(), "on_partition_error = \"skip\"");
    let ended = run(&project, &[]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    let lines = |text: &str| ended.stderr.lines().filter(|line| line.contains(text)).count();
    // Each twentieth part of the way, and no more than one a second.
    assert!((1..=20).contains(&lines("Worked on")), "{}", ended.told());
    assert_eq!((lines(" partition p"), lines("ERROR Node check")), (0, 20), "{}", ended.told());
    assert!(ended.stderr.contains("100 of 200 partitions of multipipeline `m` failed"), "{}", ended.told());
    assert!(ended.stderr.contains("  `p0`, `p1`, `p10` and 97 more: node `check` failed"), "{}", ended.told());
    assert!(ended.stderr.lines().count() < 70, "{}", ended.told());
    let show = project.wpipe(&["runs", "show"]).stdout;
    assert!((0..100).all(|index| show.contains(&format!("  p{index} "))), "{show}");
    let verbose = run(&project, &["--verbose"]);
    assert_eq!(verbose.stderr.matches("ERROR Node check").count(), 100);
}

#[test]
fn a_partition_that_fails_is_told_once_at_the_end_with_how_to_go_on() {
    let mut told = String::new();
    for keys in ["slices = 1", "slices = 1\non_partition_error = \"skip\""] {
        let project = project(5, &[1, 3], keys);
        let ended = run(&project, &[]);
        assert_eq!(ended.code, 1, "{}", ended.told());
        told.push_str(&format!("==== {keys}\n{}", ended.told()));
    }
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn an_incomplete_set_is_a_success_only_where_that_is_said() {
    for (keys, flags, code) in [
        ("", &[][..], 1),
        ("", &["--allow-incomplete"], 0),
        ("on_partition_error = \"skip\"", &[], 1),
        ("on_partition_error = \"skip\"", &["--allow-incomplete"], 0),
        ("on_partition_error = \"skip\"\nallow_incomplete = true", &[], 0),
    ] {
        let project = project(4, &[2], keys);
        let arguments: Vec<_> = ["--quiet"].iter().chain(flags).copied().collect();
        let ended = run(&project, &arguments);
        assert_eq!(ended.code, code, "{keys} {flags:?}: {}", ended.told());
        let warning = "warning: 1 of 4 partitions of multipipeline `m` failed, and are missing in what it made:\n  \
                       `p2`: node `check` failed: found `bad` in the text\n";
        assert_eq!(ended.stderr.contains(warning), code == 0, "{}", ended.told());
        if code == 0 {
            assert_eq!(project.read("all.txt"), "p0=GOOD\np1=GOOD\np3=GOOD\n");
        }
    }
}

#[test]
fn a_resumed_run_makes_no_partition_again() {
    for keys in ["slices = 2", "slices = 2\non_partition_error = \"skip\""] {
        let project = project(8, &[7], keys);
        let failed = run(&project, &["--events", "first"]);
        assert_eq!(failed.code, 1, "{}", failed.told());
        assert!(failed.stderr.ends_with("wpipe run pipeline.toml --resume\n"), "{}", failed.told());
        let saved = of_events(&project.read("first"), "partition_saved", "dataset", "loud");
        assert!(!saved.is_empty() && !saved.contains("p7"), "{saved:?}");

        project.write("raw/p7.txt", "mended");
        let resumed = run(&project, &["--resume", "--events", "second"]);
        assert_eq!(resumed.code, 0, "{}", resumed.told());
        let again = called(&project.read("second"), "shout");
        assert!(again.is_disjoint(&saved), "{again:?} were made again of {saved:?}");
        assert_eq!(again.len() + saved.len(), 8);
        assert_eq!(project.read("all.txt").matches("GOOD").count(), 7);
        assert!(project.read("all.txt").ends_with("p7=MENDED\n"));
        let nothing = run(&project, &["--resume"]);
        assert!(nothing.stdout.contains("nothing is left of run"), "{}", nothing.told());
    }
}

#[test]
fn a_set_that_no_run_has_completed_is_said_to_be_unfinished() {
    let project = project(3, &[1], "slices = 1");
    assert_eq!(run(&project, &["--quiet"]).code, 1);
    let (list, described) = (project.wpipe(&["catalog", "list"]), project.wpipe(&["catalog", "describe", "loud"]));
    filtered(|| insta::assert_snapshot!(format!("{}{}", list.told(), described.told())));
}

#[test]
fn an_incremental_run_makes_the_partitions_that_changed() {
    let project = project(6, &[], "slices = 2");
    assert_eq!(run(&project, &["--quiet", "--incremental"]).code, 0);
    project.write("raw/p4.txt", "changed");
    let changed = run(&project, &["--incremental", "--events", "events"]);
    assert_eq!(changed.code, 0, "{}", changed.told());
    assert_eq!(called(&project.read("events"), "shout"), BTreeSet::from(["p4".to_owned()]));
    let left_out = "INFO  Leaving out 5 partitions (done already): p0, p1, p2 and 2 more\n";
    assert!(changed.stderr.contains(left_out), "{}", changed.told());
    assert_eq!(project.read("all.txt"), "p0=GOOD\np1=GOOD\np2=GOOD\np3=GOOD\np4=CHANGED\np5=GOOD\n");
    let nothing = run(&project, &["--incremental"]);
    assert_eq!(nothing.stdout, "nothing to run: the results of all 3 nodes are there\n", "{}", nothing.told());
}

#[test]
fn a_run_is_resumed_where_a_multipipeline_has_the_name_of_a_node() {
    let project = project(3, &[1], "");
    let manifest = project.read("pipeline.toml").replace("multipipelines.m", "multipipelines.see");
    project.write("pipeline.toml", manifest);
    assert_eq!(run(&project, &["--quiet"]).code, 1);
    project.write("raw/p1.txt", "mended");
    let resumed = run(&project, &["--resume"]);
    assert_eq!(resumed.code, 0, "{}", resumed.told());
}

#[test]
fn runs_tell_their_slices_and_partitions() {
    let project = project(5, &[1], "slices = 2\non_partition_error = \"skip\"\nfilter = { glob = \"p[123]\" }");
    assert_eq!(run(&project, &[]).code, 1);
    project.write("raw/p1.txt", "mended");
    assert_eq!(run(&project, &["--resume"]).code, 0);
    let list = project.wpipe(&["runs", "list"]).stdout;
    let first = list.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let show = project.wpipe(&["runs", "show", &first]);
    let json: Value =
        serde_json::from_str(&project.wpipe(&["runs", "show", &first, "--format", "json"]).stdout).unwrap();
    let multipipelines = serde_json::to_string_pretty(&json["multipipelines"]).unwrap();
    let told = format!("==== list\n{list}==== show\n{}==== json\n{multipipelines}\n", show.stdout);
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn an_interrupted_run_keeps_what_it_has_written() {
    const ALL: usize = 200;
    let project = project(ALL, &[], "slices = 2");
    let manifest = project.read("pipeline.toml");
    project.write(
        "pipeline.toml",
        manifest.replace("path = \"loud\"\n", "path = \"loud\"\ndelay = { save = \"50ms\" }\n"),
    );
    let (mut child, mut events) = start(project.command(&["run", "--runner", "sequential"]));
    wait_for(&mut events, "partition_saved", "loud");
    interrupt(&child);
    events.read_to_string(&mut String::new()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let list = project.wpipe(&["runs", "list", "--manifest", "pipeline.toml"]).stdout;
    let row: Vec<_> = list.lines().nth(1).unwrap().split_whitespace().collect();
    let journal = project.read(&format!(".wpipe/runs/{}/events.jsonl", row[0]));
    let saved = of_events(&journal, "partition_saved", "dataset", "loud");
    assert!(!saved.is_empty() && saved.len() < ALL, "{saved:?}");
    assert_eq!(of_events(&journal, "partition_completed", "multipipeline", "m"), saved);
    assert_eq!((row[2], row[6]), ("interrupted", saved.len().to_string().as_str()), "{list}");
    let show = project.wpipe(&["runs", "show"]).stdout;
    assert!(show.lines().any(|line| line.split_whitespace().eq(["state", "interrupted"])), "{show}");

    project.write("pipeline.toml", manifest);
    let resumed = run(&project, &["--resume", "--events", "second"]);
    assert_eq!(resumed.code, 0, "{}", resumed.told());
    assert!(called(&project.read("second"), "shout").is_disjoint(&saved), "{}", resumed.told());
    assert_eq!(project.read("all.txt").lines().count(), ALL);
}

#[test]
fn what_is_wrong_with_a_multipipeline_is_told_before_anything_runs() {
    let mut told = String::new();
    let mut note = |what: &str, ended: Ended| {
        assert_eq!(ended.code, 2, "{}", ended.told());
        told.push_str(&format!("==== {what}\n{}", ended.stderr));
    };
    let over = project(1, &[], "");
    over.write("pipeline.toml", over.read("pipeline.toml").replace("over = [\"raw\"]", "over = [\"rwa\"]"));
    note("a misspelled dataset", over.wpipe(&["run"]));
    let pointless = project(1, &[], "allow_incomplete = true\n");
    note("a key that means nothing", pointless.wpipe(&["run"]));
    note("no such node", project(1, &[], "").wpipe(&["run", "--nodes", "chekc"]));
    note("a selection of nothing", project(1, &[], "").wpipe(&["run", "--nodes", "m", "--exclude", "check,shout"]));
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn a_partition_that_cannot_be_written_is_named_with_the_reason() {
    const ROOM: u64 = 200_000;
    let project = project(3, &[], "slices = 1\non_partition_error = \"skip\"");
    assert_eq!(run(&project, &["--quiet"]).code, 0);
    let run = ["run", "--quiet", "--runner", "sequential", "--no-journal"];

    // A file may not be larger than that: as if the disk were full, for one partition.
    project.write("raw/p1.txt", "x".repeat(2 * ROOM as usize));
    let mut limited = Command::new("sh");
    // A signal that the shell ignores stays ignored in what it becomes. Its unit is 512 bytes.
    limited.args(["-c", &format!("trap '' XFSZ && ulimit -f {} && exec \"$@\"", ROOM / 512), "sh"]);
    let full = ended(in_place_of(&mut limited, project.command(&run)).output().unwrap());
    assert_eq!(full.code, 1, "{}", full.told());
    let told = "`p1`: failed to save dataset `loud` of node `shout`";
    assert!(full.stderr.contains(told) && full.stderr.contains("file too large"), "{}", full.told());
    assert!(!full.stderr.contains("`p0`") && !full.stderr.contains("`p2`"), "{}", full.told());

    project.write("raw/p1.txt", "small");
    project.write("raw/locked/p3.txt", "new");
    let locked = project.path("loud/locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    let is_root = locked.metadata().unwrap().uid() == 0;
    // What root may do does not depend on the folder's permissions.
    let refused = if is_root {
        let mut plain = Command::new("setpriv");
        plain.args(["--bounding-set", "-all", "--inh-caps", "-all"]);
        in_place_of(&mut plain, project.command(&run)).output()
    } else {
        project.command(&run).output()
    };
    let refused = ended(refused.unwrap());
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(refused.code, 1, "{}", refused.told());
    let told = "`locked/p3`: failed to save dataset `loud` of node `shout`";
    assert!(refused.stderr.contains(told) && refused.stderr.contains("permission denied"), "{}", refused.told());
}

/// `program` with the arguments that it has and then a whole command, in that command's place.
pub(crate) fn in_place_of(program: &mut Command, command: Command) -> &mut Command {
    program.arg(command.get_program()).args(command.get_args());
    program.current_dir(command.get_current_dir().unwrap());
    program.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
}

#[test]
fn a_plan_says_the_ways_that_a_run_takes() {
    // Large enough not to be copied.
    let text = "x".repeat(400_000);
    let project = project(0, &[], "slices = 2");
    for id in ["a", "b", "c"] {
        project.write(&format!("raw/{id}.txt"), &text);
    }
    let plain = project.read("pipeline.toml");
    let mut seen = BTreeSet::new();
    let entry = "[datasets.checked]\ntype = \"text\"\npath = \"checked\"\npartitioned = true\n";
    for (what, manifest) in [("in memory", plain.clone()), ("stored", format!("{plain}{entry}"))] {
        project.write("pipeline.toml", manifest);
        for persist in ["tee", "sync", "async", "cache", "cache+async", "off"] {
            let flags = ["--persist", persist];
            let plan = project.wpipe(&[&["plan", "--format", "json"], &flags[..]].concat()).stdout;
            let plan: Value = serde_json::from_str(&plan).unwrap();
            let planned = |name: &str| {
                let all = plan["datasets"].as_array().unwrap();
                all.iter().find(|dataset| dataset["name"] == name).unwrap().clone()
            };
            let run = project.wpipe(&[&["run", "--quiet", "--no-journal", "--events", "events"], &flags[..]].concat());
            assert_eq!(run.code, 0, "{}", run.told());
            let events = project.read("events");
            for (name, way) in [("checked", "reaches_calls"), ("loud", "reaches_readers")] {
                let (planned, case) = (planned(name), format!("`{name}` {what}, {persist}"));
                let saved = of_events(&events, "save_completed", "dataset", name).len();
                assert_eq!(saved, if planned["saved"].is_null() { 0 } else { 3 }, "{case}");
                let loaded = of_events(&events, "load_started", "dataset", name).len();
                assert_eq!(loaded > 0, planned[way]["from_storage"] == true, "{case}");
                seen.insert((name, loaded));
            }
            let produced = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let produced =
                produced.filter(|event| event["event"] == "dataset_produced" && event["dataset"] == "checked");
            let transports: Vec<_> = produced.map(|event| event["transport"].clone()).collect();
            let large = planned("checked")["reaches_calls"]["large"].clone();
            assert_eq!(transports, [large.clone(), large.clone(), large], "{what}, {persist}");
        }
    }
    assert_eq!(seen, BTreeSet::from([("checked", 0), ("checked", 3), ("loud", 0), ("loud", 3)]), "every way was taken");
}

#[test]
fn completions_and_help_know_the_catalog() {
    let help = ended(wpipe(&["catalog", "--help"]).output().unwrap());
    insta::assert_snapshot!("help_catalog", help.stdout);
}
