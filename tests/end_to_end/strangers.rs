//! What strangers' components say and name, as people see it: nothing is obeyed by a terminal, nothing looks like a line of
//! ours, and nothing is left of what they began.

use std::fs;
use std::path::Path;

use wpipe_tests::crafted::{Crafted, Described, signatures};
use wpipe_tests::guest;

use crate::lake::Lake;
use crate::processes::{interrupt, start, wait_for};
use crate::support::{Ended, Project, ended, filtered};

/// What a terminal obeys, or nobody sees.
fn obeyed(text: &str) -> Option<char> {
    text.chars().find(|c| c.is_control() && *c != '\n' || "\u{202e}\u{2028}\u{200b}\u{e0041}\u{2066}".contains(*c))
}

fn assert_shown(ended: &Ended) {
    for text in [&ended.stdout, &ended.stderr] {
        assert_eq!(obeyed(text), None, "{text:?}");
        assert!(text.lines().all(|line| !line.starts_with("12:00:00")), "a line of a guest's own: {text}");
        assert!(text.len() < 200 << 10, "{} bytes", text.len());
    }
}

/// A name that would clear the line, and go on as if it were one of ours.
const FORGED: &str =
    "a\r\u{1b}[2K\u{1b}]8;;http://x\u{7}\0\u{9b}31m\u{202e}\u{2028}\n12:00:00 INFO  Pipeline is in order";

/// A component whose module has two exports of the same forged name: what is wrong is told with that name.
fn forged_export() -> Vec<u8> {
    use wasm_encoder::{Component, ExportKind, ExportSection, MemorySection, MemoryType, Module, ModuleSection};
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
    let mut exports = ExportSection::new();
    exports.export(FORGED, ExportKind::Memory, 0).export(FORGED, ExportKind::Memory, 0);
    let mut module = Module::new();
    module.section(&memories).section(&exports);
    let mut component = Component::new();
    component.section(&ModuleSection(&module));
    component.finish()
}

