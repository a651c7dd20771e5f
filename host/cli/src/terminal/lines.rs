//! Events as log lines, in words that Kedro users know.

use std::time::Duration;

use wpipe::{Event, LogLevel};

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
    match event {
        Event::RunStarted { pipeline, nodes } => {
            let plural = if *nodes == 1 { "" } else { "s" };
            vec![info(format!("Running pipeline {pipeline}: {nodes} node{plural}"))]
        }
        Event::LoadStarted { dataset, format, .. } => vec![info(format!("Loading data from {dataset} ({format})..."))],
        Event::LoadCompleted { dataset, bytes, duration, retries, .. } => {
            let repeated = repeated(*retries);
            vec![debug(format!("Loaded {dataset}: {} in {}{repeated}", size(*bytes), time(*duration)))]
        }
        Event::LoadFailed { dataset, error: reason } => {
            vec![error(format!("Failed to load data from {dataset}: {reason}"))]
        }
        Event::NodeStarted { node, function, inputs, outputs, .. } => {
            let (inputs, outputs) = (inputs.join(";"), outputs.join(";"));
            vec![info(format!("Running node: {node}: {function}([{inputs}]) -> [{outputs}]"))]
        }
        Event::NodeCompleted { node, duration, copied, mapped, moved, peak_memory, completed, total } => vec![
            info(format!("Completed node: {node}")),
            debug(format!(
                "{node} took {}, with {} copied, {} mapped, {} moved, {} of memory",
                time(*duration),
                size(*copied),
                size(*mapped),
                size(*moved),
                size(*peak_memory)
            )),
            info(format!("Completed {completed} out of {total} tasks")),
        ],
        Event::NodeFailed { node, error: reason, .. } => vec![error(format!("Node {node} failed: {reason}"))],
        Event::NodeRetried { node, error, attempt, delay } => {
            let text = format!("Node {node} failed ({attempt}): {error}; trying again in {}", time(*delay));
            vec![Line { level: LogLevel::Warn, text }]
        }
        Event::NodeSkipped { node } => {
            vec![Line { level: LogLevel::Warn, text: format!("Skipped node: {node} (upstream failed)") }]
        }
        Event::WaitingForMemory { used, limit } => {
            vec![info(format!("Waiting for memory: {} of datasets, {} allowed", size(*used), size(*limit)))]
        }
        Event::DatasetProduced { dataset, bytes, transport, .. } => {
            vec![debug(format!("Produced {dataset}: {} by {transport}", size(*bytes)))]
        }
        Event::SaveStarted { dataset, format, .. } => vec![info(format!("Saving data to {dataset} ({format})..."))],
        Event::SaveCompleted { dataset, bytes, duration, retries, .. } => {
            let repeated = repeated(*retries);
            vec![debug(format!("Saved {dataset}: {} in {}{repeated}", size(*bytes), time(*duration)))]
        }
        Event::SaveFailed { dataset, error: reason } => {
            vec![error(format!("Failed to save data to {dataset}: {reason}"))]
        }
        Event::DatasetReleased { dataset, bytes } => vec![debug(format!("Released {dataset}: {}", size(*bytes)))],
        Event::Log { node, level, message } => vec![Line { level: *level, text: format!("[{node}] {message}") }],
        Event::Progress { node, completed, total } => vec![debug(format!("[{node}] {completed} of {total}"))],
        Event::Metric { node, name, value } => vec![debug(format!("[{node}] {name} = {value}"))],
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
            component: "iris".into(),
            function: "train_model".into(),
            inputs: vec!["train_x".into(), "params:train".into()],
            outputs: vec!["model".into()],
        };
        let texts: Vec<_> = lines(&event).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["Running node: train: train_model([train_x;params:train]) -> [model]"]);
    }
}
