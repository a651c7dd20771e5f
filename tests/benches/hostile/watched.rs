//! Running a process to its end, and looking at how much memory it and its children take meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often is looked.
const LOOK: Duration = Duration::from_millis(5);

/// How a process ended.
pub(crate) struct Watched {
    pub(crate) time: Duration,
    /// The most resident memory of each process, of all together, in bytes.
    pub(crate) peak: u64,
    /// What it said on standard output.
    pub(crate) told: String,
    pub(crate) is_well: bool,
}

pub(crate) fn watch(mut command: Command) -> io::Result<Watched> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let pid = child.id();
    let mut stdout = child.stdout.take().expect("it is piped");
    let (sender, receiver) = channel();
    let reader = thread::spawn(move || {
        let mut told = String::new();
        let read = stdout.read_to_string(&mut told);
        // Its end is the end of the process, but for a moment.
        drop(sender);
        read.map(|_| told)
    });
    let mut peaks = BTreeMap::new();
    while receiver.recv_timeout(LOOK) != Err::<(), _>(RecvTimeoutError::Disconnected) {
        look(pid, &mut peaks);
    }
    let told = reader.join().expect("the reader does not panic")?;
    let is_well = child.wait()?.success();
    Ok(Watched { time: started.elapsed(), peak: peaks.values().sum(), told, is_well })
}

/// Notes the most that a process and its children have taken so far.
fn look(pid: u32, peaks: &mut BTreeMap<u32, u64>) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    let peak = peaks.entry(pid).or_default();
    *peak = (kib.unwrap_or(0) << 10).max(*peak);
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    for task in tasks {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        children.split_whitespace().filter_map(|child| child.parse().ok()).for_each(|child| look(child, peaks));
    }
}
