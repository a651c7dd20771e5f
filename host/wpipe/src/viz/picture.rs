//! The model behind every form: vertices, the edges between them, and the state of both in a run.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::{Map, Value};
use wpipe_pipeline::ResolvedGraph;

use super::command;
use super::layout::lay_out;
use crate::history::{LogLine, RunDetails, RunRecord, TimelineSpan, redacted};
use crate::{Error, History, Project};

/// A pipeline as vertices and edges, each vertex at its place, and a run of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Picture {
    /// The number of this layout: 1.
    pub format: u32,
    /// The pipeline's name.
    pub pipeline: String,
    /// The run whose state the vertices and edges show.
    pub run: Option<PictureRun>,
    /// The nodes, datasets and parameters.
    pub vertices: Vec<Vertex>,
    /// The edges, along which data flows.
    pub edges: Vec<PictureEdge>,
    /// The multipipelines.
    pub groups: Vec<PictureGroup>,
    /// The calls, loads, saves and waits of the run, in the order in which they began.
    pub timeline: Vec<TimelineSpan>,
}

/// The run that a picture shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PictureRun {
    /// The id.
    pub id: String,
    /// The state: `completed`, `failed`, ….
    pub state: String,
    /// The seconds that it took; `None` unless it ended in good order.
    pub seconds: Option<f64>,
    /// The errors, in the order in which they happened.
    pub errors: Vec<String>,
}

/// A node, a dataset or a parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Vertex {
    /// The kind of vertex.
    pub kind: VertexKind,
    /// The full name.
    pub name: String,
    /// The name as far as there is room.
    pub label: String,
    /// The place of its left edge, in pixels.
    pub x: f64,
    /// The place of its upper edge, in pixels.
    pub y: f64,
    /// The width, in pixels.
    pub width: f64,
    /// The height, in pixels.
    pub height: f64,
    /// The multipipeline that it belongs to, by its place among the groups.
    pub group: Option<usize>,
    /// Sorted.
    pub tags: Vec<String>,
    /// The names of a node's inputs, in the order of the manifest.
    pub inputs: Vec<String>,
    /// The names of a node's outputs, in the order of the manifest.
    pub outputs: Vec<String>,
    /// Further facts, each with its title, for people.
    pub facts: BTreeMap<&'static str, String>,
    /// The state after the run; `None` without a run, and of parameters.
    pub status: Option<VertexStatus>,
    /// The seconds of the node's call, or of the dataset's save.
    pub seconds: Option<f64>,
    /// The size of the dataset, in bytes: loaded, produced or saved.
    pub bytes: Option<u64>,
    /// The number of rows of a dataset that is a table.
    pub rows: Option<u64>,
    /// The way in which a dataset reaches its readers: `move`, `map`, ….
    pub transport: Option<String>,
    /// The error that the node ended with, or that the dataset could not be loaded or saved with.
    pub error: Option<String>,
    /// The reason why a node ran, or did not.
    pub why: Option<String>,
    /// The value of a parameter, without what is secret.
    pub value: Option<Value>,
    /// The last lines of a node's log.
    pub log: VecDeque<LogLine>,
    /// The number of lines of its log before them.
    pub log_left_out: usize,
    /// The command that runs a node again, or looks into a dataset.
    pub command: Option<String>,
}

/// The kind of a vertex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VertexKind {
    /// A node.
    Node,
    /// A dataset.
    Dataset,
    /// A parameter that nodes read.
    Parameter,
}

/// The state of a vertex after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VertexStatus {
    /// The node completed, or the dataset is durable.
    Completed,
    /// The node failed.
    Failed,
    /// The node began, and has not ended.
    Running,
    /// The run did not reach it, or left it out.
    NotRun,
}

/// A way of data, from one vertex to another, by their places in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PictureEdge {
    /// The vertex at its beginning.
    pub from: usize,
    /// The vertex at its end.
    pub to: usize,
}

/// A multipipeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PictureGroup {
    /// The name.
    pub name: String,
    /// The numbers of partitions in the run: those that went through, those that failed, and all.
    pub partitions: Option<[usize; 3]>,
    /// The partitions that failed, with the reasons, by id.
    pub failed: BTreeMap<String, String>,
}

impl Picture {
    /// Makes the picture of a project.
    pub fn of(project: &Project) -> Self {
        let mut picture = Self::of_graph(project.pipeline().graph());
        picture.set_params(&redacted(&project.pipeline().manifest().params));
        for vertex in &mut picture.vertices {
            vertex.command = match vertex.kind {
                VertexKind::Node => Some(command::run_again(project, &vertex.name)),
                VertexKind::Dataset if vertex.facts.contains_key("location") => {
                    Some(command::look_into(project, &vertex.name))
                }
                VertexKind::Dataset | VertexKind::Parameter => None,
            };
        }
        picture
    }

    /// Makes the picture of a project and of the run of that id, or of its latest run.
    ///
    /// # Errors
    ///
    /// Fails if there is no such run, several runs begin like its id, or its journal cannot be read.
    pub fn of_run(project: &Project, id: Option<&str>) -> Result<Self, Error> {
        let history = History::of(project.directory());
        let record = history.open_of(project.name(), id)?;
        let (details, timeline) = history.details(&record.description.id)?;
        let before = history.before(&record.description)?;
        let mut picture = Self::of_record(project, &record, &details, before.as_ref());
        picture.timeline = timeline;
        Ok(picture)
    }

