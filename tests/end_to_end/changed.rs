//! What is recorded of runs, when the manifest, the inputs or the records themselves are not what they were.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Command;

use crate::partitions::in_place_of;
use crate::support::{Ended, Project, ended, filtered};

/// `in ─► a ─► mid ─► b ─► out`: `b` fails if the text has the word in it.
fn two(word: &str, first: &str, second: &str) -> Project {
    let project = Project::new(&manifest(word, first, second, ""));
    project.write("in.txt", "hello");
    project
}

fn manifest(word: &str, first: &str, second: &str, mid: &str) -> String {
    format!(
        "[params]\nword = \"{word}\"\n[nodes.{first}]\nuses = \"good/upper\"\ninputs = [\"in\"]\noutputs = [\"mid\"]\n\
         [nodes.{second}]\nuses = \"good/fail_on\"\ninputs = [\"mid\", \"params:word\"]\noutputs = [\"out\"]\n\
         [datasets]\nin = {{ type = \"text\", path = \"in.txt\" }}\nout = {{ type = \"text\", path = \"out.txt\" }}\n\
         mid = {{ type = \"text\", path = \"mid.txt\" {mid} }}\n"
    )
}

/// Writes another manifest behind the same components.
fn rewrite(project: &Project, rest: &str) {
    let before = project.read("pipeline.toml");
    let at = before.find("[params]").unwrap();
    project.write("pipeline.toml", format!("{}{rest}", &before[..at]));
}

fn resume(project: &Project) -> Ended {
    project.wpipe(&["run", "--resume", "--quiet"])
}

#[test]
fn a_node_that_the_failed_run_did_not_know_runs_when_it_is_resumed() {
    let project = two("HELLO", "a", "b");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    rewrite(&project, &manifest("none", "a", "c", ""));
    let resumed = resume(&project);
    assert_eq!(resumed.code, 0, "{}", resumed.told());
    assert_eq!(project.read("out.txt"), "HELLO");
    filtered(|| insta::assert_snapshot!(resumed.told()));
}

#[test]
fn a_node_that_is_gone_and_leaves_nothing_to_do_is_no_success() {
    let project = two("HELLO", "a", "b");
    assert_eq!(project.wpipe(&["run", "--quiet", "--nodes", "a,b"]).code, 1);
    rewrite(&project, &manifest("none", "a", "c", ""));
    let resumed = resume(&project);
    assert_eq!(resumed.code, 2, "{}", resumed.told());
    assert!(resumed.stderr.contains("`b`") && resumed.stderr.contains("--from-nodes"), "{}", resumed.told());
}

#[test]
fn a_completed_node_of_another_definition_runs_again() {
    let cases = [
        (manifest("none", "a", "b", "").replace("good/upper", "good/pass_text"), "`uses`"),
        (manifest("none", "a", "b", ", reload = true"), "option `reload` of `mid`"),
        (manifest("none", "a", "b", "").replace("mid.txt", "other.txt"), "option `path` of `mid`"),
    ];
    for (changed, what) in cases {
        let project = two("HELLO", "a", "b");
        project.write("other.txt", "of somebody else");
        assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
        rewrite(&project, &changed);
        let resumed = resume(&project);
        assert_eq!(resumed.code, 0, "{what}: {}", resumed.told());
        let expected = format!("node `a` runs again: {what} changed");
        assert!(resumed.stderr.contains(&expected), "{}", resumed.told());
        let made = if what == "`uses`" { "hello" } else { "HELLO" };
        assert_eq!(project.read("out.txt"), made, "{what}");
    }
}

#[test]
fn what_has_changed_for_what_is_kept_is_told_with_how_to_make_it_again() {
    let before = manifest("HELLO", "a", "b", "")
        .replace("\"good/upper\"\ninputs = [\"in\"]", "\"good/join_texts\"\ninputs = [\"in\", \"in\"]");
    let project = Project::new(&before);
    project.write("in.txt", "HELLO");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    project.write("in.txt", "HELLO, WORLD");
    rewrite(&project, &before.replace("word = \"HELLO\"", "word = \"none\""));
    let resumed = resume(&project);
    assert_eq!((resumed.code, project.read("out.txt").as_str()), (0, "HELLOHELLO"), "{}", resumed.told());
    filtered(|| insta::assert_snapshot!(resumed.told()));
}

