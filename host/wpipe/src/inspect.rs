//! A look into a stored table, with its maker and readers.

use serde_json::{Value, json};
use wpipe_catalog::{ColumnStats, DataError, Inspection};
use wpipe_pipeline::NodeId;
use wpipe_runner::StorageRuntime;

use crate::storage::ask_one;
use crate::{Error, Project};

/// A look into a stored dataset.
#[derive(Debug)]
#[non_exhaustive]
pub struct InspectedDataset {
    /// The dataset's name.
    pub name: String,
    /// The type, such as `csv`.
    pub kind: String,
    /// The path or URL, without credentials.
    pub location: String,
    /// The node that makes it; `None` of a free input, and of an entry that no node names.
    pub maker: Option<String>,
    /// The nodes that read it, in any format.
    pub readers: Vec<String>,
    /// The table that is stored, or why it cannot be read.
    pub found: Result<Inspection, DataError>,
}

/// The selection of rows and figures for a look.
///
/// ```
/// use wpipe::{Inspect, Project};
///
/// # let directory = tempfile::tempdir()?;
/// # std::fs::write(directory.path().join("flowers.csv"), "petal_length\n1.4\n4.7\n6.0\n")?;
/// # let manifest = "[pipeline]\nname = \"example\"\n[components.c]\npath = \"c.wasm\"\n\
/// #     [nodes.fit]\nuses = \"c/fit\"\ninputs = [\"flowers\"]\noutputs = [\"model\"]\n\
/// #     [datasets.flowers]\ntype = \"csv\"\npath = \"flowers.csv\"\n";
/// let project = Project::parse("pipeline.toml", manifest, directory.path())?;
/// let mut what = Inspect::default();
/// what.rows = 2;
/// let inspected = project.inspect("flowers", &what)?;
/// assert_eq!(inspected.found?.columns.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspect {
    /// The partition of a set; by default the first.
    pub partition: Option<String>,
    /// The version of a versioned dataset; by default the newest.
    pub version: Option<String>,
    /// The number of rows, from the first on.
    pub rows: usize,
    /// True if figures of each column are wanted, for which every value is read.
    pub stats: bool,
}

impl Default for Inspect {
    fn default() -> Self {
        Self { partition: None, version: None, rows: 10, stats: false }
    }
}

impl Project {
    /// Reads the stored table of a dataset. It may be called while a run is under way: it sees complete saves.
    ///
    /// # Errors
    ///
    /// Fails if there is no such dataset, it lives in memory alone, or its entry is wrong.
    pub fn inspect(&self, name: &str, what: &Inspect) -> Result<InspectedDataset, Error> {
        let Some(stored) = self.stored(&[name])?.remove(name) else {
            return Err(Error::NotStored { dataset: name.to_owned() });
        };
        let stored = stored.at_version(what.version.as_ref());
        let (asked, what) = (stored.clone(), what.clone());
        let looking = async move { asked.inspect(what.partition.as_deref(), what.rows, what.stats).await };
        let found = ask_one(&StorageRuntime::default(), looking)?;
        let graph = self.pipeline().graph();
        let dataset = graph.find_dataset(name).map(|dataset| &graph[dataset]);
        let node = |node: NodeId| graph[node].name.clone();
        Ok(InspectedDataset {
            name: name.to_owned(),
            kind: stored.kind().to_owned(),
            location: stored.location(),
            maker: dataset.and_then(|dataset| dataset.maker).map(node),
            readers: dataset.map(|dataset| dataset.readers.iter().copied().map(node).collect()).unwrap_or_default(),
            found,
        })
    }
}

impl InspectedDataset {
    /// Returns the look as `wpipe inspect --format json` prints it.
    pub fn to_json(&self) -> Value {
        let Self { name, kind, location, maker, readers, found } = self;
        let mut json = json!({
            "name": name, "type": kind, "location": location, "made_by": maker, "read_by": readers,
        });
        match found {
            Err(error) => json["error"] = error.to_string().into(),
            Ok(Inspection { partition, version, bytes, rows, columns, head, .. }) => {
                let columns = columns.iter().map(|column| {
                    let mut json = json!({
                        "name": column.name, "type": column.kind.to_string(), "missing": column.missing,
                    });
                    if let Some(ColumnStats { min, max, distinct, .. }) = &column.stats {
                        json["min"] = json!(min);
                        json["max"] = json!(max);
                        json["distinct"] = json!(distinct);
                        json["distinct_is_exact"] = (*distinct < ColumnStats::MOST_DISTINCT).into();
                    }
                    json
                });
                json["columns"] = columns.collect();
                json["partition"] = json!(partition.as_ref().map(|(id, _)| id));
                json["partitions"] = json!(partition.as_ref().map(|(_, count)| count));
                json["version"] = json!(version);
                json["bytes"] = json!(bytes);
                json["rows"] = json!(rows);
                json["head"] = json!(head);
            }
        }
        json
    }
}
