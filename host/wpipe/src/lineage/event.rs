//! The JSON of OpenLineage's events and facets, by version 2-0-2 of its specification.

use serde_json::{Map, Value, json};
use wpipe_catalog::LineageName;
use wpipe_runner::TableColumn;

/// The program that says it.
const PRODUCER: &str = concat!("https://crates.io/crates/wpipe/", env!("CARGO_PKG_VERSION"));
const SPEC: &str = "https://openlineage.io/spec";

/// What has happened to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    Complete,
    Fail,
    Abort,
}

/// A run of a job.
#[derive(Debug, Clone)]
pub(super) struct JobRun {
    pub(super) namespace: String,
    pub(super) name: String,
    /// The UUID.
    pub(super) id: String,
    /// `PIPELINE` or `NODE`.
    pub(super) kind: &'static str,
}

/// A dataset, with what is known of it by now.
#[derive(Debug, Clone)]
pub(super) struct LineageDataset {
    pub(super) name: LineageName,
    pub(super) columns: Vec<TableColumn>,
    pub(super) version: Option<String>,
    /// Bytes in storage.
    pub(super) bytes: Option<u64>,
}

/// An event to be written.
pub(super) struct RunEvent<'e> {
    pub(super) kind: Kind,
    pub(super) time: String,
    pub(super) of: &'e JobRun,
    pub(super) parent: Option<Value>,
    pub(super) error: Option<&'e str>,
    pub(super) inputs: Vec<LineageDataset>,
    pub(super) outputs: Vec<LineageDataset>,
}

impl RunEvent<'_> {
    pub(super) fn to_json(&self) -> Value {
        let mut run = Map::new();
        let engine = json!({
            "version": env!("CARGO_PKG_VERSION"), "name": "wpipe", "openlineageAdapterVersion": env!("CARGO_PKG_VERSION"),
        });
        run.insert("processing_engine".to_owned(), facet("1-1-1", "ProcessingEngineRunFacet", engine));
        if let Some(parent) = &self.parent {
            run.insert("parent".to_owned(), parent.clone());
        }
        if let Some(message) = self.error {
            let error = json!({ "message": message, "programmingLanguage": "WebAssembly" });
            run.insert("errorMessage".to_owned(), facet("1-0-1", "ErrorMessageRunFacet", error));
        }
        let job_type = json!({ "processingType": "BATCH", "integration": "WPIPE", "jobType": self.of.kind });
        let list = |datasets: &[LineageDataset], facets: &str, statistics: fn(&LineageDataset) -> Value| {
            datasets.iter().map(|dataset| dataset.to_json(facets, statistics(dataset))).collect::<Vec<_>>()
        };
        json!({
            "eventTime": self.time,
            "producer": PRODUCER,
            "schemaURL": format!("{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"),
            "eventType": match self.kind {
                Kind::Start => "START",
                Kind::Complete => "COMPLETE",
                Kind::Fail => "FAIL",
                Kind::Abort => "ABORT",
            },
            "run": { "runId": self.of.id, "facets": run },
            "job": {
                "namespace": self.of.namespace,
                "name": self.of.name,
                "facets": { "jobType": facet("2-0-3", "JobTypeJobFacet", job_type) },
            },
            "inputs": list(&self.inputs, "inputFacets", LineageDataset::input_facets),
            "outputs": list(&self.outputs, "outputFacets", LineageDataset::output_facets),
        })
    }
}

impl LineageDataset {
    fn to_json(&self, name_of_facets: &str, own: Value) -> Value {
        let LineageName { namespace, name } = &self.name;
        let mut facets = Map::new();
        if !self.columns.is_empty() {
            let fields: Vec<_> =
                self.columns.iter().map(|column| json!({ "name": column.name, "type": column.kind })).collect();
            facets.insert("schema".to_owned(), facet("1-1-1", "SchemaDatasetFacet", json!({ "fields": fields })));
        }
        if let Some(version) = &self.version {
            let version = json!({ "datasetVersion": version });
            facets.insert("version".to_owned(), facet("1-0-1", "DatasetVersionDatasetFacet", version));
        }
        json!({ "namespace": namespace, "name": name, "facets": facets, name_of_facets: own })
    }

    fn input_facets(&self) -> Value {
        let statistics = |size| facet("1-0-0", "InputStatisticsInputDatasetFacet", json!({ "size": size }));
        self.bytes.map_or_else(|| json!({}), |size| json!({ "inputStatistics": statistics(size) }))
    }

    fn output_facets(&self) -> Value {
        let statistics = |size| facet("1-0-2", "OutputStatisticsOutputDatasetFacet", json!({ "size": size }));
        self.bytes.map_or_else(|| json!({}), |size| json!({ "outputStatistics": statistics(size) }))
    }
}

/// Returns the facet that names the run which this one is a part of.
pub(super) fn parent_facet(namespace: &str, name: &str, id: &str) -> Value {
    let parent = json!({ "run": { "runId": id }, "job": { "namespace": namespace, "name": name } });
    facet("1-0-1", "ParentRunFacet", parent)
}

/// Returns a facet with the two fields that each has.
fn facet(version: &str, name: &str, fields: Value) -> Value {
    let mut facet = json!({
        "_producer": PRODUCER,
        "_schemaURL": format!("{SPEC}/facets/{version}/{name}.json#/$defs/{name}"),
    });
    if let (Value::Object(facet), Value::Object(fields)) = (&mut facet, fields) {
        facet.extend(fields);
    }
    facet
}
