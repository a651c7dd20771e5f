//! Runs as OpenTelemetry traces, metrics and logs: an [`Observer`](wpipe_runner::Observer), and nothing else knows of it.
//!
//! ```text
//!            ┌──► spans ──► run ─┬─ node ── partition
//! Record ────┤                   ├─ load
//!            │                   └─ save
//!            ├──► logs     what nodes say, and warnings of the run, each in its span
//!            └──► metrics  durations, bytes, memory, retries
//! ```
//!
//! [`OtelObserver::from_env`] sends them by OTLP to where the standard environment variables say: nowhere, unless there is an
//! endpoint. [`OtelObserver::new`] takes the providers that a program has already.

mod client;
mod environment;
mod export;
mod logs;
mod metrics;
mod observer;
mod parent;
mod spans;
mod watched;

pub use environment::SetupError;
pub use export::Providers;
pub use observer::OtelObserver;
pub use watched::Undelivered;

pub use opentelemetry;
pub use opentelemetry_sdk;
