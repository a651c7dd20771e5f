//! The folder that `kedro viz run --load-file` loads: answers of Kedro-Viz' own server, as files.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::picture::{Picture, Vertex, VertexKind, VertexStatus};

/// The version of Kedro-Viz whose answers these are.
const VERSION: &str = "12.5.0";
/// Kedro's name of all nodes.
const DEFAULT: &str = "__default__";

impl Picture {
    /// Returns the files of a Kedro-Viz export, by their paths within its folder.
    pub fn to_kedro_viz(&self) -> BTreeMap<String, Value> {
        let ids: Vec<String> = self.vertices.iter().map(id).collect();
        let nodes: Value = self.vertices.iter().zip(&ids).map(|(vertex, id)| self.node(vertex, id)).collect();
        let edges = self.edges.iter();
        let edges: Value = edges.map(|edge| json!({ "source": ids[edge.from], "target": ids[edge.to] })).collect();
        let mut tags: Vec<&String> = self.vertices.iter().flat_map(|vertex| &vertex.tags).collect();
        tags.sort_unstable();
        tags.dedup();
        let main = json!({
            "nodes": nodes,
            "edges": edges,
            "layers": [],
            "tags": tags.iter().map(|tag| json!({ "id": tag, "name": tag })).collect::<Value>(),
            "pipelines": [{ "id": DEFAULT, "name": DEFAULT }],
            "modular_pipelines": {
                "__root__": {
                    "id": "__root__", "name": "__root__", "inputs": [], "outputs": [],
                    "children": self.vertices.iter().zip(&ids).map(|(vertex, id)| {
                        json!({ "id": id, "type": kind(vertex) })
                    }).collect::<Value>(),
                },
            },
            "selected_pipeline": DEFAULT,
        });
        let mut files = BTreeMap::from([
            ("api/main".to_owned(), main.clone()),
            (format!("api/pipelines/{DEFAULT}"), main),
            ("api/version".to_owned(), json!({ "installed": VERSION, "is_outdated": false, "latest": VERSION })),
            ("api/run-status".to_owned(), self.run_status(&ids)),
        ]);
        for (vertex, id) in self.vertices.iter().zip(&ids) {
            files.insert(format!("api/nodes/{id}"), self.details(vertex));
        }
        files
    }

    fn node(&self, vertex: &Vertex, id: &str) -> Value {
        let mut node = json!({
            "id": id, "name": vertex.name, "tags": vertex.tags, "pipelines": [DEFAULT], "type": kind(vertex),
            "modular_pipelines": null, "node_extras": null,
        });
        match vertex.kind {
            VertexKind::Node => {
                node["parameters"] = json!({});
                node["full_name"] = json!(vertex.name);
            }
            VertexKind::Dataset => {
                node["layer"] = Value::Null;
                node["dataset_type"] = json!(vertex.facts.get("type"));
            }
            VertexKind::Parameter => {
                node["layer"] = Value::Null;
                node["dataset_type"] = Value::Null;
            }
        }
        node
    }

    fn details(&self, vertex: &Vertex) -> Value {
        match vertex.kind {
            VertexKind::Node => json!({
                "code": null, "filepath": vertex.facts.get("component"), "parameters": {}, "inputs": vertex.inputs,
                "outputs": vertex.outputs, "run_command": format!("wpipe run --nodes {}", vertex.name),
            }),
            VertexKind::Dataset => json!({
                "filepath": vertex.facts.get("location"), "type": vertex.facts.get("type"),
                "run_command": format!("wpipe run --to-outputs {}", vertex.name),
            }),
            VertexKind::Parameter => json!({ "parameters": { vertex.name.clone(): null } }),
        }
    }

    fn run_status(&self, ids: &[String]) -> Value {
        let with_ids = || self.vertices.iter().zip(ids);
        let word = |status| match status {
            VertexStatus::Completed => "success",
            VertexStatus::Failed => "failed",
            VertexStatus::Running => "running",
            VertexStatus::NotRun => "skipped",
        };
        let nodes = with_ids().filter(|(vertex, _)| vertex.kind == VertexKind::Node).filter_map(|(vertex, id)| {
            let error = vertex.error.as_ref().map(|error| json!({ "message": error, "traceback": null }));
            let status =
                json!({ "status": word(vertex.status?), "duration": vertex.seconds.unwrap_or(0.0), "error": error });
            Some((id.clone(), status))
        });
        let datasets =
            with_ids().filter(|(vertex, _)| vertex.kind == VertexKind::Dataset).filter_map(|(vertex, id)| {
                let status = json!({ "name": vertex.name, "size": vertex.bytes?, "status": "success", "error": null });
                Some((id.clone(), status))
            });
        let run = self.run.as_ref();
        json!({
            "nodes": nodes.collect::<serde_json::Map<_, _>>(),
            "datasets": datasets.collect::<serde_json::Map<_, _>>(),
            "pipeline": {
                "run_id": run.map_or("default-run-id", |run| run.id.as_str()),
                "start_time": null, "end_time": null,
                "duration": run.and_then(|run| run.seconds).unwrap_or(0.0),
                "status": run.map_or("success", |run| if run.state == "completed" { "success" } else { "failed" }),
                "error": run.and_then(|run| run.errors.first()),
            },
        })
    }
}

fn kind(vertex: &Vertex) -> &'static str {
    match vertex.kind {
        VertexKind::Node => "task",
        VertexKind::Dataset => "data",
        VertexKind::Parameter => "parameters",
    }
}

/// Returns eight hexadecimal digits of a hash, as Kedro-Viz has them: of the kind as well, for a node may be called as
/// a dataset.
fn id(vertex: &Vertex) -> String {
    let hash = blake3::hash(format!("{}:{}", kind(vertex), vertex.name).as_bytes());
    hash.to_hex()[..8].to_owned()
}
