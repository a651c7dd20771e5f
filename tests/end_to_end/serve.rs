//! `wpipe viz --serve`: the page on loopback, and a run that it follows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::browser::{failed_run, try_pages};
use crate::support::{Project, wpipe};

/// The longest that a test waits for an event.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server, which ends with this value.
struct Served {
    child: Child,
    /// Such as `127.0.0.1:40000`.
    address: String,
}

impl Served {
    fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut command = project.command(&[&["viz", "--serve"], arguments].concat());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("started");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let line = lines.next().expect("a line").expect("text");
        let (_, rest) = line.split_once("http://").unwrap_or_else(|| panic!("no address: {line}"));
        let address = rest.split_once('/').expect("a path").0.to_owned();
        Self { child, address }
    }

    fn asks(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream.write_all(request.as_bytes()).expect("sent");
        stream
    }

    /// Returns what a request is answered.
    fn answer(&self, line: &str, host: &str) -> String {
        let mut answer = String::new();
        let mut stream = self.asks(&format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        stream.read_to_string(&mut answer).expect("text");
        answer
    }

    /// Returns the pictures that it sends, from now on.
    fn events(&self) -> impl Iterator<Item = serde_json::Value> + use<> {
        let stream = self.asks(&format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", self.address));
        let lines = BufReader::new(stream).lines().map(|line| line.expect("an event in time"));
        lines.filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_page_is_served_to_this_machine_alone() {
    let served = Served::start(&failed_run(), &["--run"]);
    assert!(served.address.starts_with("127.0.0.1:"), "{}", served.address);
    let page = served.answer("GET /", &served.address);
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("data-live"), "{page}");
    assert!(page.contains("content-security-policy: default-src 'none'"), "{page}");
    assert!(!page.contains("access-control"), "{page}");
}

#[test]
fn a_name_that_is_not_of_loopback_is_refused() {
    let served = Served::start(&failed_run(), &[]);
    for host in ["rebound.example", "localhost.rebound.example", ""] {
        let answer = served.answer("GET /picture.json", host);
        assert!(answer.starts_with("HTTP/1.1 421") && !answer.contains("check"), "{host}: {answer}");
    }
}

#[test]
fn nothing_can_be_changed_and_nothing_else_is_there() {
    let served = Served::start(&failed_run(), &[]);
    assert!(served.answer("POST /", &served.address).starts_with("HTTP/1.1 405"));
    assert!(served.answer("GET /../pipeline.toml", &served.address).starts_with("HTTP/1.1 404"));
}

#[test]
fn a_server_sends_a_picture_of_each_new_run() {
    let project = failed_run();
    let served = Served::start(&project, &[]);
    let mut events = served.events();
    let first = events.next().expect("the first picture");
    assert_eq!(first["run"]["state"], "failed");
    project.write("raw/<b>.txt", "good");
    assert_eq!(project.wpipe(&["run", "--quiet"]).code, 0);
    let later = events.find(|picture| picture["run"]["state"] == "completed").expect("a picture of the new run");
    assert_ne!(later["run"]["id"], first["run"]["id"]);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let project = failed_run();
    let served = Served::start(&project, &[]);
    let port = served.address.rsplit_once(':').expect("a port").1;
    let refused = project.wpipe(&["viz", "--serve", "--port", port]);
    assert_eq!(refused.code, 1, "{}", refused.told());
    assert!(refused.stderr.contains(port) && refused.stderr.contains("`--port 0`"), "{}", refused.told());
}

#[test]
fn ctrl_c_ends_a_server() {
    let mut served = Served::start(&failed_run(), &[]);
    let pid = Pid::from_child(&served.child);
    kill_process(pid, Signal::INT).expect("sent");
    assert_eq!(served.child.wait().expect("ended").code(), Some(130));
}

#[test]
fn a_page_in_a_browser_follows_a_run() {
    let project = failed_run();
    let served = Served::start(&project, &[]);
    project.write("raw/<b>.txt", "good");
    let command = wpipe(&[]).get_program().to_owned();
    try_pages("live.test.mjs", &project, |node| {
        node.env("WPIPE_ADDRESS", &served.address).env("WPIPE_COMMAND", &command);
    });
}
