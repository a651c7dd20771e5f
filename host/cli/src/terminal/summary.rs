//! The closing summary of a run that completed: what took long, what storage cost, what is where.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wpipe::text::{one_line, size};
use wpipe::{Event, LogLevel, Observer, Record};

use super::count;
use super::lines::{lines, time};

/// Nodes and datasets that a line names of many.
const NAMED: usize = 3;

/// Watches a run for what is told at its end.
#[derive(Default)]
pub(crate) struct Summary(Mutex<Watched>);

/// What has been seen so far.
#[derive(Default)]
struct Watched {
    nodes: BTreeMap<String, Calls>,
    saved: BTreeMap<String, Saved>,
    loads: Transfers,
    saves: Transfers,
    warnings: usize,
    busy: Busy,
    /// Where a dataset or partition is saved to, and how long nodes had run when its transfer began.
    begun: HashMap<(String, Option<String>), (String, Duration)>,
}

/// The calls of a node.
#[derive(Default)]
struct Calls {
    number: usize,
    time: Duration,
}

/// What was saved of a dataset.
#[derive(Default)]
struct Saved {
    partitions: usize,
    bytes: u64,
    location: String,
}

/// Loads, or saves.
#[derive(Default)]
struct Transfers {
    number: usize,
    time: Duration,
    /// The part of it in which a node ran.
    hidden: Duration,
}

/// How long at least one node ran.
#[derive(Default)]
struct Busy {
    running: usize,
    since: Duration,
    before: Duration,
}

impl Busy {
    fn begin(&mut self, now: Duration) {
        if self.running == 0 {
            self.since = now;
        }
        self.running += 1;
    }

    fn end(&mut self, now: Duration) {
        self.running = self.running.saturating_sub(1);
        if self.running == 0 {
            self.before += now.saturating_sub(self.since);
        }
    }

    fn until(&self, now: Duration) -> Duration {
        let current = if self.running == 0 { Duration::ZERO } else { now.saturating_sub(self.since) };
        self.before + current
    }
}

impl Watched {
    fn observe(&mut self, record: &Record) {
        let now = record.elapsed.unwrap_or_default();
        self.warnings += lines(&record.event).iter().filter(|line| line.level == LogLevel::Warn).count();
        match &record.event {
            Event::NodeStarted { .. } => self.busy.begin(now),
            Event::NodeFailed { .. } => self.busy.end(now),
            Event::NodeCompleted { node, duration, .. } => {
                self.busy.end(now);
                let calls = self.nodes.entry(node.clone()).or_default();
                calls.number += 1;
                calls.time += *duration;
            }
            Event::LoadStarted { dataset, at, location, .. } | Event::SaveStarted { dataset, at, location, .. } => {
                let begun = (location.clone(), self.busy.until(now));
                self.begun.insert((dataset.clone(), at.partition.clone()), begun);
            }
            Event::LoadCompleted { dataset, at, duration, .. } => {
                let begun = self.begun.remove(&(dataset.clone(), at.partition.clone()));
                self.loads.add(*duration, begun.map(|(_, busy)| self.busy.until(now).saturating_sub(busy)));
            }
            Event::SaveCompleted { dataset, at, duration, bytes, .. } => {
                let begun = self.begun.remove(&(dataset.clone(), at.partition.clone()));
                let busy = begun.as_ref().map(|(_, busy)| self.busy.until(now).saturating_sub(*busy));
                self.saves.add(*duration, busy);
                let saved = self.saved.entry(dataset.clone()).or_default();
                // A set is saved partition by partition, and then as a whole.
                if at.partition.is_some() {
                    saved.partitions += 1;
                }
                if at.partition.is_some() || saved.partitions == 0 {
                    saved.bytes += bytes;
                }
                saved.location = begun.map(|(location, _)| location).unwrap_or_default();
            }
            // Everything else takes no time that is told.
            _ => {}
        }
    }

    fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        if self.nodes.len() > 1 {
            let mut nodes: Vec<_> = self.nodes.iter().collect();
            nodes.sort_by_key(|(_, calls)| std::cmp::Reverse(calls.time));
            let named = nodes.iter().take(NAMED).map(|(node, calls)| match calls.number {
                1 => format!("{node} {}", time(calls.time)),
                number => format!("{node} {} in {}", time(calls.time), count(number, "call")),
            });
            told.push(format!("slowest nodes: {}", named.collect::<Vec<_>>().join(", ")));
        }
        let storage = [("load", &self.loads), ("save", &self.saves)];
        let storage = storage.into_iter().filter(|(_, of)| of.number > 0).map(|(noun, of)| {
            format!("{} in {}, {} of it beside nodes", count(of.number, noun), time(of.time), time(of.hidden))
        });
        let storage: Vec<_> = storage.collect();
        if !storage.is_empty() {
            told.push(format!("storage: {}", storage.join("; ")));
        }
        if !self.saved.is_empty() {
            told.push(self.in_storage());
        }
        if self.warnings > 0 {
            told.push(count(self.warnings, "warning"));
        }
        told
    }

    fn in_storage(&self) -> String {
        let named = self.saved.iter().take(NAMED).map(|(dataset, saved)| match saved.partitions {
            0 => format!("`{}` ({})", one_line(dataset), one_line(&saved.location)),
            partitions => format!("`{}` ({})", one_line(dataset), count(partitions, "partition")),
        });
        let named = named.collect::<Vec<_>>().join(", ");
        let more = match self.saved.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let bytes = self.saved.values().map(|saved| saved.bytes).sum();
        format!("in storage: {}, {}: {named}{more}", count(self.saved.len(), "dataset"), size(bytes))
    }
}

impl Transfers {
    fn add(&mut self, time: Duration, hidden: Option<Duration>) {
        self.number += 1;
        self.time += time;
        self.hidden += hidden.unwrap_or_default().min(time);
    }
}

impl Summary {
    /// Returns what is told of a run that has completed.
    pub(crate) fn told(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).told()
    }
}

impl Observer for Summary {
    fn observe(&self, record: &Record) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).observe(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    /// Events of a run, each at a second of it.
    fn watched(events: &str) -> Watched {
        let mut watched = Watched::default();
        for line in events.lines() {
            let (second, event) = line.trim().split_once(' ').expect("a time and an event");
            let text =
                format!("{{\"time\":\"2026-01-01T00:00:00.000Z\",\"run\":\"r\",\"elapsed_seconds\":{second},{event}}}");
            watched.observe(&serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")));
        }
        watched
    }

    #[test]
    fn a_run_ends_with_what_took_long_and_what_is_where() {
        let node = "\"copied\":0,\"mapped\":0,\"peak_memory\":0,\"completed\":1,\"total\":2";
        let started = "\"component\":\"c\",\"function\":\"f\",\"inputs\":[],\"outputs\":[]";
        let told = watched(&format!(
            "0 \"event\":\"load_started\",\"dataset\":\"x\",\"format\":\"csv\",\"location\":\"x.csv\"
             2 \"event\":\"load_completed\",\"dataset\":\"x\",\"bytes\":1,\"seconds\":2
             2 \"event\":\"node_started\",\"node\":\"a\",{started}
             3 \"event\":\"node_completed\",\"node\":\"a\",\"seconds\":1,{node}
             3 \"event\":\"save_started\",\"dataset\":\"y\",\"format\":\"csv\",\"location\":\"y.csv\"
             3 \"event\":\"node_started\",\"node\":\"b\",{started}
             6 \"event\":\"node_completed\",\"node\":\"b\",\"seconds\":3,{node}
             7 \"event\":\"save_completed\",\"dataset\":\"y\",\"bytes\":2048,\"seconds\":4
             7 \"event\":\"log\",\"node\":\"b\",\"level\":\"warn\",\"message\":\"odd\""
        ))
        .told();
        assert_eq!(
            told,
            [
                "slowest nodes: b 3.00 s, a 1.00 s",
                "storage: 1 load in 2.00 s, 0.0 ms of it beside nodes; 1 save in 4.00 s, 3.00 s of it beside nodes",
                "in storage: 1 dataset, 2.0 KiB: `y` (y.csv)",
                "1 warning",
            ]
        );
    }

    #[test]
    fn nodes_that_run_at_once_are_busy_once() {
        let mut busy = Busy::default();
        busy.begin(seconds(1));
        busy.begin(seconds(2));
        busy.end(seconds(3));
        assert_eq!(busy.until(seconds(4)), seconds(3));
        busy.end(seconds(5));
        assert_eq!(busy.until(seconds(9)), seconds(4));
    }
}
