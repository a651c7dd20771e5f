//! Events as log lines, in words that Kedro users know.

use std::collections::BTreeMap;
use std::time::Duration;

use wpipe::{At, Event, LeftOut, LogLevel};

/// A line of the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) level: LogLevel,
    pub(super) text: String,
}

/// The log lines of an event.
pub(super) fn lines(event: &Event) -> Vec<Line> {
    let info = |text: String| Line { level: LogLevel::Info, text };
    let debug = |text: String| Line { level: LogLevel::Debug, text };
    let error = |text: String| Line { level: LogLevel::Error, text };
    // What happens once per partition is for those who want to know everything; the rest is told per multipipeline.
    let detail = |at: &At, text: String| if at.is_whole() { info(text) } else { debug(text) };
    match event {
        Event::RunStarted { pipeline, nodes } => {
            vec![info(format!("Running pipeline {pipeline}: {}", count(*nodes, "node")))]
        }
        Event::LoadStarted { dataset, at, format, .. } => {
            vec![detail(at, format!("Loading data from {dataset}{at} ({format})..."))]
        }
        Event::LoadCompleted { dataset, at, bytes, duration, retries, .. } => {
            let repeated = repeated(*retries);
            vec![debug(format!("Loaded {dataset}{at}: {} in {}{repeated}", size(*bytes), time(*duration)))]
        }
        Event::LoadFailed { dataset, at, error: reason } => {
            vec![error(format!("Failed to load data from {dataset}{at}: {reason}"))]
        }
        Event::PartitionsListed { dataset, partitions, bytes } => {
            let partitions = count(*partitions, "partition");
            vec![info(format!("Found {partitions} of {dataset} ({})", size(*bytes)))]
        }
        Event::Sliced { multipipeline, slices, left_out } => sliced(multipipeline, slices, left_out),
        Event::PartitionCompleted { multipipeline, partition, ended, total } => {
            vec![info(format!("Completed partition {partition} of {multipipeline} ({ended} of {total})"))]
        }
        Event::PartitionFailed { multipipeline, partition, ended, total, .. } => {
            vec![error(format!("Failed partition {partition} of {multipipeline} ({ended} of {total})"))]
        }
        Event::BarrierReached { multipipeline, completed, failed } => {
            let text = format!("Reached the barrier of {multipipeline}: {} completed", count(*completed, "partition"));
            match failed {
                0 => vec![info(text)],
                failed => vec![Line { level: LogLevel::Warn, text: format!("{text}, {failed} failed") }],
            }
        }
        Event::CheckpointConfirmed { dataset, partition } => {
            vec![info(format!("Confirmed {dataset} up to partition {partition}"))]
        }
        Event::NodeStarted { node, at, function, inputs, outputs, .. } => {
            let (inputs, outputs) = (inputs.join(";"), outputs.join(";"));
            vec![detail(at, format!("Running node: {node}{at}: {function}([{inputs}]) -> [{outputs}]"))]
        }
        Event::NodeCompleted { node, at, duration, copied, mapped, moved, peak_memory, completed, total } => {
            let figures = debug(format!(
                "{node}{at} took {}, with {} copied, {} mapped, {} moved, {} of memory",
                time(*duration),
                size(*copied),
                size(*mapped),
                size(*moved),
                size(*peak_memory)
            ));
            if !at.is_whole() {
                return vec![figures];
            }
            let progress = info(format!("Completed {completed} out of {total} tasks"));
            vec![info(format!("Completed node: {node}")), figures, progress]
        }
        Event::NodeFailed { node, at, error: reason, .. } => vec![error(format!("Node {node}{at} failed: {reason}"))],
        Event::NodeRetried { node, at, error, attempt, delay } => {
            let text = format!("Node {node}{at} failed ({attempt}): {error}; trying again in {}", time(*delay));
            vec![Line { level: LogLevel::Warn, text }]
        }
        Event::NodeSkipped { node } => {
            vec![Line { level: LogLevel::Warn, text: format!("Skipped node: {node} (upstream failed)") }]
        }
        Event::WaitingForMemory { used, limit } => {
            vec![info(format!("Waiting for memory: {} of datasets, {} allowed", size(*used), size(*limit)))]
        }
        Event::DatasetProduced { dataset, at, bytes, transport, .. } => {
            vec![debug(format!("Produced {dataset}{at}: {} by {transport}", size(*bytes)))]
        }
        Event::SaveStarted { dataset, at, format, .. } => {
            vec![detail(at, format!("Saving data to {dataset}{at} ({format})..."))]
        }
        Event::SaveCompleted { dataset, at, bytes, duration, retries, .. } => {
            let repeated = repeated(*retries);
            vec![debug(format!("Saved {dataset}{at}: {} in {}{repeated}", size(*bytes), time(*duration)))]
        }
        Event::SaveFailed { dataset, at, error: reason } => {
            vec![error(format!("Failed to save data to {dataset}{at}: {reason}"))]
        }
        Event::DatasetReleased { dataset, at, bytes } => {
            vec![debug(format!("Released {dataset}{at}: {}", size(*bytes)))]
        }
        Event::Log { node, at, level, message } => {
            vec![Line { level: *level, text: format!("[{}] {message}", speaker(node, at)) }]
        }
        Event::Progress { node, at, completed, total } => {
            vec![debug(format!("[{}] {completed} of {total}", speaker(node, at)))]
        }
        Event::Metric { node, at, name, value } => {
            vec![debug(format!("[{}] {name} = {value}", speaker(node, at)))]
        }
        Event::RunInterrupted => {
            let text = "Interrupted: finishing the saves of what was made; interrupt again to end at once";
            vec![Line { level: LogLevel::Warn, text: text.to_owned() }]
        }
        Event::RunCompleted { duration } => {
            let seconds = duration.as_secs_f64();
            vec![info(format!("Pipeline execution completed successfully in {seconds:.1} sec."))]
        }
        Event::RunFailed { duration, .. } => {
            vec![error(format!("Pipeline execution failed after {:.1} sec.", duration.as_secs_f64()))]
        }
        _ => Vec::new(),
    }
}

