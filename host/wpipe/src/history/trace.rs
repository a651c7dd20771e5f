//! A run as a trace that Chrome and Perfetto show: the Trace Event Format, in JSON.

use serde_json::{Value, json};

use super::timeline::{SpanKind, TimelineSpan};

/// The number of the process in the trace, which has one.
const PROCESS: u32 = 1;
/// The first number of the rows of loads and saves; those of workers come before it.
const TRANSFERS: usize = 1000;

/// Returns spans as a trace: a row for each worker, and as many for loads and saves as go on at once.
///
/// ```
/// let trace = wpipe::trace("iris", &[]);
/// assert_eq!(trace["traceEvents"][0]["args"]["name"], "iris");
/// ```
pub fn trace(pipeline: &str, spans: &[TimelineSpan]) -> Value {
    let mut events = vec![named("process_name", 0, pipeline)];
    let mut rows = Rows::default();
    let mut named_rows = Vec::new();
    for span in spans {
        let (row, name) = rows.of(span);
        if !named_rows.contains(&row) {
            named_rows.push(row);
            events.push(named("thread_name", row, &name));
        }
        events.push(event(span, row));
    }
    json!({ "traceEvents": events, "displayTimeUnit": "ms" })
}

fn named(what: &str, row: usize, name: &str) -> Value {
    json!({ "name": what, "ph": "M", "pid": PROCESS, "tid": row, "args": { "name": name } })
}

fn event(span: &TimelineSpan, row: usize) -> Value {
    let category = match span.kind {
        SpanKind::Call => "call",
        SpanKind::Load => "load",
        SpanKind::Save => "save",
        SpanKind::Wait => "wait",
    };
    let arguments = json!({
        "partition": span.at.partition, "slice": span.at.slice, "bytes": span.bytes, "error": span.error,
    });
    let mut event = json!({
        "name": format!("{}{}", span.name, span.at), "cat": category, "pid": PROCESS, "tid": row,
        "ts": micros(span.start), "args": arguments,
    });
    match span.end {
        Some(end) => {
            event["ph"] = "X".into();
            event["dur"] = micros(end - span.start).into();
        }
        // It has begun, and the run ended before it.
        None => event["ph"] = "B".into(),
    }
    event
}

fn micros(seconds: f64) -> f64 {
    (seconds.max(0.0) * 1e9).round() / 1e3
}

/// The rows of loads and saves, each with the time from which on it is free.
#[derive(Default)]
struct Rows {
    free: Vec<f64>,
}

impl Rows {
    /// Returns the row of a span, and the row's name.
    fn of(&mut self, span: &TimelineSpan) -> (usize, String) {
        match (span.kind, span.worker) {
            (SpanKind::Call, None) => (0, "driver".to_owned()),
            (SpanKind::Call, Some(worker)) => (worker + 1, format!("worker {}", worker + 1)),
            _ => {
                let row = self.free.iter().position(|free| *free <= span.start).unwrap_or(self.free.len());
                let end = span.end.unwrap_or(f64::INFINITY);
                match self.free.get_mut(row) {
                    Some(free) => *free = end,
                    None => self.free.push(end),
                }
                (TRANSFERS + row, format!("storage {}", row + 1))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wpipe_runner::At;

    use super::*;

    fn span(kind: SpanKind, name: &str, worker: Option<usize>, start: f64, end: Option<f64>) -> TimelineSpan {
        TimelineSpan { kind, name: name.to_owned(), at: At::default(), worker, start, end, bytes: Some(8), error: None }
    }

    #[test]
    fn workers_have_a_row_each_and_what_goes_on_at_once_does_not_share_one() {
        let spans = [
            span(SpanKind::Load, "a", None, 0.0, Some(1.0)),
            span(SpanKind::Load, "b", None, 0.5, Some(1.5)),
            span(SpanKind::Call, "n", Some(1), 1.0, Some(2.25)),
            span(SpanKind::Save, "c", None, 1.2, None),
        ];
        let trace = trace("p", &spans);
        let events = trace["traceEvents"].as_array().expect("events");
        let found = |name: &str| events.iter().find(|event| event["name"] == name).expect("an event");
        let rows = ["a", "b", "n", "c"].map(|name| found(name)["tid"].as_u64());
        assert_eq!(rows, [Some(1000), Some(1001), Some(2), Some(1000)]);
        assert_eq!((&found("n")["ts"], &found("n")["dur"]), (&json!(1e6), &json!(1.25e6)));
        assert_eq!((&found("c")["ph"], &found("a")["ph"]), (&json!("B"), &json!("X")));
        assert_eq!(events.iter().filter(|event| event["ph"] == "M").count(), 4);
    }
}
