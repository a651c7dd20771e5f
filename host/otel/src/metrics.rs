//! The figures of a run. Partitions are not among their attributes: there may be any number.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, MeterProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use wpipe_runner::{Event, Record, RunId};

use crate::spans::scope;

/// The bounds of durations, in seconds: from calls that do nothing to runs of a night.
const SECONDS: [f64; 14] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 14400.0];
/// The bounds of sizes, in bytes: 64 KiB to 16 GiB.
const BYTES: [f64; 10] = [
    65536.0,
    262144.0,
    1048576.0,
    4194304.0,
    16777216.0,
    67108864.0,
    268435456.0,
    1073741824.0,
    4294967296.0,
    17179869184.0,
];

/// The instruments.
pub(crate) struct Metrics {
    run_duration: Histogram<f64>,
    node_duration: Histogram<f64>,
    node_memory: Histogram<u64>,
    node_retries: Counter<u64>,
    node_figure: Gauge<f64>,
    transfer_duration: Histogram<f64>,
    transfer_bytes: Counter<u64>,
    transfer_retries: Counter<u64>,
    partitions: Counter<u64>,
    pipelines: Mutex<BTreeMap<RunId, String>>,
}

impl Metrics {
    pub(crate) fn new(provider: &SdkMeterProvider) -> Self {
        let meter = provider.meter_with_scope(scope());
        let count = |name, what| meter.u64_counter(name).with_description(what).build();
        Self {
            run_duration: seconds(&meter, "wpipe.run.duration", "Duration of runs."),
            node_duration: seconds(&meter, "wpipe.node.duration", "Duration of calls of nodes."),
            node_memory: meter
                .u64_histogram("wpipe.node.memory")
                .with_unit("By")
                .with_description("Most linear memory of a call.")
                .with_boundaries(BYTES.to_vec())
                .build(),
            node_retries: count("wpipe.node.retries", "Calls of nodes that failed and were made again."),
            node_figure: meter.f64_gauge("wpipe.node.metric").with_description("Figures that nodes report.").build(),
            transfer_duration: seconds(&meter, "wpipe.dataset.duration", "Duration of loads and saves."),
            transfer_bytes: meter
                .u64_counter("wpipe.dataset.bytes")
                .with_unit("By")
                .with_description("Bytes that were loaded and saved.")
                .build(),
            transfer_retries: count("wpipe.dataset.retries", "Operations of storage that were repeated."),
            partitions: count("wpipe.partitions", "Partitions that ended."),
            pipelines: Mutex::default(),
        }
    }

    /// Adds the next event.
    pub(crate) fn see(&self, record: &Record) {
        let name = self.pipeline(record);
        let pipeline = || KeyValue::new("wpipe.pipeline", name.clone());
        match &record.event {
            Event::RunCompleted { duration } => {
                self.run_duration.record(duration.as_secs_f64(), &[pipeline(), outcome("completed")]);
            }
            Event::RunFailed { duration, interrupted, .. } => {
                let outcome = outcome(if *interrupted { "interrupted" } else { "failed" });
                self.run_duration.record(duration.as_secs_f64(), &[pipeline(), outcome]);
            }
            // The sum of many calls, each of which has been counted.
            Event::NodeCompleted { attempt: 0, .. } => {}
            Event::NodeCompleted { node, duration, peak_memory, .. } => {
                self.called(pipeline(), node, *duration, "completed");
                self.node_memory.record(*peak_memory, &[pipeline(), of_node(node)]);
            }
            Event::NodeFailed { node, duration, .. } => self.called(pipeline(), node, *duration, "failed"),
            Event::NodeRetried { node, .. } => self.node_retries.add(1, &[pipeline(), of_node(node)]),
            Event::LoadCompleted { dataset, duration, bytes, retries, .. } => {
                self.transferred(pipeline(), dataset, "load", (*duration, *bytes, *retries));
            }
            Event::SaveCompleted { dataset, duration, bytes, retries, .. } => {
                self.transferred(pipeline(), dataset, "save", (*duration, *bytes, *retries));
            }
            Event::PartitionCompleted { multipipeline, .. } => {
                self.partitions.add(1, &[pipeline(), of_multipipeline(multipipeline), outcome("completed")]);
            }
            Event::PartitionFailed { multipipeline, .. } => {
                self.partitions.add(1, &[pipeline(), of_multipipeline(multipipeline), outcome("failed")]);
            }
            Event::Metric { node, name, value, .. } => {
                let name = KeyValue::new("wpipe.metric", name.to_string());
                self.node_figure.record(*value, &[pipeline(), of_node(node), name]);
            }
            _ => {}
        }
    }

    /// Returns the name of a run's pipeline, which is remembered from its beginning to its end.
    fn pipeline(&self, record: &Record) -> String {
        let mut pipelines = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
        match &record.event {
            Event::RunStarted { pipeline, .. } => {
                pipelines.insert(record.run.clone(), pipeline.clone());
                pipeline.clone()
            }
            Event::RunCompleted { .. } | Event::RunFailed { .. } => pipelines.remove(&record.run).unwrap_or_default(),
            _ => pipelines.get(&record.run).cloned().unwrap_or_default(),
        }
    }

    fn called(&self, pipeline: KeyValue, node: &str, duration: Duration, how: &'static str) {
        self.node_duration.record(duration.as_secs_f64(), &[pipeline, of_node(node), outcome(how)]);
    }

    fn transferred(
        &self,
        pipeline: KeyValue,
        dataset: &str,
        direction: &'static str,
        (duration, bytes, retries): (Duration, u64, u32),
    ) {
        let of =
            [pipeline, KeyValue::new("wpipe.dataset", dataset.to_owned()), KeyValue::new("wpipe.direction", direction)];
        self.transfer_duration.record(duration.as_secs_f64(), &of);
        self.transfer_bytes.add(bytes, &of);
        if retries > 0 {
            self.transfer_retries.add(retries.into(), &of);
        }
    }
}

fn seconds(meter: &Meter, name: &'static str, what: &'static str) -> Histogram<f64> {
    meter.f64_histogram(name).with_unit("s").with_description(what).with_boundaries(SECONDS.to_vec()).build()
}

fn of_node(node: &str) -> KeyValue {
    KeyValue::new("wpipe.node", node.to_owned())
}

fn of_multipipeline(name: &str) -> KeyValue {
    KeyValue::new("wpipe.multipipeline", name.to_owned())
}

fn outcome(outcome: &'static str) -> KeyValue {
    KeyValue::new("wpipe.outcome", outcome)
}
