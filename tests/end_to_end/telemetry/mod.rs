//! OpenTelemetry: what a collector is sent of a run.

mod collector;
mod sent;

pub(crate) use collector::Collector;

use std::collections::BTreeSet;
use std::net::TcpListener;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use sent::Sent;

use crate::support::{Ended, Project, ended};

const MANIFEST: &str = "
[params]
word = \"bad\"

[nodes.check]
uses = \"good/fail_on\"
inputs = [\"text\", \"params:word\"]
outputs = [\"end\"]

[nodes.say]
uses = \"good/talks\"
outputs = [\"said\"]

[datasets.text]
type = \"text\"
path = \"text.txt\"

[datasets.end]
type = \"text\"
path = \"end.txt\"
";

fn project(text: &str) -> Project {
    let project = Project::new(MANIFEST);
    project.write("text.txt", text);
    project
}

/// A run that is to send what it does, with these variables.
fn run(project: &Project, variables: &[(&str, &str)]) -> Ended {
    let mut command = project.command(&["run"]);
    command.envs(variables.iter().copied());
    ended(command.output().unwrap())
}

/// A run that sends JSON to a collector.
fn sent(project: &Project, variables: &[(&str, &str)]) -> (Ended, Sent) {
    let collector = Collector::new();
    let to =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")];
    let ended = run(project, &[&to, variables].concat());
    (ended, Sent::to(&collector))
}

#[test]
fn a_run_is_a_trace_whose_spans_are_nodes_loads_and_saves() {
    let (ended, sent) = sent(&project("good"), &[]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    let names: BTreeSet<_> = sent.spans.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["run test", "load text", "node check", "node say", "save end"]));
    let root = &sent.spans["run test"];
    assert_eq!(root.parent, "");
    for (name, span) in &sent.spans {
        assert_eq!(span.trace, root.trace, "{name}");
        assert!(name == "run test" || span.parent == root.id, "{name}: {span:?}");
        assert!(root.start <= span.start && span.start <= span.end && span.end <= root.end, "{name}: {span:?}");
        assert_eq!(span.status, "ok", "{name}");
    }
    assert_eq!(sent.spans["node check"].attributes["wpipe.function"], "fail_on");
    assert_eq!(sent.spans["load text"].attributes["wpipe.bytes"], "4");
}

#[test]
fn the_ids_of_the_run_are_in_its_trace() {
    let project = project("good");
    let (_, sent) = sent(&project, &[]);
    let runs = project.wpipe(&["runs", "list"]).stdout;
    let run = sent.spans["run test"].attributes["wpipe.run"].as_str();
    assert!(runs.contains(run), "{run}: {runs}");
}

#[test]
fn what_a_node_says_is_a_log_record_in_its_span() {
    let (_, sent) = sent(&project("good"), &[]);
    let warning = sent.logs.iter().find(|log| log.body == "a doubt").expect("what the node warns of");
    assert_eq!((warning.severity.as_str(), warning.attributes["wpipe.node"].as_str()), ("WARN", "say"));
    let node = &sent.spans["node say"];
    assert_eq!((&warning.trace, &warning.span), (&node.trace, &node.id));
}

#[test]
fn metrics_tell_durations_bytes_and_what_nodes_report() {
    let (_, sent) = sent(&project("good"), &[]);
    for name in ["wpipe.run.duration", "wpipe.node.duration", "wpipe.dataset.bytes", "wpipe.node.metric"] {
        assert!(sent.metrics.contains_key(name), "{name}: {:?}", sent.metrics.keys());
    }
    assert_eq!(sent.metrics["wpipe.node.metric"]["gauge"]["dataPoints"][0]["asDouble"], 0.5);
    assert_eq!(sent.metrics["wpipe.run.duration"]["unit"], "s");
}

#[test]
fn a_failed_node_is_an_error_with_its_message() {
    let (ended, sent) = sent(&project("bad"), &[]);
    assert_eq!(ended.code, 1, "{}", ended.told());
    let failed = &sent.spans["node check"];
    assert_eq!(failed.status, "error");
    assert!(failed.message.contains("bad"), "{failed:?}");
    assert_eq!(sent.spans["run test"].status, "error");
    assert!(sent.logs.iter().any(|log| log.severity == "ERROR" && log.span == failed.id), "{:?}", sent.logs);
}

#[test]
fn partitions_are_children_of_their_node() {
    let project = Project::new(
        "[params]\nword = \"bad\"\n[multipipelines.m]\nnodes = [\"check\"]\nover = [\"raw\"]\non_partition_error = \"skip\"\n\
         [nodes.check]\nuses = \"good/fail_on\"\ninputs = [\"raw\", \"params:word\"]\noutputs = [\"checked\"]\n\
         [datasets.raw]\ntype = \"text\"\npath = \"raw\"\npartitioned = true\nsuffix = \".txt\"\n",
    );
    for (id, text) in [("a", "good"), ("b", "bad"), ("c", "good")] {
        project.write(&format!("raw/{id}.txt"), text);
    }
    let (_, sent) = sent(&project, &[]);
    let node = &sent.spans["node check"];
    let status = |id: &str| {
        let is_meant = |(name, span): &&(String, sent::Span)| {
            name == "partition of check" && span.attributes["wpipe.partition"] == id
        };
        let (_, span) = sent.partitions.iter().find(is_meant).expect("a span");
        assert_eq!(span.parent, node.id);
        span.status.clone()
    };
    assert_eq!([status("a"), status("b"), status("c")], ["ok", "error", "ok"]);
    assert_eq!((node.status.as_str(), node.message.as_str()), ("error", "1 of its partitions failed"));
}

#[test]
fn a_run_is_part_of_the_trace_that_its_environment_names() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const PARENT: &str = "b7ad6b7169203331";
    let parent = format!("00-{TRACE}-{PARENT}-01");
    for name in ["TRACEPARENT", "traceparent"] {
        let (_, sent) = sent(&project("good"), &[(name, &parent), ("TRACESTATE", "vendor=value")]);
        let root = &sent.spans["run test"];
        assert_eq!((root.trace.as_str(), root.parent.as_str()), (TRACE, PARENT), "{name}");
        assert_eq!(root.state, "vendor=value");
    }
}

#[test]
fn a_parent_that_is_not_sampled_has_no_children() {
    let (ended, sent) =
        sent(&project("good"), &[("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")]);
    assert!(sent.spans.is_empty(), "{:?}", sent.spans);
    assert!(!ended.stderr.contains("OpenTelemetry"), "{}", ended.told());
}

#[test]
fn the_environment_names_the_service_and_what_else_is_known_of_it() {
    let (_, sent) = sent(&project("good"), &[]);
    assert_eq!(sent.resource["service.name"], "wpipe");
    let variables = [("OTEL_SERVICE_NAME", "nightly"), ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=prod")];
    let (_, sent) = self::sent(&project("good"), &variables);
    assert_eq!(sent.resource["service.name"], "nightly");
    assert_eq!(sent.resource["deployment.environment"], "prod");
    let (_, sent) = self::sent(&project("good"), &[("OTEL_RESOURCE_ATTRIBUTES", "service.name=hourly")]);
    assert_eq!(sent.resource["service.name"], "hourly");
}

#[test]
fn a_collector_is_sent_protobuf_and_the_headers_of_the_environment() {
    let collector = Collector::new();
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str()), ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b")];
    run(&project("good"), &variables);
    let [request] = &collector.received("/v1/traces")[..] else { panic!("one request") };
    assert_eq!(request.headers["content-type"], "application/x-protobuf");
    assert_eq!(request.headers["api-key"], "a b");
    let spans = ExportTraceServiceRequest::decode(&request.body[..]).unwrap();
    let spans = &spans.resource_spans[0].scope_spans[0];
    assert_eq!(spans.scope.as_ref().unwrap().name, "wpipe");
    let root = spans.spans.iter().find(|span| span.parent_span_id.is_empty()).expect("a root");
    assert_eq!((root.name.as_str(), root.trace_id.len(), root.span_id.len()), ("run test", 16, 8));
    assert!(spans.spans.iter().all(|span| span.trace_id == root.trace_id));
}

#[test]
fn what_the_environment_switches_off_is_not_sent() {
    let collector = Collector::new();
    let to = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str());
    run(&project("good"), &[to, ("OTEL_SDK_DISABLED", "true")]);
    assert_eq!(collector.requests(), 0);
    run(&project("good"), &[to, ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")]);
    assert_eq!(collector.received("/v1/traces").len() + collector.received("/v1/metrics").len(), 0);
    assert_eq!(collector.received("/v1/logs").len(), 1);
}

/// Checks that a run succeeds, and warns once, at its end, in these words.
#[track_caller]
fn assert_warned(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, 0, "{}", ended.told());
    let warnings: Vec<_> = ended.stderr.lines().filter(|line| line.contains("OpenTelemetry")).collect();
    let [warning] = warnings[..] else { panic!("{}", ended.told()) };
    assert!(words.iter().all(|word| warning.contains(word)), "{warning}");
    assert_eq!(ended.stderr.lines().last(), Some(warning));
}

#[test]
fn a_collector_that_is_down_is_a_warning() {
    // Nobody listens there any more.
    let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let ended = run(&project("good"), &[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://me:secret@{address}"))]);
    assert_warned(&ended, &["5 of 5 spans", &address.to_string(), "refused"]);
    assert!(!ended.stderr.contains("secret"), "{}", ended.told());
}

#[test]
fn a_collector_that_refuses_is_a_warning() {
    let collector = Collector::answering("401 Unauthorized");
    let ended = run(&project("good"), &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)]);
    assert_warned(&ended, &["5 of 5 spans", "401 Unauthorized"]);
}

#[test]
fn a_collector_that_never_answers_is_a_warning() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let ended = run(&project("good"), &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    assert_warned(&ended, &["5 of 5 spans", "did not arrive"]);
}

#[test]
fn a_protocol_that_is_not_spoken_is_a_warning() {
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
    assert_warned(&run(&project("good"), &variables), &["OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "http/protobuf"]);
}
