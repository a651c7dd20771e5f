//! Events as log lines, in words that Kedro users know.

use std::collections::BTreeMap;
use std::time::Duration;

use wpipe::text::{one_line, size};
use wpipe::{At, Event, LeftOut, LogLevel, Phase};

use super::count;

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
    let warn = |text: String| Line { level: LogLevel::Warn, text };
    let error = |text: String| Line { level: LogLevel::Error, text };
    // What happens once per partition is for those who want to know everything; the rest is told per multipipeline.
    let detail = |at: &At, text: String| if at.is_whole() { info(text) } else { debug(text) };
    match event {
        Event::RunStarted { pipeline, nodes, .. } => {
            vec![info(format!("Running pipeline {pipeline}: {}", count(*nodes, "node")))]
        }
        Event::LoadStarted { dataset, at, format, .. } => {
            vec![detail(at, format!("Loading data from {dataset}{at} ({format})..."))]
        }
        Event::LoadCompleted { dataset, at, bytes, duration, retries, .. } => {
            let repeated = repeated(*retries);
            vec![debug(format!("Loaded {dataset}{at}: {} in {}{repeated}", size(*bytes), time(*duration)))]
        }
        Event::LoadProgressed { dataset, at, phase, bytes, total }
        | Event::SaveProgressed { dataset, at, phase, bytes, total } => {
            vec![info(format!("{} {dataset}{at}{}", doing(*phase), so_far(*bytes, *total)))]
        }
        // Why is told at the end of the run, once.
        Event::LoadFailed { dataset, at, error: reason } => {
            vec![error(format!("Failed to load data from {dataset}{at}")), debug(reason.clone())]
        }
        Event::PartitionsListed { dataset, partitions, bytes, missing } => {
            let partitions = count(*partitions, "partition");
            let found = info(format!("Found {partitions} of {dataset} ({})", size(*bytes)));
            let failed = count(missing.len(), "partition");
            let lacks = || format!("{dataset} is incomplete: {failed} failed in an earlier run: {}", first_of(missing));
            [found].into_iter().chain((!missing.is_empty()).then(|| warn(lacks()))).collect()
        }
        Event::Sliced { multipipeline, slices, left_out, unmatched } => {
            let unused =
                |pattern| warn(format!("No partition of {multipipeline} matches {pattern} of its `configure`"));
            sliced(multipipeline, slices, left_out).into_iter().chain(unmatched.iter().map(unused)).collect()
        }
        Event::ResultsMissing { dataset, partitions, checkpoint, .. } => {
            let (number, first) = (count(partitions.len(), "partition"), first_of(partitions));
            let text = match partitions.len() {
                1 => format!("{number} that is not newer than the checkpoint is not in {dataset}: {first}"),
                _ => format!("{number} that are not newer than the checkpoint are not in {dataset}: {first}"),
            };
            vec![warn(format!("{text}; remove {checkpoint} to work on all again"))]
        }
        Event::PartitionCompleted { multipipeline, partition, ended, total } => {
            ended_partition("Completed", partition, multipipeline, *ended, *total)
        }
        Event::PartitionFailed { multipipeline, partition, ended, total, .. } => {
            ended_partition("Failed", partition, multipipeline, *ended, *total)
        }
        Event::BarrierReached { multipipeline, completed, failed } => {
            let text = format!("Reached the barrier of {multipipeline}: {} completed", count(*completed, "partition"));
            match failed {
                0 => vec![info(text)],
                failed => vec![warn(format!("{text}, {failed} failed"))],
            }
        }
        Event::CheckpointConfirmed { dataset, partition } => {
            vec![info(format!("Confirmed {dataset} up to partition {partition}"))]
        }
        Event::CheckpointLost { dataset, partition, error } => {
            let text = format!("{dataset} has been worked on up to {partition}, which cannot be kept: {error}");
            vec![warn(format!("{text}; all of it is new to the next run, unless `checkpoint` names a file elsewhere"))]
        }
        Event::NodeStarted { node, at, function, inputs, outputs, .. } => {
            let (inputs, outputs) = (inputs.join(";"), outputs.join(";"));
            vec![detail(at, format!("Running node: {node}{at}: {function}([{inputs}]) -> [{outputs}]"))]
        }
        Event::NodeCompleted { node, at, duration, copied, mapped, moved, peak_memory, completed, total, .. } => {
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
        Event::NodeFailed { node, at, error: reason, .. } => {
            vec![error(format!("Node {node}{at} failed")), debug(reason.clone())]
        }
        Event::NodeRetried { node, at, error, attempt, delay } => {
            let text = format!("Node {node}{at} failed ({attempt}): {error}; trying again in {}", time(*delay));
            vec![warn(text)]
        }
        Event::NodeSkipped { node } => {
            vec![warn(format!("Skipped node: {node} (upstream failed)"))]
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
            vec![error(format!("Failed to save data to {dataset}{at}")), debug(reason.clone())]
        }
        Event::PartitionsPruned { dataset, partitions } => {
            let number = count(partitions.len(), "stale partition");
            vec![info(format!("Removed {number} of {dataset}: {}", first_of(partitions)))]
        }
        Event::SaveUntidy { dataset, error } => {
            let text = format!("{dataset} is saved, and could not be tidied up, which the next run does: {error}");
            vec![warn(text)]
        }
        Event::DatasetShared { dataset, at, bytes, duration, .. } => {
            vec![debug(format!("Shared {dataset}{at}: {} in {}", size(*bytes), time(*duration)))]
        }
        Event::DatasetAttached { dataset, at, bytes } => {
            vec![detail(at, format!("Attached {dataset}{at} from the shared store ({})", size(*bytes)))]
        }
        Event::WaitingForStore { dataset, at, reason } => {
            vec![warn(format!("Waiting to share {dataset}{at}: {reason}"))]
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
            vec![debug(format!("[{}] {name} = {}", speaker(node, at), figure(*value)))]
        }
        Event::RunInterrupted => {
            let text = "Interrupted: finishing the saves of what was made; interrupt again to end at once";
            vec![warn(text.to_owned())]
        }
        Event::RunCompleted { duration } => {
            let seconds = duration.as_secs_f64();
            vec![info(format!("Pipeline execution completed successfully in {seconds:.1} sec."))]
        }
        Event::RunFailed { interrupted, duration, .. } => {
            let how = if *interrupted { "was interrupted" } else { "failed" };
            vec![error(format!("Pipeline execution {how} after {:.1} sec.", duration.as_secs_f64()))]
        }
        // That a partition went through is told by its multipipeline; what is unknown is only read, never emitted.
        Event::PartitionSaved { .. } | Event::Unknown => Vec::new(),
    }
}

