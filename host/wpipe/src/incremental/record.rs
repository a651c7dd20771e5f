//! What earlier runs have done, on disk.

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

/// Where the records are, each in a file that is called like its manifest and environment.
const FOLDER: &str = ".wpipe/incremental";
/// Another layout of the file has another number. Of what an older one says of a node, only that it has run counts.
const FORMAT: u32 = 3;

/// A call whose outputs are in storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) key: CallKey,
    /// The marks of the stored outputs, by exact name.
    pub(crate) outputs: BTreeMap<String, String>,
    /// Whether it is a node that sees slices.
    pub(crate) by_slice: bool,
}

/// A partition that went through a multipipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartitionDone {
    /// What the calls for it depend on besides itself.
    pub(crate) calls: String,
    /// The partition itself, in each set that the multipipeline goes over and that has it.
    pub(crate) read: BTreeMap<String, Stored>,
    /// Where its results are, by dataset.
    pub(crate) outputs: BTreeMap<String, Stored>,
}

/// Partitions of one multipipeline, by id.
pub(crate) type PartitionsDone = BTreeMap<String, PartitionDone>;

/// What earlier runs have done, by node, and the digests of inputs that were read for it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Records {
    format: u32,
    pub(crate) nodes: BTreeMap<String, Done>,
    /// The nodes that an older version has recorded.
    #[serde(skip)]
    pub(crate) outdated: BTreeSet<String>,
    /// By multipipeline, as it was.
    pub(crate) partitions: BTreeMap<String, PartitionsDone>,
    /// The mark and the digest of each stored input, so that its content is read again only when the mark changes.
    pub(crate) inputs: BTreeMap<String, (String, String)>,
}

impl Records {
    /// What is on disk; nothing if there is nothing. Of what is there and cannot be read, it is told that it counts as
    /// nothing.
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
            // Whatever it says of a node, it does not say enough.
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

    /// An error if the folder of records is a link: what is elsewhere is not ours to read or to write.
    pub(crate) fn check_folder(project: &Project) -> io::Result<()> {
        match path(project).parent().map_or(Ok(()), check_own_folder) {
            // A file in the way is told when the records cannot be written.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(()),
            checked => checked,
        }
    }

    /// An error if they could not be [saved](Self::save).
    pub(crate) fn check_place(&self, project: &Project) -> io::Result<()> {
        let path = path(project);
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        self.stage(project).and_then(fs::remove_file)
    }

    /// Writes them beside where they belong.
    fn stage(&self, project: &Project) -> io::Result<PathBuf> {
        let path = path(project);
        if let Some(parent) = path.parent() {
            check_own_folder(parent)?;
            private_folder(parent)?;
        }
        let staged = staged(&path);
        // What a run that was killed has left, or a link that somebody has put there: neither is written to.
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
