//! The spans of a run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, TracerProvider};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use wpipe_runner::{At, Event, Record};
use wpipe_text::message;

use crate::watched::Counts;

/// The name and version under which everything is sent.
pub(crate) fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("wpipe").with_version(env!("CARGO_PKG_VERSION")).build()
}

/// The maker of spans.
pub(crate) struct Spans {
    tracer: SdkTracer,
}

impl Spans {
    pub(crate) fn new(provider: &SdkTracerProvider) -> Self {
        Self { tracer: provider.tracer_with_scope(scope()) }
    }

    /// Begins the span of a run.
    pub(crate) fn begin(
        &self,
        record: &Record,
        pipeline: &str,
        nodes: usize,
        parent: &Context,
        counts: &Arc<Counts>,
    ) -> RunSpans {
        let begun = record.time - record.elapsed.unwrap_or_default();
        let attributes = vec![
            KeyValue::new("wpipe.pipeline", pipeline.to_owned()),
            KeyValue::new("wpipe.run", record.run.to_string()),
            KeyValue::new("wpipe.nodes", nodes as i64),
        ];
        let root = self.start(format!("run {pipeline}"), begun, attributes, parent);
        RunSpans { tracer: self.tracer.clone(), counts: counts.clone(), begun, root, open: BTreeMap::new() }
    }

    fn start(&self, name: String, at: SystemTime, attributes: Vec<KeyValue>, parent: &Context) -> Open {
        start(&self.tracer, SpanBuilder::from_name(name), at, attributes, parent)
    }
}

fn start(
    tracer: &SdkTracer,
    builder: SpanBuilder,
    at: SystemTime,
    attributes: Vec<KeyValue>,
    parent: &Context,
) -> Open {
    let builder = builder.with_kind(SpanKind::Internal).with_start_time(at).with_attributes(attributes);
    let span = builder.start_with_context(tracer, parent);
    let context = Context::new().with_remote_span_context(span.span_context().clone());
    Open { span, context, failed: 0 }
}

/// The kind of a span within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Node,
    Load,
    Save,
}

/// A span that has not ended.
struct Open {
    span: opentelemetry_sdk::trace::Span,
    /// The context of its children.
    context: Context,
    /// The partitions of a node that failed.
    failed: usize,
}

/// The spans of one run.
pub(crate) struct RunSpans {
    tracer: SdkTracer,
    counts: Arc<Counts>,
    /// The time from which elapsed times count.
    begun: SystemTime,
    root: Open,
    open: BTreeMap<(Kind, String, At), Open>,
}

