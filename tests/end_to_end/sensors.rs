//! The sensors example: what a newcomer runs who wants to see partitions.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ended, ended, filtered, wpipe};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/sensors");

fn sensors(command: &str, manifest: &str, arguments: &[&str]) -> Ended {
    let manifest = Path::new(FOLDER).join(manifest);
    let all: Vec<_> = [command, manifest.to_str().unwrap()].into_iter().chain(arguments.iter().copied()).collect();
    let ended = ended(wpipe(&all).output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.told());
    ended
}

/// Everything that a run makes, by path.
fn made() -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(directory: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".wpipe") {
                continue; // It names the run.
            }
            if path.is_dir() {
                collect(&path, found);
            } else {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(&Path::new(FOLDER).join("data/out"), &mut found);
    found
}

#[test]
fn the_days_give_the_same_bytes_however_they_are_run() {
    sensors("build", "pipeline.toml", &[]);
    let generated = sensors("run", "generate.toml", &["--no-journal"]);
    assert!(generated.stderr.contains("made 240 days of 3 sensors"), "{}", generated.stderr);

    let run = sensors("run", "pipeline.toml", &["--runner", "sequential", "--persist", "cache", "--no-journal"]);
    filtered(|| insta::assert_snapshot!("run", run.told()));
    let expected = made();
    assert_eq!(expected.len(), 241, "features of 240 days, and the report");
    let folder = Path::new(FOLDER);
    for flags in [&["--workers", "4"][..], &["--workers", "3", "--persist", "sync", "--memory", "1MiB"]] {
        fs::remove_dir_all(folder.join("data/out")).unwrap();
        sensors("run", "pipeline.toml", &[&["--quiet", "--no-journal"], flags].concat());
        assert!(made() == expected, "{flags:?}");
    }
    let report = fs::read_to_string(folder.join("data/out/report.txt")).unwrap();
    let lines = report.lines().filter(|line| line.starts_with("2024-"));
    assert_eq!(lines.count(), 24, "three sensors in each of eight months:\n{report}");
}

#[test]
fn the_plan_shows_slicer_slices_and_barrier_or_folds_them() {
    let expanded = sensors("plan", "pipeline.toml", &["--workers", "2"]);
    let collapsed = sensors("plan", "pipeline.toml", &["--collapse"]);
    insta::assert_snapshot!("plan", format!("{}==== --collapse\n{}", expanded.stdout, collapsed.stdout));
    let json = sensors("plan", "pipeline.toml", &["--workers", "1", "--format", "json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    insta::assert_snapshot!("plan_json", serde_json::to_string_pretty(&json).unwrap());
    // Without a number in the manifest, as many slices as a run would have.
    let cores = std::thread::available_parallelism().unwrap().get();
    let plan = sensors("plan", "pipeline.toml", &[]).stdout;
    assert_eq!(plan.lines().filter(|line| line.contains("parse [")).count(), cores, "{plan}");
}
