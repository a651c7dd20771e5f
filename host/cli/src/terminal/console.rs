//! The observer behind `wpipe run`: log lines, and on a terminal what goes on below them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use console::style;
use jiff::Zoned;
use wpipe::text::message;
use wpipe::{At, Event, LogLevel, Observer, Record};

use super::lines::{Line, MOST_LINES, is_step, lines};
use super::live::Live;
use crate::arguments::Verbosity;

/// Shows a run to a person.
pub(crate) struct Console {
    least: LogLevel,
    live: Live,
    /// How many messages about parts of a multipipeline there were, by the node or dataset and how much they matter.
    told: Mutex<HashMap<(String, LogLevel), usize>>,
    /// When it was last told how far a transfer is.
    progressed: Mutex<Option<Instant>>,
    /// When it was last told how far the partitions of a multipipeline are.
    worked: Mutex<Option<Instant>>,
}

/// The time between two lines about transfers; a little less than that between two events of one.
const BETWEEN_TRANSFERS: Duration = Duration::from_millis(900);
/// The time between two lines about many partitions.
const BETWEEN_PARTITIONS: Duration = Duration::from_secs(1);

/// What an event says of a node or dataset, besides how far the run is: of which part, and how much it matters.
fn about(event: &Event) -> Option<(&str, &At, LogLevel)> {
    match event {
        Event::NodeFailed { node: of, at, .. }
        | Event::LoadFailed { dataset: of, at, .. }
        | Event::SaveFailed { dataset: of, at, .. } => Some((of, at, LogLevel::Error)),
        Event::NodeRetried { node, at, .. } => Some((node, at, LogLevel::Warn)),
        Event::Log { node, at, level, .. } => Some((node, at, *level)),
        Event::RunStarted { .. }
        | Event::LoadStarted { .. }
        | Event::LoadCompleted { .. }
        | Event::LoadProgressed { .. }
        | Event::SaveProgressed { .. }
        | Event::NodeStarted { .. }
        | Event::NodeCompleted { .. }
        | Event::NodeSkipped { .. }
        | Event::WaitingForMemory { .. }
        | Event::DatasetProduced { .. }
        | Event::SaveStarted { .. }
        | Event::SaveCompleted { .. }
        | Event::PartitionsPruned { .. }
        | Event::SaveUntidy { .. }
        | Event::PartitionsListed { .. }
        | Event::Sliced { .. }
        | Event::ResultsMissing { .. }
        | Event::PartitionCompleted { .. }
        | Event::PartitionFailed { .. }
        | Event::PartitionSaved { .. }
        | Event::CheckpointConfirmed { .. }
        | Event::CheckpointLost { .. }
        | Event::BarrierReached { .. }
        | Event::DatasetReleased { .. }
        | Event::DatasetShared { .. }
        | Event::DatasetAttached { .. }
        | Event::WaitingForStore { .. }
        | Event::Progress { .. }
        | Event::Metric { .. }
        | Event::RunInterrupted
        | Event::RunCompleted { .. }
        | Event::RunFailed { .. }
        | Event::Unknown => None,
    }
}

impl Console {
    pub(crate) fn new(verbosity: &Verbosity) -> Self {
        let least = match verbosity {
            Verbosity { quiet: true, .. } => LogLevel::Warn,
            Verbosity { verbose: true, .. } => LogLevel::Trace,
            _ => LogLevel::Info,
        };
        let live = if verbosity.quiet { Live::hidden() } else { Live::new() };
        Self { least, live, told: Mutex::default(), progressed: Mutex::default(), worked: Mutex::default() }
    }

    /// Whether an event is one more of many that a person need not read: the same node or dataset has told the like of
    /// so many partitions already.
    fn is_one_too_many(&self, event: &Event) -> bool {
        let Some((of, at, level)) = about(event) else { return false };
        // Who wants to know everything is told everything.
        if at.is_whole() || level < self.least || self.least < LogLevel::Info {
            return false;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let number = told.entry((of.to_owned(), level)).or_default();
        *number += 1;
        let (is_first, is_too_many) = (*number == MOST_LINES + 1, *number > MOST_LINES);
        drop(told);
        if is_first {
            let text = format!("[{of}] says more of the kind about other partitions: see `--verbose`");
            self.tell(&Line { level, text });
        }
        is_too_many
    }

    /// Whether an event is to be told as a line. How far transfers and many partitions are is told where nothing live shows
    /// it, and once a second of all of them together.
    fn is_due(&self, event: &Event) -> bool {
        let (last, between) = match event {
            Event::LoadProgressed { .. } | Event::SaveProgressed { .. } => (&self.progressed, BETWEEN_TRANSFERS),
            Event::PartitionCompleted { total, .. } | Event::PartitionFailed { total, .. }
                if *total > MOST_LINES && self.least >= LogLevel::Info =>
            {
                if !is_step(event) {
                    return false;
                }
                (&self.worked, BETWEEN_PARTITIONS)
            }
            _ => return true,
        };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = !self.live.is_shown() && last.is_none_or(|last| last.elapsed() >= between);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }

    fn tell(&self, line: &Line) {
        let level = match line.level {
            LogLevel::Trace => style("TRACE").dim(),
            LogLevel::Debug => style("DEBUG").dim(),
            LogLevel::Info => style("INFO ").green(),
            LogLevel::Warn => style("WARN ").yellow(),
            LogLevel::Error => style("ERROR").red(),
        };
        let time = Zoned::now().strftime("%H:%M:%S").to_string();
        self.live.print(&format!("{time} {} {}", level.for_stderr(), message(&line.text)));
    }
}

impl Observer for Console {
    fn observe(&self, record: &Record) {
        self.live.advance(&record.event);
        if self.is_one_too_many(&record.event) {
            return;
        }
        if !self.is_due(&record.event) {
            return;
        }
        for line in lines(&record.event).into_iter().filter(|line| line.level >= self.least) {
            self.tell(&line);
        }
    }
}
