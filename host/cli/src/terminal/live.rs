//! What goes on, on a terminal: a bar of nodes and partitions that are done, and a line for each of the nodes that run and
//! the datasets that are loaded and saved.

use std::collections::HashMap;
use std::env;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use wpipe::text::{one_line, size};
use wpipe::{At, Event};

use super::lines::{doing, so_far};
use super::margin::WithMargin;
use super::note;

/// The lines below the bar at most.
const MOST: usize = 8;
/// The time between two pictures of a line in which only its time changes.
const TICK: Duration = Duration::from_millis(250);

/// The live view of a run.
pub(super) struct Live {
    all: MultiProgress,
    bar: ProgressBar,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The lines below the bar, by what they are about.
    lines: HashMap<Subject, (ProgressBar, Instant)>,
    /// What goes on besides those lines.
    unshown: usize,
    /// The bytes of datasets in memory.
    bytes: HashMap<String, u64>,
    waits_for_memory: bool,
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Subject {
    kind: &'static str,
    name: String,
    partition: String,
}

impl Subject {
    fn new(kind: &'static str, name: &str, at: &At) -> Self {
        Self { kind, name: name.to_owned(), partition: at.to_string() }
    }
}

impl Live {
    /// Shows a run, if standard error is a terminal that a person looks at.
    pub(super) fn new() -> Self {
        // A log of a build keeps what a terminal would overwrite.
        let is_log = env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
            || env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = Term::buffered_stderr();
        let is_shown = !is_log && terminal.is_term();
        if is_shown { Self::on(ProgressDrawTarget::term_like(Box::new(WithMargin(terminal)))) } else { Self::hidden() }
    }

    /// Shows nothing.
    pub(super) fn hidden() -> Self {
        Self::on(ProgressDrawTarget::hidden())
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let all = MultiProgress::with_draw_target(target);
        let template = ProgressStyle::with_template("{bar:20} {pos}/{len} {elapsed} {wide_msg}");
        let bar = ProgressBar::no_length().with_style(template.expect("the template is a constant"));
        let bar = all.add(bar);
        Self { all, bar, state: Mutex::default() }
    }

    pub(super) fn is_shown(&self) -> bool {
        !self.all.is_hidden()
    }

    /// Prints a line above what goes on.
    pub(super) fn print(&self, text: &str) {
        if self.is_shown() {
            self.all.suspend(|| note(text));
        } else {
            note(text);
        }
    }

    /// Goes on by an event.
    pub(super) fn advance(&self, event: &Event) {
        if !self.is_shown() {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::RunStarted { nodes, .. } => self.bar.set_length(*nodes as u64),
            Event::NodeStarted { node, at, .. } => self.begin(&mut state, Subject::new("Running", node, at)),
            Event::NodeCompleted { node, at, .. } => {
                state.end(&Subject::new("Running", node, at));
                if at.is_whole() {
                    self.bar.inc(1);
                }
            }
            Event::NodeFailed { node, at, .. } => state.end(&Subject::new("Running", node, at)),
            Event::Progress { node, at, completed, total } => {
                state.say(&Subject::new("Running", node, at), &format!("{completed} of {total}"));
            }
            Event::LoadStarted { dataset, at, .. } => self.begin(&mut state, Subject::new("Loading", dataset, at)),
            Event::SaveStarted { dataset, at, .. } => self.begin(&mut state, Subject::new("Saving", dataset, at)),
            Event::LoadProgressed { dataset, at, phase, bytes, total } => {
                state.transfer(&Subject::new("Loading", dataset, at), doing(*phase), (*bytes, *total));
            }
            Event::SaveProgressed { dataset, at, phase, bytes, total } => {
                state.transfer(&Subject::new("Saving", dataset, at), doing(*phase), (*bytes, *total));
            }
            Event::LoadCompleted { dataset, at, bytes, .. } => {
                state.end(&Subject::new("Loading", dataset, at));
                state.hold(dataset, at, *bytes);
            }
            Event::LoadFailed { dataset, at, .. } => state.end(&Subject::new("Loading", dataset, at)),
            Event::SaveCompleted { dataset, at, .. } | Event::SaveFailed { dataset, at, .. } => {
                state.end(&Subject::new("Saving", dataset, at));
            }
            Event::DatasetProduced { dataset, at, bytes, .. } => state.hold(dataset, at, *bytes),
            Event::DatasetReleased { dataset, at, .. } => {
                state.waits_for_memory = false;
                state.bytes.remove(&format!("{dataset}{at}"));
            }
            Event::DatasetAttached { dataset, at, bytes } => state.hold(dataset, at, *bytes),
            Event::WaitingForMemory { .. } => state.waits_for_memory = true,
            Event::Sliced { slices, .. } => self.bar.inc_length(slices.iter().map(|slice| slice.len() as u64).sum()),
            Event::PartitionCompleted { .. } | Event::PartitionFailed { .. } => self.bar.inc(1),
            Event::RunCompleted { .. } | Event::RunFailed { .. } => {
                state.lines.drain().for_each(|(_, (line, _))| line.finish_and_clear());
                self.bar.finish_and_clear();
                return;
            }
            Event::NodeRetried { .. }
            | Event::NodeSkipped { .. }
            | Event::PartitionsPruned { .. }
            | Event::SaveUntidy { .. }
            | Event::PartitionsListed { .. }
            | Event::ResultsMissing { .. }
            | Event::PartitionSaved { .. }
            | Event::CheckpointConfirmed { .. }
            | Event::CheckpointLost { .. }
            | Event::BarrierReached { .. }
            | Event::DatasetShared { .. }
            | Event::WaitingForStore { .. }
            | Event::Log { .. }
            | Event::Metric { .. }
            | Event::RunInterrupted
            | Event::Unknown => return,
        }
        self.bar.set_message(state.told());
    }

