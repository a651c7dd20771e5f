//! Stored datasets as values, outside of any run.

use std::collections::BTreeMap;

use wpipe_buffer::Readers;
use wpipe_catalog::{DataError, StoredDataset};
use wpipe_data::{Table, View};
use wpipe_runner::{SchemaId, StorageRuntime};

use crate::storage::ask_one;
use crate::value::schema_of;
use crate::{Error, Project, Value, Values};

/// The part of a stored dataset that is loaded; by default all of its newest version.
///
/// ```
/// use wpipe::{Load, Project, Table, Values};
///
/// # let directory = tempfile::tempdir()?;
/// # std::fs::write(directory.path().join("flowers.csv"), "petal_length\n1.5\n4.75\n")?;
/// # let manifest = "[pipeline]\nname = \"example\"\n[components.c]\npath = \"c.wasm\"\n\
/// #     [nodes.fit]\nuses = \"c/fit\"\ninputs = [\"flowers\"]\noutputs = [\"model\"]\n\
/// #     [datasets.flowers]\ntype = \"csv\"\npath = \"flowers.csv\"\n";
/// let project = Project::parse("pipeline.toml", manifest, directory.path())?;
/// let Values::Whole(flowers) = project.load("flowers", &Load::default())? else { unreachable!() };
/// assert_eq!(flowers.view::<Table>()?.column::<f64>("petal_length")?, [1.5, 4.75]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Load {
    /// The version of a versioned dataset; by default the newest.
    pub version: Option<String>,
    /// The partition of a set; by default all of them.
    pub partition: Option<String>,
    /// The type of a dataset of the type `archive`, whose content says its type and has to be of the expected one: see
    /// [`Pipeline::type_of`](crate::Pipeline::type_of). Other datasets have one by their `type`.
    pub schema: Option<SchemaId>,
}

impl Project {
    /// Loads a stored dataset. It may be called while a run is under way: it sees complete saves.
    ///
    /// # Errors
    ///
    /// Fails if there is no such dataset, it lives in memory alone, its entry is wrong, or it cannot be read.
    pub fn load(&self, name: &str, what: &Load) -> Result<Values, Error> {
        let Some(stored) = self.stored(&[name])?.remove(name) else {
            return Err(Error::NotStored { dataset: name.to_owned() });
        };
        let own = match &stored {
            StoredDataset::Whole(dataset) => dataset.schema(),
            StoredDataset::Set(set) => set.schema(),
        };
        let schema = own.map_or_else(|| what.schema.clone(), |own| Some(schema_named(own)));
        let Some(schema) = schema else { return Err(Error::UnknownType { dataset: name.to_owned() }) };
        let (stored, partition) = (stored.at_version(what.version.as_ref()), what.partition.clone());
        let loaded = ask_one(&StorageRuntime::default(), load(stored, partition, schema))?;
        loaded.map_err(|source| Error::Load { dataset: name.to_owned(), source: Box::new(source) })
    }

    /// Returns true if only the type of the nodes at its ends says the type of a stored dataset, as for archives.
    ///
    /// # Errors
    ///
    /// Fails if there is no such dataset, or its entry is wrong.
    pub fn is_typed_by_nodes(&self, name: &str) -> Result<bool, Error> {
        let stored = self.stored(&[name])?;
        Ok(stored.get(name).is_some_and(|stored| match stored {
            StoredDataset::Whole(dataset) => dataset.schema().is_none(),
            StoredDataset::Set(set) => set.schema().is_none(),
        }))
    }
}

/// Returns the type of the content of a format that has only one.
fn schema_named(name: &str) -> SchemaId {
    if name == Table::NAME { schema_of::<Table<'_>>() } else { SchemaId { name: name.to_owned(), fingerprint: 0 } }
}

async fn load(stored: StoredDataset, partition: Option<String>, schema: SchemaId) -> Result<Values, DataError> {
    let expected = (schema.name.as_str(), schema.fingerprint);
    let value = |buffer| Value::of_buffer(buffer, schema.clone());
    match stored {
        StoredDataset::Whole(dataset) => {
            let loaded = dataset.load(expected, Readers::Several).await?;
            Ok(Values::Whole(value(loaded.buffer)))
        }
        StoredDataset::Set(set) => {
            let listing = set.list().await?;
            if let Some(id) = partition {
                let loaded = set.load(&listing, &id, expected, Readers::Several).await?;
                return Ok(Values::Whole(value(loaded.buffer)));
            }
            let mut partitions = BTreeMap::new();
            for id in listing.partitions().keys() {
                let loaded = set.load(&listing, id, expected, Readers::Several).await?;
                partitions.insert(id.clone(), value(loaded.buffer));
            }
            Ok(Values::Partitions(partitions))
        }
    }
}
