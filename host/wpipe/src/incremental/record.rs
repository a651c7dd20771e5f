//! The records of earlier runs, on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wpipe_catalog::{Stored, check_own_folder};

use super::key::CallKey;
use crate::Project;
use crate::private::{private_file, private_folder};

/// The folder of the records, each in a file that is called like its manifest and environment.
const FOLDER: &str = ".wpipe/incremental";
/// The number of the file's layout. In an older file, only the fact that a node has run counts.
const FORMAT: u32 = 3;

/// A call whose outputs are in storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) key: CallKey,
    /// The marks of the stored outputs, by exact name.
    pub(crate) outputs: BTreeMap<String, String>,
    /// True if it is a node that sees slices.
    pub(crate) by_slice: bool,
}

/// A partition that went through a multipipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartitionDone {
    /// The digest of everything that the calls for it depend on besides itself.
    pub(crate) calls: String,
    /// The partition itself, in each set that the multipipeline goes over and that has it.
    pub(crate) read: BTreeMap<String, Stored>,
    /// The places of its results, by dataset.
    pub(crate) outputs: BTreeMap<String, Stored>,
}

/// Partitions of one multipipeline, by id.
pub(crate) type PartitionsDone = BTreeMap<String, PartitionDone>;

/// The records of earlier runs, by node, and the digests of inputs that were read for them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Records {
    format: u32,
    pub(crate) nodes: BTreeMap<String, Done>,
    /// The nodes that an older version has recorded.
    #[serde(skip)]
    pub(crate) outdated: BTreeSet<String>,
    /// The records of partitions, by multipipeline with its nodes.
    pub(crate) partitions: BTreeMap<String, PartitionsDone>,
    /// The mark and the digest of each stored input, so that its content is read again only when the mark changes.
    pub(crate) inputs: BTreeMap<String, (String, String)>,
}

impl Records {
    /// Reads the records on disk; there are none if there is no file. Warns of a file that cannot be read, which counts
    /// as none.
    pub(crate) fn load(project: &Project) -> Self {
        let path = path(project);
        let nothing = Self { format: FORMAT, ..Self::default() };
        let read = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| format!("is damaged: {error}")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return nothing,
            Err(error) => Err(format!("cannot be read: {error}")),
        };
        let read = read.and_then(|value: Value| match value["format"].as_u64() {
            Some(format) if format == u64::from(FORMAT) => {
                serde_json::from_value(value).map_err(|error| format!("is damaged: {error}"))
            }
            // An older record of a node does not say enough.
            Some(format) if format < u64::from(FORMAT) => {
                let nodes = value["nodes"].as_object().into_iter().flat_map(|nodes| nodes.keys());
                Ok(Self { outdated: nodes.cloned().collect(), ..nothing.clone() })
            }
            Some(format) => Err(format!("has the format {format}, of a later version of wpipe")),
            None => Err("is damaged: it says no format".to_owned()),
        });
        read.unwrap_or_else(|reason| {
            tracing::warn!("what `--incremental` goes by, `{}`, {reason}: everything runs again", path.display());
            nothing
        })
    }

    /// Writes them, whole or not at all.
    pub(crate) fn save(&self, project: &Project) -> io::Result<()> {
        let (staged, path) = (self.stage(project)?, path(project));
        fs::rename(&staged, &path).inspect_err(|_| drop(fs::remove_file(&staged)))
    }

    /// Fails if the folder of records is a link: a place elsewhere is not ours to read or to write.
    pub(crate) fn check_folder(project: &Project) -> io::Result<()> {
        match path(project).parent().map_or(Ok(()), check_own_folder) {
            // A file in the way is reported when the records cannot be written.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(()),
            checked => checked,
        }
    }

    /// Fails if they could not be [saved](Self::save).
    pub(crate) fn check_place(&self, project: &Project) -> io::Result<()> {
        let path = path(project);
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        self.stage(project).and_then(fs::remove_file)
    }

    /// Writes them beside their place.
    fn stage(&self, project: &Project) -> io::Result<PathBuf> {
        let path = path(project);
        if let Some(parent) = path.parent() {
            check_own_folder(parent)?;
            private_folder(parent)?;
        }
        let staged = staged(&path);
        // A leftover of a killed run, or a foreign link: neither is written to.
        let _ = fs::remove_file(&staged);
        let content = serde_json::to_vec_pretty(self)?;
        let written = || {
            let mut file = private_file(&staged)?;
            file.write_all(&content)?;
            file.sync_all()
        };
        written().inspect_err(|_| drop(fs::remove_file(&staged)))?;
        Ok(staged)
    }
}

fn path(project: &Project) -> PathBuf {
    let manifest = Path::new(project.name()).file_stem().unwrap_or_default().to_string_lossy();
    let name = project.env().map_or_else(|| format!("{manifest}.json"), |env| format!("{manifest}.{env}.json"));
    project.directory().join(FOLDER).join(name)
}

fn staged(path: &Path) -> PathBuf {
    path.with_extension(format!("json.{}", std::process::id()))
}
