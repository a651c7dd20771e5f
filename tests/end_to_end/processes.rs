//! Runs whose events a test follows, and which it interrupts or kills.

use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

/// A run of `command` with the arguments for a run whose events come on its standard output.
pub(crate) fn start(mut command: Command) -> (Child, impl BufRead + use<>) {
    command.args(["--quiet", "--events", "-"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let events = BufReader::new(child.stdout.take().unwrap());
    (child, events)
}

/// What Ctrl-C sends.
pub(crate) fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
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

/// Kills a run at a random moment: so many of its `events` have happened, and some time more has gone by. Gives what it
/// has told until then.
pub(crate) fn kill_at_random(random: &mut Rng, events: Range<usize>, command: Command) -> String {
    let (mut child, mut lines) = start(command);
    let mut told = String::new();
    for _ in 0..random.usize(events) {
        if lines.read_line(&mut told).unwrap() == 0 {
            break;
        }
    }
    let end = Instant::now() + Duration::from_micros(random.u64(..2048));
    while Instant::now() < end {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    told
}
