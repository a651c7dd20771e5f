//! Places for datasets that the manifest stores nowhere, or not in every run.

use serde_json::Map;

use super::types::Pipeline;
use crate::manifest::{DatasetSpec, KeySpans, Location, PartitionedSpec, Persist, Written};
use crate::source::Span;

/// The format of such a dataset: it holds whatever a node hands over.
const KIND: &str = "archive";

impl Pipeline {
    /// Returns the same pipeline, with these datasets stored as archives at these places; true for one that is a set of
    /// partitions: a folder of archives.
    #[must_use]
    pub fn placed(&self, places: impl IntoIterator<Item = (String, Location, bool)>) -> Self {
        let mut placed = self.clone();
        for (name, location, is_partitioned) in places {
            let suffix = format!(".{KIND}");
            let spec = DatasetSpec {
                name,
                kind: KIND.to_owned(),
                location,
                versioned: false,
                persist: Some(Persist::Tee),
                reload: false,
                // Nodes may choose names that begin with a dot.
                partitioned: is_partitioned.then(|| PartitionedSpec {
                    suffix,
                    hidden: true,
                    ..PartitionedSpec::default()
                }),
                follow_links: false,
                delay: None,
                options: Map::new(),
                written: Written::default(),
                spans: KeySpans { entry: Span::new(&self.manifest.source, 0..0), keys: Default::default() },
            };
            placed.manifest.datasets.retain(|other| other.name != spec.name);
            placed.manifest.datasets.push(spec.clone());
            placed.catalog.put(spec);
        }
        placed.part(&self.graph.nodes().keys().collect())
    }
}
