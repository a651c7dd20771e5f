//! Exporters that count what arrives.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::time::Duration;

/// The items of a kind: those that were handed over for export, and those that a collector has taken.
#[derive(Debug, Default)]
pub(crate) struct Count {
    given: AtomicUsize,
    taken: AtomicUsize,
}

impl Count {
    pub(crate) fn give(&self) {
        self.given.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self, items: usize) {
        self.taken.fetch_add(items, Ordering::Relaxed);
    }

    /// Returns how many are missing, of how many.
    fn missing(&self) -> (usize, usize) {
        let given = self.given.load(Ordering::Relaxed);
        (given.saturating_sub(self.taken.load(Ordering::Relaxed)), given)
    }
}

/// What was handed over and what has arrived, of each kind. Of metrics, exports are counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) spans: Count,
    pub(crate) logs: Count,
    pub(crate) metrics: Count,
}

/// Telemetry that no collector has taken. The run itself is as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", told(.lost, .reason))]
pub struct Undelivered {
    /// What is lost, in words: `3 of 14 spans`.
    pub lost: Vec<String>,
    /// What went wrong last, where that is known.
    pub reason: Option<String>,
}

fn told(lost: &[String], reason: &Option<String>) -> String {
    let reason = reason.as_deref().unwrap_or("the collector was too slow to take them all");
    format!("OpenTelemetry: {} did not arrive: {reason}", lost.join(", "))
}

impl Counts {
    /// Returns what has not arrived.
    pub(crate) fn undelivered(&self, reason: Option<String>) -> Option<Undelivered> {
        let lost = |count: &Count, what: &str| {
            let (missing, all) = count.missing();
            (missing > 0).then(|| format!("{missing} of {all} {what}"))
        };
        let metrics = self.metrics.missing().0 > 0;
        let lost: Vec<_> = [lost(&self.spans, "spans"), lost(&self.logs, "log records")]
            .into_iter()
            .flatten()
            .chain(metrics.then(|| "metrics".to_owned()))
            .collect();
        (!lost.is_empty()).then_some(Undelivered { lost, reason })
    }
}

/// An exporter that counts what arrives.
pub(crate) struct Watched<E> {
    pub(crate) exporter: E,
    pub(crate) counts: Arc<Counts>,
}

impl<E: fmt::Debug> fmt::Debug for Watched<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.exporter.fmt(f)
    }
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let items = batch.len();
        let exported = self.exporter.export(batch).await;
        self.counts.spans.take(if exported.is_ok() { items } else { 0 });
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: LogExporter> LogExporter for Watched<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let items = batch.iter().count();
        let exported = self.exporter.export(batch).await;
        self.counts.logs.take(if exported.is_ok() { items } else { 0 });
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Watched<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.counts.metrics.give();
        let exported = self.exporter.export(metrics).await;
        self.counts.metrics.take(exported.is_ok().into());
        exported
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_the_reason() {
        let counts = Counts::default();
        (0..3).for_each(|_| counts.spans.give());
        counts.spans.take(1);
        counts.logs.give();
        counts.logs.take(1);
        let told = counts.undelivered(Some("`http://c`: connection refused".to_owned())).expect("two spans are lost");
        assert_eq!(told.to_string(), "OpenTelemetry: 2 of 3 spans did not arrive: `http://c`: connection refused");
        counts.spans.take(2);
        assert_eq!(counts.undelivered(None), None);
    }
}
