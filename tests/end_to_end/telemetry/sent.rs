//! What a collector was sent as JSON.

use std::collections::BTreeMap;

use serde_json::Value;

use super::collector::Collector;

pub(crate) type Attributes = BTreeMap<String, String>;

#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    pub(crate) state: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) status: String,
    pub(crate) message: String,
    pub(crate) attributes: Attributes,
}

#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) trace: String,
    pub(crate) span: String,
    pub(crate) severity: String,
    pub(crate) body: String,
    pub(crate) attributes: Attributes,
}

/// All that was sent of one run.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) resource: Attributes,
    /// The spans by their names, without those of partitions, of which there are several of a name.
    pub(crate) spans: BTreeMap<String, Span>,
    pub(crate) partitions: Vec<(String, Span)>,
    pub(crate) logs: Vec<Log>,
    pub(crate) metrics: BTreeMap<String, Value>,
}

impl Sent {
    pub(crate) fn to(collector: &Collector) -> Self {
        let (mut spans, mut partitions, mut resource) = (BTreeMap::new(), Vec::new(), Attributes::new());
        for document in collector.documents("/v1/traces") {
            for value in items(&document, "resourceSpans", "scopeSpans", "spans") {
                let (name, span) = (text(&value["name"]), span(&value));
                if span.attributes.contains_key("wpipe.partition") {
                    partitions.push((name, span));
                } else {
                    assert!(spans.insert(name.clone(), span).is_none(), "two spans `{name}`");
                }
            }
        }
        let logs = collector.documents("/v1/logs").into_iter();
        let logs = logs.flat_map(|document| items(&document, "resourceLogs", "scopeLogs", "logRecords"));
        let mut metrics = BTreeMap::new();
        for document in collector.documents("/v1/metrics") {
            resource = attributes(&document["resourceMetrics"][0]["resource"]["attributes"]);
            for value in items(&document, "resourceMetrics", "scopeMetrics", "metrics") {
                metrics.insert(text(&value["name"]), value);
            }
        }
        Self { resource, spans, partitions, logs: logs.map(|value| log(&value)).collect(), metrics }
    }
}

/// Returns the items of a document, whatever resource and scope they are of.
fn items(document: &Value, of_resource: &str, of_scope: &str, items: &str) -> Vec<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let scopes = list(&document[of_resource]).into_iter().flat_map(|resource| list(&resource[of_scope]));
    scopes.flat_map(|scope| list(&scope[items])).collect()
}

fn span(value: &Value) -> Span {
    let status = &value["status"];
    Span {
        trace: text(&value["traceId"]),
        id: text(&value["spanId"]),
        parent: text(&value["parentSpanId"]),
        state: text(&value["traceState"]),
        start: text(&value["startTimeUnixNano"]).parse().unwrap(),
        end: text(&value["endTimeUnixNano"]).parse().unwrap(),
        status: ["unset", "ok", "error"][status["code"].as_u64().unwrap_or_default() as usize].to_owned(),
        message: text(&status["message"]),
        attributes: attributes(&value["attributes"]),
    }
}

fn log(value: &Value) -> Log {
    Log {
        trace: text(&value["traceId"]),
        span: text(&value["spanId"]),
        severity: text(&value["severityText"]),
        body: text(&value["body"]["stringValue"]),
        attributes: attributes(&value["attributes"]),
    }
}

/// Returns attributes, their values as text whatever their type is.
fn attributes(list: &Value) -> Attributes {
    let pairs = list.as_array().into_iter().flatten().map(|pair| {
        let values = pair["value"].as_object().unwrap();
        (text(&pair["key"]), values.values().next().map(text).unwrap_or_default())
    });
    pairs.collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}