impl RunSpans {
    /// Adds the next event.
    pub(crate) fn see(&mut self, record: &Record) {
        let now = self.time(record);
        match &record.event {
            Event::NodeStarted { node, at, component, function, .. } => {
                let mut attributes = vec![
                    KeyValue::new("wpipe.component", component.clone()),
                    KeyValue::new("wpipe.function", function.clone()),
                ];
                attributes.extend(record.worker.map(|worker| KeyValue::new("wpipe.worker", worker as i64)));
                self.begin_node(node, at, now, attributes);
            }
            Event::NodeRetried { node, at, error, attempt, .. } => {
                let attributes = vec![
                    KeyValue::new("exception.message", message(error).into_owned()),
                    KeyValue::new("wpipe.attempt", i64::from(*attempt)),
                ];
                if let Some(open) = self.open.get_mut(&(Kind::Node, node.clone(), at.clone())) {
                    open.span.add_event_with_timestamp("retry", now, attributes);
                }
            }
            Event::NodeCompleted { node, at, attempt, copied, mapped, moved, peak_memory, .. } => {
                let attributes = [
                    ("wpipe.attempts", u64::from(*attempt)),
                    ("wpipe.bytes.copied", *copied),
                    ("wpipe.bytes.mapped", *mapped),
                    ("wpipe.bytes.moved", *moved),
                    ("wpipe.memory.peak", *peak_memory),
                ];
                let known = attributes.into_iter().filter(|(name, value)| *name != "wpipe.attempts" || *value > 0);
                let attributes = known.map(|(name, value)| number(name, value)).collect();
                self.end(Kind::Node, node, at, now, attributes, None);
            }
            Event::NodeFailed { node, at, error, attempt, .. } => {
                let attributes = vec![KeyValue::new("wpipe.attempts", i64::from(*attempt))];
                self.end(Kind::Node, node, at, now, attributes, Some(error));
                if !at.is_whole()
                    && let Some(whole) = self.open.get_mut(&(Kind::Node, node.clone(), At::default()))
                {
                    whole.failed += 1;
                }
            }
            Event::LoadStarted { dataset, at, format, location } => {
                self.begin_transfer(Kind::Load, dataset, at, now, [format, location]);
            }
            Event::LoadCompleted { dataset, at, bytes, retries, version, .. } => {
                self.end(Kind::Load, dataset, at, now, moved(*bytes, *retries, version.as_ref()), None);
            }
            Event::LoadFailed { dataset, at, error } => {
                self.end(Kind::Load, dataset, at, now, Vec::new(), Some(error));
            }
            Event::SaveStarted { dataset, at, format, location } => {
                self.begin_transfer(Kind::Save, dataset, at, now, [format, location]);
            }
            Event::SaveCompleted { dataset, at, bytes, retries, version, .. } => {
                self.end(Kind::Save, dataset, at, now, moved(*bytes, *retries, version.as_ref()), None);
            }
            Event::SaveFailed { dataset, at, error } => {
                self.end(Kind::Save, dataset, at, now, Vec::new(), Some(error));
            }
            Event::BarrierReached { multipipeline, completed, failed } => {
                let attributes = vec![
                    KeyValue::new("wpipe.multipipeline", multipipeline.clone()),
                    number("wpipe.partitions.completed", *completed as u64),
                    number("wpipe.partitions.failed", *failed as u64),
                ];
                self.root.span.add_event_with_timestamp("barrier", now, attributes);
            }
            Event::NodeSkipped { node } => {
                let attributes = vec![KeyValue::new("wpipe.node", node.clone())];
                self.root.span.add_event_with_timestamp("node skipped", now, attributes);
            }
            Event::RunInterrupted => self.root.span.add_event_with_timestamp("interrupted", now, Vec::new()),
            Event::RunCompleted { .. } => self.end_run(now, Status::Ok),
            Event::RunFailed { errors, .. } => {
                let words =
                    errors.first().map_or_else(|| "interrupted".to_owned(), |error| message(error).into_owned());
                self.end_run(now, Status::error(words));
            }
            Event::RunStarted { .. }
            | Event::LoadProgressed { .. }
            | Event::SaveProgressed { .. }
            | Event::WaitingForMemory { .. }
            | Event::DatasetProduced { .. }
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
            | Event::DatasetReleased { .. }
            | Event::DatasetShared { .. }
            | Event::DatasetAttached { .. }
            | Event::WaitingForStore { .. }
            | Event::Log { .. }
            | Event::Progress { .. }
            | Event::Metric { .. }
            | Event::Unknown => {}
        }
    }

    /// Returns the span that a message of a node belongs to.
    pub(crate) fn context_of(&self, node: Option<&str>, at: &At) -> SpanContext {
        let open = |at: At| self.open.get(&(Kind::Node, node?.to_owned(), at));
        let open = open(at.clone()).or_else(|| open(At::default())).unwrap_or(&self.root);
        open.span.span_context().clone()
    }

    /// Returns the time of an event, by the clock that goes on evenly.
    pub(crate) fn time(&self, record: &Record) -> SystemTime {
        record.elapsed.map_or(record.time, |elapsed: Duration| self.begun + elapsed)
    }

