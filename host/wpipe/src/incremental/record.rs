//! What earlier runs have done, on disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wpipe_catalog::check_own_folder;

use super::key::CallKey;
use super::partitions::PartitionsDone;
use crate::Project;

/// Where the records are, each in a file that is called like its manifest and environment.
const FOLDER: &str = ".wpipe/incremental";
/// Another layout of the file has another number, and is taken as if nothing had run.
const FORMAT: u32 = 2;

/// A call whose outputs are in storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) key: CallKey,
    /// The marks of the stored outputs, by exact name.
    pub(crate) outputs: BTreeMap<String, String>,
}

/// What earlier runs have done, by node, and the digests of inputs that were read for it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Records {
    format: u32,
    pub(crate) nodes: BTreeMap<String, Done>,
    /// By multipipeline, as it was.
    pub(crate) partitions: BTreeMap<String, PartitionsDone>,
    /// The mark and the digest of each stored input, so that its content is read again only when the mark changes.
    pub(crate) inputs: BTreeMap<String, (String, String)>,
}

impl Records {
    /// What is on disk; nothing if there is nothing that can be read.
    pub(crate) fn load(project: &Project) -> Self {
        let text = fs::read(path(project)).unwrap_or_default();
        let records: Self = serde_json::from_slice(&text).unwrap_or_default();
        if records.format == FORMAT { records } else { Self { format: FORMAT, ..Self::default() } }
    }

    /// Writes them, whole or not at all.
    pub(crate) fn save(&self, project: &Project) -> io::Result<()> {
        let path = path(project);
        if let Some(parent) = path.parent() {
            check_own_folder(parent)?;
            fs::create_dir_all(parent)?;
        }
        let staged = staged(&path);
        // What a run that was killed has left, or a link that somebody has put there: neither is written to.
        let _ = fs::remove_file(&staged);
        let mut file = File::create_new(&staged)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&staged, &path)
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
