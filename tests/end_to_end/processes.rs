//! Runs whose events a test follows, and which it interrupts or kills.

use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A run of `command` with the arguments for a run whose events come on its standard output.
pub(crate) fn start(mut command: Command) -> (Child, impl BufRead + use<>) {
    command.args(["--quiet", "--events", "-"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let events = BufReader::new(child.stdout.take().unwrap());
    (child, events)
}

pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Reads until an event of that name, of that dataset or node, or of any.
pub(crate) fn wait_for(events: &mut impl BufRead, event: &str, of: &str) {
    let mut line = String::new();
    loop {
        line.clear();
        assert_ne!(events.read_line(&mut line).unwrap(), 0, "the run ended before `{event}` of `{of}`");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let is_of = of.is_empty() || value["dataset"] == of || value["node"] == of;
        if value["event"] == event && is_of {
            return;
        }
    }
}

/// Numbers that are the same in every run of a test.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Kills a run at a random moment: so many of its `events` have happened, and some time more has gone by. Gives what it
/// has told until then.
pub(crate) fn kill_at_random(random: &mut Random, events: Range<u64>, command: Command) -> String {
    let (mut child, mut lines) = start(command);
    let mut told = String::new();
    for _ in 0..events.start + random.below(events.end - events.start) {
        if lines.read_line(&mut told).unwrap() == 0 {
            break;
        }
    }
    let end = Instant::now() + Duration::from_micros(random.below(2048));
    while Instant::now() < end {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    told
}
