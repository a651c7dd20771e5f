//! Signals that end a run: within seconds, whatever it waits for, and with what is owed told.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Stdio};

use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::Project;

fn project(node: &str, input: &str, output: &str) -> Project {
    Project::new(&format!(
        "[nodes.n]\nuses = \"{node}\"\ninputs = [\"in\"]\noutputs = [\"out\"]\n\
         [datasets.in]\ntype = \"bytes\"\n{input}\n[datasets.out]\ntype = \"bytes\"\n{output}\n"
    ))
}

/// A command whose standard error is followed.
struct Followed {
    child: Child,
    lines: BufReader<std::process::ChildStderr>,
}

impl Followed {
    fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut child = project.command(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        Self { child, lines }
    }

    fn wait_for(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it ended before `{words}`");
        }
    }

    /// Sends a signal; gives the exit code and what is told from there on.
    fn end_by(mut self, signal: Signal) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

fn state(project: &Project) -> String {
    let list = project.wpipe(&["runs", "list"]).stdout;
    list.lines().nth(1).unwrap().split_whitespace().nth(2).unwrap().to_owned()
}

/// Whether these tests, and so what they start, were told to ignore that a terminal goes away.
fn hangups_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(ignored.trim(), 16).unwrap() & 1 != 0
}

#[test]
fn a_run_that_waits_for_a_pipe_is_ended_by_each_signal() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        if signal == Signal::HUP && hangups_are_ignored() {
            // Under `nohup`, they are to be.
            continue;
        }
        let project = project("good/pass_bytes", "path = \"pipe\"", "path = \"out\"");
        mkfifoat(CWD, project.path("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
        let mut run = Followed::start(&project, &["run"]);
        run.wait_for("Loading data from in");
        let (ended, told) = run.end_by(signal);
        assert_eq!(ended, Some(code), "{told}");
        assert!(told.contains("error: interrupted\ncompleted 0 out of 1 nodes"), "{told}");
        assert_eq!(state(&project), "interrupted");
    }
}

#[test]
fn a_run_whose_output_nobody_reads_is_ended_and_says_what_is_not_saved() {
    let project = project("good/pass_bytes", "path = \"in\"", "path = \"pipe\"");
    project.write("in", "data");
    mkfifoat(CWD, project.path("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
    let mut run = Followed::start(&project, &["run"]);
    run.wait_for("Saving data to out");
    let (ended, told) = run.end_by(Signal::TERM);
    assert_eq!(ended, Some(143), "{told}");
    assert!(told.contains("terminated: what is being saved has 5 seconds"), "{told}");
    assert!(told.contains("made, and not in storage: `out`"), "{told}");
    assert_eq!(state(&project), "interrupted");
}

#[test]
fn a_running_guest_is_interrupted_by_sigterm() {
    let project = project("hostile/endless_loop", "path = \"in\"", "path = \"out\"");
    project.write("in", "data");
    let mut run = Followed::start(&project, &["run"]);
    run.wait_for("Running node: n");
    let (ended, told) = run.end_by(Signal::TERM);
    assert_eq!(ended, Some(143), "{told}");
    assert!(!told.contains("not in storage"), "{told}");
    assert_eq!(state(&project), "interrupted");
}

#[test]
fn a_command_that_waits_for_a_silent_server_is_ended() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("url = \"http://{}/data\"", server.local_addr().unwrap());
    for command in ["check", "run"] {
        let project = project("good/pass_bytes", &url, "path = \"out\"");
        let waiting = Followed::start(&project, &[command]);
        // It has been asked, and says nothing.
        let _asked = server.accept().unwrap();
        let (ended, told) = waiting.end_by(Signal::TERM);
        assert_eq!(ended, Some(143), "{told}");
        assert!(told.ends_with("terminated before anything ran\n"), "{told}");
    }
}
