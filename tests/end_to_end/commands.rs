//! The other commands.

use crate::support::{Project, ended, wpipe};

#[test]
fn help_says_what_there_is() {
    let help = ended(wpipe(&["--help"]).output().unwrap());
    assert_eq!(help.code, 0);
    insta::assert_snapshot!("help", help.stdout);
    insta::assert_snapshot!("help_run", ended(wpipe(&["run", "--help"]).output().unwrap()).stdout);
}

#[test]
fn a_wrong_argument_is_wrong_input() {
    let wrong = ended(wpipe(&["run", "--evnts", "x"]).output().unwrap());
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("--events"), "{}", wrong.stderr);
}

#[test]
fn doctor_shows_what_the_machine_offers() {
    let doctor = ended(wpipe(&["doctor"]).output().unwrap());
    assert_eq!(doctor.code, 0, "{}", doctor.told());
    for what in
        ["engine", "transport map", "huge pages", "mappings", "building nodes", "compiled components", "compiling"]
    {
        assert!(doctor.stdout.contains(what), "{what}: {}", doctor.stdout);
    }
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let script = ended(wpipe(&["completions", shell]).output().unwrap());
        assert_eq!(script.code, 0);
        assert!(script.stdout.contains("doctor"), "{shell}");
    }
}

#[test]
fn building_without_crates_says_so() {
    let project = Project::new("[nodes.n]\nuses = \"good/nothing\"\noutputs = [\"out\"]\n");
    let build = project.wpipe(&["build"]);
    assert_eq!(build.code, 0, "{}", build.told());
    assert_eq!(build.stdout, "`pipeline.toml` has no component with `crate = …`: nothing to build\n");
}

#[test]
fn a_crate_that_does_not_compile_is_wrong_input() {
    let manifest = "[pipeline]\nname = \"x\"\n[components.broken]\ncrate = \"broken\"\n[nodes.n]\noutputs = [\"o\"]\n";
    let project = Project::bare(manifest);
    project.write("broken/Cargo.toml", "[package]\nname = \"broken\"\nedition = \"2024\"\n[workspace]\n");
    project.write("broken/src/lib.rs", "pub fn node() -> u32 { \"not a number\" }");
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 2, "{}", run.told());
    assert!(run.stderr.contains("mismatched types"), "cargo's own error is shown: {}", run.stderr);
    assert!(run.stderr.contains("failed to build component `broken`"), "{}", run.stderr);
}
