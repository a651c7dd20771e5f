//! OpenLineage: what a run says it has read and written.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::process::Command;

use serde_json::Value;

use crate::chain::Chain;
use crate::lake::Lake;
use crate::support::{Ended, Project, ended};
use crate::telemetry::Collector;

/// `flowers ─► grow ─► larger ─► grow_again ─► largest`: tables, of which one is in memory.
const MANIFEST: &str = "
[nodes.grow]
uses = \"good/double\"
inputs = [\"flowers\"]
outputs = [\"larger\"]

[nodes.grow_again]
uses = \"good/double\"
inputs = [\"larger\"]
outputs = [\"largest\"]

[datasets.flowers]
type = \"csv\"
path = \"data/flowers.csv\"

[datasets.largest]
type = \"parquet\"
path = \"data/largest.parquet\"
";

fn project(content: &str) -> Project {
    let project = Project::new(MANIFEST);
    project.write("data/flowers.csv", content);
    project
}

const FLOWERS: &str = "petal_length,petal_width\n1.4,0.2\n4.7,1.4\n";

fn run(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = project.command(&[&["run", "--quiet"], arguments].concat());
    ended(command.envs(variables.iter().copied()).output().unwrap())
}

fn events(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The events of a run that writes them to a file.
fn of_run(project: &Project, variables: &[(&str, &str)]) -> Vec<Value> {
    run(project, &["--lineage", "lineage.jsonl"], variables);
    events(&project.read("lineage.jsonl"))
}

/// The event of a kind about a job.
fn event<'e>(events: &'e [Value], kind: &str, job: &str) -> &'e Value {
    let mut meant = events.iter().filter(|event| event["eventType"] == kind && event["job"]["name"] == job);
    let found = meant.next().unwrap_or_else(|| panic!("no {kind} of {job}: {events:#?}"));
    assert!(meant.next().is_none(), "two {kind} of {job}");
    found
}

fn names(datasets: &Value) -> BTreeSet<(&str, &str)> {
    datasets
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (of["namespace"].as_str().unwrap(), of["name"].as_str().unwrap()))
        .collect()
}

fn columns(dataset: &Value) -> Vec<(&str, &str)> {
    let fields = dataset["facets"]["schema"]["fields"].as_array().into_iter().flatten();
    fields.map(|field| (field["name"].as_str().unwrap(), field["type"].as_str().unwrap())).collect()
}

#[test]
fn a_run_and_its_nodes_begin_and_complete() {
    let events = of_run(&project(FLOWERS), &[]);
    let told: Vec<_> =
        events.iter().map(|event| (event["eventType"].as_str(), event["job"]["name"].as_str())).collect();
    let [first, .., last] = &told[..] else { panic!("{told:?}") };
    assert_eq!((first, last), (&(Some("START"), Some("test")), &(Some("COMPLETE"), Some("test"))));
    let run = &event(&events, "START", "test")["run"]["runId"];
    for node in ["test.grow", "test.grow_again"] {
        let (start, complete) = (event(&events, "START", node), event(&events, "COMPLETE", node));
        assert_eq!(start["run"]["runId"], complete["run"]["runId"]);
        for event in [start, complete] {
            let parent = &event["run"]["facets"]["parent"];
            assert_eq!((&parent["run"]["runId"], &parent["job"]["name"]), (run, &Value::from("test")));
        }
    }
    assert_eq!(events.len(), 6);
}

#[test]
fn datasets_have_the_names_of_other_tools_and_their_columns() {
    let project = project(FLOWERS);
    let events = of_run(&project, &[]);
    let complete = event(&events, "COMPLETE", "test");
    let [flowers, largest] =
        ["data/flowers.csv", "data/largest.parquet"].map(|name| project.path(name).canonicalize().unwrap());
    let [flowers, largest] = [&flowers, &largest].map(|path| path.to_str().unwrap());
    assert_eq!(names(&complete["inputs"]), BTreeSet::from([("file", flowers)]));
    assert_eq!(names(&complete["outputs"]), BTreeSet::from([("file", largest)]));
    assert_eq!(columns(&complete["inputs"][0]), [("petal_length", "f64"), ("petal_width", "f64")]);
    assert_eq!(columns(&complete["outputs"][0]), [("petal_length", "f64"), ("petal_width", "f64")]);
    let size = &complete["outputs"][0]["outputFacets"]["outputStatistics"]["size"];
    assert_eq!(size.as_u64(), Some(std::fs::metadata(largest).unwrap().len()));
    // What lives in memory joins the nodes.
    let made = &event(&events, "COMPLETE", "test.grow")["outputs"];
    assert_eq!(names(made), names(&event(&events, "START", "test.grow_again")["inputs"]));
    assert_eq!(names(made), BTreeSet::from([("default", "test.larger")]));
    assert_eq!(columns(&made[0]).len(), 2);
}

#[test]
fn what_fails_is_told_with_its_message() {
    let project = Project::new(
        "[nodes.check]\nuses = \"good/text_fails\"\ninputs = [\"text\"]\noutputs = [\"end\"]\n\
         [datasets.text]\ntype = \"text\"\npath = \"text.txt\"\n",
    );
    project.write("text.txt", "some");
    let events = of_run(&project, &[]);
    for job in ["test.check", "test"] {
        let error = &event(&events, "FAIL", job)["run"]["facets"]["errorMessage"]["message"];
        assert!(error.as_str().unwrap().contains("does not like a text of 4 bytes"), "{error}");
    }
}

#[test]
fn the_environment_names_the_namespace_and_the_parent() {
    const RUN: &str = "3f5e83fa-3480-44ff-99c5-ff943904e5e8";
    let parent = format!("airflow/etl.nightly/{RUN}");
    let variables = [("OPENLINEAGE_NAMESPACE", "shop"), ("OPENLINEAGE_PARENT_ID", parent.as_str())];
    let events = of_run(&project(FLOWERS), &variables);
    let start = event(&events, "START", "test");
    assert_eq!(start["job"]["namespace"], "shop");
    let facet = &start["run"]["facets"]["parent"];
    assert_eq!((&facet["run"]["runId"], &facet["job"]["name"]), (&Value::from(RUN), &Value::from("etl.nightly")));
}

#[test]
fn runs_are_added_to_a_file_and_are_told_apart() {
    let project = project(FLOWERS);
    of_run(&project, &[]);
    let events = of_run(&project, &[]);
    let runs: BTreeSet<_> = events.iter().map(|event| event["run"]["runId"].to_string()).collect();
    assert_eq!((events.len(), runs.len()), (12, 6));
}

#[test]
fn a_file_that_holds_something_else_is_left_alone() {
    let project = project(FLOWERS);
    let ended = run(&project, &["--lineage", "data/flowers.csv"], &[]);
    assert_eq!(ended.code, 2, "{}", ended.told());
    assert_eq!(project.read("data/flowers.csv"), FLOWERS);
}

#[test]
fn a_server_is_sent_every_event_in_order_with_the_key() {
    let server = Collector::new();
    let variables = [("OPENLINEAGE_URL", server.endpoint.as_str()), ("OPENLINEAGE_API_KEY", "a-key")];
    let ended = run(&project(FLOWERS), &[], &variables);
    assert_eq!(ended.code, 0, "{}", ended.told());
    let received = server.received("/api/v1/lineage");
    assert!(received.iter().all(|request| request.headers["authorization"] == "Bearer a-key"));
    let sent = server.documents("/api/v1/lineage");
    assert_eq!((sent.len(), &sent[0]["eventType"], &sent[5]["eventType"]), (6, &"START".into(), &"COMPLETE".into()));
    run(&project(FLOWERS), &[], &[&variables[..], &[("OPENLINEAGE_DISABLED", "true")]].concat());
    assert_eq!(server.requests(), 6);
}

#[test]
fn a_server_that_is_down_is_a_warning() {
    let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let ended = run(&project(FLOWERS), &["--lineage", &format!("http://me:secret@{address}")], &[]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    assert!(ended.stderr.contains("6 of 6 events") && ended.stderr.contains("refused"), "{}", ended.told());
    assert!(!ended.stderr.contains("secret"), "{}", ended.told());
}

#[test]
fn objects_in_a_bucket_are_named_by_it_and_nothing_is_revealed() {
    let lake = Lake::new();
    let chain = Chain::in_lake(&lake, &lake.server.endpoint(), lake.server.bucket(), 1);
    let ended = lake.wpipe(&chain.project, &["run", "--quiet", "--lineage", "lineage.jsonl"]);
    assert_eq!(ended.code, 0, "{}", ended.told());
    lake.assert_secret_kept(&ended.told());
    let lines = chain.project.read("lineage.jsonl");
    let events = events(&lines);
    let complete = event(&events, "COMPLETE", "test");
    let bucket = format!("s3://{}", lake.server.bucket());
    assert!(names(&complete["outputs"]).iter().any(|(namespace, _)| *namespace == bucket), "{complete:#}");
}

/// The fields that the specification asks for, with their kinds.
#[test]
fn events_have_what_the_specification_asks_for() {
    let is_uri = |value: &Value| value.as_str().is_some_and(|text| text.starts_with("https://"));
    for event in of_run(&project(FLOWERS), &[]) {
        let time = event["eventTime"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
        assert!(is_uri(&event["producer"]) && is_uri(&event["schemaURL"]), "{event:#}");
        let id = event["run"]["runId"].as_str().unwrap();
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        let of_event = [("run", &event["run"]), ("job", &event["job"])].into_iter();
        let datasets = ["inputs", "outputs"].into_iter().flat_map(|side| event[side].as_array().unwrap());
        for (what, with_facets) in of_event.chain(datasets.map(|dataset| ("dataset", dataset))) {
            let all = ["facets", "inputFacets", "outputFacets"].into_iter();
            for (name, facet) in all.filter_map(|of| with_facets[of].as_object()).flatten() {
                let schema = facet["_schemaURL"].as_str().unwrap_or_default();
                assert!(is_uri(&facet["_producer"]) && schema.contains("Facet.json#/$defs/"), "{what} {name}: {facet}");
            }
            assert!(what == "run" || with_facets["namespace"].is_string() && with_facets["name"].is_string());
        }
    }
}

/// The client of OpenLineage's own makes its classes of our events, which check the kinds of fields.
#[test]
fn the_client_of_openlineage_reads_the_events() {
    const READ: &str = "
import json, sys
from openlineage.client import event_v2 as v2
from openlineage.client import facet_v2 as facets
known = {'processing_engine': facets.processing_engine_run.ProcessingEngineRunFacet, 'parent': facets.parent_run.ParentRunFacet,
         'jobType': facets.job_type_job.JobTypeJobFacet, 'schema': facets.schema_dataset.SchemaDatasetFacet,
         'outputStatistics': facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet}
def read(facets):
    of = {}
    for name, facet in facets.items():
        of[name] = known[name](**{key: value for key, value in facet.items() if not key.startswith('_')})
    return of
for line in open(sys.argv[1]):
    e = json.loads(line)
    run = v2.Run(e['run']['runId'], read(e['run']['facets']))
    job = v2.Job(e['job']['namespace'], e['job']['name'], read(e['job']['facets']))
    inputs = [v2.InputDataset(d['namespace'], d['name'], facets=read(d['facets']), inputFacets=read(d['inputFacets'])) for d in e['inputs']]
    outputs = [v2.OutputDataset(d['namespace'], d['name'], facets=read(d['facets']), outputFacets=read(d['outputFacets'])) for d in e['outputs']]
    v2.RunEvent(eventType=v2.RunState[e['eventType']], eventTime=e['eventTime'], run=run, job=job,
                producer=e['producer'], inputs=inputs, outputs=outputs)
    print(e['eventType'])
";
    let python = std::env::var("WPIPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import openlineage.client"]).output();
    if std::env::var_os("WPIPE_LONG_TESTS").is_none() || !there.is_ok_and(|output| output.status.success()) {
        return;
    }
    let project = project(FLOWERS);
    of_run(&project, &[]);
    let read = Command::new(python).args(["-c", READ]).arg(project.path("lineage.jsonl")).output().unwrap();
    let ended = ended(read);
    let mut kinds = BTreeMap::new();
    ended.stdout.lines().for_each(|kind| *kinds.entry(kind).or_insert(0) += 1);
    assert_eq!(kinds, BTreeMap::from([("START", 3), ("COMPLETE", 3)]), "{}", ended.told());
}
