//! What `--incremental` goes by: whatever a result depends on, and nothing else.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wpipe::{Error, Host, Incremental, Project, Selection};
use wpipe_tests::guest;

const BASELINE: &str = r#"
    [params]
    word = "a"
    [nodes.double]
    uses = "good/double"
    inputs = ["numbers"]
    outputs = ["doubled"]
    [nodes.upper]
    uses = "good/upper"
    inputs = ["raw"]
    outputs = ["loud"]
    [multipipelines.m]
    nodes = ["upper"]
    over = ["raw"]
    [datasets.numbers]
    type = "csv"
    path = "numbers.csv"
    [datasets.doubled]
    type = "csv"
    path = "doubled.csv"
    [datasets.raw]
    type = "text"
    path = "raw"
    partitioned = true
    suffix = ".txt"
    [datasets.loud]
    type = "text"
    path = "loud"
    partitioned = true
"#;

fn project(directory: &Path, rest: &str) -> Project {
    let component = guest("well_behaved");
    let manifest = format!("[pipeline]\nname = \"test\"\n[components.good]\npath = {component:?}\n{rest}");
    Project::parse("pipeline.toml", &manifest, directory).unwrap()
}

/// A project of which everything has been run and recorded.
fn recorded() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("numbers.csv"), "x\n1.5\n").unwrap();
    fs::create_dir(directory.path().join("raw")).unwrap();
    fs::write(directory.path().join("raw/a.txt"), "text").unwrap();
    run(&project(directory.path(), BASELINE)).unwrap();
    directory
}

fn run(project: &Project) -> Result<(), Error> {
    let decided = Incremental::of(project)?;
    let project = project.select(&Selection { nodes: decided.to_run(), ..Selection::default() })?;
    let host = Host::builder().cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/components")).build()?;
    let result = host.load_project(project.clone())?.run().incremental(&decided)?.execute()?;
    decided.record(&project, result.report())
}

/// The nodes that run and why.
fn reasons(directory: &Path, manifest: &str) -> Vec<String> {
    let decided = Incremental::of(&project(directory, manifest)).unwrap();
    let why = decided.decisions.iter().filter(|decision| !decision.reasons.is_empty());
    let why = why.map(|decision| {
        let reasons: Vec<_> = decision.reasons.iter().map(ToString::to_string).collect();
        format!("{}: {}", decision.node, reasons.join("; "))
    });
    why.collect()
}

/// The baseline with a key in a table.
fn with(table: &str, key: &str) -> String {
    let table = format!("[{table}]\n");
    assert!(BASELINE.contains(&table) || table == "[limits]\n" || table == "[retry]\n", "{table}");
    if BASELINE.contains(&table) {
        return BASELINE.replacen(&table, &format!("{table}    {key}\n"), 1);
    }
    format!("{BASELINE}{table}{key}\n")
}

#[test]
fn what_a_result_depends_on_makes_it_run_and_says_what_has_changed() {
    let directory = recorded();
    assert_eq!(reasons(directory.path(), BASELINE), [""; 0]);
    for (table, key, expected) in [
        ("datasets.numbers", "delimiter = \";\"", "double: option `delimiter` of `numbers` has changed"),
        ("datasets.numbers", "types = { x = \"text\" }", "double: option `types` of `numbers` has changed"),
        ("datasets.doubled", "encoding = \"utf-16le\"", "double: option `encoding` of `doubled` has changed"),
        ("datasets.doubled", "reload = true", "double: option `reload` of `doubled` has changed"),
        ("datasets.doubled", "persist = \"sync\"", "double: option `persist` of `doubled` has changed"),
        ("datasets.raw", "checkpoint = true", "upper: option `checkpoint` of `raw` has changed"),
        ("datasets.loud", "prune = true", "upper: option `prune` of `loud` has changed"),
        ("multipipelines.m", "filter = { glob = \"b\" }", "upper: `filter` of multipipeline `m` has changed"),
        ("multipipelines.m", "join = \"inner\"", "upper: `join` of multipipeline `m` has changed"),
        ("multipipelines.m", "on_empty = \"skip\"", "upper: `on_empty` of multipipeline `m` has changed"),
        (
            "multipipelines.m",
            "configure = [{ match = \"b\", skip = true }]",
            "upper: `configure` of multipipeline `m` has changed",
        ),
        ("nodes.double", "limits = { memory = \"64MiB\" }", "double: its `limits.memory` has changed"),
    ] {
        assert_eq!(reasons(directory.path(), &with(table, key)), [expected], "{key}");
    }
    let other_limits = reasons(directory.path(), &with("limits", "memory = \"64MiB\""));
    assert_eq!(other_limits, ["double: its `limits.memory` has changed", "upper: its `limits.memory` has changed"]);
}

