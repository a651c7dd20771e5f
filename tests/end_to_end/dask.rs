//! Tasks on a real Dask cluster of two workers, where `cargo xtask setup --peers` has made one available.

use std::path::PathBuf;
use std::process::Command;

use crate::interpreter::Plant;
use crate::support::{Ended, ended};
use crate::tasks::plant;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The Python that has `distributed`. A long run of the tests has to have one.
fn python() -> Option<PathBuf> {
    let folder = PathBuf::from(ROOT).join("target/engine-dask");
    let is_there = folder.join("ready").exists();
    assert!(is_there || std::env::var_os("WPIPE_LONG_TESTS").is_none(), "no Dask: cargo xtask setup --peers");
    is_there.then(|| folder.join("bin/python3"))
}

/// Runs the pipeline of a plant on a cluster of its own.
fn run(python: &PathBuf, plant: &Plant, arguments: &[&str]) -> Ended {
    let mut command = Command::new(python);
    // The same environment as that of the command itself.
    let own = plant.lake.command(&plant.project, &[]);
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("PYTHONPATH", PathBuf::from(ROOT).join("host/engines/dask/src")).current_dir(plant.project.path("."));
    command.args(["-m", "wpipe_dask", "pipeline.toml", "--workers", "2", "--run-store", "lake:runs"]);
    command.args(["--program", env!("CARGO_BIN_EXE_wpipe")]).args(arguments);
    ended(command.output().unwrap())
}

#[test]
fn two_workers_give_the_bytes_of_one_process() {
    let Some(python) = python() else { return };
    let plant = plant();
    assert_eq!(plant.lake.wpipe(&plant.project, &["run", "--quiet", "--no-journal"]).code, 0);
    let expected = plant.made();
    plant.forget();
    let told = run(&python, &plant, &["--name", "d", "--", "--slices", "3", "--group-by", "node"]);
    assert_eq!(told.code, 0, "{}", told.told());
    assert!(told.stderr.contains("run `d` is complete"), "{}", told.told());
    assert!(plant.made() == expected);
}

#[test]
fn a_task_that_fails_is_named_with_its_words_and_the_others_are_done() {
    let Some(python) = python() else { return };
    let plant = plant();
    plant.put("raw/2024/01.txt", "not utf-8: \u{fffd}");
    std::fs::write(plant.lake.folder().join("raw/2024/01.txt"), b"\xff\xfe").unwrap();
    let told = run(&python, &plant, &["--retries", "0", "--name", "d", "--", "--slices", "2"]);
    assert_eq!(told.code, 1, "{}", told.told());
    for words in ["task `days.slice-0` exited with 1", "2024/01", "repeat it with the name `d`"] {
        assert!(told.stderr.contains(words), "{words}: {}", told.told());
    }
    plant.put("raw/2024/01.txt", "day 1");
    let again = run(&python, &plant, &["--name", "e", "--", "--slices", "2"]);
    assert_eq!(again.code, 0, "{}", again.told());
}