#[test]
fn what_a_component_describes_is_judged_and_shown_by_check() {
    let node = |name| Described { name, ..Described::default() };
    let described = |nodes: &[Described<'_>]| Crafted::of(signatures(nodes)).encode();
    let long = "x".repeat(1 << 20);
    let bytes = |name| (name, 0, "bytes", 0);
    let components = [
        ("a forged name", described(&[node(FORGED)])),
        ("no name", described(&[node("")])),
        ("a name of 1 MB", described(&[node(&long)])),
        ("three nodes of one name", described(&[node("n"), node("n"), node("n")])),
        ("an output that is a parameter", described(&[Described { outputs: vec![("o", 2, "", 0)], ..node("n") }])),
        ("two inputs of one name", described(&[Described { inputs: vec![bytes("i"), bytes("i")], ..node("n") }])),
        ("an output of a forged name", described(&[Described { outputs: vec![bytes(FORGED)], ..node("n") }])),
        ("a type of a forged name", described(&[Described { inputs: vec![("i", 0, FORGED, 7)], ..node("n") }])),
        ("a type without fingerprint", described(&[Described { inputs: vec![("i", 0, "Model", 0)], ..node("n") }])),
        ("a raw type with fingerprint", described(&[Described { outputs: vec![("o", 1, "text", 1)], ..node("n") }])),
        ("forged documentation", described(&[Described { doc: FORGED, ..node("n") }])),
        ("a forged export", forged_export()),
        (
            "traps as it describes",
            Crafted { start: vec![wasm_encoder::Instruction::Unreachable], ..Crafted::default() }.encode(),
        ),
    ];
    let mut told = String::new();
    for (name, wasm) in components {
        let project = Project::bare(
            "[pipeline]\nname = \"test\"\n[components.stranger]\npath = \"stranger.wasm\"\n\
             [nodes.n]\nuses = \"stranger/n\"\noutputs = [\"out\"]\n",
        );
        project.write("stranger.wasm", wasm);
        let [check, plan] = [&["check"][..], &["plan", "--check"]].map(|arguments| project.wpipe(arguments));
        for ended in [&check, &plan] {
            assert_eq!(ended.code, 2, "{name}: {}", ended.told());
            assert_shown(ended);
        }
        assert_eq!(check.stderr, plan.stderr, "{name}");
        told.push_str(&format!("==== {name}\n{}", check.stderr));
    }
    insta::assert_snapshot!(told);
}

/// A set of files whose names are made to be printed, and a node that fails on each.
#[test]
fn ids_of_partitions_forge_nothing() {
    let manifest = "
        [nodes.n]
        uses = \"hostile/forged_error\"
        inputs = [\"raw\"]
        outputs = [\"made\"]
        [multipipelines.each]
        nodes = [\"n\"]
        over = [\"raw\"]
        [datasets.raw]
        type = \"bytes\"
        path = \"raw\"
        partitioned = true
        [datasets.made]
        type = \"bytes\"
        path = \"made\"
        partitioned = true
    ";
    let project = Project::new(manifest);
    for name in ["b\u{202e}\u{2028}c", "\u{9b}31m", "\u{85}12:00:00 INFO  done", "d\u{200b}"] {
        project.write(&format!("raw/{name}"), "x");
    }
    for arguments in [
        &["run", "--verbose"][..],
        &["run", "--quiet", "--events", "-"],
        &["runs", "show"],
        &["catalog", "list"],
        &["catalog", "describe"],
    ] {
        let ended = project.wpipe(arguments);
        assert_shown(&ended);
        assert!(ended.code < 2, "{}", ended.told());
    }
    let shown = project.wpipe(&["runs", "show", "--format", "json"]);
    assert_shown(&shown);
    let ids = serde_json::from_str::<serde_json::Value>(&shown.stdout).unwrap().to_string();
    assert!(ids.contains("d\u{200b}"), "an id is what it was behind its escapes: {ids}");
    project.write("raw/a\r\u{1b}[2K\n12:00:00 INFO  done", "x");
    let refused = project.wpipe(&["run"]);
    assert_shown(&refused);
    assert!(refused.stderr.contains("has a control character in it"), "{}", refused.told());
}

#[test]
fn an_error_of_100_mb_is_cut_everywhere() {
    let manifest = "
        [limits]
        memory = \"1GiB\"
        [nodes.n]
        uses = \"hostile/huge_error\"
        inputs = [\"blob\"]
        outputs = [\"out\"]
        [datasets.blob]
        type = \"bytes\"
        path = \"blob\"
    ";
    let project = Project::new(manifest);
    project.write("blob", "x");
    let ended = project.wpipe(&["run", "--events", "events"]);
    assert_eq!(ended.code, 1);
    assert_shown(&ended);
    assert!(ended.stderr.contains("é… (104792064 bytes more)"), "{}", &ended.stderr[ended.stderr.len() - 200..]);
    assert!(project.read("events").len() < 200 << 10, "{}", project.read("events").len());
    assert_shown(&project.wpipe(&["runs", "show"]));
}

#[test]
fn figures_that_json_has_no_numbers_for_are_texts() {
    let manifest = "
        [nodes.n]
        uses = \"hostile/figures_that_are_no_numbers\"
        inputs = [\"blob\"]
        outputs = [\"out\"]
        [datasets.blob]
        type = \"bytes\"
        path = \"blob\"
    ";
    let project = Project::new(manifest);
    project.write("blob", "x");
    let ended = project.wpipe(&["run", "--verbose", "--events", "events"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    let events = project.read("events");
    let events = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let figures = events.filter(|event| event["event"] == "metric");
    let figures: Vec<_> = figures.map(|event| format!("{} = {}", event["name"], event["value"])).collect();
    assert_eq!(figures, ["\"nan\" = \"NaN\"", "\"inf\" = \"inf\"", "\"-inf\" = \"-inf\"", "\"half\" = 0.5"]);
    assert!(ended.stderr.contains("[n] nan = NaN"), "{}", ended.stderr);
}

/// `some ─► n ─► many`, where `n` makes partitions that are saved while it goes on.
fn streaming(attack: &str, stores: &str, place: &str, limits: &str) -> Project {
    let manifest = format!(
        "{stores}[limits]\n{limits}\n[nodes.n]\nuses = \"hostile/{attack}\"\ninputs = [\"some\"]\noutputs = [\"many\"]\n\
         [datasets.some]\ntype = \"bytes\"\npath = \"some\"\npartitioned = true\n\
         [datasets.many]\ntype = \"bytes\"\n{place}\npartitioned = true\n"
    );
    let project = Project::new(&manifest);
    project.write("some/a", "x");
    project
}

/// The names of all files below a folder, those of our own folders too.
fn all_files(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|entry| entry.unwrap().path());
    let files =
        entries.flat_map(|path| if path.is_dir() { all_files(&path) } else { vec![path.display().to_string()] });
    files.collect()
}

#[test]
fn a_node_that_ends_while_its_partitions_are_saved_leaves_nothing_half() {
    let endings = [
        ("partitions_and_then_an_error", "", "node `n` failed: gives up"),
        ("partitions_and_then_a_trap", "", "node `n` failed: trapped: wasm `unreachable`"),
        ("partitions_and_then_for_ever", "time = \"1s\"", "node `n` failed: ran longer than its time limit"),
        ("partitions_and_then_for_ever", "", "error: interrupted"),
    ];
    let lake = Lake::new();
    let bucket = Lake::store(&lake.server.endpoint(), lake.server.bucket(), 2);
    let places = [("", "path = \"many\""), (bucket.as_str(), "store = \"lake\"\npath = \"many\"")];
    for (stores, place) in places {
        for (attack, limits, expected) in endings {
            let project = streaming(attack, stores, place, limits);
            let ended = if expected.contains("interrupted") {
                let (mut child, mut events) = start(lake.command(&project, &["run"]));
                wait_for(&mut events, "partition_saved", "many");
                interrupt(&child);
                std::io::copy(&mut events, &mut std::io::sink()).unwrap();
                let mut stderr = String::new();
                std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
                Ended { code: child.wait().unwrap().code().unwrap(), stdout: String::new(), stderr }
            } else {
                lake.wpipe(&project, &["run"])
            };
            assert!(
                ended.code == if limits.is_empty() && expected.contains("interrupted") { 130 } else { 1 },
                "{}",
                ended.told()
            );
            assert!(ended.stderr.contains(expected), "{attack}: {}", ended.told());
            assert!(!ended.stderr.contains("was cancelled"), "{}", ended.told());
            let of_lake = all_files(&lake.folder());
            let staged = all_files(&project.path("")).into_iter().chain(of_lake);
            let staged: Vec<_> = staged.filter(|name| name.ends_with('~') || name.contains('#')).collect();
            assert!(staged.is_empty(), "{attack} {place}: {staged:?}");
            let list = lake.wpipe(&project, &["catalog", "list"]).stdout;
            assert!(list.lines().any(|line| line.contains("many") && !line.contains(" yes")), "nobody sees it: {list}");
        }
    }
}

#[test]
fn a_partition_is_no_file_and_folder_at_once() {
    let lake = Lake::new();
    let bucket = Lake::store(&lake.server.endpoint(), lake.server.bucket(), 2);
    let mut told = String::new();
    for (stores, place) in [("", "path = \"many\""), (bucket.as_str(), "store = \"lake\"\npath = \"many\"")] {
        for persist in ["tee", "sync"] {
            let project = streaming("partition_file_and_folder", stores, place, "");
            let ended = lake.wpipe(&project, &["run", "--quiet", "--persist", persist]);
            assert_eq!(ended.code, 1, "{}", ended.told());
            assert!(!project.path("many/a/b").exists() && !lake.folder().join("many/a/b").exists());
            if persist == "sync" {
                // They are known before any of them is written.
                assert!(!project.path("many/a").exists() && !lake.folder().join("many/a").exists(), "{}", ended.told());
            }
            let _ = fs::remove_dir_all(lake.folder());
            told.push_str(&format!("==== {persist} {place}\n{}", ended.stderr));
        }
    }
    // Where a suffix tells them apart, both are fine.
    let project = streaming("partition_file_and_folder", "", "path = \"many\"\nsuffix = \".bin\"", "");
    let ended = project.wpipe(&["run", "--quiet"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    assert_eq!(project.read("many/a.bin") + &project.read("many/a/b.bin"), "filewithin it");
    let told = told.replace(&project.path("").display().to_string(), "[project]");
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn what_cannot_be_a_partition_is_told_with_its_name() {
    let mut told = String::new();
    for attack in [
        "partition_climbs_out",
        "partition_of_no_name",
        "partition_of_a_long_name",
        "partition_of_the_hosts",
        "partition_of_controls",
    ] {
        let project = streaming(attack, "", "path = \"many\"", "");
        let ended = project.wpipe(&["run", "--quiet"]);
        assert_eq!(ended.code, 1, "{}", ended.told());
        assert_shown(&ended);
        assert_eq!(project.files(), ["pipeline.toml", "some/a"]);
        // The empty id is refused while the node goes on, and told if the run has not ended by then.
        let lines = ended.stderr.lines().filter(|line| !line.contains("(partition ``)"));
        told.push_str(&format!("==== {attack}\n{}\n", lines.collect::<Vec<_>>().join("\n")));
    }
    filtered(|| insta::assert_snapshot!(told));
}

fn printing(node: &str, limits: &str) -> Project {
    Project::bare(&format!(
        "[pipeline]\nname = \"test\"\n[components.printer]\npath = {:?}\n[limits]\n{limits}\n\
         [nodes.n]\nuses = \"printer/{node}\"\noutputs = [\"output\"]\n",
        guest("wasi")
    ))
}

#[test]
fn what_a_node_prints_counts_as_log_and_time_goes_on_meanwhile() {
    for node in ["flood", "flood_of_both", "flood_without_end", "print_at_once"] {
        let project = printing(node, "log = \"64KiB\"");
        let ended = project.wpipe(&["run", "--events", "events"]);
        assert_eq!(ended.code, 1, "{}", ended.told());
        assert!(ended.stderr.contains("node `n` failed: logged more than its limit of 64 KiB"), "{}", ended.told());
        assert!(ended.stderr.len() < 200 << 10 && project.read("events").len() < 200 << 10);
    }
    let ended = printing("flood", "log = \"100GiB\"\ntime = \"1s\"").wpipe(&["run", "--quiet", "--no-journal"]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    assert!(ended.stderr.contains("node `n` failed: ran longer than its time limit of 1 s"), "{}", ended.told());
}

#[test]
fn a_node_that_prints_without_end_is_interrupted() {
    for node in ["flood", "print_at_once"] {
        let project = printing(node, "log = \"100GiB\"");
        let (mut child, mut events) = start(project.command(&["run", "--no-journal"]));
        wait_for(&mut events, "log", "n");
        interrupt(&child);
        std::io::copy(&mut events, &mut std::io::sink()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{node}");
    }
}

#[test]
fn what_older_journals_keep_of_secrets_is_not_shown() {
    let manifest = "
        [params]
        pw = \"\"
        rate = 1
        connection = \"\"
        [nodes.n]
        uses = \"good/nothing\"
        outputs = [\"out\"]
    ";
    let project = Project::new(manifest);
    assert_eq!(project.wpipe(&["run", "--quiet", "--params", "rate=2"]).code, 0);
    let run = fs::read_dir(project.path(".wpipe/runs")).unwrap().next().unwrap().unwrap().path().join("run.json");
    let mut journal: serde_json::Value = serde_json::from_slice(&fs::read(&run).unwrap()).unwrap();
    // An earlier version went by fewer names, and by no values.
    journal["format"] = 0.into();
    journal["params"]["pw"] = "hush".into();
    journal["params"]["connection"] = "postgres://me:hush@host/db".into();
    journal["given_params"] =
        serde_json::json!([["pw", "\"hush\""], ["connection", "\"Password=hush\""], ["rate", "2"]]);
    fs::write(&run, journal.to_string()).unwrap();
    for arguments in [&["runs", "show"][..], &["runs", "show", "--format", "json"], &["runs", "list"]] {
        let shown = project.wpipe(arguments);
        assert_eq!(shown.code, 0, "{}", shown.told());
        assert!(!shown.stdout.contains("hush"), "{}", shown.told());
    }
    let json = project.wpipe(&["runs", "show", "--format", "json"]).stdout;
    assert!(json.contains("\"rate\""), "{json}");
}

#[test]
fn records_of_incremental_runs_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(
        "[nodes.n]\nuses = \"good/nothing\"\noutputs = [\"out\"]\n[datasets.out]\ntype = \"archive\"\npath = \"out\"\n",
    );
    let ran = ended(project.command(&["run", "--quiet", "--incremental"]).output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.told());
    let records = all_files(&project.path(".wpipe/incremental"));
    assert!(!records.is_empty());
    for record in records {
        assert_eq!(fs::metadata(&record).unwrap().permissions().mode() & 0o777, 0o600, "{record}");
    }
    assert_eq!(fs::metadata(project.path(".wpipe/incremental")).unwrap().permissions().mode() & 0o777, 0o700);
}