#[test]
fn what_no_result_depends_on_makes_nothing_run() {
    let directory = recorded();
    for (table, key) in [
        ("datasets.numbers", "delay = { load = \"1ms\" }"),
        ("nodes.double", "tags = [\"t\"]"),
        ("nodes.double", "after = [\"upper\"]"),
        ("nodes.double", "resources = { gpu = 1 }"),
        ("nodes.double", "retry = { times = 3 }"),
        ("nodes.double", "limits = { time = \"1m\", log = \"1MiB\", output = \"1MiB\" }"),
        ("retry", "times = 3"),
        ("multipipelines.m", "slices = 7"),
        ("multipipelines.m", "balance = \"size\""),
        ("multipipelines.m", "max_parallel = 1"),
        ("multipipelines.m", "tags = [\"t\"]"),
        ("multipipelines.m", "on_partition_error = \"skip\"\nallow_incomplete = true"),
        ("params", "other = 1"),
    ] {
        assert_eq!(reasons(directory.path(), &with(table, key)), [""; 0], "{key}");
    }
}

/// Whoever adds an option to a format need not think of this.
#[test]
fn every_option_of_every_format_counts() {
    let directory = recorded();
    for kind in ["csv", "json", "parquet", "arrow", "archive", "text", "bytes"] {
        for option in wpipe_catalog::options_of(kind) {
            // An option that means nothing is refused, and otherwise counts whatever its value is.
            let manifest = with("datasets.numbers", &format!("{option} = \"?\"")).replacen(
                "type = \"csv\"",
                &format!("type = {kind:?}"),
                1,
            );
            let decided = Incremental::of(&project(directory.path(), &manifest));
            match decided {
                Ok(decided) => {
                    let reasons: Vec<_> = decided.decisions[0].reasons.iter().map(ToString::to_string).collect();
                    let expected = format!("option `{option}` of `numbers` has changed");
                    assert!(reasons.contains(&expected), "{kind} {option}: {reasons:?}");
                }
                Err(Error::Problems(_)) => {}
                Err(error) => panic!("{kind} {option}: {error}"),
            }
        }
    }
}

#[test]
fn all_partitions_are_made_again_when_their_format_changes() {
    let directory = recorded();
    let path = directory.path().join("loud/a");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    run(&project(directory.path(), &with("datasets.raw", "checkpoint = true"))).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before, "what becomes of a partition is the same");
    run(&project(directory.path(), &with("nodes.upper", "limits = { memory = \"64MiB\" }"))).unwrap();
    assert_ne!(fs::metadata(&path).unwrap().modified().unwrap(), before);
}

#[test]
fn a_name_at_another_port_is_another_input() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::write(directory.path().join(name), name).unwrap();
    }
    let manifest = |ports: &str| {
        let text = |name: &str| format!("[datasets.{name}]\ntype = \"text\"\npath = \"{name}\"\n");
        format!(
            "[nodes.join]\nuses = \"good/join_texts\"\ninputs = {ports}\noutputs = [\"all\"]\n{}{}{}",
            text("a"),
            text("b"),
            text("all")
        )
    };
    let (one, other) = ("{ a = \"a\", b = \"b\" }", "{ b = \"a\", a = \"b\" }");
    run(&project(directory.path(), &manifest(one))).unwrap();
    assert_eq!(reasons(directory.path(), &manifest(one)), [""; 0]);
    assert_eq!(reasons(directory.path(), &manifest(other)), ["join: its `inputs` has changed"]);
}

#[test]
fn what_an_older_version_has_recorded_runs_again_and_says_so() {
    let directory = recorded();
    let records = directory.path().join(".wpipe/incremental/pipeline.json");
    // As version 2 of the format had it, shortened.
    let old = r#"{
        "format": 2,
        "nodes": { "double": { "key": { "component": "", "function": "good/double", "params": {}, "inputs": {},
            "outputs": ["doubled"] }, "outputs": {} } },
        "partitions": {}, "inputs": {}
    }"#;
    fs::write(&records, old).unwrap();
    let told = reasons(directory.path(), BASELINE);
    assert_eq!(told, ["double: an older version of wpipe has recorded it", "upper: no run has recorded it"]);
}

#[test]
fn damaged_records_count_as_none() {
    let directory = recorded();
    let records = directory.path().join(".wpipe/incremental/pipeline.json");
    let whole = fs::read(&records).unwrap();
    let none = ["double: no run has recorded it", "upper: no run has recorded it"];
    for damaged in [&b""[..], &whole[..whole.len() / 2], b"\xff\xfe", b"[]", b"{\"format\": 3}", b"{\"format\": 99}"] {
        fs::write(&records, damaged).unwrap();
        assert_eq!(reasons(directory.path(), BASELINE), none);
    }
    fs::remove_file(&records).unwrap();
    fs::create_dir(&records).unwrap();
    assert_eq!(reasons(directory.path(), BASELINE), none);
}
