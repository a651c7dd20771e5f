//! `wpipe new`: projects that run at once, wherever they are.

use std::process::Command;
use std::{env, fs};

use insta::assert_snapshot;
use wpipe_storage_server::S3Server;

use crate::page::{carry_out, with_command};
use crate::support::{Project, ended, wpipe};

const TUTORIAL: &str = include_str!("../../docs/tutorial.md");
const DEBUGGING: &str = include_str!("../../docs/debugging.md");

/// A newcomer outside of any other project, who follows the tutorial and the page about nodes that fail, which begin with one
/// template, and then tries the others: each is made and run, and its nodes are tested.
#[test]
fn the_tutorial_can_be_followed_and_every_template_runs() {
    let home = tempfile::tempdir().expect("a folder");
    let (project, compiled) = (home.path().join("sales"), home.path().join("target"));
    // What the templates depend on is compiled once: cargo keeps it by the project's place.
    let reuse = || {
        if project.exists() && compiled.exists() {
            fs::rename(&compiled, project.join("target")).expect("a folder");
        }
    };
    let leave = || {
        fs::rename(project.join("target"), &compiled).expect("a folder");
        fs::remove_dir_all(&project).expect("removed");
    };

    let lake = tempfile::tempdir().expect("a folder");
    let server = S3Server::start(lake.path());
    let prepare = |shell: &mut Command| {
        reuse();
        with_command(shell);
        shell.env("LAKE_ENDPOINT", server.endpoint()).env("AWS_ACCESS_KEY_ID", server.access_key_id());
        shell.env("AWS_SECRET_ACCESS_KEY", server.secret_access_key());
    };
    for page in [TUTORIAL, DEBUGGING] {
        carry_out(page, home.path(), prepare);
        leave();
    }

    for (template, output) in [("minimal", "summary.txt"), ("iris", "model.archive")] {
        let made = ended(wpipe(&["new", "sales", "--template", template]).current_dir(&home).output().expect("ended"));
        assert_eq!(made.code, 0, "{}", made.told());
        reuse();
        let ran = ended(wpipe(&["run"]).current_dir(&project).output().expect("ended"));
        assert_eq!(ran.code, 0, "{template}: {}", ran.told());
        assert!(ran.stderr.contains("Running pipeline sales"), "{template}: {}", ran.told());
        let content = fs::read(project.join("data/out").join(output)).expect("an output");
        if template == "minimal" {
            assert_snapshot!(String::from_utf8(content).expect("a text"));
        }

        let tested = Command::new(env!("CARGO")).args(["test", "--quiet"]).current_dir(&project).output();
        let tested = ended(tested.expect("ended"));
        assert_eq!(tested.code, 0, "{template}: {}", tested.told());
        assert!(tested.stdout.contains("test result: ok. "), "{template}: {}", tested.told());
        assert!(!tested.stderr.contains("warning"), "{template}: {}", tested.told());
        leave();
    }
}

#[test]
fn nothing_is_overwritten() {
    let project = Project::bare("");
    project.write("taken/notes.txt", "mine");
    project.write("file", "mine");
    fs::create_dir_all(project.path("repository/.git")).expect("a folder");
    fs::create_dir_all(project.path("closed")).expect("a folder");
    let told: Vec<_> = ["taken", "file", "my sales", "2026", "größe", "", "--template=iris"]
        .map(|name| project.wpipe(&["new", name]).told())
        .into_iter()
        .collect();
    assert_snapshot!(told.join("\n"));
    assert_eq!(project.read("taken/notes.txt"), "mine");
    assert_eq!(project.files(), ["file", "pipeline.toml", "taken/notes.txt"]);

    // A repository that is empty otherwise is a place to begin in.
    assert_eq!(project.wpipe(&["new", "repository"]).code, 0);
    assert!(project.path("repository/pipeline.toml").exists());
}

#[test]
fn the_sdk_is_taken_from_where_the_option_says() {
    let project = Project::bare("");
    let dependency = |name: &str, sdk: &str| {
        let made = project.wpipe(&["new", name, "--sdk", sdk]);
        assert_eq!(made.code, 0, "{}", made.told());
        let manifest = project.read(&format!("{name}/nodes/Cargo.toml"));
        manifest.lines().last().expect("a line").to_owned()
    };
    assert_eq!(dependency("a", "0.1"), "wpipe-sdk = \"0.1\"");
    assert_eq!(dependency("b", "https://example.com/wpipe"), "wpipe-sdk = { git = \"https://example.com/wpipe\" }");
    let refused = project.wpipe(&["new", "c", "--sdk", "no/such/folder"]);
    assert_snapshot!(refused.told());
    assert!(!project.path("c").exists());
}

/// Where a file of the project cannot be written, nothing of it stays.
#[test]
fn a_project_is_written_as_a_whole_or_not_at_all() {
    let project = Project::bare("");
    // No file of more than 1 KiB: the second one is cut.
    let limited = "ulimit -f 1; trap '' XFSZ; exec \"$0\" new sales";
    let mut shell = Command::new("bash");
    let shell = shell.args(["-c", limited, env!("CARGO_BIN_EXE_wpipe")]).current_dir(project.path("."));
    let failed = ended(shell.output().expect("ended"));
    assert_eq!(failed.code, 1, "{}", failed.told());
    assert!(failed.stderr.contains("error: failed to write `sales/"), "{}", failed.told());
    assert!(!project.path("sales").exists());
}