/// How many partitions each slice has, and how many are left out for which reason.
fn sliced(multipipeline: &str, slices: &[Vec<String>], left_out: &[LeftOut]) -> Vec<Line> {
    let info = |text: String| Line { level: LogLevel::Info, text };
    let partitions = slices.iter().map(Vec::len).sum();
    let text =
        format!("Slicing {multipipeline}: {} in {}", count(partitions, "partition"), count(slices.len(), "slice"));
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for left in left_out {
        *reasons.entry(&left.reason).or_default() += 1;
    }
    let left = reasons.into_iter();
    let left = left.map(|(reason, number)| info(format!("Leaving out {}: {reason}", count(number, "partition"))));
    [info(text)].into_iter().chain(left).collect()
}

/// Who says something: a node, and for which partition.
fn speaker(node: &str, at: &At) -> String {
    match &at.partition {
        Some(partition) => format!("{node} {partition}"),
        None => format!("{node}{at}"),
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn repeated(retries: u32) -> String {
    if retries == 0 { String::new() } else { format!(", repeated {retries} times") }
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

fn time(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1000.0),
        seconds => format!("{seconds:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_have_fitting_units() {
        assert_eq!([0, 1023, 1024, 1536, 5 << 30].map(size), ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "5.0 GiB"]);
        assert_eq!([Duration::from_micros(1500), Duration::from_millis(2500)].map(time), ["1.5 ms", "2.50 s"]);
    }

    #[test]
    fn a_kedro_user_knows_the_lines() {
        let event = Event::NodeStarted {
            node: "train".into(),
            at: At::default(),
            component: "iris".into(),
            function: "train_model".into(),
            inputs: vec!["train_x".into(), "params:train".into()],
            outputs: vec!["model".into()],
        };
        let texts: Vec<_> = lines(&event).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["Running node: train: train_model([train_x;params:train]) -> [model]"]);
    }
}
