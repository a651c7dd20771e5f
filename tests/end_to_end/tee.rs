//! What reaches storage, whatever happens: every mode saves the same bytes, and no failure loses what was made.

use std::io::Read;

use fastrand::Rng;

use crate::chain::{Chain, LINKS, blob};
use crate::processes::{interrupt, kill_at_random, start, wait_for};
use crate::support::{Project, filtered};

#[test]
fn every_mode_saves_the_same_by_every_runner() {
    let blob = blob();
    for persist in ["tee", "sync", "async", "cache", "cache+async", "off"] {
        for runner in [&["--runner", "sequential"][..], &["--workers", "1"], &["--workers", "4"]] {
            let chain = Chain::local(&blob, "");
            let arguments: Vec<_> = ["run", "--quiet", "--persist", persist].iter().chain(runner).copied().collect();
            let ended = chain.project.wpipe(&arguments);
            assert_eq!(ended.code, 0, "{persist} {runner:?}: {}", ended.told());
            let saved = if persist == "off" { 1 } else { LINKS };
            assert_eq!(chain.whole(), saved, "{persist} {runner:?}");
            let told = if persist == "off" { "made, and not in storage: `d1`, `d2`, `d3`, `d4`, `d5`\n" } else { "" };
            assert_eq!(ended.stderr, told, "{persist} {runner:?}");
        }
    }
}

#[test]
fn a_small_memory_budget_only_makes_producers_wait() {
    let blob = blob();
    for persist in ["tee", "cache", "off"] {
        let chain = Chain::local(&blob, "");
        let ended = chain.project.wpipe(&["run", "--quiet", "--persist", persist, "--memory", "1MiB"]);
        assert_eq!(ended.code, 0, "{persist}: {}", ended.told());
        assert_eq!(chain.whole(), if persist == "off" { 1 } else { LINKS });
    }
}

#[test]
fn kill_minus_nine_at_any_moment_leaves_only_whole_datasets() {
    let chain = Chain::local(&blob(), "");
    let mut random = Rng::with_seed(42);
    for moment in 0..20 {
        kill_at_random(&mut random, 1..32, chain.project.command(&["run", "--workers", "2"]));
        chain.whole();
        // Every other time over what is there, every other time from nothing.
        if moment % 2 == 0 {
            let _ = std::fs::remove_dir_all(chain.project.path("out"));
        }
    }
    let ended = chain.project.wpipe(&["run", "--quiet"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    assert_eq!(chain.whole(), LINKS);
    chain.assert_nothing_staged();
    let list = chain.project.wpipe(&["runs", "list"]).stdout;
    assert!(list.lines().count() == 22 && list.contains("killed"), "every run has its journal:\n{list}");
}

/// A chain at whose end a node computes until somebody stops it.
fn unending(blob: &[u8], options: &str) -> Chain {
    let chain = Chain::local(blob, options);
    let end = format!("[nodes.end]\nuses = \"hostile/endless_loop\"\ninputs = [\"d{LINKS}\"]\noutputs = [\"never\"]\n");
    chain.project.write("pipeline.toml", chain.project.read("pipeline.toml") + &end);
    chain
}

#[test]
fn the_first_interrupt_finishes_saves_and_the_second_does_not() {
    let blob = blob();
    let run = ["run", "--runner", "sequential", "--persist", "tee"];
    let chain = unending(&blob, "delay = { save = \"300ms\" }");
    let (mut child, mut events) = start(chain.project.command(&run));
    wait_for(&mut events, "dataset_produced", "d1");
    interrupt(&child);
    let mut rest = String::new();
    events.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    let produced = rest.matches("dataset_produced").count() + 1;
    assert_eq!(chain.whole(), produced, "all that was made is in storage: {rest}");

    let chain = unending(&blob, "delay = { save = \"1h\" }");
    let (mut child, mut events) = start(chain.project.command(&run));
    wait_for(&mut events, "save_started", "d1");
    interrupt(&child);
    wait_for(&mut events, "run_interrupted", "");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(chain.whole(), 0);
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
        let project = Chain::local(b"hello", "").project;
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
