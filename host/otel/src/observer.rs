//! The observer, which passes events on to what makes spans, log records and metrics of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::Context;
use wpipe_runner::{Event, Observer, Record, RunId};

use crate::environment::{Environment, SetupError};
use crate::export::{self, Delivery, Providers};
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::parent;
use crate::spans::{RunSpans, Spans};
use crate::watched::{Counts, Undelivered};

/// An observer of runs that makes OpenTelemetry's spans, log records and metrics of their events.
///
/// A program that has providers of its own gives them to [`new`](Self::new):
///
/// ```
/// use wpipe_otel::opentelemetry::Context;
/// use wpipe_otel::opentelemetry_sdk::trace::SdkTracerProvider;
/// use wpipe_otel::{OtelObserver, Providers};
///
/// let tracer = SdkTracerProvider::builder().build();
/// // Runs become part of the trace that the current span belongs to.
/// let observer = OtelObserver::new(Providers { tracer: Some(tracer), ..Providers::default() }, Context::current());
/// # let _: &dyn wpipe_runner::Observer = &observer;
/// ```
pub struct OtelObserver {
    providers: Providers,
    delivery: Option<Delivery>,
    parent: Context,
    counts: Arc<Counts>,
    spans: Option<Spans>,
    logs: Option<Logs>,
    metrics: Option<Metrics>,
    runs: Mutex<BTreeMap<RunId, RunSpans>>,
}

impl OtelObserver {
    /// Returns an observer that hands over to `providers`, whose runs are children of the span in `parent`.
    pub fn new(providers: Providers, parent: Context) -> Self {
        Self::over(providers, None, parent)
    }

    /// Returns an observer that sends by OTLP to where the environment says, as a part of the trace that the environment
    /// names; `None` if it names no endpoint.
    ///
    /// # Errors
    ///
    /// Fails if the environment asks for what is not possible.
    pub fn from_env() -> Result<Option<Self>, SetupError> {
        let environment = Environment::of_process();
        let opened = export::open(&environment)?;
        Ok(opened.map(|(providers, delivery)| Self::over(providers, Some(delivery), parent::of(&environment))))
    }

    fn over(providers: Providers, delivery: Option<Delivery>, parent: Context) -> Self {
        let counts = delivery.as_ref().map(|delivery| delivery.counts.clone()).unwrap_or_default();
        Self {
            spans: providers.tracer.as_ref().map(Spans::new),
            logs: providers.logger.as_ref().map(Logs::new),
            metrics: providers.meter.as_ref().map(Metrics::new),
            runs: Mutex::default(),
            providers,
            delivery,
            parent,
            counts,
        }
    }

    /// Sends what is not sent yet, which takes a few seconds at most, if the observer was made
    /// [from the environment](Self::from_env). Later events are lost.
    ///
    /// # Errors
    ///
    /// Fails if the collector has not taken everything.
    pub fn finish(&self) -> Result<(), Undelivered> {
        let delivery = self.delivery.as_ref();
        delivery.and_then(|delivery| delivery.finish(&self.providers)).map_or(Ok(()), Err)
    }
}

impl Observer for OtelObserver {
    fn observe(&self, record: &Record) {
        if let Some(metrics) = &self.metrics {
            metrics.see(record);
        }
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spans) = &self.spans
            && let Event::RunStarted { pipeline, nodes, .. } = &record.event
        {
            runs.insert(record.run.clone(), spans.begin(record, pipeline, *nodes, &self.parent, &self.counts));
        }
        let run = runs.get_mut(&record.run);
        // A message belongs to the span in which it was said.
        if let Some(logs) = &self.logs {
            logs.see(record, run.as_deref(), &self.counts);
        }
        let Some(run) = run else { return };
        run.see(record);
        if matches!(record.event, Event::RunCompleted { .. } | Event::RunFailed { .. }) {
            runs.remove(&record.run);
        }
    }
}
