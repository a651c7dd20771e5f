//! Slips of hand on the command line, in manifests and in folders: told with what to write, and never a wrong answer.

use crate::support::Project;

/// A node that says a parameter, beside one with a table of its own.
const SAYS: &str = "
[params]
v = \"x\"
w = 1
[params.train]
learning_rate = 0.1
[nodes.say]
uses = \"good/says\"
inputs = [\"params:v\"]
outputs = [\"said\"]
[datasets.said]
type = \"text\"
path = \"said.txt\"
";

/// Passes a text on.
const PASS: &str = "
[nodes.pass]
uses = \"good/pass_text\"
inputs = [\"a\"]
outputs = [\"b\"]
[datasets.a]
type = \"text\"
path = \"a.txt\"
[datasets.b]
type = \"text\"
path = \"b.txt\"
";

/// Reads a set of texts as a whole.
const WHOLE: &str = "
[nodes.see]
uses = \"good/concat_texts\"
inputs = [\"raw\"]
outputs = [\"all\"]
[datasets.raw]
type = \"text\"
path = \"raw\"
partitioned = true
suffix = \".txt\"
[datasets.all]
type = \"text\"
path = \"all.txt\"
";

fn refused(project: &Project, arguments: &[&str], part: &str) {
    let ended = project.wpipe(arguments);
    assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.told());
    // Words are wrapped at the terminal's width.
    let told = ended.stderr.replace("│", " ");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(part), "{arguments:?}: {}", ended.told());
}

#[test]
fn parameters_reach_their_node_whatever_is_in_them() {
    let project = Project::new(SAYS);
    for (params, said) in [
        (&["v=O'Brien,w=5"][..], "O'Brien"),
        (&["w=5,v=a]b"], "a]b"),
        (&["v=\"a,b\""], "a,b"),
        (&["v=k=v,w=2"], "k=v"),
        (&["v="], ""),
        (&["v=a\nb"], "a\nb"),
        (&["v=1 # one"], "1 # one"),
        (&["v=one", "v=two"], "two"),
    ] {
        let mut arguments = vec!["run", "--quiet"];
        arguments.extend(params.iter().flat_map(|params| ["--params", params]));
        let ended = project.wpipe(&arguments);
        assert_eq!(ended.code, 0, "{params:?}: {}", ended.told());
        assert_eq!(project.read("said.txt"), said, "{params:?}");
    }
}

#[test]
fn slips_in_parameters_are_told() {
    let project = Project::new(SAYS);
    for (params, part) in [
        ("v='a,w=5", "with `'`"),
        ("v=[1,w=5", "with `]`"),
        ("w=abc", "`w` is a number in the manifest"),
        ("train.lerning_rate=1", "did you mean `train.learning_rate`?"),
        ("train={ lerning_rate = 1 }", "did you mean `train.learning_rate`?"),
        ("train.depth=1", "a new one is added to `[params.train]`"),
        ("w.x=1", "`w` is a value in the manifest and no table"),
        ("train=1", "`train` is a table in the manifest"),
        ("\u{ff56}=1", "there is no parameter"),
    ] {
        refused(&project, &["run", "--params", params], part);
    }
}

#[test]
fn slips_in_an_environments_manifest_are_told() {
    let stores = "[stores.lake]\nurl = \"s3://dev\"\n";
    let project = Project::new(&format!("{SAYS}{stores}"));
    for (manifest, part) in [
        ("[params.train]\nlerning_rate = 1\n", "did you mean `train.learning_rate`?"),
        ("[params]\nrounds = 1\n", "there is no parameter `rounds`"),
        ("[datasets.siad]\ntype = \"text\"\npath = \"x\"\n", "did you mean `said`?"),
        ("[stores.laek]\nurl = \"s3://prod\"\n", "did you mean `lake`?"),
        ("[components.god]\npath = \"x.wasm\"\n", "did you mean `good`?"),
        ("[paramz]\nv = 1\n", "did you mean `params`?"),
    ] {
        project.write("pipeline.prod.toml", manifest);
        refused(&project, &["plan", "--env", "prod"], part);
    }
    project.write("pipeline.prod.toml", "[params]\nv = \"prod\"\n[params.train]\nmomentum = 1\n");
    assert_eq!(project.wpipe(&["plan", "--env", "prod"]).code, 0);
}

#[test]
fn paths_that_lead_elsewhere_are_refused_and_make_nothing() {
    for (path, part) in [
        ("s3://bucket/b.txt", "write `url = \"s3://bucket/b.txt\"`"),
        ("gs://bucket/b.txt", "write `url = \"gs://bucket/b.txt\"`"),
        ("file:///tmp/b.txt", "write `url = \"file:///tmp/b.txt\"`"),
        ("hdfs://name/b.txt", "nothing can be read"),
        ("~/b.txt", "only a shell replaces"),
        ("$HOME/b.txt", "not replaced in paths"),
        ("${HOME}/b.txt", "not replaced in paths"),
        ("C:/b.txt", "as on Windows"),
        ("b.txt ", "ends with a blank"),
        ("", "it is empty"),
    ] {
        let project = Project::new(&PASS.replace("b.txt", path));
        project.write("a.txt", "text");
        let before = project.files();
        refused(&project, &["check"], part);
        refused(&project, &["run"], part);
        assert_eq!(project.files(), before, "{path}");
    }
    let project = Project::new(&PASS.replace("path = \"b.txt\"", "url = \"b.txt\""));
    project.write("a.txt", "text");
    refused(&project, &["check"], "`path = \"…\"`");
    let project = Project::new(PASS);
    project.write("a.txt", "text");
    refused(&project, &["run", "--events=~/events"], "only a shell replaces");
    refused(&project, &["run", "--events", "s3://bucket/events"], "is a URL");
    refused(&project, &["run", "s3://bucket/pipeline.toml"], "is a URL");
    let local = Project::bare("[pipeline]\nname = \"x\"\n[components.c]\npath = \"~/c.wasm\"\n");
    refused(&local, &["check"], "`path` of component `c` is not a path");
    let local = Project::bare("[pipeline]\nname = \"x\"\n[components.c]\ncrate = \"https://host/c\"\n");
    refused(&local, &["check"], "`crate` of component `c` is not a path");
}

#[test]
fn a_file_that_is_called_a_little_otherwise_is_named() {
    let project = Project::new(PASS);
    project.write("A.TXT", "text");
    refused(&project, &["check"], "did you mean `A.TXT`?");
    let project = Project::new(&PASS.replace("a.txt", "caf\u{e9}.txt"));
    project.write("cafe\u{301}.txt", "text");
    refused(&project, &["check"], "only by Unicode normalisation");
}

#[test]
fn manifests_are_read_as_editors_leave_them() {
    let project = Project::new(PASS);
    project.write("a.txt", "text");
    let text = project.read("pipeline.toml").replace('\n', "\r\n");
    project.write("pipeline.toml", format!("\u{feff}{text}"));
    let ended = project.wpipe(&["run"]);
    assert_eq!(ended.code, 0, "{}", ended.told());

    project.write("sixteen.toml", b"\xff\xfe[\0p\0");
    refused(&project, &["check", "sixteen.toml"], "is UTF-16: save it as UTF-8");
    project.write("latin.toml", b"[pipeline]\nname = \"gr\xfcn\"\n");
    refused(&project, &["check", "latin.toml"], "line 2, column 11 has the byte 0xfc");
    project.write("sub/pipeline.toml", &text);
    refused(&project, &["check", "sub"], "did you mean `sub/pipeline.toml`?");
}

#[test]
fn what_other_tools_leave_in_a_folder_is_not_read() {
    let project = Project::new(WHOLE);
    project.write("raw/a.txt", "one");
    for foreign in [".ipynb_checkpoints/a-checkpoint.txt", "._a.txt", "_temporary/0/a.txt", ".DS_Store", "_SUCCESS"] {
        project.write(&format!("raw/{foreign}"), b"\0\x05\xff");
    }
    let ended = project.wpipe(&["run"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    let all = project.read("all.txt");
    assert!(all.contains("one") && !all.contains('\0'), "{all}");
    let described = project.wpipe(&["catalog", "describe", "raw"]).stdout;
    assert!(described.contains("5 objects with names that begin with `.` or `_`"), "{described}");
}

#[test]
fn a_set_read_whole_is_what_its_patterns_say() {
    let keys = "glob = \"2024/**\"\nexclude = \"*.bak\"\nsuffix = \".txt\"";
    let project = Project::new(&WHOLE.replace("suffix = \".txt\"", keys));
    for (id, text) in [("2023/a", "old"), ("2024/a", "right"), ("2024/a.bak", "saved")] {
        project.write(&format!("raw/{id}.txt"), text);
    }
    let ended = project.wpipe(&["run"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    let all = project.read("all.txt");
    assert!(all.contains("right") && !all.contains("old") && !all.contains("saved"), "{all}");
    let described = project.wpipe(&["catalog", "describe", "raw"]).stdout;
    assert!(described.contains("2 objects by `glob` or `exclude`"), "{described}");
}

#[test]
fn a_suffix_or_pattern_that_matches_nothing_is_told() {
    for (file, keys, part) in [
        ("a.TXT", "", "write `suffix = \".TXT\"`"),
        ("a.txt.gz", "", "write `suffix = \".txt.gz\"`"),
        ("a.csv", "", "an object there is called `a.csv`"),
        ("a.txt", "glob = \"2024/**\"\n", "correct the patterns"),
        ("a.txt", "exclude = [\"*\"]\n", "correct the patterns"),
    ] {
        let project = Project::new(&WHOLE.replace("suffix =", &format!("{keys}suffix =")));
        project.write(&format!("raw/{file}"), "text");
        refused(&project, &["check"], part);
        refused(&project, &["run"], part);
    }
    // An empty folder is an empty set, also if it is kept by a hidden file.
    let project = Project::new(WHOLE);
    project.write("raw/.gitkeep", "");
    let ended = project.wpipe(&["run"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    // Beside partitions, it is a warning.
    project.write("raw/a.txt", "one");
    project.write("raw/b.TXT", "two");
    let ended = project.wpipe(&["run"]);
    assert!(ended.code == 0 && ended.stderr.contains("`b.TXT` differs by letter case only"), "{}", ended.told());
}

#[test]
fn no_key_is_ignored() {
    let entry = |keys: &str| format!("{PASS}[datasets.rest]\ntype = \"csv\"\npath = \"rest.csv\"\n{keys}\n");
    for (manifest, part) in [
        (entry("delimitr = \";\""), "did you mean `delimiter`?"),
        (entry("delimiter = 5"), "found the number `5`"),
        (entry("").replace("\"csv\"", "\"cvs\""), "did you mean `csv`?"),
        (format!("{PASS}[limits]\ntime = \"0s\"\n"), "`time` of `[limits]` is 0"),
        (format!("{PASS}[limits]\nmemory = 1e30\n"), "expected a size such as"),
        (format!("{PASS}[limits]\nmemory = \"0B\"\n"), "`memory` of `[limits]` is 0"),
        (format!("{PASS}[dataset.x]\ntype = \"text\"\n"), "did you mean `datasets`?"),
    ] {
        let project = Project::new(&manifest);
        project.write("a.txt", "text");
        refused(&project, &["check"], part);
    }
}

#[test]
fn names_that_look_alike_are_told_apart() {
    let project = Project::new(&PASS.replace("outputs = [\"b\"]", "outputs = [\"b\\u00a0\"]"));
    project.write("a.txt", "text");
    refused(&project, &["check"], "only by blanks");
    let project = Project::new(
        &PASS.replace("nodes.pass", "nodes.\"p\u{e4}ss\"").replace("good/pass_text\"", "good/pass_text\"\n"),
    );
    project.write("a.txt", "text");
    refused(&project, &["run", "--nodes", "pa\u{308}ss"], "only by Unicode normalisation");
}

#[test]
fn ids_that_look_alike_do_not_fail_to_join_in_silence() {
    for join in ["strict", "inner", "outer"] {
        let manifest = format!(
            "[nodes.both]\nuses = \"good/join_texts\"\ninputs = [\"one\", \"two\"]\noutputs = [\"out\"]\n\
             [multinodes.both]\nover = [\"one\", \"two\"]\njoin = \"{join}\"\n\
             [datasets.one]\ntype = \"text\"\npath = \"one\"\npartitioned = true\n\
             [datasets.two]\ntype = \"text\"\npath = \"two\"\npartitioned = true\n"
        );
        let project = Project::new(&manifest);
        project.write("one/caf\u{e9}", "1");
        project.write("two/cafe\u{301}", "2");
        let ended = project.wpipe(&["run"]);
        assert_ne!(ended.code, 0, "{join}: {}", ended.told());
        assert!(ended.stderr.contains("only by Unicode normalisation"), "{join}: {}", ended.told());
    }
}

#[test]
fn a_parameter_keeps_its_type() {
    for (value, given, part) in [
        ("true", "1", "is `true` or `false` in the manifest, and `1` is none"),
        ("[1, 2]", "3", "write `--params 'v=[3]'`"),
        ("\"text\"", "[1,2]", "write `--params 'v=\"[1,2]\"'`"),
        ("5", "[5]", "is a number in the manifest"),
        ("{ a = 1 }", "{}", "sets nothing in it: write `v.a=…`"),
    ] {
        let project = Project::new(&format!("[params]\nv = {value}\n{PASS}"));
        project.write("a.txt", "text");
        refused(&project, &["run", "--params", &format!("v={given}")], part);
    }
}
