//! Pages in a browser: Debian's Chromium, driven by the scripts of `tests/browser` on Node.
//!
//! `cargo xtask setup --browser` gets what they need, and so does `cargo xtask test --long`. Without it the tests say that
//! they show nothing.

use std::env;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use wpipe_tests::guest;

use crate::support::{Project, ended};

/// What stands in place of a browser where there is none.
const MISSING: &str = "no browser is set up, so that this test shows nothing: run `cargo xtask setup --browser`";
const CHROMIUM: &str = "/usr/bin/chromium";
/// The nodes of a large graph, and of each namespace in it.
const MANY: usize = 5000;
const EACH: usize = 50;

/// Carries out a script of tests on the pages in the project's folder.
#[expect(clippy::print_stderr, reason = "a test that shows nothing says so, and figures are told")]
pub(crate) fn try_pages(script: &str, project: &Project, prepare: impl Fn(&mut Command)) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let modules = root.join("target/browser");
    let browser = env::var_os("WPIPE_CHROMIUM").map_or_else(|| PathBuf::from(CHROMIUM), PathBuf::from);
    if !modules.join("ready").exists() || !browser.exists() {
        assert!(env::var_os("WPIPE_LONG_TESTS").is_none(), "{MISSING}");
        eprintln!("{MISSING}");
        return;
    }
    let mut node = Command::new("node");
    node.arg("--test").arg(root.join("tests/browser").join(script)).env("WPIPE_BROWSER", &modules);
    node.env("WPIPE_CHROMIUM", &browser).env("WPIPE_PAGES", project.path(""));
    prepare(&mut node);
    let ended = ended(node.output().expect("Node runs"));
    assert_eq!(ended.code, 0, "{}", ended.told());
    ended.stdout.lines().filter(|line| line.contains(" ms")).for_each(|line| eprintln!("{line}"));
}

/// A run that failed on a partition, with names that would be elements of a page.
pub(crate) fn failed_run() -> Project {
    let project = Project::bare(&format!(
        "[pipeline]
name = \"test <img src=x onerror=alert(1)>\"

[components.good]
path = {:?}

[params]
word = \"bad\"
api_token = \"hunter2hunter2\"

[multipipelines.days]
nodes = [\"check\"]
over = [\"raw\"]

[nodes.check]
uses = \"good/fail_on\"
inputs = [\"raw\", \"params:word\"]
outputs = [\"checked\"]
tags = [\"daily\"]

[nodes.see]
uses = \"good/concat_texts\"
inputs = [\"checked\"]
outputs = [\"all\"]

[nodes.talk]
uses = \"good/talks\"
outputs = [\"said\"]

[datasets.raw]
type = \"text\"
path = \"raw\"
partitioned = true
suffix = \".txt\"

[datasets.all]
type = \"text\"
path = \"all.txt\"

[datasets.said]
type = \"archive\"
path = \"said.archive\"
",
        guest("well_behaved")
    ));
    project.write("raw/a.txt", "good");
    project.write("raw/<b>.txt", "bad");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 1);
    project
}

fn large_graph() -> String {
    let mut manifest = "[pipeline]\nname = \"large\"\n[components.good]\npath = \"good.wasm\"\n".to_owned();
    for at in 0..MANY {
        let name = |kind: &str, at: usize| format!("ns{}.{kind}{at}", at / EACH);
        // Each node reads one before it in its namespace; the first one, what any other made.
        let inputs = if at == 0 {
            "source".to_owned()
        } else {
            name("d", if at % EACH == 0 { at / 3 } else { at - 1 - at % 3 % (at % EACH) })
        };
        let (node, output) = (name("n", at), name("d", at));
        let _ = writeln!(
            manifest,
            "[nodes.\"{node}\"]\nuses = \"good/upper\"\ninputs = [\"{inputs}\"]\noutputs = [\"{output}\"]\n\
             namespace = \"ns{}\"",
            at / EACH
        );
    }
    manifest
}

#[test]
fn the_graph_can_be_read_searched_folded_and_walked_along_in_a_browser() {
    let project = failed_run();
    assert_eq!(project.wpipe(&["viz", "--run", "-o", "failed.html"]).code, 0);
    project.write("large.toml", large_graph());
    let drawn = project.wpipe(&["viz", "large.toml"]);
    assert_eq!(drawn.code, 0, "{}", drawn.told());
    try_pages("graph.test.mjs", &project, |_| {});
}
