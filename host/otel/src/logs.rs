//! What nodes say, and what goes wrong without failing the run, as log records.

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use wpipe_runner::{At, Event, LogLevel, Record};
use wpipe_text::message;

use crate::spans::{RunSpans, part, scope};
use crate::watched::Counts;

/// The maker of log records.
pub(crate) struct Logs {
    logger: SdkLogger,
}

impl Logs {
    pub(crate) fn new(provider: &SdkLoggerProvider) -> Self {
        Self { logger: provider.logger_with_scope(scope()) }
    }

    /// Makes a log record of an event that says something; `run` has the spans.
    pub(crate) fn see(&self, record: &Record, run: Option<&RunSpans>, counts: &Counts) {
        let (whole, warn) = (At::default(), LogLevel::Warn);
        let (node, at, level, text) = match &record.event {
            Event::Log { node, at, level, message } => (Some(node), at, *level, message.to_string()),
            Event::NodeFailed { node, at, error, .. } => (Some(node), at, LogLevel::Error, error.clone()),
            Event::NodeRetried { node, at, error, .. } => (Some(node), at, warn, error.clone()),
            Event::LoadFailed { error, .. } | Event::SaveFailed { error, .. } => {
                (None, &whole, LogLevel::Error, error.clone())
            }
            Event::SaveUntidy { dataset, error } | Event::CheckpointLost { dataset, error, .. } => {
                (None, &whole, warn, format!("`{dataset}`: {error}"))
            }
            _ => return,
        };
        let mut said = self.logger.create_log_record();
        said.set_timestamp(run.map_or(record.time, |run| run.time(record)));
        said.set_observed_timestamp(record.time);
        let (severity, name) = severity(level);
        said.set_severity_number(severity);
        said.set_severity_text(name);
        said.set_body(AnyValue::from(message(&text).into_owned()));
        said.add_attribute("wpipe.run", record.run.to_string());
        if let Some(node) = node {
            said.add_attribute("wpipe.node", node.clone());
        }
        for attribute in part(at) {
            said.add_attribute(attribute.key, AnyValue::from(attribute.value.to_string()));
        }
        if let Some(run) = run {
            let context = run.context_of(node.map(String::as_str), at);
            said.set_trace_context(context.trace_id(), context.span_id(), Some(context.trace_flags()));
        }
        counts.logs.give();
        self.logger.emit(said);
    }
}

fn severity(level: LogLevel) -> (Severity, &'static str) {
    match level {
        LogLevel::Trace => (Severity::Trace, "TRACE"),
        LogLevel::Debug => (Severity::Debug, "DEBUG"),
        LogLevel::Info => (Severity::Info, "INFO"),
        LogLevel::Warn => (Severity::Warn, "WARN"),
        LogLevel::Error => (Severity::Error, "ERROR"),
    }
}