/// What a transfer is doing.
pub(super) fn doing(phase: Phase) -> &'static str {
    match phase {
        Phase::Reading => "Reading",
        Phase::Decoding => "Decoding",
        Phase::Encoding => "Encoding",
        Phase::Writing => "Writing",
    }
}

/// How far it is.
pub(super) fn so_far(bytes: u64, total: Option<u64>) -> String {
    match (bytes, total) {
        (0, None) => "...".to_owned(),
        (bytes, None) => format!(": {}", size(bytes)),
        (bytes, Some(total)) => {
            let percent = (u128::from(bytes) * 100).checked_div(u128::from(total)).unwrap_or(100);
            format!(": {} of {} ({percent} %)", size(bytes), size(total))
        }
    }
}

/// So many partitions of a multipipeline have a line each, and more of them so many lines together. Of what a node or
/// dataset says of its partitions, as many lines are shown.
pub(super) const MOST_LINES: usize = 20;

/// A partition that came to its end: with many of them, only every twentieth part of the way is told.
fn ended_partition(how: &str, partition: &str, multipipeline: &str, ended: usize, total: usize) -> Vec<Line> {
    let each = Line {
        level: if total <= MOST_LINES { LogLevel::Info } else { LogLevel::Debug },
        text: format!("{how} partition {} of {multipipeline} ({ended} of {total})", one_line(partition)),
    };
    let text = format!("Worked on {ended} of {total} partitions of {multipipeline}");
    let step = is_step_of(ended, total).then_some(Line { level: LogLevel::Info, text });
    [each].into_iter().chain(step).collect()
}

/// Returns true if an event is the end of a partition that is told of many.
pub(super) fn is_step(event: &Event) -> bool {
    match event {
        Event::PartitionCompleted { ended, total, .. } | Event::PartitionFailed { ended, total, .. } => {
            is_step_of(*ended, *total)
        }
        _ => false,
    }
}

fn is_step_of(ended: usize, total: usize) -> bool {
    let steps = |ended: usize| ended * MOST_LINES / total.max(1);
    total > MOST_LINES && steps(ended) > steps(ended.saturating_sub(1))
}

