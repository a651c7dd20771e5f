//! The way to a collector: a provider for each signal.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry_otlp::{LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{self, BatchLogProcessor, SdkLoggerProvider};
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};
use opentelemetry_sdk::trace::{self, BatchSpanProcessor, SdkTracerProvider};

use crate::client::Client;
use crate::environment::{Environment, JSON, SetupError, Signal};
use crate::watched::{Counts, Undelivered, Watched};

/// The time that a collector has after the end of a run to take the rest.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// The spans and log records that wait for the collector at most, where the environment does not say it. A run of small
/// nodes makes some ten thousand in a second.
const QUEUE: usize = 1 << 14;

/// The providers of the signals; one without provider is not sent.
#[derive(Debug, Clone, Default)]
pub struct Providers {
    /// Of spans.
    pub tracer: Option<SdkTracerProvider>,
    /// Of metrics.
    pub meter: Option<SdkMeterProvider>,
    /// Of log records.
    pub logger: Option<SdkLoggerProvider>,
}

/// The way to a collector.
pub(crate) struct Delivery {
    client: Client,
    pub(crate) counts: Arc<Counts>,
}

/// Returns the providers that the environment asks for.
pub(crate) fn open<F: Fn(&str) -> Option<String>>(
    environment: &Environment<F>,
) -> Result<Option<(Providers, Delivery)>, SetupError> {
    let signals = environment.signals()?;
    if signals.is_empty() {
        return Ok(None);
    }
    let delivery = Delivery { client: Client::new(environment)?, counts: Arc::default() };
    let resource = resource(environment);
    let failed = |error: opentelemetry_otlp::ExporterBuildError| SetupError::Exporter(error.to_string());
    let mut providers = Providers::default();
    for signal in signals {
        let protocol = protocol(environment, signal);
        let (client, resource, counts) = (delivery.client.clone(), resource.clone(), delivery.counts.clone());
        match signal {
            Signal::Traces => {
                let exporter = SpanExporter::builder()
                    .with_http()
                    .with_http_client(client)
                    .with_protocol(protocol)
                    .build()
                    .map_err(failed)?;
                let mut queue = trace::BatchConfigBuilder::default();
                if environment.get("OTEL_BSP_MAX_QUEUE_SIZE").is_none() {
                    queue = queue.with_max_queue_size(QUEUE);
                }
                let processor = BatchSpanProcessor::builder(Watched { exporter, counts });
                let processor = processor.with_batch_config(queue.build()).build();
                let provider = SdkTracerProvider::builder().with_span_processor(processor).with_resource(resource);
                providers.tracer = Some(provider.build());
            }
            Signal::Logs => {
                let exporter = LogExporter::builder()
                    .with_http()
                    .with_http_client(client)
                    .with_protocol(protocol)
                    .build()
                    .map_err(failed)?;
                let mut queue = logs::BatchConfigBuilder::default();
                if environment.get("OTEL_BLRP_MAX_QUEUE_SIZE").is_none() {
                    queue = queue.with_max_queue_size(QUEUE);
                }
                let processor = BatchLogProcessor::builder(Watched { exporter, counts });
                let processor = processor.with_batch_config(queue.build()).build();
                let provider = SdkLoggerProvider::builder().with_log_processor(processor).with_resource(resource);
                providers.logger = Some(provider.build());
            }
            Signal::Metrics => {
                let exporter = MetricExporter::builder().with_http().with_http_client(client).with_protocol(protocol);
                let exporter = match environment.get("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE") {
                    Some(_) => exporter,
                    None => exporter.with_temporality(Temporality::Cumulative),
                };
                let exporter = exporter.build().map_err(failed)?;
                let provider = SdkMeterProvider::builder().with_periodic_exporter(Watched { exporter, counts });
                providers.meter = Some(provider.with_resource(resource).build());
            }
        }
    }
    Ok(Some((providers, delivery)))
}

/// Returns how a signal is sent: as the environment says, or as the specification recommends.
fn protocol<F: Fn(&str) -> Option<String>>(environment: &Environment<F>, signal: Signal) -> Protocol {
    match environment.of_signal(signal, "PROTOCOL") {
        Some((_, name)) if name == JSON => Protocol::HttpJson,
        _ => Protocol::HttpBinary,
    }
}

/// Returns the description of this program: what the environment says of it, and a name if that has none.
fn resource<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let detected = Resource::builder().build();
    let is_named = environment.get("OTEL_SERVICE_NAME").is_some()
        || environment.get("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|text| {
            text.split(',').any(|pair| pair.split_once('=').is_some_and(|(key, _)| key.trim() == "service.name"))
        });
    // Attributes that the environment gives stand above those given here.
    let builder = Resource::builder_empty().with_attribute(version);
    let kept = detected.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let builder = builder.with_attributes(kept);
    if is_named { builder.build() } else { builder.with_service_name("wpipe").build() }
}

impl Delivery {
    /// Sends the rest, for which a collector has a few seconds, and returns what has not arrived by then.
    pub(crate) fn finish(&self, providers: &Providers) -> Option<Undelivered> {
        let (done, all_done) = mpsc::channel();
        let Providers { tracer, meter, logger } = providers.clone();
        let mut waits = 0;
        let mut end = |shut_down: Box<dyn FnOnce() + Send>| {
            let done = done.clone();
            let ending = thread::Builder::new().name("wpipe-otel".into()).spawn(move || {
                shut_down();
                // Nobody listens any more if it took too long.
                let _ = done.send(());
            });
            waits += usize::from(ending.is_ok());
        };
        if let Some(tracer) = tracer {
            end(Box::new(move || drop(tracer.shutdown_with_timeout(LAST_WORDS))));
        }
        if let Some(logger) = logger {
            end(Box::new(move || drop(logger.shutdown_with_timeout(LAST_WORDS))));
        }
        if let Some(meter) = meter {
            end(Box::new(move || drop(meter.shutdown_with_timeout(LAST_WORDS))));
        }
        let deadline = Instant::now() + LAST_WORDS;
        for _ in 0..waits {
            if all_done.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_err() {
                break;
            }
        }
        self.counts.undelivered(self.client.trouble())
    }
}
