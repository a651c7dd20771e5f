//! The trace that a run is a part of: that of the program which has started it.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::environment::Environment;

/// Returns the context of `TRACEPARENT` and `TRACESTATE`, which are also read in small letters, as the headers are
/// called. What is no context of a trace is passed over, as the W3C's recommendation asks.
pub(crate) fn of<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Context {
    let names = ["traceparent", "tracestate"];
    let value = |name: &str| environment.get(&name.to_uppercase()).or_else(|| environment.get(name));
    let carrier: HashMap<_, _> = names.into_iter().filter_map(|name| Some((name.to_owned(), value(name)?))).collect();
    TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier)
}
