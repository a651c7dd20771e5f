//! What cannot be written is never a success: full disks, closed pipes, no descriptors left.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::{Ended, Project, ended};

const DOUBLE: &str = "
[nodes.double]
uses = \"good/double\"
inputs = [\"numbers\"]
outputs = [\"doubled\"]

[datasets.numbers]
type = \"csv\"
path = \"numbers.csv\"

[datasets.doubled]
type = \"archive\"
path = \"doubled.archive\"
";

fn project() -> Project {
    let project = Project::new(DOUBLE);
    project.write("numbers.csv", "x\n1.5\n2.5\n");
    project
}

/// A disk that is full.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// The command, with these limits of the shell's.
fn limited(project: &Project, limits: &str, arguments: &[&str]) -> Ended {
    let mut command = project.command(arguments);
    let program = PathBuf::from(command.get_program());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")]).arg(program).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    command = shell;
    command.current_dir(project.path(""));
    ended(command.output().unwrap())
}

#[test]
fn output_to_a_full_disk_is_no_success() {
    let project = project();
    assert_eq!(project.wpipe(&["run"]).code, 0);
    let all: [&[&str]; 10] = [
        &["plan"],
        &["plan", "--format", "json"],
        &["check"],
        &["catalog", "list"],
        &["catalog", "describe"],
        &["catalog", "verify"],
        &["runs", "list"],
        &["runs", "show"],
        &["--help"],
        &["completions", "bash"],
    ];
    for arguments in all {
        let full = ended(project.command(arguments).stdout(full()).output().unwrap());
        assert_eq!(full.code, 1, "{arguments:?}: {}", full.told());
        assert!(full.stderr.contains("error: failed to write to standard output: no storage"), "{}", full.told());
    }
}

#[test]
fn a_reader_that_goes_away_is_told_by_the_exit_code_alone() {
    let project = project();
    for arguments in [&["plan"][..], &["completions", "zsh"], &["catalog", "list"]] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let closed = ended(project.command(arguments).stdout(writer).output().unwrap());
        assert_eq!((closed.code, closed.stderr.as_str()), (141, ""), "{arguments:?}");
    }
}

#[test]
fn events_that_cannot_be_written_fail_the_run_that_is_done_all_the_same() {
    let project = project();
    let run = project.wpipe(&["run", "--events", "/dev/full"]);
    assert_eq!(run.code, 1, "{}", run.told());
    assert!(run.stderr.contains("error: not all events are in `/dev/full`: No space left"), "{}", run.told());
    assert!(project.path("doubled.archive").exists());
    let run = ended(project.command(&["run", "--events", "-"]).stdout(full()).output().unwrap());
    assert_eq!(run.code, 1, "{}", run.told());
}

#[test]
fn a_run_needs_nobody_who_reads_its_log() {
    let project = project();
    for arguments in [&["run"][..], &["run", "--verbose"]] {
        let run = ended(project.command(arguments).stderr(full()).output().unwrap());
        assert_eq!(run.code, 0, "{}", run.told());
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let run = ended(project.command(arguments).stderr(writer).output().unwrap());
        assert_eq!(run.code, 0, "{}", run.told());
    }
}

#[test]
fn without_descriptors_a_run_fails_and_ends() {
    let project = project();
    // With few it fails here or there, with some more it does what it should.
    for descriptors in 5..40 {
        let run = limited(&project, &format!("ulimit -n {descriptors}"), &["run", "--quiet"]);
        match run.code {
            0 => assert_eq!(project.wpipe(&["catalog", "verify", "doubled"]).code, 0),
            // Of the very first ones not even the system's loader has enough.
            127 if descriptors < 6 => {}
            code => {
                assert!(matches!(code, 1 | 2), "{descriptors}: {}", run.told());
                assert!(run.stderr.contains("Too many open files"), "{descriptors}: {}", run.told());
            }
        }
    }
}

/// A small disk, which is there as long as this is.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` if this user may not make any.
    fn mount(at: PathBuf) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(&at);
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        is_mounted.then_some(Self(at))
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        let mut file = File::create(self.0.join("full")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn a_disk_that_is_full_is_told_by_the_journal_and_by_saves() {
    let project = project();
    let manifest = project.read("pipeline.toml");
    std::fs::create_dir(project.path("small")).unwrap();
    let Some(disk) = SmallDisk::mount(project.path("small")) else {
        let _ = writeln!(io::stderr(), "skipped: this user may not mount a small disk");
        return;
    };
    project.write("pipeline.toml", manifest.replace("doubled.archive", "small/doubled.archive"));
    project.write("small/pipeline.toml", manifest.replace("numbers.csv", "../numbers.csv"));
    disk.fill();
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 1, "{}", run.told());
    assert!(run.stderr.contains("`small/doubled.archive` cannot be written: no storage space"), "{}", run.told());
    let run = project.wpipe(&["run", "small/pipeline.toml"]);
    assert_eq!(run.code, 1, "{}", run.told());
    assert!(run.stderr.contains("failed to begin the run's journal"), "{}", run.told());
}

#[test]
fn what_is_damaged_is_found_and_read_by_nobody() {
    let project = Project::new(&format!(
        "{DOUBLE}
[nodes.again]
uses = \"good/double\"
inputs = [\"doubled\"]
outputs = [\"twice\"]

[datasets.twice]
type = \"csv\"
path = \"twice.csv\"
"
    ));
    project.write("numbers.csv", "x\n1.5\n2.5\n");
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 0, "{}", run.told());
    let whole = project.wpipe(&["catalog", "verify"]);
    assert_eq!((whole.code, whole.stderr.as_str()), (0, ""), "{}", whole.told());

    let mut content = std::fs::read(project.path("doubled.archive")).unwrap();
    content[2] ^= 16;
    std::fs::remove_file(project.path("doubled.archive")).unwrap();
    project.write("doubled.archive", &content);
    project.write("twice.csv", "x\n1,2,3\n");
    let verify = project.wpipe(&["catalog", "verify"]);
    assert_eq!(verify.code, 1, "{}", verify.told());
    for place in ["dataset `doubled`: `doubled.archive`: damaged", "dataset `twice`: `twice.csv`, line 2"] {
        assert!(verify.stderr.contains(place), "{}", verify.told());
    }
    assert_eq!(project.wpipe(&["catalog", "verify", "numbers"]).code, 0);
    let run = project.wpipe(&["run", "--nodes", "again"]);
    assert_eq!(run.code, 1, "{}", run.told());
    assert!(run.stderr.contains("`doubled.archive`: damaged"), "{}", run.told());
}

/// A save that takes two seconds, on purpose.
#[test]
fn how_far_a_long_save_is_is_told_now_and_then() {
    let project = Project::new(
        "
        [nodes.pass]
        uses = \"good/pass_text\"
        inputs = [\"source\"]
        outputs = [\"copy\"]
        [datasets.source]
        type = \"text\"
        path = \"source.txt\"
        [datasets.copy]
        type = \"text\"
        path = \"copy.txt\"
        delay = { bandwidth = \"1KiB/s\" }
        ",
    );
    project.write("source.txt", "x".repeat(2300));
    let run = project.wpipe(&["run"]);
    assert_eq!(run.code, 0, "{}", run.told());
    let told = run.stderr.lines().filter(|line| line.contains("Writing copy: 0 B of 2.2 KiB (0 %)"));
    assert_eq!(told.count(), 1, "{}", run.told());
    let events = project.wpipe(&["runs", "show", "--format", "json"]);
    assert_eq!(events.code, 0, "{}", events.told());
}