    /// Begins the span of a call. That of a node which is called for each partition lasts from its first call on.
    fn begin_node(&mut self, node: &str, at: &At, now: SystemTime, mut attributes: Vec<KeyValue>) {
        let name = SpanBuilder::from_name(format!("node {node}"));
        attributes.push(KeyValue::new("wpipe.node", node.to_owned()));
        if at.is_whole() {
            let open = start(&self.tracer, name, now, attributes, &self.root.context);
            self.open.insert((Kind::Node, node.to_owned(), At::default()), open);
            return;
        }
        let whole = (Kind::Node, node.to_owned(), At::default());
        let whole = self.open.entry(whole).or_insert_with(|| {
            let of_node = attributes.iter().filter(|of| of.key.as_str() != "wpipe.worker").cloned().collect();
            start(&self.tracer, name, now, of_node, &self.root.context)
        });
        let kind = if at.partition.is_some() { "partition" } else { "slice" };
        attributes.extend(part(at));
        let name = SpanBuilder::from_name(format!("{kind} of {node}"));
        let open = start(&self.tracer, name, now, attributes, &whole.context);
        self.open.insert((Kind::Node, node.to_owned(), at.clone()), open);
    }

    fn begin_transfer(
        &mut self,
        kind: Kind,
        dataset: &str,
        at: &At,
        now: SystemTime,
        [format, location]: [&String; 2],
    ) {
        let verb = if kind == Kind::Load { "load" } else { "save" };
        let mut attributes = vec![
            KeyValue::new("wpipe.dataset", dataset.to_owned()),
            KeyValue::new("wpipe.format", format.clone()),
            KeyValue::new("wpipe.location", message(location).into_owned()),
        ];
        attributes.extend(part(at));
        let name = SpanBuilder::from_name(format!("{verb} {dataset}"));
        let open = start(&self.tracer, name, now, attributes, &self.root.context);
        self.open.insert((kind, dataset.to_owned(), at.clone()), open);
    }

    fn end(
        &mut self,
        kind: Kind,
        name: &str,
        at: &At,
        now: SystemTime,
        attributes: Vec<KeyValue>,
        error: Option<&String>,
    ) {
        let Some(mut open) = self.open.remove(&(kind, name.to_owned(), at.clone())) else { return };
        open.span.set_attributes(attributes);
        let status = match (error, open.failed) {
            (Some(error), _) => Status::error(message(error).into_owned()),
            (None, 0) => Status::Ok,
            (None, failed) => Status::error(partitions_failed(failed)),
        };
        self.close(open, now, status);
    }

    /// Ends the span of the run, and those within it that nothing else ends.
    fn end_run(&mut self, now: SystemTime, status: Status) {
        for (_, open) in std::mem::take(&mut self.open) {
            let status = match open.failed {
                0 => Status::error("the run ended before"),
                failed => Status::error(partitions_failed(failed)),
            };
            self.close(open, now, status);
        }
        self.root.span.set_status(status);
        if self.root.span.is_recording() {
            self.counts.spans.give();
        }
        self.root.span.end_with_timestamp(now);
    }

    fn close(&self, mut open: Open, now: SystemTime, status: Status) {
        open.span.set_status(status);
        if open.span.is_recording() {
            self.counts.spans.give();
        }
        open.span.end_with_timestamp(now);
    }
}

fn partitions_failed(failed: usize) -> String {
    format!("{failed} of its partitions failed")
}

/// Returns the attributes of a part.
pub(crate) fn part(at: &At) -> impl Iterator<Item = KeyValue> {
    let partition = at.partition.clone().map(|id| KeyValue::new("wpipe.partition", id));
    let slice = at.slice.map(|slice| KeyValue::new("wpipe.slice", slice as i64));
    partition.into_iter().chain(slice)
}

fn moved(bytes: u64, retries: u32, version: Option<&String>) -> Vec<KeyValue> {
    let mut attributes = vec![number("wpipe.bytes", bytes), number("wpipe.retries", retries.into())];
    attributes.extend(version.map(|version| KeyValue::new("wpipe.version", version.clone())));
    attributes
}

fn number(name: &'static str, value: u64) -> KeyValue {
    KeyValue::new(name, i64::try_from(value).unwrap_or(i64::MAX))
}