    /// Makes the picture of a project and of a run, without its timeline.
    pub(crate) fn of_record(
        project: &Project,
        record: &RunRecord,
        details: &RunDetails,
        before: Option<&RunRecord>,
    ) -> Self {
        let mut picture = Self::of(project);
        picture.set_params(&record.description.params);
        picture.show_run(project.pipeline().graph(), record, details, before);
        picture
    }

    fn of_graph(graph: &ResolvedGraph) -> Self {
        let nodes = graph.nodes().iter().map(|node| {
            let facts = [
                ("component", node.component.clone()),
                ("function", node.function.clone()),
                ("namespace", node.namespace.clone().unwrap_or_default()),
                ("multipipeline", node.multipipeline.clone().unwrap_or_default()),
            ];
            Vertex {
                inputs: node.inputs.clone(),
                outputs: node.outputs.clone(),
                group: node.group.map(usize::from),
                tags: node.tags.iter().cloned().collect(),
                ..Vertex::new(VertexKind::Node, &node.name, facts)
            }
        });
        let datasets = graph.datasets().iter().map(|dataset| {
            let stored = dataset.formats.iter().filter_map(|format| graph[*format].stored.as_ref());
            let types: Vec<&str> = stored.clone().map(|stored| stored.kind.as_str()).collect();
            let locations: Vec<&str> = stored.filter_map(|stored| stored.location.as_deref()).collect();
            let facts = [
                ("type", if types.is_empty() { "memory".to_owned() } else { types.join(", ") }),
                ("location", locations.join(", ")),
                ("partitioned", if dataset.is_partitioned { "yes".to_owned() } else { String::new() }),
            ];
            Vertex { group: dataset.made_by.map(usize::from), ..Vertex::new(VertexKind::Dataset, &dataset.name, facts) }
        });
        let parameters: Vec<_> = graph.parameters().into_keys().map(str::to_owned).collect();
        let parameter = |name: &String| Vertex::new(VertexKind::Parameter, name, []);
        let mut vertices: Vec<_> = nodes.chain(datasets).chain(parameters.iter().map(parameter)).collect();

        let (of_datasets, of_parameters) = (graph.nodes().len(), graph.nodes().len() + graph.datasets().len());
        let mut edges = Vec::new();
        for (to, node) in graph.nodes().iter().enumerate() {
            let reads = node.reads.iter().map(|read| of_datasets + usize::from(graph[*read].dataset));
            let params = node.parameters.iter().filter_map(|name| parameters.iter().position(|known| known == name));
            let from = reads.chain(params.map(|at| of_parameters + at));
            edges.extend(from.map(|from| PictureEdge { from, to }));
            let makes = node.makes.iter().map(|made| of_datasets + usize::from(graph[*made].dataset));
            edges.extend(makes.map(|made| PictureEdge { from: to, to: made }));
        }
        edges.sort_unstable_by_key(|edge| (edge.from, edge.to));
        edges.dedup();
        lay_out(&mut vertices, &edges);
        let groups = graph.groups().iter();
        let groups = groups
            .map(|group| PictureGroup { name: group.name.clone(), partitions: None, failed: BTreeMap::new() })
            .collect();
        let pipeline = graph.pipeline().to_owned();
        Self { format: 1, pipeline, run: None, vertices, edges, groups, timeline: Vec::new() }
    }

    /// Shows the values of parameters, of which secrets are hidden already.
    fn set_params(&mut self, params: &Map<String, Value>) {
        for vertex in self.vertices.iter_mut().filter(|vertex| vertex.kind == VertexKind::Parameter) {
            vertex.value = match vertex.name.strip_prefix("params:") {
                None => Some(Value::Object(params.clone())),
                Some(path) => {
                    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
                    let mut steps = rest.into_iter().flat_map(|rest| rest.split('.'));
                    steps.try_fold(params.get(first), |value, step| Some(value?.get(step))).flatten().cloned()
                }
            };
        }
    }

    /// Returns the picture as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The largest number of characters of a label.
const LONGEST: usize = 32;

impl Vertex {
    fn new(kind: VertexKind, name: &str, facts: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let length = name.chars().count();
        let label = if length <= LONGEST {
            name.to_owned()
        } else {
            // The end tells more than the beginning, which is the namespace.
            format!("…{}", name.chars().skip(length - LONGEST + 1).collect::<String>())
        };
        let facts = facts.into_iter().filter(|(_, fact)| !fact.is_empty()).collect();
        Self {
            kind,
            name: name.to_owned(),
            label,
            x: 0.0,
            y: 0.0,
            width: 0.0,
            height: 0.0,
            group: None,
            tags: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            facts,
            status: None,
            seconds: None,
            bytes: None,
            rows: None,
            transport: None,
            error: None,
            why: None,
            value: None,
            log: VecDeque::new(),
            log_left_out: 0,
            command: None,
        }
    }
}

impl VertexStatus {
    /// Returns the word for it, as JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::NotRun => "not_run",
        }
    }
}
