//! Tasks that are killed, repeated, held up and run twice at once: the bytes of one process, or a clear failure that
//! `--resume` completes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::Mutex;

use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::interpreter::{Plant, TaskLine, interpret};
use crate::support::ended;
use crate::tasks::plant;

/// The attempts that an engine makes before it gives a task up.
const ATTEMPTS: usize = 4;
/// The events after which an attempt may be disturbed, at most.
const EVENTS: usize = 24;

/// What happens to a task before the attempt that its engine waits for.
#[derive(Debug, Clone, Copy)]
enum Mishap {
    /// An attempt is killed.
    Killed,
    /// An attempt is held up until the run has ended, and goes on then.
    Late,
    /// Two attempts run at once.
    Twice,
    /// It is done, and done again.
    Repeated,
}

/// Starts an attempt, and returns it when some events have happened, or when it has ended.
fn begin(plant: &Plant, run: &str, task: &TaskLine, events: usize) -> Child {
    let mut command = plant.command(run, task);
    command.args(["--events", "-"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
    let mut line = String::new();
    for _ in 0..events {
        if lines.read_line(&mut line).unwrap() == 0 {
            break;
        }
    }
    child
}

/// Reads what a process says until it ends.
fn wait(mut child: Child) {
    std::io::copy(child.stdout.as_mut().unwrap(), &mut std::io::sink()).unwrap();
    child.wait().unwrap();
}

/// Does a task as an engine does on a bad day.
fn act(plant: &Plant, run: &str, task: &TaskLine, random: &mut Rng, late: &Mutex<Vec<Child>>) -> Result<(), String> {
    let mishap =
        random.choice([Some(Mishap::Killed), Some(Mishap::Late), Some(Mishap::Twice), Some(Mishap::Repeated), None]);
    let after = random.usize(..EVENTS);
    match mishap.flatten() {
        Some(Mishap::Killed) => {
            let mut child = begin(plant, run, task, after);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        Some(Mishap::Late) => {
            let child = begin(plant, run, task, after);
            // One that has ended is not held up.
            let _ = kill_process(Pid::from_child(&child), Signal::STOP);
            late.lock().unwrap().push(child);
        }
        Some(Mishap::Twice) => {
            let (one, other) = (begin(plant, run, task, 0), begin(plant, run, task, 0));
            wait(one);
            wait(other);
        }
        Some(Mishap::Repeated) => drop(plant.attempt(run, task)),
        None => {}
    }
    let mut told = String::new();
    for _ in 0..ATTEMPTS {
        let ended = plant.attempt(run, task);
        if ended.code == 0 {
            return Ok(());
        }
        told = format!("{}: {}", task.id, ended.told());
    }
    Err(told)
}

#[test]
fn a_bad_day_changes_no_byte() {
    let plant = plant();
    assert_eq!(plant.lake.wpipe(&plant.project, &["run", "--quiet", "--no-journal"]).code, 0);
    let expected = plant.made();
    let seeds = if std::env::var_os("WPIPE_LONG_TESTS").is_some() { 200 } else { 8 };
    for seed in 0..seeds {
        plant.forget();
        let mut random = Rng::with_seed(seed);
        let group_by = random.choice(["node", "chain", "tag", "namespace"]).unwrap();
        let slices = random.usize(1..=6).to_string();
        let (run, late) = (format!("seed-{seed}"), Mutex::new(Vec::new()));
        let tasks = plant.tasks(&["--group-by", group_by, "--slices", &slices]);
        let randoms = Mutex::new(random);
        let failed = interpret(&tasks, |task| {
            let mut random = randoms.lock().unwrap().fork();
            act(&plant, &run, task, &mut random, &late)
        });
        if !failed.is_empty() {
            assert!(failed.iter().all(|told| told.contains("error: ")), "seed {seed}: {failed:?}");
            let resume = ["run", "--quiet", "--no-build", "--resume", &run, "--run-store", "lake:runs"];
            let resumed = plant.lake.wpipe(&plant.project, &resume);
            assert_eq!(resumed.code, 0, "seed {seed}: {failed:?}\n{}", resumed.told());
        }
        let context = format!("seed {seed}: {group_by}, {slices} slices, {failed:?}");
        assert!(plant.made() == expected, "{context}");
        for child in late.into_inner().unwrap() {
            let _ = kill_process(Pid::from_child(&child), Signal::CONT);
            wait(child);
        }
        assert!(plant.made() == expected, "{context}: after late attempts");
        let read = ended(plant.lake.command(&plant.project, &["catalog", "describe", "loud"]).output().unwrap());
        assert_eq!(read.code, 0, "{context}: {}", read.told());
    }
}
