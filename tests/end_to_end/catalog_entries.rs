//! `wpipe catalog create` and `wpipe catalog resolve`: entries for what has none, and the entry that holds.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::Value;

use crate::support::{Ended, Project, filtered};

/// Tables, texts, partitions and a record; what a pattern, an entry and memory have, and what nothing has.
const MANIFEST: &str = "
[nodes.double]
uses = \"good/double\"
inputs = [\"flowers\"]
outputs = [\"larger flowers\"]

[nodes.pass]
uses = \"good/pass_text\"
inputs = [\"note\"]
outputs = [\"copy_of_note\"]

[nodes.again]
uses = \"good/pass_text\"
inputs = [\"copy_of_note\"]
outputs = [\"eu.note\"]

[nodes.each]
uses = \"good/pass_text\"
inputs = [\"days\"]
outputs = [\"loud_days\"]

[multinodes.each]
over = [\"days\"]

# What is kept by hand.
[datasets.note]   # the first
type = \"text\"
path = 'data/note.txt'
# versioned = true

[datasets.\"copy_{of}\"]
type = \"text\"
path = \"copies/{of}.txt\"

[params]
last = 1
";

fn project() -> Project {
    let project = Project::new(MANIFEST);
    project.write("data/note.txt", "hello");
    project.write("data/flowers.csv", "petal_length\n1.4\n");
    project.write("data/days/monday.txt", "monday");
    project
}

#[test]
fn what_has_no_entry_gets_one_of_a_fitting_type() {
    let project = project();
    let before = project.read("pipeline.toml");
    let mut told = format!("==== dry run\n{}", project.wpipe(&["catalog", "create", "--dry-run"]).told());
    assert_eq!(project.read("pipeline.toml"), before);
    told += &format!("==== create\n{}", project.wpipe(&["catalog", "create"]).told());
    let after = project.read("pipeline.toml");
    told += &format!("==== again\n{}", project.wpipe(&["catalog", "create"]).told());
    filtered(|| insta::assert_snapshot!(told));
    assert_eq!(project.read("pipeline.toml"), after);

    let run = project.wpipe(&["run", "--quiet"]);
    assert_eq!(run.code, 0, "{}", run.told());
    for made in ["copies/of_note.txt", "data/eu.note.txt", "data/larger_flowers.parquet"] {
        assert!(project.path(made).is_file(), "{made}");
    }
    assert_eq!(project.read("data/loud_days/monday.txt"), "monday");
}

#[test]
fn only_what_is_asked_for_is_added_into_the_folder_asked_for() {
    let project = project();
    let json = json(&project.wpipe(&["catalog", "create", "eu.note", "note", "--folder", "out/", "--format", "json"]));
    let entry = serde_json::json!({ "name": "eu.note", "type": "text", "path": "out/eu.note.txt", "suffix": null });
    assert_eq!(json["entries"], serde_json::json!([entry]));
    let unknown = project.wpipe(&["catalog", "create", "eu.nte"]);
    assert_eq!((unknown.code, unknown.stderr.contains("did you mean `eu.note`?")), (2, true), "{}", unknown.told());
}

#[test]
fn an_environment_gets_a_manifest_of_its_own() {
    let project = project();
    let before = project.read("pipeline.toml");
    let made = project.wpipe(&["catalog", "create", "eu.note", "--env", "prod"]);
    assert_eq!(made.code, 0, "{}", made.told());
    assert_eq!(
        project.read("pipeline.prod.toml"),
        "[datasets.\"eu.note\"]\ntype = \"text\"\npath = \"data/eu.note.txt\"\n"
    );
    assert_eq!(project.wpipe(&["catalog", "create", "--env", "prod"]).code, 0);
    assert_eq!(project.read("pipeline.prod.toml").matches("[datasets.").count(), 5);
    assert_eq!(project.read("pipeline.toml"), before);
    let refused = project.wpipe(&["catalog", "create", "--env", "../x"]);
    assert_eq!((refused.code, refused.stderr.contains("no name of an environment")), (2, true), "{}", refused.told());
}

#[test]
fn the_file_keeps_its_mark_its_line_ends_its_mode_and_its_link() {
    let project = project();
    let text = format!("\u{feff}{}", project.read("pipeline.toml").replace('\n', "\r\n"));
    project.write("kept/real.toml", &text);
    fs::set_permissions(project.path("kept/real.toml"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::remove_file(project.path("pipeline.toml")).unwrap();
    symlink("kept/real.toml", project.path("pipeline.toml")).unwrap();
    let made = project.wpipe(&["catalog", "create", "loud_days"]);
    assert_eq!(made.code, 0, "{}", made.told());
    assert!(project.path("pipeline.toml").is_symlink());
    let after = project.read("kept/real.toml");
    assert_eq!(fs::metadata(project.path("kept/real.toml")).unwrap().permissions().mode() & 0o777, 0o640);
    let entry = "[datasets.loud_days]\r\ntype = \"text\"\r\npath = \"data/loud_days\"\r\npartitioned = true\r\nsuffix = \
                 \".txt\"\r\n\r\n";
    assert_eq!(after.replacen(entry, "", 1), text);
}

#[test]
fn a_place_in_use_is_not_given_again() {
    let taken = MANIFEST.replace("copies/{of}.txt", "data/eu.note.txt");
    let project = Project::new(&taken);
    let json = json(&project.wpipe(&["catalog", "create", "eu.note", "--format", "json"]));
    assert_eq!(json["entries"][0]["path"], "data/eu.note-2.txt");

    // Below a set that takes everything for a partition there is no place.
    let all = MANIFEST.replacen(
        "[params]",
        "[datasets.days]\ntype = \"text\"\npath = \"data\"\npartitioned = true\n\n[params]",
        1,
    );
    let project = Project::new(&all);
    project.write("data/note.txt", "hello");
    let before = project.read("pipeline.toml");
    let refused = project.wpipe(&["catalog", "create", "loud_days"]);
    assert_eq!(refused.code, 2, "{}", refused.told());
    assert_eq!(project.read("pipeline.toml"), before);
}

#[test]
fn all_formats_of_a_dataset_get_one_file() {
    let formats = MANIFEST.replacen("\"eu.note\"", "\"eu.note@saved\"", 1);
    let reader = "[nodes.last]\nuses = \"good/pass_text\"\ninputs = [\"eu.note@loaded\"]\noutputs = [\"last\"]\n";
    let project = Project::new(&(reader.to_owned() + &formats));
    project.write("data/note.txt", "hello");
    assert_eq!(project.wpipe(&["catalog", "create", "eu.note@saved", "eu.note@loaded", "last"]).code, 0);
    let run = project.wpipe(&["run", "--quiet", "--to-nodes", "last"]);
    assert_eq!((run.code, project.read("data/last.txt").as_str()), (0, "hello"), "{}", run.told());
    assert_eq!(project.read("data/eu.note.txt"), "hello");
}

#[test]
fn a_manifest_that_cannot_be_replaced_is_told() {
    let project = project();
    fs::set_permissions(project.path("pipeline.toml"), fs::Permissions::from_mode(0o444)).unwrap();
    let refused = project.wpipe(&["catalog", "create"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (2, "error: failed to write `pipeline.toml`: it is read-only; `chmod u+w` it\n")
    );
    fs::set_permissions(project.path("pipeline.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    project.write("pipeline.toml.partial", "of another command");
    let refused = project.wpipe(&["catalog", "create"]);
    assert!(refused.stderr.contains("pipeline.toml.partial` is in the way"), "{}", refused.told());
    assert_eq!(project.read("pipeline.toml.partial"), "of another command");
}

#[test]
fn the_entry_that_holds_is_told_with_its_pattern_and_place() {
    let stored = MANIFEST.replacen("path = \"copies/{of}.txt\"", "url = \"s3://me:hush@lake/{of}.txt?sig=hush\"", 1);
    let project = Project::new(&stored);
    project.write("pipeline.prod.toml", "[datasets.note]\ntype = \"memory\"\n");
    let mut told = project.wpipe(&["catalog", "resolve"]).told();
    told += &project.wpipe(&["catalog", "resolve", "copy_x", "note", "--env", "prod"]).told();
    assert!(!told.contains("hush"), "{told}");
    filtered(|| insta::assert_snapshot!(told));

    let json = json(&project.wpipe(&["catalog", "resolve", "copy_x", "flowers", "--format", "json"]));
    assert_eq!((&json[0]["by"], &json[0]["pattern"]), (&"pattern".into(), &"copy_{of}".into()));
    assert_eq!((&json[0]["entry"]["type"], &json[1]["by"]), (&"text".into(), &"none".into()));
    assert_eq!(project.wpipe(&["catalog", "resolve", "nte"]).code, 2);
}

fn json(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{}", ended.told());
    serde_json::from_str(&ended.stdout).unwrap()
}