#[test]
fn a_second_resumption_still_runs_what_was_added_in_between() {
    let project = two("HELLO", "a", "b");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    assert_eq!(resume(&project).code, 1);
    let more = "[nodes.d]\nuses = \"good/pass_text\"\ninputs = [\"in\"]\noutputs = [\"more\"]\n\
                [datasets.more]\ntype = \"text\"\npath = \"more.txt\"\n";
    let changed = manifest("none", "a", "b", "").replace("[datasets]", &format!("{more}[datasets]"));
    rewrite(&project, &changed);
    let resumed = resume(&project);
    assert_eq!((resumed.code, project.read("more.txt").as_str()), (0, "hello"), "{}", resumed.told());
}

#[test]
fn a_second_resumption_still_knows_what_the_first_run_had_done() {
    let project = two("HELLO", "a", "b");
    project.write("other.txt", "of somebody else");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    assert_eq!(resume(&project).code, 1);
    rewrite(&project, &manifest("none", "a", "b", "").replace("mid.txt", "other.txt"));
    let resumed = resume(&project);
    assert_eq!((resumed.code, project.read("out.txt").as_str()), (0, "HELLO"), "{}", resumed.told());
}

#[test]
fn a_journal_of_the_first_format_is_resumed() {
    let project = two("HELLO", "a", "b");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    let description = run_folders(&project).remove(0).join("run.json");
    let mut old: serde_json::Value = serde_json::from_slice(&fs::read(&description).unwrap()).unwrap();
    let keys = old.as_object_mut().unwrap();
    for new in ["format", "manifest_nodes", "calls"] {
        assert!(keys.remove(new).is_some(), "{new}");
    }
    fs::write(&description, old.to_string()).unwrap();
    rewrite(&project, &manifest("none", "a", "b", ""));
    let resumed = resume(&project);
    assert_eq!((resumed.code, project.read("out.txt").as_str()), (0, "HELLO"), "{}", resumed.told());
}

