//! Wrong input: exit code 2, everything that is wrong with its place, and no file written.

use crate::support::{Project, filtered};

/// Runs `wpipe check` and `wpipe run` on a manifest that neither may accept.
fn refused(name: &str, project: &Project) {
    let before = project.files();
    let check = project.wpipe(&["check"]);
    let run = project.wpipe(&["run"]);
    assert_eq!((check.code, run.code), (2, 2), "{name}: {}", check.told());
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    assert_eq!(project.files(), before, "no file is written");
    filtered(|| insta::assert_snapshot!(name, check.told()));
}

const DOUBLE: &str = "
[nodes.double]
inputs = [\"numbers\"]
outputs = [\"doubled\"]
uses = \"good/double\"

[datasets.numbers]
type = \"csv\"
path = \"numbers.csv\"

[datasets.doubled]
type = \"csv\"
path = \"out/doubled.csv\"
";

fn with(manifest: &str) -> Project {
    let project = Project::new(manifest);
    project.write("numbers.csv", "x\n1.5\n2.5\n");
    project
}

#[test]
fn the_manifest_they_are_made_from_is_in_order() {
    let project = with(DOUBLE);
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 0, "{}", run.told());
    assert_eq!(project.read("out/doubled.csv"), "x\n3.0\n5.0\n");
}

#[test]
fn an_unknown_key() {
    refused("unknown_key", &with(&DOUBLE.replace("outputs =", "output =")));
}

#[test]
fn an_unknown_dataset_with_a_near_miss() {
    refused("unknown_dataset", &with(&DOUBLE.replace("inputs = [\"numbers\"]", "inputs = [\"numbrs\"]")));
}

#[test]
fn two_producers() {
    let second = "\n[nodes.again]\nuses = \"good/double\"\ninputs = [\"numbers\"]\noutputs = [\"doubled\"]\n";
    refused("two_producers", &with(&format!("{DOUBLE}{second}")));
}

#[test]
fn a_cycle() {
    let back = "\n[nodes.back]\nuses = \"good/double\"\ninputs = [\"doubled\"]\noutputs = [\"numbers\"]\n";
    refused("cycle", &with(&format!("{DOUBLE}{back}")));
}

#[test]
fn a_schema_mismatch_between_nodes() {
    let consumer = "\n[nodes.shout]\nuses = \"good/pass_text\"\ninputs = [\"doubled\"]\noutputs = [\"loud\"]\n";
    refused("schema_mismatch", &with(&format!("{DOUBLE}{consumer}")));
}

#[test]
fn a_format_that_does_not_hold_the_type() {
    refused(
        "format_mismatch",
        &with(&DOUBLE.replace("type = \"csv\"\npath = \"numbers.csv\"", "type = \"text\"\npath = \"numbers.csv\"")),
    );
}

#[test]
fn a_missing_component() {
    refused("missing_component", &with(&DOUBLE.replace("good/double", "god/double")));
    let absent = "[pipeline]\nname = \"x\"\n[components.gone]\npath = \"gone.wasm\"\n[nodes.n]\noutputs = [\"o\"]\n";
    refused("missing_component_file", &Project::bare(absent));
}

#[test]
fn a_node_that_the_component_does_not_export() {
    refused("unknown_function", &with(&DOUBLE.replace("good/double", "good/duble")));
}

#[test]
fn too_few_inputs() {
    refused("arity", &with(&DOUBLE.replace("inputs = [\"numbers\"]", "inputs = [\"numbers\", \"numbers\"]")));
}

#[test]
fn bad_toml() {
    refused("bad_toml", &with("[nodes.double\ninputs = "));
}

#[test]
fn a_wrong_option_of_a_format() {
    refused(
        "wrong_option",
        &with(&DOUBLE.replace("path = \"numbers.csv\"", "path = \"numbers.csv\"\ndelimitr = \";\"")),
    );
}

#[test]
fn an_input_file_that_is_not_there() {
    refused("missing_input_file", &Project::new(DOUBLE));
}

#[test]
fn several_things_at_once() {
    let manifest = DOUBLE
        .replace("good/double", "good/duble")
        .replace("type = \"csv\"\npath = \"out", "type = \"cvs\"\npath = \"out");
    refused("several", &Project::new(&manifest));
}

#[test]
fn a_manifest_that_is_not_there() {
    let project = Project::bare("");
    let ended = project.wpipe(&["run", "other.toml"]);
    assert_eq!(ended.code, 2);
    insta::assert_snapshot!(ended.stderr, @"error: failed to read `other.toml`: No such file or directory (os error 2)");
}

const NOTES: &str = "
[nodes.copy]
uses = \"good/copy_text\"
inputs = [\"notes\"]
outputs = [\"copies\"]

[multinodes.copy]
over = [\"notes\"]

[nodes.see]
uses = \"good/concat_texts\"
inputs = [\"copies\"]
outputs = [\"all\"]

[datasets.notes]
type = \"text\"
path = \"notes\"
partitioned = true

[datasets.copies]
type = \"text\"
path = \"./notes/copies/\"
partitioned = true

[datasets.all]
type = \"text\"
path = \"notes/copies/all.txt\"
";

#[test]
fn datasets_in_each_others_way() {
    let project = Project::new(NOTES);
    project.write("notes/a", "one");
    refused("overlapping_places", &project);
}

#[test]
fn a_set_where_the_journals_are() {
    let project = Project::new(&NOTES.replace("./notes/copies/", ".").replace("notes/copies/all.txt", "all.txt"));
    project.write("notes/a", "one");
    refused("set_in_the_projects_folder", &project);
}

#[test]
fn a_misspelt_key_of_a_dataset() {
    for (wrong, meant) in [
        ("sufix = \".txt\"", "suffix"),
        ("partition = true", "partitioned"),
        ("prunes = true", "prune"),
        ("chekpoint = true", "checkpoint"),
        ("version = true", "versioned"),
        ("presist = \"sync\"", "persist"),
        ("relod = true", "reload"),
        ("delays = { load = \"1s\" }", "delay"),
        ("Store = \"lake\"", "store"),
    ] {
        let project = Project::new(&NOTES.replace("./notes/copies/", &format!("copies\"\n{wrong}\n#")));
        let told = project.wpipe(&["check"]);
        assert_eq!(told.code, 2, "{wrong}: {}", told.told());
        assert!(told.stderr.contains(&format!("help: did you mean `{meant}`?")), "{wrong}: {}", told.told());
        // What it suggests is a key.
        let right = wrong.replace(wrong.split(' ').next().unwrap(), meant);
        let project = Project::new(&NOTES.replace("./notes/copies/", &format!("copies\"\n{right}\n#")));
        assert!(!project.wpipe(&["check"]).stderr.contains("is no option"), "{right}");
    }
}

#[test]
fn a_suffix_that_fits_no_object() {
    let manifest =
        NOTES.replace("./notes/copies/", "copies").replace("path = \"notes\"", "path = \"notes\"\nsuffix = \".csv\"");
    let project = Project::new(&manifest.replace("notes/copies/all.txt", "all.txt"));
    for id in ["a.txt", "b.txt", "c.txt"] {
        project.write(&format!("notes/{id}"), "text");
    }
    refused("suffix_of_no_object", &project);
    // Where it may happen that there is nothing, it is none.
    let project = Project::new(
        &manifest.replace("over =", "on_empty = \"skip\"\nover =").replace("notes/copies/all.txt", "all.txt"),
    );
    project.write("notes/README.md", "text");
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 0, "{}", run.told());
}
