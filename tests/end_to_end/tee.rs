//! What reaches storage, whatever happens: every mode saves the same bytes, and no failure loses what was made.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Project, filtered};

/// Datasets of the chain: each is the blob, passed on.
const LINKS: usize = 6;

/// `blob ─► d1 ─► … ─► d6`, every one of which is stored, with `options` in every entry.
fn chain(blob: &[u8], options: &str) -> Project {
    let mut manifest = String::new();
    for link in 1..=LINKS {
        let from = if link == 1 { "blob".to_owned() } else { format!("d{}", link - 1) };
        manifest.push_str(&format!(
            "[nodes.n{link}]\nuses = \"good/pass_bytes\"\ninputs = [\"{from}\"]\noutputs = [\"d{link}\"]\n\
             [datasets.d{link}]\ntype = \"bytes\"\npath = \"out/d{link}\"\n{options}\n"
        ));
    }
    manifest.push_str("[datasets.blob]\ntype = \"bytes\"\npath = \"blob\"\n");
    let project = Project::new(&manifest);
    project.write("blob", blob);
    project
}

fn blob() -> Vec<u8> {
    (0..300_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// The datasets that are there, all of which must be whole.
fn whole(project: &Project, blob: &[u8]) -> usize {
    let there: Vec<_> =
        (1..=LINKS).map(|link| project.path(&format!("out/d{link}"))).filter(|path| path.exists()).collect();
    for path in &there {
        assert!(std::fs::read(path).unwrap() == blob, "{} is not whole", path.display());
    }
    there.len()
}

/// No file but those of the project: nothing staged is left.
fn assert_nothing_staged(project: &Project) {
    let files = project.files();
    let known = |file: &String| {
        ["blob", "pipeline.toml"].contains(&file.as_str()) || (1..=LINKS).any(|link| *file == format!("out/d{link}"))
    };
    assert!(files.iter().all(known), "{files:?}");
}

#[test]
fn every_mode_saves_the_same_by_every_runner() {
    let blob = blob();
    for persist in ["tee", "sync", "async", "cache", "cache+async", "off"] {
        for runner in [&["--runner", "sequential"][..], &["--workers", "1"], &["--workers", "4"]] {
            let project = chain(&blob, "");
            let arguments: Vec<_> = ["run", "--quiet", "--persist", persist].iter().chain(runner).copied().collect();
            let ended = project.wpipe(&arguments);
            assert_eq!(ended.code, 0, "{persist} {runner:?}: {}", ended.told());
            let saved = if persist == "off" { 1 } else { LINKS };
            assert_eq!(whole(&project, &blob), saved, "{persist} {runner:?}");
            let told = if persist == "off" { "made, and not in storage: `d1`, `d2`, `d3`, `d4`, `d5`\n" } else { "" };
            assert_eq!(ended.stderr, told, "{persist} {runner:?}");
        }
    }
}

#[test]
fn a_small_memory_budget_only_makes_producers_wait() {
    let blob = blob();
    for persist in ["tee", "cache", "off"] {
        let project = chain(&blob, "");
        let ended = project.wpipe(&["run", "--quiet", "--persist", persist, "--memory", "1MiB"]);
        assert_eq!(ended.code, 0, "{persist}: {}", ended.told());
        assert_eq!(whole(&project, &blob), if persist == "off" { 1 } else { LINKS });
    }
}

/// Starts a run whose events come on its standard output.
fn start(project: &Project, arguments: &[&str]) -> (Child, impl BufRead + use<>) {
    let all: Vec<_> = ["run", "--quiet", "--events", "-"].iter().chain(arguments).copied().collect();
    let mut child = project.command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let events = BufReader::new(child.stdout.take().unwrap());
    (child, events)
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Reads until an event of that name, of that dataset or node, or of any.
fn wait_for(events: &mut impl BufRead, event: &str, of: &str) {
    let mut line = String::new();
    loop {
        line.clear();
        assert_ne!(events.read_line(&mut line).unwrap(), 0, "the run ended before `{event}` of `{of}`");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let is_of = of.is_empty() || value["dataset"] == of || value["node"] == of;
        if value["event"] == event && is_of {
            return;
        }
    }
}

#[test]
fn kill_minus_nine_at_any_moment_leaves_only_whole_datasets() {
    let blob = blob();
    let project = chain(&blob, "");
    let mut random = 42_u64;
    for moment in 0..20 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (mut child, mut events) = start(&project, &["--workers", "2"]);
        // Some events into the run, and some moments more.
        let mut line = String::new();
        for _ in 0..random >> 33 & 31 {
            line.clear();
            if events.read_line(&mut line).unwrap() == 0 {
                break;
            }
        }
        let end = Instant::now() + Duration::from_micros(random >> 40 & 2047);
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        whole(&project, &blob);
        // Every other time over what is there, every other time from nothing.
        if moment % 2 == 0 {
            let _ = std::fs::remove_dir_all(project.path("out"));
        }
    }
    let ended = project.wpipe(&["run", "--quiet"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    assert_eq!(whole(&project, &blob), LINKS);
    assert_nothing_staged(&project);
    let list = project.wpipe(&["runs", "list"]).stdout;
    assert!(list.lines().count() == 22 && list.contains("killed"), "every run has its journal:\n{list}");
}

#[test]
fn the_first_interrupt_finishes_saves_and_the_second_does_not() {
    let blob = blob();
    let project = chain(&blob, "delay = { save = \"300ms\" }");
    let (mut child, mut events) = start(&project, &["--runner", "sequential", "--persist", "tee"]);
    wait_for(&mut events, "dataset_produced", "d1");
    signal(&child, "INT");
    let mut rest = String::new();
    events.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    let produced = rest.matches("dataset_produced").count() + 1;
    assert_eq!(whole(&project, &blob), produced, "all that was made is in storage: {rest}");

    let project = chain(&blob, "delay = { save = \"1h\" }");
    let (mut child, mut events) = start(&project, &["--runner", "sequential", "--persist", "tee"]);
    wait_for(&mut events, "save_started", "d1");
    signal(&child, "INT");
    wait_for(&mut events, "run_interrupted", "");
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(whole(&project, &blob), 0);
}

#[test]
fn a_failing_save_and_a_failing_node_are_both_told() {
    let manifest = "
        [nodes.first]
        uses = \"good/pass_text\"
        inputs = [\"text\"]
        outputs = [\"copy\"]
        [nodes.second]
        uses = \"good/text_fails\"
        inputs = [\"copy\"]
        outputs = [\"never\"]
        [datasets.text]
        type = \"text\"
        path = \"text\"
        [datasets.copy]
        type = \"text\"
        path = \"in_the_way\"
    ";
    let project = Project::new(manifest);
    project.write("text", "hello");
    project.write("in_the_way/file", "a directory where the file should be");
    let ended = project.wpipe(&["run", "--quiet", "--runner", "sequential"]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    let errors: Vec<_> = ended.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 2, "{}", ended.told());
    assert!(errors.iter().any(|line| line.contains("node `second` failed: does not like")), "{}", ended.told());
    assert!(
        errors.iter().any(|line| line.contains("failed to save dataset `copy` of node `first`")),
        "{}",
        ended.told()
    );
    assert!(ended.stderr.contains("to go on from first:"), "`copy` has to be made again: {}", ended.told());
}

#[test]
fn a_failing_save_stops_others_only_if_asked_to() {
    for (flags, completed) in [
        (&["--on-save-error", "finish"][..], "6 out of 6"),
        (&["--on-save-error", "stop", "--persist", "cache"], "1 out of 6"),
    ] {
        let project = chain(b"hello", "");
        project.write("out/d1/file", "a directory where the file should be");
        let arguments: Vec<_> = ["run", "--runner", "sequential"].iter().chain(flags).copied().collect();
        let ended = project.wpipe(&arguments);
        assert_eq!(ended.code, 1, "{}", ended.told());
        assert!(ended.stderr.contains(&format!("completed {completed} nodes")), "{}", ended.told());
        assert!(ended.stderr.contains("made, and not in storage: `d1`"), "{}", ended.told());
    }
}

#[test]
fn what_does_not_come_back_as_it_was_is_found() {
    let manifest = "
        [nodes.make]
        uses = \"good/telling_apart\"
        inputs = [\"params:rows\"]
        outputs = [\"table\"]
        [params]
        rows = 3
        [datasets.table]
        type = \"csv\"
        path = \"table.csv\"
    ";
    let project = Project::new(manifest);
    let lossy = project.wpipe(&["run", "--quiet", "--verify-roundtrip"]);
    assert_eq!(lossy.code, 1, "{}", lossy.told());
    filtered(|| insta::assert_snapshot!(lossy.stderr));
    let manifest = project.read("pipeline.toml").replace("csv", "parquet");
    project.write("pipeline.toml", manifest);
    let faithful = project.wpipe(&["run", "--quiet", "--verify-roundtrip"]);
    assert_eq!((faithful.code, faithful.stderr.as_str()), (0, ""));
}

#[test]
fn every_run_saves_a_version_of_its_own() {
    let manifest = "
        [params]
        message = \"first\"
        [nodes.say]
        uses = \"good/says\"
        inputs = [\"params:message\"]
        outputs = [\"said\"]
        [nodes.pass]
        uses = \"good/pass_text\"
        inputs = [\"said\"]
        outputs = [\"passed\"]
        [datasets.said]
        type = \"text\"
        path = \"said.txt\"
        versioned = true
        reload = true
        [datasets.passed]
        type = \"text\"
        path = \"passed.txt\"
    ";
    let project = Project::new(manifest);
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    assert_eq!(project.wpipe(&["run", "--quiet", "--params", "message=second"]).code, 0);
    assert_eq!(project.read("passed.txt"), "second", "a run reads back what it has saved");
    let versions: Vec<_> = project.files().into_iter().filter(|file| file.starts_with("said.txt/")).collect();
    let list = project.wpipe(&["runs", "list"]).stdout;
    let ids: Vec<_> = list.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(versions, [format!("said.txt/{}/said.txt", ids[0]), format!("said.txt/{}/said.txt", ids[1])]);

    let pass = |flags: &[&str]| {
        let arguments: Vec<_> = ["run", "--quiet", "--nodes", "pass"].iter().chain(flags).copied().collect();
        let ended = project.wpipe(&arguments);
        (ended.code, if ended.code == 0 { project.read("passed.txt") } else { ended.stderr })
    };
    assert_eq!(pass(&[]), (0, "second".to_owned()), "the newest");
    assert_eq!(pass(&["--load-version", &format!("said:{}", ids[0])]), (0, "first".to_owned()));
    let (code, told) = pass(&["--load-version", "passed:x"]);
    assert_eq!(
        (code, told.as_str()),
        (2, "error: `passed` has no versions: it is no versioned dataset of the pipeline\n")
    );
}
