//! Runs that fail: exit code 1 with the cause, 130 when interrupted, and nothing persisted is lost.

use std::fs;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::processes::interrupt;
use crate::support::{Project, filtered};

fn one_node(uses: &str, inputs: &str, params: &str) -> Project {
    let manifest = format!(
        "[params]\n{params}\n[nodes.n]\nuses = \"{uses}\"\ninputs = [{inputs}]\noutputs = [\"out\"]\n\
         [limits]\nmemory = \"64MiB\"\noutput = \"1MiB\"\nlog = \"64KiB\"\n\
         [datasets.blob]\ntype = \"bytes\"\npath = \"blob\"\n[datasets.out]\ntype = \"bytes\"\npath = \"out\"\n"
    );
    let project = Project::new(&manifest);
    project.write("blob", [7; 1000]);
    project
}

#[test]
fn every_kind_of_failure_is_told_with_its_cause() {
    let mut told = String::new();
    for attack in ["endless_loop", "memory_bomb", "deep_recursion", "no_output", "output_too_large"] {
        let project = one_node(&format!("hostile/{attack}"), "\"blob\"", "");
        if attack == "endless_loop" {
            project.write(
                "pipeline.toml",
                project.read("pipeline.toml").replace("[limits]\n", "[limits]\ntime = \"300ms\"\n"),
            );
        }
        let ended = project.wpipe(&["run", "--quiet"]);
        assert_eq!(ended.code, 1, "{}", ended.told());
        assert_eq!(project.files(), ["blob", "pipeline.toml"], "nothing half-written");
        told.push_str(&format!("==== {attack}\n{}", ended.stderr));
    }
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn a_panic_is_told_with_its_place_and_what_was_done_before() {
    let manifest = "
        [params]
        message = \"cannot go on\"

        [nodes.a_first]
        uses = \"good/pass_text\"
        inputs = [\"text\"]
        outputs = [\"copy\"]

        [nodes.b_breaks]
        uses = \"good/panics\"
        inputs = [\"params:message\"]
        outputs = [\"never\"]

        [datasets.text]
        type = \"text\"
        path = \"text.txt\"

        [datasets.copy]
        type = \"text\"
        path = \"copy.txt\"
    ";
    let project = Project::new(manifest);
    project.write("text.txt", "hello");
    let ended = project.wpipe(&["run", "--runner", "sequential", "--persist", "sync"]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    assert_eq!(project.read("copy.txt"), "hello", "what was persisted stays");
    filtered(|| insta::assert_snapshot!(ended.told()));
}

#[test]
fn a_nodes_own_error_is_told_in_its_words() {
    let project = one_node("good/fails", "\"params:message\"", "message = \"the sensor was off\"");
    let manifest = project.read("pipeline.toml").replace("outputs = [\"out\"]\n", "");
    project.write("pipeline.toml", manifest);
    let ended = project.wpipe(&["run", "--quiet"]);
    assert_eq!(ended.code, 1);
    filtered(|| insta::assert_snapshot!(ended.stderr));
}

#[test]
fn data_that_does_not_fit_its_format_is_told_with_its_place() {
    let manifest = "
        [nodes.double]
        uses = \"good/double\"
        inputs = [\"numbers\"]
        outputs = [\"doubled\"]

        [datasets.numbers]
        type = \"csv\"
        path = \"numbers.csv\"
    ";
    let project = Project::new(manifest);
    project.write("numbers.csv", "x,y\n1,2\n3\n");
    let ended = project.wpipe(&["run", "--quiet"]);
    assert_eq!(ended.code, 1);
    filtered(|| insta::assert_snapshot!(ended.stderr));
}

/// A project whose node reads `raw_sales` as its input `sales`.
fn sales(uses: &str, more: &str) -> Project {
    Project::new(&format!(
        "[nodes.total]\nuses = \"good/{uses}\"\ninputs = [\"raw_sales\"]\noutputs = [\"totals\"]\n{more}"
    ))
}

#[test]
fn a_column_that_does_not_fit_is_told_with_argument_dataset_and_what_to_paste() {
    let csv = "[datasets.raw_sales]\ntype = \"csv\"\npath = \"sales.csv\"\n";
    let mut told = String::new();
    let mut tell = |case: &str, project: &Project| {
        let ended = project.wpipe(&["run", "--quiet"]);
        assert_eq!(ended.code, 1, "{case}: {}", ended.told());
        told.push_str(&format!("==== {case}\n{}", ended.stderr));
    };

    let project = sales("sum_sales", csv);
    project.write("sales.csv", "shop,amount,note\nnorth,a lot,\n");
    tell("another kind", &project);
    project.write("sales.csv", "shop,amuont,note\nnorth,1,\n");
    tell("a column of another name", &project);
    project.write("sales.csv", "shop,amount,note\nnorth,1,\nnorth,,\n");
    tell("a missing value", &project);

    let project = sales("unwraps", csv);
    project.write("sales.csv", "shop,amount\nnorth,a lot\n");
    tell("a panic", &project);

    let in_memory = "[nodes.clean]\nuses = \"good/make_sales\"\ninputs = [\"params:rows\"]\noutputs = [\"raw_sales\"]\n\
                     [params]\nrows = 3\n";
    tell("made by a node", &sales("double", in_memory));

    let each = "[datasets.raw_sales]\ntype = \"csv\"\npath = \"sales\"\npartitioned = true\nsuffix = \".csv\"\n\
                [datasets.totals]\ntype = \"csv\"\npath = \"totals\"\npartitioned = true\nsuffix = \".csv\"\n";
    let partitions = |project: &Project| {
        project.write("sales/2026/01.csv", "shop,amount,note\nnorth,1.5,\n");
        project.write("sales/2026/02.csv", "shop,amount,note\nnorth,a lot,\n");
    };
    let project =
        sales("sum_sales", &format!("[multipipelines.months]\nnodes = [\"total\"]\nover = [\"raw_sales\"]\n{each}"));
    partitions(&project);
    tell("a partition of a multipipeline", &project);
    let project = sales("sum_sales_each", each);
    partitions(&project);
    tell("a partition that the node loads", &project);
    let project = sales("concat_tables", &each.replace("[datasets.totals]", "[datasets.other]"));
    partitions(&project);
    tell("partitions that differ", &project);
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn what_the_help_says_is_what_mends_it() {
    let project =
        sales("sum_sales", "[datasets.raw_sales]\ntype = \"csv\"\npath = \"sales.csv\"\ntypes = { note = \"text\" }\n");
    project.write("sales.csv", "shop,amount,note\n7,1,2\n7,2,\n");
    let failed = project.wpipe(&["run", "--quiet"]);
    assert!(failed.stderr.contains("column `shop` is i64, not text"), "{}", failed.told());
    assert!(failed.stderr.contains("`[datasets.raw_sales]`: `types = { shop = \"text\" }`"), "{}", failed.told());
    let manifest = project.read("pipeline.toml").replace("note = \"text\"", "note = \"text\", shop = \"text\"");
    project.write("pipeline.toml", manifest);
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
}

#[test]
fn a_save_that_fails_fails_the_run() {
    let project = one_node("hostile/echo", "\"blob\"", "");
    project.write("out/in_the_way", "a directory where the file should be");
    let ended = project.wpipe(&["run", "--quiet"]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    assert!(ended.stderr.contains("failed to save dataset `out` of node `n`"), "{}", ended.stderr);
}

#[test]
fn an_interrupt_ends_the_run_with_130() {
    let project = one_node("hostile/endless_loop", "\"blob\"", "");
    let mut child = project.command(&["run"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Running node: n") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "ended before the node ran");
    }
    interrupt(&child);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("error: interrupted\ncompleted 0 out of 1 nodes\n"), "{rest}");
    assert!(rest.contains("ERROR Pipeline execution was interrupted after"), "{rest}");
    assert_eq!(project.files(), ["blob", "pipeline.toml"]);

    // So it is where it was ended at once; without the word of it, it was killed.
    let state = || {
        let list = project.wpipe(&["runs", "list"]).stdout;
        list.lines().nth(1).unwrap().split_whitespace().nth(2).unwrap().to_owned()
    };
    let run = fs::read_dir(project.path(".wpipe/runs")).unwrap().next().unwrap().unwrap().file_name();
    let journal = format!(".wpipe/runs/{}/events.jsonl", run.display());
    let without = |event: &str| {
        let text = project.read(&journal);
        let left: Vec<_> = text.lines().filter(|line| !line.contains(&format!("\"event\":\"{event}\""))).collect();
        assert!(left.len() < text.lines().count(), "{text}");
        project.write(&journal, left.join("\n"));
    };
    assert_eq!(state(), "interrupted");
    without("run_failed");
    assert_eq!(state(), "interrupted");
    without("run_interrupted");
    assert_eq!(state(), "killed");
}

#[test]
fn events_that_cannot_be_written_fail_the_run_that_was_to_write_them() {
    let project = one_node("hostile/echo", "\"blob\"", "");
    if File::options().write(true).open("/dev/full").is_err() {
        return; // Only Linux has a disk that is always full.
    }
    let ended = project.wpipe(&["run", "--quiet", "--events", "/dev/full"]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    assert!(ended.stderr.contains("`/dev/full`"), "{}", ended.stderr);
}

#[test]
fn what_a_guest_says_forges_nothing() {
    let mut told = String::new();
    for attack in ["forged_error", "forged_panic", "forged_log"] {
        let project = one_node(&format!("hostile/{attack}"), "\"blob\"", "");
        let ended = project.wpipe(&["run", "--verbose"]);
        assert_eq!(ended.code, 1, "{}", ended.told());
        let shown = project.wpipe(&["runs", "show"]);
        let json = project.wpipe(&["runs", "show", "--format", "json"]);
        for text in [&ended.stderr, &shown.stdout, &json.stdout] {
            let obeyed = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{2028}\u{200b}\u{e0041}".contains(c);
            assert!(!text.contains(obeyed), "{text:?}");
        }
        // A line of the guest's own would begin with its time.
        let lines = ended.stderr.lines().filter(|line| line.contains("🎉"));
        let lines: Vec<_> = lines.collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with("    ")), "{lines:?}");
        told.push_str(&format!("==== {attack}\n{}", project.wpipe(&["run", "--quiet"]).stderr));
    }
    filtered(|| insta::assert_snapshot!(told));
}

#[test]
fn a_node_that_fails_while_its_partitions_are_saved_leaves_no_staged_file() {
    let manifest = "
        [nodes.n]
        uses = \"hostile/partitions_and_then_an_error\"
        inputs = [\"some\"]
        outputs = [\"many\"]

        [datasets.some]
        type = \"bytes\"
        path = \"some\"
        partitioned = true

        [datasets.many]
        type = \"bytes\"
        path = \"many\"
        partitioned = true
    ";
    let project = Project::new(manifest);
    project.write("some/a", "x");
    let ended = project.wpipe(&["run"]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    assert!(ended.stderr.contains("node `n` failed: gives up"), "{}", ended.told());
    assert!(!ended.stderr.contains("was cancelled"), "{}", ended.told());
    let staged: Vec<_> = project.files().into_iter().filter(|name| name.ends_with('~') || name.contains('#')).collect();
    assert!(staged.is_empty(), "{staged:?}");
}

#[test]
fn journals_are_private_and_keep_no_secrets() {
    let params = "pw = \"hush\"\nauth_header = \"hush\"\nconnection = \"postgres://me:hush@host/db\"\n\
                  tokens_per_batch = 5\ncookie = \"\"\ndb = { passphrase = \"\" }\n";
    let project = one_node("hostile/no_output", "\"blob\"", params);
    assert_eq!(project.wpipe(&["run", "--params", "cookie=hush", "--params", "db.passphrase=hush"]).code, 1);
    let runs = project.path(".wpipe/runs");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&runs), 0o700);
    let mut folders = fs::read_dir(&runs).unwrap().map(|entry| entry.unwrap().path());
    let run = folders.find(|path| path.is_dir()).expect("a run");
    for name in ["run.json", "events.jsonl"] {
        assert_eq!(mode(&run.join(name)), 0o600, "{name}");
        assert!(!fs::read_to_string(run.join(name)).unwrap().contains("hush"), "{name}");
    }
    let shown = project.wpipe(&["runs", "show", "--format", "json"]).stdout;
    assert!(shown.contains("\"tokens_per_batch\":5") && !shown.contains("hush"), "{shown}");
    // An excerpt of the manifest shows none either.
    project.write("pipeline.toml", project.read("pipeline.toml") + "\n[params.more]\ntoken = \"hush\" x\n");
    let told = project.wpipe(&["check"]).stderr;
    assert!(told.contains("token = \"****\"") && !told.contains("hush"), "{told}");
}