/// How many partitions each slice has, and how many are left out for which reason.
fn sliced(multipipeline: &str, slices: &[Vec<String>], left_out: &[LeftOut]) -> Vec<Line> {
    let info = |text: String| Line { level: LogLevel::Info, text };
    let partitions = slices.iter().map(Vec::len).sum();
    let text =
        format!("Slicing {multipipeline}: {} in {}", count(partitions, "partition"), count(slices.len(), "slice"));
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for left in left_out {
        reasons.entry(&left.reason).or_default().push(&left.partition);
    }
    let left = reasons.into_iter().map(|(reason, ids)| {
        let partitions = count(ids.len(), "partition");
        info(format!("Leaving out {partitions} ({reason}): {}", first_of(&ids)))
    });
    [info(text)].into_iter().chain(left).collect()
}

/// Names that a line holds of many.
const NAMED: usize = 3;

fn first_of(ids: &[impl AsRef<str>]) -> String {
    let named = if ids.len() == NAMED + 1 { ids.len() } else { ids.len().min(NAMED) };
    let rest = match ids.len() - named {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    ids[..named].iter().map(|id| one_line(id.as_ref())).collect::<Vec<_>>().join(", ") + &rest
}

/// Who says something: a node, and for which partition.
fn speaker(node: &str, at: &At) -> String {
    match &at.partition {
        Some(partition) => format!("{node} {}", one_line(partition)),
        None => format!("{node}{at}"),
    }
}

fn repeated(retries: u32) -> String {
    if retries == 0 { String::new() } else { format!(", repeated {retries} times") }
}

/// A figure, with a power of ten where it would have many digits.
fn figure(value: f64) -> String {
    let size = value.abs();
    if size >= 1e16 || size > 0.0 && size < 1e-5 { format!("{value:e}") } else { value.to_string() }
}

pub(super) fn time(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1000.0),
        seconds => format!("{seconds:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_short_as_they_can_be() {
        assert_eq!([0.5, 3.0, -1e300, 1e-9, f64::NAN].map(figure), ["0.5", "3", "-1e300", "1e-9", "NaN"]);
    }

    #[test]
    fn how_far_a_transfer_is_is_told_as_far_as_it_is_known() {
        let told = |phase, bytes, total| {
            let event = Event::LoadProgressed { dataset: "sales".into(), at: At::default(), phase, bytes, total };
            lines(&event).remove(0).text
        };
        assert_eq!(told(Phase::Reading, 1 << 20, Some(4 << 20)), "Reading sales: 1.0 MiB of 4.0 MiB (25 %)");
        assert_eq!(told(Phase::Reading, 1 << 20, None), "Reading sales: 1.0 MiB");
        assert_eq!(told(Phase::Encoding, 0, None), "Encoding sales...");
    }

    #[test]
    fn times_have_fitting_units() {
        assert_eq!([Duration::from_micros(1500), Duration::from_millis(2500)].map(time), ["1.5 ms", "2.50 s"]);
    }

    fn told_of(total: usize) -> Vec<String> {
        let completed = |ended| Event::PartitionCompleted {
            multipipeline: "days".into(),
            partition: format!("p{ended}"),
            ended,
            total,
        };
        let lines = (1..=total).flat_map(|ended| lines(&completed(ended)));
        lines.filter(|line| line.level >= LogLevel::Info).map(|line| line.text).collect()
    }

    #[test]
    fn each_of_some_partitions_has_a_line_and_many_have_some_together() {
        let told = told_of(3);
        assert_eq!((told.len(), told[2].as_str()), (3, "Completed partition p3 of days (3 of 3)"));
        let told = told_of(10_000);
        assert_eq!((told.len(), told[0].as_str()), (20, "Worked on 500 of 10000 partitions of days"));
        assert_eq!(told_of(21).last().map(String::as_str), Some("Worked on 21 of 21 partitions of days"));
    }

    #[test]
    fn partitions_that_are_left_out_are_named_as_far_as_a_line_goes() {
        let told = |ids: &[&str]| {
            let left = |id: &&str| LeftOut { partition: (*id).into(), reason: "not in `b`".into() };
            sliced("m", &[vec!["x".into()]], &ids.iter().map(left).collect::<Vec<_>>()).remove(1).text
        };
        assert_eq!(told(&["a"]), "Leaving out 1 partition (not in `b`): a");
        assert_eq!(told(&["a", "b", "c", "d"]), "Leaving out 4 partitions (not in `b`): a, b, c, d");
        assert_eq!(told(&["a", "b", "c", "d", "e"]), "Leaving out 5 partitions (not in `b`): a, b, c and 2 more");
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