    fn begin(&self, state: &mut State, subject: Subject) {
        // Another attempt goes on in the line of the first.
        if state.lines.contains_key(&subject) {
            return;
        }
        if state.lines.len() >= MOST {
            state.unshown += 1;
            return;
        }
        let template = ProgressStyle::with_template("  {prefix} {elapsed} {wide_msg}");
        let line = ProgressBar::no_length().with_style(template.expect("the template is a constant"));
        let line = self.all.add(line);
        line.set_prefix(one_line(&format!("{} {}{}", subject.kind, subject.name, subject.partition)).into_owned());
        line.enable_steady_tick(TICK);
        state.lines.insert(subject, (line, Instant::now()));
    }
}

impl State {
    fn end(&mut self, subject: &Subject) {
        match self.lines.remove(subject) {
            Some((line, _)) => line.finish_and_clear(),
            None => self.unshown = self.unshown.saturating_sub(1),
        }
    }

    fn say(&self, subject: &Subject, text: &str) {
        if let Some((line, _)) = self.lines.get(subject) {
            line.set_message(text.to_owned());
        }
    }

    /// Says how far a transfer is, and how fast.
    fn transfer(&self, subject: &Subject, doing: &str, (bytes, total): (u64, Option<u64>)) {
        let Some((line, began)) = self.lines.get(subject) else { return };
        let rate = (bytes as f64 / began.elapsed().as_secs_f64().max(0.001)) as u64;
        let rate = if bytes == 0 { String::new() } else { format!(", {}/s", size(rate)) };
        line.set_message(format!("{}{}{rate}", doing.to_lowercase(), so_far(bytes, total)));
    }

    fn hold(&mut self, dataset: &str, at: &At, bytes: u64) {
        self.bytes.insert(format!("{dataset}{at}"), bytes);
    }

    /// Returns what stands behind the bar.
    fn told(&self) -> String {
        let memory = format!("{} in memory", size(self.bytes.values().sum()));
        let wait = if self.waits_for_memory { ", waiting for it" } else { "" };
        let more = if self.unshown == 0 { String::new() } else { format!(", {} more at work", self.unshown) };
        format!("{memory}{wait}{more}")
    }
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    /// What a terminal shows of a run, at three widths.
    #[test]
    fn a_terminal_shows_what_runs_and_what_is_done() {
        for (columns, expected) in
            [(80, "  Running train 0s 3 of 4"), (40, "  Running train 0s 3 of 4"), (200, "  Running train 0s 3 of 4")]
        {
            let term = InMemoryTerm::new(24, columns);
            let live = Live::on(ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255));
            let started = |node: &str| Event::NodeStarted {
                node: node.to_owned(),
                at: At::default(),
                component: String::new(),
                function: String::new(),
                inputs: Vec::new(),
                outputs: Vec::new(),
            };
            live.advance(&Event::RunStarted { format: 0, pipeline: "iris".to_owned(), nodes: 4 });
            live.advance(&started("train"));
            live.advance(&Event::Progress { node: "train".to_owned(), at: At::default(), completed: 3, total: 4 });
            let shown = term.contents();
            assert!(shown.contains("0/4 0s 0 B in"), "{shown}");
            assert!(shown.lines().any(|line| line == expected), "{shown}");
            assert!(shown.lines().all(|line| line.chars().count() <= usize::from(columns)), "{shown}");
            live.advance(&Event::RunCompleted { duration: Duration::ZERO });
            assert_eq!(term.contents(), "");
        }
    }

    #[test]
    fn of_many_that_run_some_have_a_line() {
        let term = InMemoryTerm::new(40, 80);
        let live = Live::on(ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255));
        for number in 0..MOST + 3 {
            let dataset = format!("d{number}");
            let (format, location) = (String::new(), String::new());
            live.advance(&Event::LoadStarted { dataset, at: At::default(), format, location });
        }
        // Not every picture is drawn.
        let state = live.state.lock().expect("nobody panicked");
        let (shown, told) = (state.lines.len(), state.told());
        assert_eq!(shown, MOST);
        assert!(told.ends_with(", 3 more at work"), "{told}");
    }
}
