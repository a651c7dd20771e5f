//! The observer behind `wpipe run`: a progress bar and log lines on a terminal, plain lines elsewhere.

use console::style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Zoned;
use wpipe::{Event, LogLevel, Observer, Record};

use super::lines::lines;
use super::note;
use crate::arguments::Verbosity;

/// Shows a run to a person.
pub(crate) struct Console {
    least: LogLevel,
    bar: ProgressBar,
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
        Self { least, bar: bar.with_style(template.expect("the template is a constant")) }
    }

    fn print(&self, text: &str) {
        if self.bar.is_hidden() {
            note(text);
        } else {
            self.bar.suspend(|| note(text));
        }
    }

    fn advance(&self, event: &Event) {
        match event {
            Event::RunStarted { nodes, .. } => self.bar.set_length(*nodes as u64),
            Event::NodeStarted { node, .. } => self.bar.set_message(node.clone()),
            Event::Progress { node, completed, total, .. } => {
                self.bar.set_message(format!("{node} ({completed} of {total})"));
            }
            Event::NodeCompleted { at, .. } if at.is_whole() => self.bar.inc(1),
            Event::Sliced { slices, .. } => self.bar.inc_length(slices.iter().map(|slice| slice.len() as u64).sum()),
            Event::PartitionCompleted { multipipeline, ended, total, .. }
            | Event::PartitionFailed { multipipeline, ended, total, .. } => {
                self.bar.set_message(format!("{multipipeline} ({ended} of {total} partitions)"));
                self.bar.inc(1);
            }
            Event::RunCompleted { .. } | Event::RunFailed { .. } => self.bar.finish_and_clear(),
            _ => {}
        }
    }
}

impl Observer for Console {
    fn observe(&self, record: &Record) {
        self.advance(&record.event);
        for line in lines(&record.event).into_iter().filter(|line| line.level >= self.least) {
            let level = match line.level {
                LogLevel::Trace => style("TRACE").dim(),
                LogLevel::Debug => style("DEBUG").dim(),
                LogLevel::Info => style("INFO ").green(),
                LogLevel::Warn => style("WARN ").yellow(),
                LogLevel::Error => style("ERROR").red(),
            };
            let time = Zoned::now().strftime("%H:%M:%S").to_string();
            self.print(&format!("{time} {} {}", level.for_stderr(), line.text));
        }
    }
}