/// The folders of all runs, the oldest first.
fn run_folders(project: &Project) -> Vec<PathBuf> {
    let entries = fs::read_dir(project.path(".wpipe/runs")).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// What is done to a run's folder, and what it is called.
type Damage = (&'static str, fn(&PathBuf));

#[test]
fn a_damaged_journal_is_told_and_hides_no_other() {
    let damages: [Damage; 6] = [
        ("cut short", |run| fs::write(run.join("run.json"), &fs::read(run.join("run.json")).unwrap()[..20]).unwrap()),
        ("empty", |run| fs::write(run.join("run.json"), "").unwrap()),
        ("no text", |run| fs::write(run.join("run.json"), b"\xff\xfe").unwrap()),
        ("of other types", |run| fs::write(run.join("run.json"), r#"{"id": 7}"#).unwrap()),
        ("a folder", |run| {
            fs::remove_file(run.join("run.json")).unwrap();
            fs::create_dir(run.join("run.json")).unwrap();
        }),
        ("without events", |run| fs::remove_file(run.join("events.jsonl")).unwrap()),
    ];
    for (what, damage) in damages {
        let project = two("HELLO", "a", "b");
        for _ in 0..2 {
            assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
        }
        fs::create_dir_all(project.path(".wpipe/runs/notes")).unwrap();
        let [good, bad] = [0, 1].map(|run| run_folders(&project)[run].clone());
        damage(&bad);
        let [good, bad] = [good, bad].map(|run| run.file_name().unwrap().to_str().unwrap().to_owned());

        let listed = project.wpipe(&["runs", "list"]);
        assert_eq!(listed.code, 0, "{what}: {}", listed.told());
        assert!(listed.stdout.contains(&good) && listed.stderr.contains(&bad), "{what}: {}", listed.told());
        assert!(!listed.told().contains("notes"), "{what}: {}", listed.told());
        for arguments in [&["runs", "show"][..], &["runs", "diff", &good], &["run", "--resume"]] {
            let refused = project.wpipe(arguments);
            assert_eq!(refused.code, 2, "{what}: {}", refused.told());
            assert!(refused.stderr.contains(&bad) && refused.stderr.contains("damaged"), "{}", refused.told());
        }
        assert_eq!(project.wpipe(&["runs", "show", &good]).code, 0);
        assert_eq!(project.wpipe(&["run", "--quiet", "--resume", &good]).code, 1, "`b` fails again");
    }
}

#[test]
fn lines_of_a_journal_that_are_damaged_are_counted_and_count_as_nothing() {
    let project = two("HELLO", "a", "b");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    let events = run_folders(&project)[0].join("events.jsonl");
    let mut bytes = b"\xff\xfe\nnull\n".to_vec();
    bytes.extend(fs::read(&events).unwrap());
    fs::write(&events, bytes).unwrap();
    let shown = project.wpipe(&["runs", "show"]);
    assert!(shown.stdout.contains("2 lines of its journal cannot be read"), "{}", shown.told());
    rewrite(&project, &manifest("none", "a", "b", ""));
    assert_eq!(resume(&project).code, 0);
}

#[test]
fn where_no_journal_can_be_written_nothing_runs_and_the_flag_is_named() {
    let project = two("none", "a", "b");
    project.write(".wpipe", "a file");
    let refused = project.wpipe(&["run"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("--no-journal"), "{}", refused.told());
    assert!(!project.path("mid.txt").exists());
    assert_eq!(project.wpipe(&["run", "--quiet", "--no-journal"]).code, 0);
    assert_eq!(project.read("out.txt"), "HELLO");
}

#[test]
fn what_cannot_be_recorded_is_told_before_anything_runs_and_runs_all_the_same() {
    let project = two("none", "a", "b");
    project.write(".wpipe/incremental", "a file");
    let ended = project.wpipe(&["run", "--incremental"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    let warned = ended.stderr.find("makes again what this one makes").expect("it is told");
    assert!(warned < ended.stderr.find("Running node").unwrap(), "{}", ended.told());
    assert_eq!(project.read("out.txt"), "HELLO");
}

#[test]
fn a_final_output_that_nothing_stores_is_told() {
    let project = two("none", "a", "b");
    let stored = project.read("pipeline.toml");
    project.write("pipeline.toml", stored.replace("out = { type = \"text\", path = \"out.txt\" }\n", ""));
    for arguments in [&["plan"][..], &["check"], &["run", "--quiet"]] {
        let told = project.wpipe(arguments);
        assert_eq!(told.code, 0);
        assert!(told.told().contains("stored nowhere: `out`"), "{arguments:?}: {}", told.told());
    }
    project.write("pipeline.toml", stored);
    for arguments in [&["plan"][..], &["check"], &["run", "--quiet"]] {
        assert!(!project.wpipe(arguments).told().contains("stored nowhere"), "{arguments:?}");
    }
}

#[test]
fn two_pipelines_over_one_set_each_have_a_checkpoint() {
    let each = |name: &str| {
        format!(
            "[params]\n[nodes.n]\nuses = \"good/upper\"\ninputs = [\"raw\"]\noutputs = [\"{name}\"]\n\
             [multinodes.n]\nover = [\"raw\"]\n[datasets.raw]\ntype = \"text\"\npath = \"raw\"\npartitioned = true\n\
             checkpoint = true\n[datasets.{name}]\ntype = \"text\"\npath = \"{name}\"\npartitioned = true\n"
        )
    };
    let project = Project::new(&each("one"));
    let other = project.read("pipeline.toml").replace("name = \"test\"", "name = \"other\"");
    project.write("other.toml", other.replace("\"one\"", "\"two\"").replace("datasets.one", "datasets.two"));
    // As the first version of the file had it: of whoever has no id of his own.
    project.write("raw/.wpipe/checkpoint.json", r#"{"id":"1"}"#);
    for id in ["1", "2"] {
        project.write(&format!("raw/{id}"), "text");
    }
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    project.write("raw/3", "text");
    assert_eq!(project.wpipe(&["run", "--quiet", "other.toml"]).code, 0);
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    for (name, expected) in [("one", ["2", "3"]), ("two", ["2", "3"])] {
        let made = expected.map(|id| project.path(&format!("{name}/{id}")).exists());
        assert_eq!((made, project.path(&format!("{name}/1")).exists()), ([true, true], false), "{name}");
    }
    let kept: serde_json::Value = serde_json::from_str(&project.read("raw/.wpipe/checkpoint.json")).unwrap();
    assert_eq!(kept, serde_json::json!({ "id": "1", "consumers": { "other": "3", "test": "3" } }));
}

#[test]
fn a_checkpoint_that_cannot_be_kept_with_its_set_is_kept_in_the_project() {
    let project = Project::new(
        "[nodes.n]\nuses = \"good/upper\"\ninputs = [\"raw\"]\noutputs = [\"out\"]\n[multinodes.n]\nover = [\"raw\"]\n\
         [datasets.raw]\ntype = \"text\"\npath = \"raw\"\npartitioned = true\ncheckpoint = true\n\
         [datasets.out]\ntype = \"text\"\npath = \"out\"\npartitioned = true\n",
    );
    project.write("raw/1", "text");
    let raw = project.path("raw");
    fs::set_permissions(&raw, fs::Permissions::from_mode(0o555)).unwrap();
    let run = project.command(&["run", "--quiet"]);
    // What root may do does not depend on the folder's permissions.
    let outcome = if raw.metadata().unwrap().uid() == 0 {
        let mut plain = Command::new("setpriv");
        plain.args(["--bounding-set", "-all", "--inh-caps", "-all"]);
        in_place_of(&mut plain, run).output()
    } else {
        { run }.output()
    };
    fs::set_permissions(&raw, fs::Permissions::from_mode(0o755)).unwrap();
    let ended = ended(outcome.unwrap());
    assert_eq!(ended.code, 0, "{}", ended.told());
    assert!(project.path(".wpipe/checkpoints").read_dir().unwrap().next().is_some());
    assert!(!project.path("raw/.wpipe").exists());
}

#[test]
fn what_was_replaced_since_it_was_saved_is_made_again() {
    let project = two("HELLO", "a", "b");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    project.write("mid.txt", "cut off");
    rewrite(&project, &manifest("none", "a", "b", ""));
    let resumed = resume(&project);
    assert_eq!((resumed.code, project.read("out.txt").as_str()), (0, "HELLO"), "{}", resumed.told());
    let told = "`mid` is not what the run saved there: node `a` runs again";
    assert!(resumed.stderr.contains(told), "{}", resumed.told());
}

#[test]
fn what_another_run_has_replaced_is_made_again_also_two_resumptions_later() {
    let project = two("HELLO", "a", "b");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    let latest =
        || fs::read_dir(project.path(".wpipe/runs")).unwrap().map(|run| run.unwrap().file_name()).max().unwrap();
    assert_eq!(resume(&project).code, 1);
    let id = latest().into_string().unwrap();
    let other = project.wpipe(&["run", "--nodes", "a", "--no-journal", "--quiet"]);
    assert_eq!(other.code, 0, "{}", other.told());
    project.write("mid.txt", "OTHER");
    rewrite(&project, &manifest("none", "a", "b", ""));
    let resumed = project.wpipe(&["run", "--resume", &id, "--quiet"]);
    assert_eq!((resumed.code, project.read("out.txt").as_str()), (0, "HELLO"), "{}", resumed.told());
}

#[test]
fn the_latest_run_is_the_one_that_began_last_whatever_the_clock_says() {
    let project = two("HELLO", "a", "b");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    let runs = project.path(".wpipe/runs");
    let first = fs::read_dir(&runs).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    // As if that one had begun when the clock was far ahead.
    fs::rename(runs.join(&first), runs.join("2099-01-01T00.00.00.000000000000Z")).unwrap();
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    let mut names: Vec<_> = fs::read_dir(&runs).unwrap().map(|run| run.unwrap().file_name()).collect();
    names.sort();
    assert!(names[1].to_str().unwrap().starts_with("2099-01-01T00.00.00"), "{names:?}");
}

#[test]
fn a_file_written_in_place_with_its_size_and_time_put_back_is_another_one() {
    let project = two("none", "a", "b");
    let run = || project.wpipe(&["run", "--incremental", "--quiet"]);
    assert_eq!(run().code, 0);
    let path = project.path("in.txt");
    let before = fs::metadata(&path).unwrap();
    fs::write(&path, "world").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(before.modified().unwrap()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), before.ino());
    assert_eq!((run().code, project.read("out.txt").as_str()), (0, "WORLD"));
}

#[test]
fn a_result_that_somebody_overwrites_during_the_run_is_made_again() {
    // While the second node computes, the first one's result becomes another.
    let body = "[nodes.a]\nuses = \"good/upper\"\ninputs = [\"in\"]\noutputs = [\"mid\"]\n[nodes.b]\nuses = \"good/upper\"\n\
                inputs = [\"mid\"]\noutputs = [\"out\"]\n[datasets]\nin = { type = \"text\", path = \"in.txt\" }\n\
                mid = { type = \"text\", path = \"mid.txt\" }\nout = { type = \"text\", path = \"out.txt\", delay = { save = \"700ms\" } }\n";
    let project = Project::new(body);
    project.write("in.txt", "hello");
    let mut run = project.command(&["run", "--incremental", "--quiet"]).spawn().unwrap();
    let is_saved = || {
        let runs = fs::read_dir(project.path(".wpipe/runs")).into_iter().flatten();
        let journals = runs.filter_map(|run| fs::read_to_string(run.unwrap().path().join("events.jsonl")).ok());
        journals.into_iter().any(|events| {
            events.lines().any(|line| line.contains("save_completed") && line.contains("\"dataset\":\"mid\""))
        })
    };
    while !is_saved() {
        assert!(run.try_wait().unwrap().is_none(), "mid is saved before out");
        std::thread::yield_now();
    }
    project.write("mid.txt", "OTHER");
    assert!(run.wait().unwrap().success());
    let again = project.wpipe(&["run", "--incremental"]);
    assert_eq!((again.code, project.read("mid.txt").as_str()), (0, "HELLO"), "{}", again.told());
}

/// `in` has versions, `mid` as well; `b` fails if the text has the word in it.
fn versioned(word: &str) -> String {
    let manifest = manifest(word, "a", "b", ", versioned = true");
    manifest.replace("path = \"in.txt\"", "path = \"in.txt\", versioned = true")
}

#[test]
fn a_resumed_run_loads_the_versions_that_its_run_was_told_to_load() {
    let project = Project::new(&versioned("OLD"));
    for (version, text) in [("2024-01-01", "old"), ("2024-01-02", "new")] {
        project.write(&format!("in.txt/{version}/in.txt"), text);
    }
    let run = project.wpipe(&["run", "--quiet", "--load-version", "in:2024-01-01"]);
    assert_eq!(run.code, 1, "{}", run.told());
    // The first node is to run again, and reads what it read.
    fs::remove_dir_all(project.path("mid.txt")).unwrap();
    rewrite(&project, &versioned("none"));
    let resumed = resume(&project);
    assert_eq!((resumed.code, project.read("out.txt").as_str()), (0, "OLD"), "{}", resumed.told());
}

#[test]
fn a_version_of_what_the_run_makes_is_not_loaded() {
    let project = Project::new(&versioned("none"));
    project.write("in.txt/2024-01-01/in.txt", "old");
    let told = project.wpipe(&["run", "--load-version", "mid:2024-01-01"]);
    assert!(told.code == 2 && told.stderr.contains("`mid` is made by node `a` of this run"), "{}", told.told());
}
