//! The observer behind `wpipe run`: a progress bar and log lines on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use console::style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Zoned;
use wpipe::text::{message, one_line};
use wpipe::{At, Event, LogLevel, Observer, Record};

use super::lines::{Line, MOST_LINES, lines};
use super::note;
use crate::arguments::Verbosity;

/// Shows a run to a person.
pub(crate) struct Console {
    least: LogLevel,
    bar: ProgressBar,
    /// How many messages about parts of a multipipeline there were, by the node or dataset and how much they matter.
    told: Mutex<HashMap<(String, LogLevel), usize>>,
    /// When it was last told how far a transfer is.
    progressed: Mutex<Option<Instant>>,
}

/// The time between two lines about transfers; a little less than that between two events of one.
const BETWEEN_TRANSFERS: Duration = Duration::from_millis(900);

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
        // Hidden unless standard error is a terminal.
        let target = if verbosity.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        let template = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
        let bar = bar.with_style(template.expect("the template is a constant"));
        Self { least, bar, told: Mutex::default(), progressed: Mutex::default() }
    }

    fn print(&self, text: &str) {
        if self.bar.is_hidden() {
            note(text);
        } else {
            self.bar.suspend(|| note(text));
        }
    }

    /// Says behind the bar what is being worked on.
    fn say(&self, text: &str) {
        self.bar.set_message(one_line(text).into_owned());
    }

    fn advance(&self, event: &Event) {
        match event {
            Event::RunStarted { nodes, .. } => self.bar.set_length(*nodes as u64),
            Event::NodeStarted { node, at, .. } if at.is_whole() => self.say(node),
            Event::Progress { node, at, completed, total } => {
                self.say(&format!("{node}{at} ({completed} of {total})"));
            }
            Event::LoadProgressed { .. } | Event::SaveProgressed { .. } => {
                let line = lines(event).into_iter().next();
                line.into_iter().for_each(|line| self.say(&line.text));
            }
            Event::NodeCompleted { at, .. } if at.is_whole() => self.bar.inc(1),
            Event::Sliced { slices, .. } => self.bar.inc_length(slices.iter().map(|slice| slice.len() as u64).sum()),
            Event::PartitionCompleted { multipipeline, ended, total, .. }
            | Event::PartitionFailed { multipipeline, ended, total, .. } => {
                self.say(&format!("{multipipeline} ({ended} of {total} partitions)"));
                self.bar.inc(1);
            }
            Event::RunCompleted { .. } | Event::RunFailed { .. } => self.bar.finish_and_clear(),
            Event::LoadStarted { .. }
            | Event::LoadCompleted { .. }
            | Event::LoadFailed { .. }
            | Event::NodeStarted { .. }
            | Event::NodeCompleted { .. }
            | Event::NodeFailed { .. }
            | Event::NodeRetried { .. }
            | Event::NodeSkipped { .. }
            | Event::WaitingForMemory { .. }
            | Event::DatasetProduced { .. }
            | Event::SaveStarted { .. }
            | Event::SaveCompleted { .. }
            | Event::PartitionsPruned { .. }
            | Event::SaveUntidy { .. }
            | Event::SaveFailed { .. }
            | Event::PartitionsListed { .. }
            | Event::ResultsMissing { .. }
            | Event::PartitionSaved { .. }
            | Event::CheckpointConfirmed { .. }
            | Event::CheckpointLost { .. }
            | Event::BarrierReached { .. }
            | Event::DatasetReleased { .. }
            | Event::DatasetShared { .. }
            | Event::DatasetAttached { .. }
            | Event::WaitingForStore { .. }
            | Event::Log { .. }
            | Event::Metric { .. }
            | Event::RunInterrupted
            | Event::Unknown => {}
        }
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

    /// Whether an event is to be told as a line. How far transfers are is told where there is no bar to show it, and once
    /// a second of all of them together.
    fn is_due(&self, event: &Event) -> bool {
        if !matches!(event, Event::LoadProgressed { .. } | Event::SaveProgressed { .. }) {
            return true;
        }
        let mut last = self.progressed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = self.bar.is_hidden() && last.is_none_or(|last| last.elapsed() >= BETWEEN_TRANSFERS);
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
        self.print(&format!("{time} {} {}", level.for_stderr(), message(&line.text)));
    }
}

impl Observer for Console {
    fn observe(&self, record: &Record) {
        self.advance(&record.event);
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
